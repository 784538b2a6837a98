"""Tests of //python/private/helper:interpreter.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/helper:interpreter.bzl", "version_error")

def _version_test_impl(ctx):
    """A toolchain of another Python than the hub's is refused; one that does not say is taken."""
    env = unittest.begin(ctx)
    for wanted, found in [("", "3.12"), ("3.12", ""), ("3.12", "3.12")]:
        asserts.equals(env, "", version_error(wanted, found))
    asserts.equals(
        env,
        "the Python toolchain is 3.8; expected CPython 3.9 or newer. To fix: a toolchain of a newer Python, and a lock for it.",
        version_error("", "3.8"),
    )
    asserts.equals(
        env,
        "the Python toolchain is 3.11; expected 3.12, for which the hub was made. " +
        "To fix: pip.parse(python_version = \"3.11\"), or a toolchain of Python 3.12.",
        version_error("3.12", "3.11"),
    )
    return unittest.end(env)

version_test = unittest.make(_version_test_impl)

def interpreter_test_suite(name):
    unittest.suite(name, version_test)
