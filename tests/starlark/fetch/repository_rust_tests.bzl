"""Tests of //python/private/fetch:repository_rust.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:repository_rust.bzl", "rust_facts")

_A = "a" * 64

def _facts_test_impl(ctx):
    """`rust` in the build lock alone says that an sdist uses Rust; the texts of its locks are handed on."""
    env = unittest.begin(ctx)
    asserts.equals(env, None, rust_facts({}, []))
    asserts.equals(env, {"cargo_locks": {}, "crates": []}, rust_facts({"rust": {}}, []))
    locked = {"rust": {"cargo_locks": {"a/Cargo.lock": {"sha256": _A, "text": "t"}}, "crates": ["itoa==1.0.19"]}}
    asserts.equals(env, {"cargo_locks": {"a/Cargo.lock": "t"}, "crates": ["@c//:f"]}, rust_facts(locked, ["@c//:f"]))
    return unittest.end(env)

facts_test = unittest.make(_facts_test_impl)

def repository_rust_test_suite(name):
    unittest.suite(name, facts_test)
