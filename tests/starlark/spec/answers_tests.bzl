"""Tests of //python/private/spec:markers.bzl and versions.bzl against the library that pip uses.

locks/packaging_answers.json has markers and version specifiers, made at random, and what packaging answers;
tests/reprowheel/test_packaging_answers.py asks it again.
"""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_lock_fixtures//:locks.bzl", "ANSWERS")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:markers.bzl", "evaluate_marker", "marker_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:versions.bzl", "version_matches")

def _markers_test_impl(ctx):
    """Markers hold where packaging says so."""
    env = unittest.begin(ctx)
    for marker, environment, answer in ANSWERS["markers"]:
        asserts.equals(env, "", marker_error(marker))
        asserts.equals(env, answer, evaluate_marker(marker, ANSWERS["environments"][environment]), marker)
    return unittest.end(env)

markers_test = unittest.make(_markers_test_impl)

def _specifiers_test_impl(ctx):
    """Versions match where packaging says so: also pre-, post- and development releases at the ends of a range."""
    env = unittest.begin(ctx)
    for version, specifier, answer in ANSWERS["specifiers"]:
        asserts.equals(env, answer, version_matches(version, specifier), "{} {}".format(version, specifier))
    return unittest.end(env)

specifiers_test = unittest.make(_specifiers_test_impl)

def answers_test_suite(name):
    unittest.suite(name, markers_test, specifiers_test)
