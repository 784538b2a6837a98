"""Tests of //python/private/fetch:direct_fetch.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:direct_fetch.bzl", "url_file_name")

def _url_test_impl(ctx):
    """The last part of an address, without query and fragment; `+` of a local version may be quoted."""
    env = unittest.begin(ctx)
    for url, expected in {
        "file:///a/b/": "b",
        "https://e.org/a/foo-1.0%2Bcpu-py3-none-any.whl?x=/y#sha256=00": "foo-1.0+cpu-py3-none-any.whl",
        "https://e.org/archive/main.tar.gz": "main.tar.gz",
    }.items():
        asserts.equals(env, expected, url_file_name(url))
    return unittest.end(env)

url_test = unittest.make(_url_test_impl)

def fetch_direct_fetch_test_suite(name):
    unittest.suite(name, url_test)
