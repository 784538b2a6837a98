"""Tests of //python/private/library:metadata.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_rules_python//:offers.bzl", "package_metadata")
load("//python:generated.bzl", "PACKAGE_METADATA")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:metadata.bzl", "package_url")

def _package_url_test_impl(ctx):
    """Characters that mean something in a URL are encoded, as the specification of package URLs has it."""
    env = unittest.begin(ctx)
    asserts.equals(env, "pkg:pypi/foo-bar@1.0?file_name=foo_bar-1.0-py3-none-any.whl", package_url("foo-bar", "1.0", "foo_bar-1.0-py3-none-any.whl"))
    asserts.equals(env, "pkg:pypi/foo@1%212.0%2Bcpu", package_url("foo", "1!2.0+cpu", ""))
    asserts.equals(env, [":package_metadata"] if package_metadata else [], PACKAGE_METADATA)
    return unittest.end(env)

package_url_test = unittest.make(_package_url_test_impl)

def metadata_test_suite(name):
    unittest.suite(name, package_url_test)
