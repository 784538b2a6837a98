"""Tests of //python/private/fetch:download.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/fetch:download.bzl",
    "choose_file",
    "describe",
    "no_file_error",
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

_PAGE = "https://example.org/foo/"

def _found(answered = [], logins = {}, others = {}, said = {}):
    return struct(answered = answered, files = {}, logins = logins, others = others, said = said)

def _not_found_test_impl(ctx):
    """Each reason has its own advice: other hashes, no project, no password, a wrong one, no answer. No message has a secret."""
    env = unittest.begin(ctx)
    asserts.equals(env, "r.txt:3: foo==1.0", describe(_WANTED))
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: none of its locked hashes (sha256:aa, sha256:bb) is offered by https://example.org/foo/, which has foo-1.0.zip with " +
        "sha256:cc; expected one of them. To fix: find out why the files are others, then lock it again.",
        not_found_error(_WANTED, _found(answered = ["https://example.org/foo/"], others = {"foo-1.0.zip": "cc"}), []),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: https://example.org/foo/ has no file of that version with a sha256; expected one that is locked (sha256:aa, sha256:bb). " +
        "To fix: lock a version that the index has.",
        not_found_error(_WANTED, _found(answered = ["https://example.org/foo/"]), []),
    )
    many = struct(hashes = ["a", "b", "c", "d"], name = "foo", version = "1.0", where = "r.txt:3")
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: no index answers (https://example.org/foo/: Connection refused), and the repository cache has none of its locked " +
        "files (sha256:a, sha256:b and 2 more). " + _HINT,
        not_found_error(many, _found(said = {_PAGE: "Connection refused"}), ["https://example.org"]),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: no index has 'foo' (https://example.org/foo/ says 404 Not Found). To fix: check the name in the lock and the index's " +
        "address, or name the index that has it: pip.parse(index_url_overrides = {\"foo\": ...}) or extra_index_urls.",
        not_found_error(_WANTED, _found(said = {_PAGE: "404 Not Found"}), ["https://example.org"]),
    )
    asserts.true(env, "https://example.org/foo/: Bazel's warning above says why" in not_found_error(_WANTED, _found(said = {_PAGE: ""}), []))
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: https://example.org/foo.whl has sha256 cc; expected aa. To fix: find out who serves other " +
        "bytes under that name, an index or a proxy, before anything is locked again.",
        other_bytes_error(_WANTED, "https://example.org/foo.whl", "aa", "cc"),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: https://example.org/foo/ says 401 Unauthorized; expected the index's page. To fix: correct user name and password in " +
        "PIP_INDEX_URL.",
        not_found_error(_WANTED, _found(logins = {_PAGE: "PIP_INDEX_URL"}, said = {_PAGE: "401 Unauthorized"}), []),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: https://example.org/foo/ says 401 Unauthorized, and was sent no password; expected the index's page. To fix: 'machine " +
        "example.org login NAME password SECRET' in the netrc file, or https://$NAME:$SECRET@example.org/... as the index's address and " +
        "envsubst = [\"NAME\", \"SECRET\"].",
        not_found_error(_WANTED, _found(logins = {_PAGE: ""}, said = {_PAGE: "401 Unauthorized"}), []),
    )
    asserts.true(env, "(no index is configured)" in not_found_error(_WANTED, _found(), []))
    for said, expected in {
        "": "Bazel's warning above says why. " + _HINT,
        "403 Forbidden": "it says 403 Forbidden. To fix: check user name and password: netrc, the index's address, or Bazel's credential helper.",
        "404 Not Found": "it says 404 Not Found. To fix: use an index whose page names files that are there, or lock another version.",
        "Name not known": "Name not known. " + _HINT,
    }.items():
        asserts.equals(
            env,
            "r.txt:3: foo==1.0: https://example.org/foo.whl could not be downloaded with sha256 aa; " + expected,
            no_file_error(_WANTED, "https://me:secret@example.org/foo.whl", "aa", said),
        )
    return unittest.end(env)

not_found_test = unittest.make(_not_found_test_impl)

def download_test_suite(name):
    unittest.suite(name, choose_test, not_found_test)
