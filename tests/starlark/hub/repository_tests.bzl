"""Tests of the hub that //examples/hello uses: //python/private/hub:repository.bzl wrote it."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@pypi//:config.bzl", "packages")
load(
    "@pypi//:requirements.bzl",
    "all_data_requirements",
    "all_requirements",
    "all_whl_file_requirements",
    "all_whl_requirements",
    "all_whl_requirements_by_package",
    "data_requirement",
    "dist_info_requirement",
    "entry_point",
    "requirement",
    "whl_requirement",
)

def _macros_test_impl(ctx):
    """requirements.bzl gives labels of the hub, in any spelling of the name."""
    env = unittest.begin(ctx)
    hub = str(Label("@pypi//pyyaml:pkg"))
    asserts.equals(env, hub, requirement("PyYAML"))
    asserts.equals(env, hub.replace(":pkg", ":whl"), whl_requirement("pyyaml"))
    asserts.equals(env, hub.replace(":pkg", ":data"), data_requirement("pyyaml"))
    asserts.equals(env, hub.replace(":pkg", ":dist_info"), dist_info_requirement("pyyaml"))
    asserts.equals(env, 10, len(all_requirements))
    asserts.true(env, hub in all_requirements)
    asserts.true(env, hub.replace(":pkg", ":whl") in all_whl_requirements)
    asserts.true(env, hub.replace(":pkg", ":whl_file") in all_whl_file_requirements)
    asserts.equals(env, len(all_whl_requirements), len(all_whl_file_requirements))
    asserts.true(env, hub.replace(":pkg", ":data") in all_data_requirements)
    asserts.equals(env, hub.replace(":pkg", ":whl"), all_whl_requirements_by_package["pyyaml"])
    asserts.equals(env, sorted(all_whl_requirements_by_package), packages)
    asserts.true(env, entry_point("coverage").endswith("pypi_coverage_7_17_3//:bin/coverage"))
    asserts.true(env, entry_point("Coverage", "coverage3").endswith("pypi_coverage_7_17_3//:bin/coverage3"))
    return unittest.end(env)

macros_test = unittest.make(_macros_test_impl)

def repository_test_suite(name):
    unittest.suite(name, macros_test)
