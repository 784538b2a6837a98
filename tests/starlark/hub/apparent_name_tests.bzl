"""Tests of //python/private/hub:apparent_name.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:apparent_name.bzl", "apparent_name")

def _name_test_impl(ctx):
    """A hub that is imported under another name is called so, unless it has its own name as well; what is not told is its own name."""
    env = unittest.begin(ctx)
    for text, expected in [
        (None, "pypi"),
        ("", "pypi"),
        ("use_repo(pip, \"pypi\")", "pypi"),
        ("use_repo(pip, mine = \"pypi\")\n", "mine"),
        ("use_repo(\n    pip,\n    'other',\n    mine='pypi',  # renamed\n)\nuse_repo(x, y = \"z\")\n", "mine"),
        ("use_repo(pip, \"pypi\", mine = \"pypi\")", "pypi"),
        ("# use_repo(pip, mine = \"pypi\")\nuse_repo(pip, theirs = \"pypi_dev\")", "pypi"),
        ("use_repo(pip", "pypi"),
    ]:
        asserts.equals(env, expected, apparent_name(text, "pypi"))
    return unittest.end(env)

name_test = unittest.make(_name_test_impl)

def apparent_name_test_suite(name):
    unittest.suite(name, name_test)
