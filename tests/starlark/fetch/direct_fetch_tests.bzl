"""Tests of //python/private/fetch:direct_fetch.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:direct_fetch.bzl", "source_error", "url_file_name")

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

def _source_test_impl(ctx):
    """An address needs a hash, a repository a full commit; what is good has no message."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        "https://e.org/x.zip has no hash; expected --hash=sha256:..., because a URL may serve other bytes tomorrow.",
        source_error("url", "https://e.org/x.zip", "", []),
    )
    for commit in ["", "main", "a" * 39, "A" * 40]:
        asserts.equals(
            env,
            "'{}' is not a full commit; expected 40 or 64 hexadecimal digits, because a branch or a tag may move.".format(commit),
            source_error("git", "https://e.org/x.git", commit, []),
        )
    for good in [("url", "https://e.org/x.zip", "", ["0"]), ("git", "", "a" * 40, []), ("git", "", "0" * 64, []), ("path", "", "", [])]:
        asserts.equals(env, "", source_error(*good))
    return unittest.end(env)

source_test = unittest.make(_source_test_impl)

def direct_fetch_test_suite(name):
    unittest.suite(name, url_test, source_test)
