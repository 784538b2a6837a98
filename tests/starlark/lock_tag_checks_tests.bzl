"""Tests of //python/private/lock:tag_checks.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:tag_checks.bzl", "collect_overrides", "parse_tag_error", "unknown_hub_error")

def _parse(hub_name = "pypi", build_phase = "action", python_version = ""):
    return struct(build_phase = build_phase, hub_name = hub_name, python_version = python_version)

def _override(name, hub_name = "pypi", epoch = -1):
    return struct(
        build_env = {},
        config_settings = {},
        deep = False,
        epoch = epoch,
        host_libraries = ["libfoo.so.1"],
        hub_name = hub_name,
        name = name,
    )

def _module(*overrides):
    return struct(name = "m", tags = struct(override = overrides))

def _parse_test_impl(ctx):
    """Bad pip.parse tags are refused with the hub's name and the value."""
    env = unittest.begin(ctx)
    for version in ["", "3.12", "3.12.4"]:
        asserts.equals(env, "", parse_tag_error(_parse(python_version = version), "m", {}))
    asserts.equals(
        env,
        "pip.parse in module 'm': hub_name is empty; expected a repository name.",
        parse_tag_error(_parse(hub_name = ""), "m", {}),
    )
    asserts.equals(
        env,
        "pip.parse hub_name = \"pypi\" in module 'm': module 'other' makes that hub already; expected another name.",
        parse_tag_error(_parse(), "m", {"pypi": "other"}),
    )
    asserts.equals(
        env,
        "pip.parse hub_name = \"pypi\": build_phase is \"fetch\", which is not supported yet; expected \"action\". " +
        "To fix: remove build_phase; wheels are then built in sandboxed, cached build actions.",
        parse_tag_error(_parse(build_phase = "fetch"), "m", {}),
    )
    for version in ["3", "3.x", "python3.12", "3.12.4.1"]:
        asserts.equals(
            env,
            "pip.parse hub_name = \"pypi\": python_version is '{}'; expected for example 3.12.".format(version),
            parse_tag_error(_parse(python_version = version), "m", {}),
        )
    return unittest.end(env)

parse_test = unittest.make(_parse_test_impl)

def _override_test_impl(ctx):
    """Overrides are collected by hub and normalized name; the same package twice is refused."""
    env = unittest.begin(ctx)
    found = collect_overrides([_module(_override("Foo.Bar", epoch = 7)), _module(_override("foo-bar", hub_name = "other"))])
    asserts.equals(env, "", found.error)
    asserts.equals(env, {
        "build_env": {},
        "config_settings": {},
        "deep": False,
        "epoch": 7,
        "host_libraries": ["libfoo.so.1"],
    }, found.by_hub["pypi"]["foo-bar"])
    asserts.false(env, "epoch" in found.by_hub["other"]["foo-bar"])
    asserts.equals(
        env,
        "pip.override hub_name = \"pypi\", name = \"foo_bar\": is given twice; expected one override per package.",
        collect_overrides([_module(_override("Foo.Bar"), _override("foo_bar"))]).error,
    )
    asserts.equals(env, "", unknown_hub_error(["pypi"], ["pypi"]))
    asserts.equals(
        env,
        "pip.override hub_name = \"nope\": no pip.parse makes that hub; expected one of: pypi.",
        unknown_hub_error(["nope"], ["pypi"]),
    )
    return unittest.end(env)

override_test = unittest.make(_override_test_impl)

def lock_tag_checks_test_suite(name):
    unittest.suite(name, parse_test, override_test)
