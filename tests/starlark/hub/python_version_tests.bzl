"""Tests of //python/private/hub:python_version.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("@reprowheel_host//:fingerprint.bzl", "PYTHON_VERSION")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:python_version.bzl", "short_version")

def _short_test_impl(ctx):
    """The toolchain's word counts; where it has none, rules_python's flag does, whatever its patch number."""
    env = unittest.begin(ctx)
    for arguments, version in [
        (("3.13", "", ""), "3.13"),
        (("3.13", "3.11.2", ""), "3.13"),
        (("", "3.11.2", ""), "3.11"),
        (("", "3.11", ""), "3.11"),
        (("", "", ""), ""),
        (("3.13", "", "t"), "3.13t"),
    ]:
        asserts.equals(env, version, short_version(*arguments))
    return unittest.end(env)

short_test = unittest.make(_short_test_impl)

def _flag_test_impl(ctx):
    env = analysistest.begin(ctx)
    value = analysistest.target_under_test(env)[config_common.FeatureFlagInfo].value
    asserts.equals(env, PYTHON_VERSION, value)
    return analysistest.end(env)

flag_test = analysistest.make(_flag_test_impl, doc = "The host's toolchain says the host's version, whatever rules_python's flag is.")

def python_version_test_suite(name):
    unittest.suite(name, short_test)
    flag_test(
        name = name + "_flag",
        target_under_test = "//python/config_settings:python_version",
    )
