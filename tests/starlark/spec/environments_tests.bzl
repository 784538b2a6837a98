"""Tests of //python/private/spec:environments.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/lock:locked.bzl", "locked_distribution", "parsed_lock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:environments.bzl", "environment_error")

_ENVIRONMENT = {"platform_machine": "x86_64", "python_full_version": "3.12.0", "python_version": "3.12", "sys_platform": "linux"}

def _environments_test_impl(ctx):
    """A lock for other Pythons or platforms is refused; the patch number of a Python does not count."""
    env = unittest.begin(ctx)
    for parsed, expected in [
        (parsed_lock(environments = ["sys_platform == 'linux'"], requires_python = ">=3.12.4,<4"), ""),
        (
            parsed_lock(requires_python = ">=3.13"),
            "uv.lock: is for Python >=3.13; expected a lock for Python 3.12. To fix: lock again, or choose another python_version.",
        ),
        (
            parsed_lock(environments = ["sys_platform == 'win32'", "sys_platform == 'darwin'"]),
            "uv.lock: is for the environments sys_platform == 'win32' | sys_platform == 'darwin'; expected one that includes " +
            "linux x86_64. To fix: lock again for that platform, or leave it out.",
        ),
        (
            parsed_lock(entries = [
                locked_distribution(marker = "sys_platform == 'win32'", name = "foo", requires_python = "<3", where = "uv.lock: p[0]"),
                locked_distribution(name = "bar", requires_python = "<3", where = "uv.lock: p[1]"),
            ]),
            "uv.lock: p[1]: bar is for Python <3; expected one for Python 3.12. To fix: lock again with that Python.",
        ),
    ]:
        asserts.equals(env, expected, environment_error(parsed, _ENVIRONMENT, "uv.lock"))
    return unittest.end(env)

environments_test = unittest.make(_environments_test_impl)

def environments_test_suite(name):
    unittest.suite(name, environments_test)
