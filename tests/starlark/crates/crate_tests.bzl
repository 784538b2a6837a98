"""Tests of //python/private/crates:crate.bzl and crate_address.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/crates:crate.bzl", "crate_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/crates:crate_address.bzl", "crate_url", "index_address", "index_prefix")

_A = "a" * 64

def _address_test_impl(ctx):
    """Templates of registries are filled in as cargo's book says; one without a marker is a folder."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["1", "2", "3/a", "ab/cd", "se/rd"], [index_prefix(name) for name in ["a", "ab", "abc", "abcd", "serde"]])
    for template, expected in [
        ("https://r.example/api/v1/crates", "https://r.example/api/v1/crates/Serde/1.0.0+x/download"),
        ("https://r.example/{crate}/{crate}-{version}.crate", "https://r.example/Serde/Serde-1.0.0+x.crate"),
        ("https://r.example/{prefix}/{lowerprefix}/{sha256-checksum}", "https://r.example/Se/rd/se/rd/" + _A),
    ]:
        asserts.equals(env, expected, crate_url(template, "Serde", "1.0.0+x", _A))
    for index in ["sparse+https://r.example/index/", "https://r.example/index"]:
        asserts.equals(env, "https://r.example/index", index_address(index))
    return unittest.end(env)

address_test = unittest.make(_address_test_impl)

def _error_test_impl(ctx):
    """A crate that is nowhere is told with its place in the lock, with each answer, and with what helps."""
    env = unittest.begin(ctx)
    wanted = struct(name = "itoa", version = "1.0.19", where = "b.json: crates[\"itoa==1.0.19\"]")
    start = "b.json: crates[\"itoa==1.0.19\"]: itoa==1.0.19: no registry has the crate ("
    lost = "), nor has the repository cache. To fix: lock a version that the registry has."
    down = "), nor has the repository cache. To fix: set crate_index in pip.parse or cargo's configuration to a registry that can be reached; " + \
           "without network, run once with the same --repository_cache while there is one."
    for said, expected in [
        ({"https://r.example/itoa": "404 Not Found"}, "https://r.example/itoa says 404 Not Found" + lost),
        ({"https://r.example/config.json": "Connection refused"}, "https://r.example/config.json: Connection refused" + down),
        (
            {"https://r.example/config.json": "401 Unauthorized"},
            "https://r.example/config.json says 401 Unauthorized), nor has the repository cache. To fix: correct the registry's token in " +
            "cargo's configuration, or user name and password in the netrc file.",
        ),
        ({"https://r.example/itoa": ""}, "https://r.example/itoa: Bazel's warning above says why" + down),
        ({}, "none is known" + down),
    ]:
        asserts.equals(env, start + expected, crate_error(wanted, said))
    return unittest.end(env)

error_test = unittest.make(_error_test_impl)

def crate_test_suite(name):
    unittest.suite(name, address_test, error_test)
