"""Tests of //python/private/spec:markers.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:markers.bzl", "evaluate_marker", "marker_error")

_ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.4",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.12.4",
    "python_version": "3.12",
    "sys_platform": "linux",
}

def _evaluate_test_impl(ctx):
    """PEP 508: comparisons, precedence (`and` binds stronger than `or`), parentheses, `in`, old spellings."""
    env = unittest.begin(ctx)
    for marker, expected in {
        "": True,
        "'3.9' < python_version": True,
        "'64' in platform_machine": True,
        "((python_version >= '3.8'))": True,
        "(os_name == 'nt' or os_name == 'posix') and sys_platform == 'darwin'": False,
        "os.name == 'posix'": True,
        "os_name == \"nt\"": False,
        "os_name == 'nt' or os_name == 'posix' and python_version > '3'": True,
        "os_name == 'posix' or os_name == 'nt' and python_version < '3'": True,
        "platform_machine not in 'arm64 aarch64'": True,
        "platform_python_implementation != 'PyPy'": True,
        "platform_system == 'Windows' or (sys_platform == 'linux' and (python_version == '3.12' or os_name == 'nt'))": True,
        "python_full_version < '3.12.10'": True,
        "python_version < '3.9'": False,
        "python_version == '3.*'": True,
        "python_version in '3.11, 3.12'": True,
        "python_version ~= '3.10'": True,
        "sys_platform != 'win32'": True,
    }.items():
        asserts.equals(env, "", marker_error(marker) if marker else "", marker)
        asserts.equals(env, expected, evaluate_marker(marker, _ENVIRONMENT), marker)
    return unittest.end(env)

evaluate_test = unittest.make(_evaluate_test_impl)

def _extra_test_impl(ctx):
    """`extra` is the one that is asked for, in any spelling (PEP 685)."""
    env = unittest.begin(ctx)
    marker = "extra == 'Async_IO' and os_name == 'posix'"
    asserts.false(env, evaluate_marker(marker, _ENVIRONMENT))
    asserts.false(env, evaluate_marker(marker, _ENVIRONMENT, "other"))
    asserts.true(env, evaluate_marker(marker, _ENVIRONMENT, "async-io"))
    return unittest.end(env)

extra_test = unittest.make(_extra_test_impl)

def _error_test_impl(ctx):
    """What is not a marker is named."""
    env = unittest.begin(ctx)
    for marker in [
        "python_version",
        "python_version <",
        "python_version < '3' and",
        "python_version < '3' os_name == 'nt'",
        "(python_version < '3'",
        "python_version < '3')",
        "python_version not '3'",
        "and and and",
    ]:
        asserts.equals(
            env,
            "marker '{}' is not a marker; expected for example: python_version < \"3.12\"".format(marker),
            marker_error(marker),
        )
    asserts.equals(
        env,
        "marker 'python_versoin < '3'' has 'python_versoin' where a variable, a string or an operator is expected; did you mean 'python_version'?",
        marker_error("python_versoin < '3'"),
    )
    asserts.equals(
        env,
        "marker 'os_name == 'nt' has a string that does not end where a variable, a string or an operator is expected",
        marker_error("os_name == 'nt"),
    )
    return unittest.end(env)

error_test = unittest.make(_error_test_impl)

def markers_test_suite(name):
    unittest.suite(name, evaluate_test, extra_test, error_test)
