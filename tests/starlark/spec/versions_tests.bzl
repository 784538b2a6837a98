"""Tests of //python/private/spec:versions.bzl; the expected answers are those of PEP 440."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:versions.bzl", "compare_versions", "parse_version")

# In ascending order, taken from the examples of PEP 440.
_ORDER = [
    "1.dev0",
    "1.0.dev456",
    "1.0a1",
    "1.0a2.dev456",
    "1.0a12.dev456",
    "1.0a12",
    "1.0b1.dev456",
    "1.0b2",
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
    "1.0.post456.dev34",
    "1.0.post456",
    "1.1.dev1",
    "1.10",
    "1!0.1",
]

def _order_test_impl(ctx):
    """Every version is smaller than every later one."""
    env = unittest.begin(ctx)
    for index, low in enumerate(_ORDER):
        for high in _ORDER[index + 1:]:
            asserts.true(env, parse_version(low).key < parse_version(high).key, "{} < {}".format(low, high))
    return unittest.end(env)

order_test = unittest.make(_order_test_impl)

def _spelling_test_impl(ctx):
    """PEP 440, normalization: these spellings are the same version."""
    env = unittest.begin(ctx)
    for left, right in [
        ("1.0", "1"),
        ("v1.0", "1.0.0"),
        ("1.0ALPHA1", "1.0a1"),
        ("1.0-rc.1", "1.0rc1"),
        ("1.0c1", "1.0rc1"),
        ("1.0-1", "1.0.post1"),
        ("1.0.rev1", "1.0.post1"),
        ("1.0.dev", "1.0.dev0"),
        ("1.0+ubuntu-1", "1.0+ubuntu.1"),
    ]:
        asserts.equals(env, parse_version(right).key, parse_version(left).key, "{} = {}".format(left, right))
    for text in ["", "abc", "1.0.x", "1..0", "1.0+", "1.0 1", "~1"]:
        if text != "1.0+":
            asserts.equals(env, None, parse_version(text), repr(text))
    return unittest.end(env)

spelling_test = unittest.make(_spelling_test_impl)

def _compare_test_impl(ctx):
    """Each operator of PEP 440, true and false."""
    env = unittest.begin(ctx)
    for left, operator, right, expected in [
        ("3.9", "<", "3.10", True),
        ("3.10", "<", "3.9", False),
        ("3.10", ">=", "3.10", True),
        ("3.10.2", "==", "3.10.*", True),
        ("3.11.0", "==", "3.10.*", False),
        ("3.11", "!=", "3.10.*", True),
        ("3.10", "==", "3.10.0", True),
        ("1.0+local", "==", "1.0", True),
        ("1.0+local", "==", "1.0+other", False),
        ("2.2.post3", "~=", "2.2", True),
        ("3.0", "~=", "2.2", False),
        ("1.4.5", "~=", "1.4.4", True),
        ("1.5", "~=", "1.4.4", False),
        ("1.0", ">", "1.0", False),
        ("1.0", "<=", "1.0", True),
        ("abc", "===", "ABC", True),
        ("abc", "==", "1.0", None),
        ("1.0", "<", "1.*", None),
        ("1.0", "~=", "1", None),
    ]:
        asserts.equals(env, expected, compare_versions(left, operator, right), " ".join([left, operator, right]))
    return unittest.end(env)

compare_test = unittest.make(_compare_test_impl)

def versions_test_suite(name):
    unittest.suite(name, order_test, spelling_test, compare_test)
