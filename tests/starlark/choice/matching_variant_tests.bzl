"""Tests of //python/private/choice:matching_variant.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/choice:matching_variant.bzl", "find_match", "matching_variant", "several_error")
load("//tests/starlark:failures.bzl", "failure_test")

_NEEDED = {"is_a": "3", "is_host": "2", "is_mine": "1", "is_other": "1", "is_zero": "0"}
_STRENGTHS = {"is_a": "1.3", "is_host": "0.2", "is_mine": "1.1", "is_other": "1.1", "is_zero": "0.0"}

def _match_test_impl(ctx):
    """Of those that hold in full the one with most settings of its own wins, then the one with most; what holds in part does not count."""
    env = unittest.begin(ctx)
    for matches, expected in [
        ([], ["is_zero"]),
        (["is_host", "is_host", "is_a", "is_a"], ["is_host"]),
        (["is_host", "is_host", "is_mine"], ["is_mine"]),
        (["is_a", "is_host", "is_a", "is_host", "is_a", "is_mine"], ["is_a"]),
        (["is_mine", "is_other"], ["is_mine", "is_other"]),
    ]:
        asserts.equals(env, expected, find_match(matches, _NEEDED, _STRENGTHS))
    asserts.equals(env, [], find_match(["is_a"], {"is_a": "2"}, {"is_a": "0.2"}))
    asserts.equals(
        env,
        "@pypi: mine and other both fit this configuration; expected one. To fix: in pip.default, a label in config_settings " +
        "that holds for one of them only.",
        several_error("pypi", ["is_mine", "is_other"]),
    )
    return unittest.end(env)

match_test = unittest.make(_match_test_impl)

def matching_variant_test_suite(name):
    unittest.suite(name, match_test)
    matching_variant(
        name = name + "_several",
        hub = "pypi",
        matches = ["is_mine", "is_other"],
        needed = _NEEDED,
        strengths = _STRENGTHS,
        tags = ["manual"],
    )
    failure_test(
        name = name + "_several_test",
        message = "@pypi: mine and other both fit this configuration",
        target_under_test = name + "_several",
    )
