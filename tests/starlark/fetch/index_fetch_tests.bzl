"""Tests of //python/private/fetch:index_fetch.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_fetch.bzl", "none_fits_error")

def _none_fits_test_impl(ctx):
    """The message says what was looked at, what was allowed, for which platform, and what to do."""
    env = unittest.begin(ctx)
    wanted = struct(name = "foo", version = "1.0", where = "r.txt:3")
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: none of its locked files fits (a.whl, b.whl); expected an sdist or a wheel for this Python. " +
        "To fix: lock its sdist, too.",
        none_fits_error(wanted, ["b.whl", "a.whl"], False, ""),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: none of its locked files fits (a.tar.gz); expected a wheel for this Python on osx_aarch64. " +
        "To fix: lock a wheel that fits, or allow its sdist (only_binary, pip.override use).",
        none_fits_error(wanted, ["a.tar.gz"], True, "osx_aarch64"),
    )
    asserts.equals(
        env,
        "r.txt:3: foo==1.0: is to be built from its sdist (no_binary, from_source or pip.override use), but only a.whl is locked; expected an " +
        "sdist. To fix: lock its sdist, too, or take the wheel.",
        none_fits_error(wanted, ["a.whl"], False, "", True),
    )
    many = none_fits_error(wanted, ["{}.whl".format(number) for number in range(8)], False, "")
    asserts.true(env, "fits (0.whl, 1.whl, 2.whl, 3.whl, 4.whl and 3 more); expected" in many, many)
    return unittest.end(env)

none_fits_test = unittest.make(_none_fits_test_impl)

def index_fetch_test_suite(name):
    unittest.suite(name, none_fits_test)
