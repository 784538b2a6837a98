"""Tests that a target fails, with the right words."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

visibility("//tests/starlark/...")

def _failure_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, ctx.attr.message)
    return analysistest.end(env)

def make_failure_test(config_settings = {}):
    """Makes the rule of a test that its subject fails.

    Args:
      config_settings: (dict) settings that the subject is analysed with.

    Returns:
      (rule) with the attribute `message`, a part of what the failure says.
    """
    return analysistest.make(
        _failure_test_impl,
        attrs = {"message": attr.string(doc = "Text that the failure must contain.", mandatory = True)},
        config_settings = config_settings,
        expect_failure = True,
    )

failure_test = make_failure_test()
