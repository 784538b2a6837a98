"""Tests of //python/private/fetch:archive.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:archive.bzl", "archive_suffix", "canonical_name", "identity_error")

_WANTED = struct(name = "foo-bar", version = "1.0")

def _archive(name = "Foo.Bar", version = "1", is_wheel = False, tags = []):
    fields = {"name": [name], "version": [version]} if name else {}
    return struct(build = "", fields = fields, is_wheel = is_wheel, suffix = ".tar.gz", tags = tags)

def _identity_test_impl(ctx):
    """Name and version are compared as PEP 503 and PEP 440 say; an sdist that says nothing is left to the build."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", identity_error(_archive(), _WANTED))
    asserts.equals(env, "", identity_error(_archive(name = ""), _WANTED))
    for archive, found in [
        (_archive(version = "1.1"), "Foo.Bar==1.1"),
        (_archive(name = "other"), "other==1"),
        (_archive(name = "", is_wheel = True), "=="),
    ]:
        asserts.equals(
            env,
            "the archive with the locked hash is {}; expected foo-bar==1.0. To fix: lock it again.".format(found),
            identity_error(archive, _WANTED),
        )
    return unittest.end(env)

identity_test = unittest.make(_identity_test_impl)

def _name_test_impl(ctx):
    """Names follow from the content; formats are recognized by their first bytes."""
    env = unittest.begin(ctx)
    asserts.equals(env, "foo_bar-1.0.tar.gz", canonical_name(_archive(), _WANTED))
    asserts.equals(
        env,
        "foo_bar-1-cp39-abi3-linux_x86_64.whl",
        canonical_name(_archive(is_wheel = True, tags = ["cp39-abi3-linux_x86_64"]), _WANTED),
    )
    for head, suffix in {"\037\213\010": ".tar.gz", "BZh9": ".tar.bz2", "PK\003\004": ".zip", "text": "", "\3757zXZ": ".tar.xz"}.items():
        asserts.equals(env, suffix, archive_suffix(head))
    return unittest.end(env)

name_test = unittest.make(_name_test_impl)

def archive_test_suite(name):
    unittest.suite(name, identity_test, name_test)
