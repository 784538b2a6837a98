"""Tests of //python/private/shared:python_flags.bzl: what is read out of the files of old and new versions of rules_python."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_rules_python//:offers.bzl", "HELPER_PYTHONS", "PYTHON_FLAGS")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/shared:python_flags.bzl", "known_versions", "version_flags")

_TABLE = """\
TOOL_VERSIONS = {
    "3.8.10": {
        "url": "x",
    },
    "3.10.9": {
    },
    "3.11.1": {
    },
    "3.11.4": {
    },
}

MINOR_MAPPING = {
    "3.8": "3.8.10",
}
"""

def _flags_test_impl(ctx):
    """An old flag has exact versions and no empty one; the flags since then have an empty one, and take a minor version."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["3.8.10", "3.10.9", "3.11.1", "3.11.4"], known_versions(_TABLE))
    asserts.equals(env, [], known_versions("TOOL_VERSIONS = parse()\n"))
    old = version_flags("        build_setting_default = python_versions[0],\n", known_versions(_TABLE))
    asserts.equals(env, ("3.8.10", ["3.11.4"]), (old.unset, old.wanted))
    middle = version_flags("        build_setting_default = \"\",\n", known_versions(_TABLE))
    asserts.equals(env, ("", ["3.11"]), (middle.unset, middle.wanted))
    asserts.equals(env, {"3.10": "3.10.9", "3.11": "3.11.4", "3.8": "3.8.10"}, old.by_minor)
    asserts.equals(env, {"3.10": "3.10", "3.11": "3.11", "3.8": "3.8"}, middle.by_minor)
    new = version_flags("", [])
    asserts.equals(env, ("3.9", "3.15"), (new.by_minor["3.9"], new.by_minor["3.15"]))
    asserts.equals(env, ("", ["3.15", "3.14", "3.13", "3.12", "3.11"]), (new.unset, new.wanted))
    return unittest.end(env)

flags_test = unittest.make(_flags_test_impl)

def _recorded_test_impl(ctx):
    """What is read out of the loaded rules_python names its flag, and no version that is too old for the helper."""
    env = unittest.begin(ctx)
    asserts.true(env, "@rules_python//python/config_settings:python_version" in PYTHON_FLAGS, str(PYTHON_FLAGS))
    asserts.equals(env, [], [version for version in HELPER_PYTHONS if int(version.split(".")[1]) < 11])
    return unittest.end(env)

recorded_test = unittest.make(_recorded_test_impl)

def python_flags_test_suite(name):
    unittest.suite(name, flags_test, recorded_test)
