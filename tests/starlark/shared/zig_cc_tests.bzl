"""Tests of //python/private/shared:zig_cc.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/shared:zig_cc.bzl", "several_error", "zig_error")

def _error_test_impl(ctx):
    """A glibc version on a supported host is accepted. An error names what is wrong, and how to fix it."""
    env = unittest.begin(ctx)
    for glibc in ["2.17", "2.28", "2.100"]:
        asserts.equals(env, "", zig_error(glibc, "linux", "amd64"))
    for glibc in ["2", "2.", "3.1", "2.28.1", "2.x", "glibc-2.28"]:
        asserts.equals(
            env,
            "MODULE.bazel: toolchains.zig(glibc = \"" + glibc + "\"): expected the oldest version that wheels must run with, such as \"2.28\".",
            zig_error(glibc, "linux", "amd64"),
        )
    host = "MODULE.bazel: toolchains.zig(glibc = \"2.28\"): this host is {} on {}; expected Linux on x86-64. To fix: leave the tag out."
    asserts.equals(env, host.format("mac os x", "amd64"), zig_error("2.28", "mac os x", "amd64"))
    asserts.equals(env, host.format("linux", "aarch64"), zig_error("2.28", "linux", "aarch64"))
    for glibc in [[], ["2.28"]]:
        asserts.equals(env, "", several_error(glibc))
    asserts.equals(
        env,
        "MODULE.bazel: toolchains.zig: the root module has 2 of these tags, for glibc 2.28, 2.34; expected one.",
        several_error(["2.28", "2.34"]),
    )
    return unittest.end(env)

error_test = unittest.make(_error_test_impl)

def zig_cc_test_suite(name):
    unittest.suite(name, error_test)
