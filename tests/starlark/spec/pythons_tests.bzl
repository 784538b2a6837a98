"""Tests of //python/private/spec:pythons.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:pythons.bzl", "old_python_error", "python_version_error")

def _version_test_impl(ctx):
    """CPython from 3.9 on; what is older, free-threaded or no version is refused, and the message says what to write."""
    env = unittest.begin(ctx)
    for version in ["3.9", "3.9.25", "3.10", "3.13", "3.14.0", "3.15"]:
        asserts.equals(env, "", python_version_error(version), version)
        asserts.equals(env, "", old_python_error(version), version)
    for version in ["3.8", "3.8.20", "3.0"]:
        asserts.equals(
            env,
            "wheels are built for CPython 3.9 and newer; expected one of these. To fix: lock for a newer Python, and write its " +
            "version here.",
            python_version_error(version),
            version,
        )
    for version in ["", "3", "3.x", "2.7", "4.0", "python3.12", "3.12.4.1", "3.12.4rc1", "3.-1", "3.12.", "3.t", "x.13t"]:
        asserts.true(env, python_version_error(version).startswith("expected for example 3.12."), version)
    for version in ["3.13t", "3.13-freethreaded"]:
        asserts.equals(
            env,
            "a free-threaded Python is a platform; expected the version alone. To fix: python_version = \"3.13\", " +
            "target_platforms = [\"linux_x86_64_freethreaded\"].",
            python_version_error(version),
            version,
        )
    asserts.equals(env, "", old_python_error(""))
    asserts.equals(
        env,
        "the Python toolchain is 3.8; expected CPython 3.9 or newer. To fix: a toolchain of a newer Python, and a lock for it.",
        old_python_error("3.8"),
    )
    return unittest.end(env)

version_test = unittest.make(_version_test_impl)

def pythons_test_suite(name):
    unittest.suite(name, version_test)
