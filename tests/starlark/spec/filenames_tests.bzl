"""Tests of //python/private/spec:filenames.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/spec:filenames.bzl",
    "canonical_sdist_name",
    "canonical_wheel_name",
    "is_wheel_name",
    "parse_wheel_name",
    "sdist_suffix",
)

def _wheel_test_impl(ctx):
    """PEP 427 file names, with and without a build tag; other names are none."""
    env = unittest.begin(ctx)
    asserts.equals(env, struct(
        abis = ["abi3"],
        build = "2",
        name = "foo-bar",
        platforms = ["manylinux_2_17_x86_64", "manylinux2014_x86_64"],
        pythons = ["cp39", "cp310"],
        version = "1.0",
    ), parse_wheel_name("Foo_Bar-1.0-2-cp39.cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"))
    asserts.equals(env, "", parse_wheel_name("foo-1.0-py3-none-any.whl").build)
    for name in ["foo-1.0.tar.gz", "foo-1.0.whl", "foo-1.0-1-2-py3-none-any.whl"]:
        asserts.equals(env, None, parse_wheel_name(name), name)
    asserts.true(env, is_wheel_name("a-1-py3-none-any.whl"))
    asserts.false(env, is_wheel_name("a-1.tar.gz"))
    return unittest.end(env)

wheel_test = unittest.make(_wheel_test_impl)

def _sdist_test_impl(ctx):
    """All suffixes that sdists had, and the name of PEP 625."""
    env = unittest.begin(ctx)
    for name, suffix in {"a-1.tar.bz2": ".tar.bz2", "a-1.tar.gz": ".tar.gz", "a-1.tgz": ".tgz", "a-1.whl": "", "a-1.zip": ".zip"}.items():
        asserts.equals(env, suffix, sdist_suffix(name), name)
    asserts.equals(env, "zope_interface-1.0.zip", canonical_sdist_name("Zope.Interface", "1.0", ".zip"))
    asserts.equals(env, "foo-1.0.tar.gz", canonical_sdist_name("foo", "1.0", ".tgz"))
    return unittest.end(env)

sdist_test = unittest.make(_sdist_test_impl)

def _canonical_test_impl(ctx):
    """The canonical wheel name does not depend on the order of tags, and parses back to the same tags."""
    env = unittest.begin(ctx)
    tags = ["cp39-abi3-manylinux_2_17_x86_64", "cp39-abi3-manylinux2014_x86_64"]
    expected = "foo_bar-1.0-2-cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
    asserts.equals(env, expected, canonical_wheel_name("foo-bar", "1.0", "2", tags))
    asserts.equals(env, expected, canonical_wheel_name("Foo.Bar", "1.0", "2", reversed(tags)))
    asserts.equals(env, "foo-1.0-py2.py3-none-any.whl", canonical_wheel_name("foo", "1.0", "", ["py2-none-any", "py3-none-any"]))
    asserts.equals(env, ["abi3"], parse_wheel_name(expected).abis)
    return unittest.end(env)

canonical_test = unittest.make(_canonical_test_impl)

def filenames_test_suite(name):
    unittest.suite(name, wheel_test, sdist_test, canonical_test)
