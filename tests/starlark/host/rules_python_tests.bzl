"""Tests of //python/private/host:rules_python.bzl: what is read out of the files of old and new versions of rules_python."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_host//:rules_python.bzl", "FLAGS", "WANTED")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:rules_python.bzl", "known_versions", "runtime_attributes", "version_flags")

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
    new = version_flags("", [])
    asserts.equals(env, ("", ["3.15", "3.14", "3.13", "3.12", "3.11"]), (new.unset, new.wanted))
    return unittest.end(env)

flags_test = unittest.make(_flags_test_impl)

_INTERPRETER = {
    "abiflags": "t",
    "cache_tag": "cpython-314",
    "environment": {"python_full_version": "3.14.2"},
    "implementation": "cpython",
}

def _attributes_test_impl(ctx):
    """A runtime gets the attributes that its rule has, and no others."""
    env = unittest.begin(ctx)
    asserts.equals(env, {}, runtime_attributes("", _INTERPRETER))
    some = "            \"interpreter_version_info\": attr.string_dict(\n            \"python_version\": attr.string(\n"
    version = {"major": "3", "micro": "2", "minor": "14"}
    asserts.equals(env, {"interpreter_version_info": version}, runtime_attributes(some, _INTERPRETER))
    every = "".join(["\"{}\": attr.string(\n".format(name) for name in ["abi_flags", "implementation_name", "pyc_tag"]])
    asserts.equals(
        env,
        {"abi_flags": "t", "implementation_name": "cpython", "interpreter_version_info": version, "pyc_tag": "cpython-314"},
        runtime_attributes(some + every, _INTERPRETER),
    )
    early = _INTERPRETER | {"environment": {"python_full_version": "3.15.0a3"}}
    asserts.equals(env, {"interpreter_version_info": {"major": "3", "minor": "15"}}, runtime_attributes(some, early))
    return unittest.end(env)

attributes_test = unittest.make(_attributes_test_impl)

def _recorded_test_impl(ctx):
    """What is read out of the loaded rules_python names its flag, and no version that is too old for the helper."""
    env = unittest.begin(ctx)
    asserts.true(env, "@rules_python//python/config_settings:python_version" in FLAGS, str(FLAGS))
    asserts.equals(env, [], [version for version in WANTED if int(version.split(".")[1]) < 11])
    return unittest.end(env)

recorded_test = unittest.make(_recorded_test_impl)

def rules_python_test_suite(name):
    unittest.suite(name, flags_test, attributes_test, recorded_test)
