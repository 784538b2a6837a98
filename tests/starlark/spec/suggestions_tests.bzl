"""Tests of //python/private/spec:suggestions.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:suggestions.bzl", "did_you_mean", "edit_distance", "nearest_names")

_NAMES = ["cffi", "charset-normalizer", "numpy", "opencv-python", "pyyaml", "requests", "requests-oauthlib", "rsa", "six", "urllib3"]

def _distance_test_impl(ctx):
    """The distances of Damerau and Levenshtein: one for a letter more, less, another, or two neighbours swapped."""
    env = unittest.begin(ctx)
    for left, right, distance in [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "axc", 1),
        ("kitten", "sitting", 3),
        ("saturday", "sunday", 3),
        ("ca", "abc", 3),
    ]:
        asserts.equals(env, distance, edit_distance(left, right), left)
        asserts.equals(env, distance, edit_distance(right, left), right)
    return unittest.end(env)

distance_test = unittest.make(_distance_test_impl)

def _nearest_test_impl(ctx):
    """Spellings of one name are equal; typos come before parts of names; what is far away is no suggestion."""
    env = unittest.begin(ctx)
    for name, expected in {
        "Charset_Normalizer": ["charset-normalizer"],
        "charset_normaliser": ["charset-normalizer"],
        "nmupy": ["numpy"],
        "opencv": ["opencv-python"],
        "pandas": [],
        "reqests": ["requests"],
        "requests": ["requests"],
        "sx": ["six"],
        "tensorflow": [],
        "urllib": ["urllib3"],
        "yaml": ["pyyaml"],
    }.items():
        asserts.equals(env, expected, nearest_names(name, _NAMES), name)
    asserts.equals(env, ["aab", "aac", "aad"], nearest_names("aaa", ["aaf", "aae", "aad", "aac", "aab"]))
    return unittest.end(env)

nearest_test = unittest.make(_nearest_test_impl)

def _words_test_impl(ctx):
    """A message has at most three suggestions, and lists names only where there are few."""
    env = unittest.begin(ctx)
    asserts.equals(env, "did you mean 'requests'?", did_you_mean("reqests", _NAMES, "packages"))
    asserts.equals(env, "did you mean 'aab' or 'aac'?", did_you_mean("aaa", ["aac", "aab"], "packages"))
    asserts.equals(env, "did you mean 'aab', 'aac' or 'aad'?", did_you_mean("aaa", ["aad", "aac", "aab"], "packages"))
    asserts.equals(env, "expected one of the 10 packages of r.txt.", did_you_mean("tensorflow", _NAMES, "packages of r.txt"))
    asserts.equals(env, "expected one of the hubs: a, b.", did_you_mean("tensorflow", ["b", "a"], "hubs"))
    asserts.equals(env, "there are no hubs.", did_you_mean("tensorflow", [], "hubs"))
    return unittest.end(env)

words_test = unittest.make(_words_test_impl)

def suggestions_test_suite(name):
    unittest.suite(name, distance_test, nearest_test, words_test)
