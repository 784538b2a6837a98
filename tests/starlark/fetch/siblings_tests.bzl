"""Tests of //python/private/fetch:siblings.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:siblings.bzl", "canonical_label", "repository_prefix")

def _label_test_impl(ctx):
    """Repositories of one extension differ in what follows the last separator, in any Bazel and in WORKSPACE."""
    env = unittest.begin(ctx)
    asserts.equals(env, "_main~pip~", repository_prefix("_main~pip~pypi_foo_1_0"))
    asserts.equals(env, "rules_x++pip+", repository_prefix("rules_x++pip+pypi_foo_1_0"))
    asserts.equals(env, "", repository_prefix("pypi_foo_1_0"))
    asserts.equals(
        env,
        "@@_main~pip~pypi_build_a_2//:distribution.json",
        canonical_label("_main~pip~pypi_foo_1_0", "@pypi_build_a_2//:whl", "distribution.json"),
    )
    asserts.equals(env, "@@pypi_a_2//:a.whl", canonical_label("pypi_foo_1_0", "@pypi_a_2//:whl", "a.whl"))
    return unittest.end(env)

label_test = unittest.make(_label_test_impl)

def siblings_test_suite(name):
    unittest.suite(name, label_test)
