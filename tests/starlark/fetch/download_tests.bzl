"""Tests of //python/private/fetch:download.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/fetch:download.bzl",
    "choose_file",
    "describe",
    "not_found_error",
    "other_bytes_error",
)

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/spec:tags.bzl", "wheel_rank")

_INTERPRETER = {
    "abiflags": "",
    "implementation": "cpython",
    "libc": "glibc",
    "libc_version": [2, 31],
    "machine": "x86_64",
    "system": "linux",
    "version": [3, 12],
}

def _rank(wheel):
    return wheel_rank(wheel, _INTERPRETER)

_WANTED = struct(hashes = ["aa", "bb"], name = "foo", version = "1.0", where = "r.txt:3")

_HINT = "To fix: set PIP_INDEX_URL, pip.parse(index_url = ...) or pip's own configuration to an index that can be reached; " + \
        "without network, run once with the same --repository_cache while there is one."

def _never():
    fail("the interpreter was asked for although there is no wheel")

def _choose_test_impl(ctx):
    """The best wheel that fits; else the sdist, .tar.gz before others; with no_binary always the sdist."""
    env = unittest.begin(ctx)
    files = {
        "a": "foo-1.0.zip",
        "b": "foo-1.0.tar.gz",
        "c": "foo-1.0-py3-none-any.whl",
        "d": "foo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "e": "foo-1.0-cp313-cp313-manylinux_2_17_x86_64.whl",
    }
    asserts.equals(env, "d", choose_file(files, lambda: _rank, False))
    asserts.equals(env, "b", choose_file(files, _never, True))
    asserts.equals(env, "a", choose_file({"a": "foo-1.0.zip"}, _never, False))
    asserts.equals(env, "a", choose_file({"a": "foo-1.0.zip", "e": files["e"]}, lambda: _rank, False))
    asserts.equals(env, None, choose_file({"e": files["e"]}, lambda: _rank, False))
    asserts.equals(env, None, choose_file({"c": files["c"]}, _never, True))
    return unittest.end(env)

choose_test = unittest.make(_choose_test_impl)

def _not_found_test_impl(ctx):
    """Unknown hash and no index at all are two different errors; both lead to the lock's line."""
    env = unittest.begin(ctx)
    asserts.equals(env, "r.txt:3: foo==1.0", describe(_WANTED))
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: none of its locked hashes (sha256:aa, sha256:bb) is offered by https://example.org/foo/; " +
        "expected one of them. To fix: lock it again.",
        not_found_error(_WANTED, struct(answered = ["https://example.org/foo/"], files = {}, refused = {}), ["https://example.org"]),
    )
    nothing = struct(answered = [], files = {}, refused = {})
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: no index answers (https://example.org), and the repository cache has none of its locked " +
        "files (sha256:aa, sha256:bb). " + _HINT,
        not_found_error(_WANTED, nothing, ["https://me:secret@example.org"]),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: https://example.org/foo.whl has sha256 cc; expected aa. To fix: find out who serves other " +
        "bytes under that name, an index or a proxy, before anything is locked again.",
        other_bytes_error(_WANTED, "https://example.org/foo.whl", "aa", "cc"),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: https://example.org/foo/ says 401 Unauthorized; expected the index's page. To fix: check user " +
        "name and password: netrc, the index's address, or Bazel's credential helper.",
        not_found_error(
            _WANTED,
            struct(answered = [], files = {}, refused = {"https://example.org/foo/": "401 Unauthorized"}),
            ["https://example.org"],
        ),
    )
    asserts.true(env, "(no index is configured)" in not_found_error(_WANTED, nothing, []))
    return unittest.end(env)

not_found_test = unittest.make(_not_found_test_impl)

def download_test_suite(name):
    unittest.suite(name, choose_test, not_found_test)
