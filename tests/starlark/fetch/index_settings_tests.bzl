"""Tests of //python/private/fetch:index_settings.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_settings.bzl", "choose_addresses")

def _of(index = "", extra = []):
    return struct(extra = extra, index = index)

def _choose_test_impl(ctx):
    """Package or hub, environment, pip's configuration, lock, pip's default; further indexes go with who names the index."""
    env = unittest.begin(ctx)
    for arguments, addresses, configured in [
        (("own", ["more"], _of("env", ["e"]), _of("pip", ["p"]), "lock", "default"), ["own", "more"], True),
        (("", ["more"], _of("env", ["e"]), _of("pip", ["p"]), "lock", "default"), ["env", "e", "more"], True),
        (("", [], _of("", ["e"]), _of("pip", ["p"]), "lock", "default"), ["pip", "e"], True),
        (("", [], _of(), _of("pip", ["p"]), "lock", "default"), ["pip", "p"], True),
        (("", ["more"], _of(), _of("", ["p"]), "lock", "default"), ["lock", "default", "p", "more"], False),
        (("", [], _of(), _of(), "", ""), [], False),
    ]:
        found = choose_addresses(*arguments)
        asserts.equals(env, addresses, found.addresses)
        asserts.equals(env, configured, found.configured)
    return unittest.end(env)

choose_test = unittest.make(_choose_test_impl)

def index_settings_test_suite(name):
    unittest.suite(name, choose_test)
