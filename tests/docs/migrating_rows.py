"""Which test shows a line of docs/migrating.md: `PATH::NAME` below tests/. NAME is a function, or a rule of a Starlark test."""

from __future__ import annotations

__all__ = ["DIFFERENT", "ROWS", "TABLES"]

_HUB = "starlark/hub"
_OWN = "starlark/spec/own_platforms_tests.bzl"
_ARGS = "starlark/lock/pip_args_tests.bzl::options_test"
_FILES = "starlark/hub/platform_files_tests.bzl::answers_test"
_TAGS = "e2e/test_hub.py::test_rules_python_tags_are_taken_as_they_are"
_PLATFORM = "e2e/test_hub.py::test_platform_of_the_user_selects_the_wheel"
_SETTINGS = "starlark/library/rules_tests.bzl::settings_test"
_PYTHON = "starlark/choice/python_choice_tests.bzl::order_test"

_MODIFICATIONS = {
    "additive_build_content": "starlark/fetch/spoke_build_tests.bzl::everything_test",
    "additive_build_content_file": "starlark/hub/plan_tests.bzl::settings_test",
    "copy_executables": _SETTINGS,
    "copy_files": _SETTINGS,
    "data": _SETTINGS,
    "data_exclude_glob": _SETTINGS,
    "hub_name": _TAGS,
    "srcs_exclude_glob": _SETTINGS,
    "whl_name": _TAGS,
}

# Heading of a table → attribute → the test. Every row with the word `same` or `also` is here.
ROWS = {
    "pip.parse": {
        "annotations": f"{_HUB}/overrides_tests.bzl::modifications_test",
        "auth_patterns": "e2e/test_indexes.py::test_auth_patterns",
        "download_only": _ARGS,
        "enable_implicit_namespace_pkgs": f"{_HUB}/host_variants_tests.bzl::resolve_test",
        "environment": _ARGS,
        "envsubst": "starlark/fetch/index_url_tests.bzl::variables_test",
        "experimental_extra_index_urls": _ARGS,
        "experimental_index_url": _ARGS,
        "experimental_index_url_overrides": _ARGS,
        "experimental_requirement_cycles": _ARGS,
        "experimental_target_platforms": f"{_HUB}/variants_tests.bzl::variants_test",
        "extra_hub_aliases": _TAGS,
        "extra_pip_args": _ARGS,
        "hub_name": "e2e/test_hub.py::test_python_selects_the_lock",
        "name": _TAGS,
        "netrc": "e2e/test_indexes.py::test_netrc",
        "pip_data_exclude": _ARGS,
        "pyproject_toml": _PYTHON,
        "python_interpreter": _PYTHON,
        "python_interpreter_target": _PYTHON,
        "python_version": "e2e/test_hub.py::test_python_selects_the_lock",
        "requirements_by_platform": _FILES,
        "requirements_darwin": _FILES,
        "requirements_linux": _FILES,
        "requirements_lock": "e2e/test_hub.py::test_python_selects_the_lock",
        "requirements_windows": _FILES,
        "target_platforms": "e2e/test_hub.py::test_platform_selects_the_wheel",
        "uv_lock": "e2e/test_hub.py::test_three_formats_of_a_lock_give_the_same_labels",
        "whl_modifications": f"{_HUB}/overrides_tests.bzl::modifications_test",
    },
    "pip.override": {
        "file": "e2e/test_hub.py::test_cycle_extra_replaced_and_patched_package_work_in_a_test",
        "patch_strip": "e2e/test_hub.py::test_cycle_extra_replaced_and_patched_package_work_in_a_test",
        "patches": "e2e/test_hub.py::test_cycle_extra_replaced_and_patched_package_work_in_a_test",
    },
    "pip.whl_mods": _MODIFICATIONS,
    "pip.default": {
        "arch_name": f"{_OWN}::environment_test",
        "auth_patterns": f"{_HUB}/defaults_tests.bzl::addresses_test",
        "config_settings": _PLATFORM,
        "default_hub": "e2e/test_hub.py::test_hub_of_all_hubs",
        "env": _PLATFORM,
        "index_url": f"{_HUB}/defaults_tests.bzl::addresses_test",
        "marker": f"{_OWN}::marker_test",
        "netrc": f"{_HUB}/defaults_tests.bzl::addresses_test",
        "os_name": f"{_OWN}::environment_test",
        "platform": _PLATFORM,
        "pyproject_toml": "e2e/test_hub.py::test_hub_of_all_hubs",
        "whl_abi_tags": f"{_OWN}::pythons_test",
        "whl_platform_tags": f"{_OWN}::answers_test",
    },
    "pip.dep": {
        "extra_targets": "starlark/choice/unified_hub_tests.bzl::plan_test",
        "name": "e2e/test_hub.py::test_hub_of_all_hubs",
    },
    "pip_parse": {
        "annotations": f"{_HUB}/pip_repository_tests.bzl::overrides_test",
        "name": "e2e/test_workspace.py::test_old_labels",
        "python_interpreter": "e2e/test_workspace.py::test_everything_passes",
        "python_interpreter_target": _PYTHON,
        "requirements": "e2e/test_workspace.py::test_everything_passes",
    },
}

# What all rows of a table with one of the other words have in common.
TABLES = {
    "idle": f"{_HUB}/tag_checks_tests.bzl::table_test",
    "refused": f"{_HUB}/tag_checks_tests.bzl::table_test",
}

# "What behaves differently": what a line begins with → the test.
DIFFERENT = {
    "`.pth` files": "reprowheel/install/test_tree.py::test_path_configuration_is_installed_and_runs_in_a_site_folder_only",
    "`entry_point()`": "e2e/test_migration.py::test_entry_point_runs",
    "`pypi` as the name of a hub": f"{_HUB}/tag_checks_tests.bzl::names_test",
    "Built wheels": "e2e/test_unpacked.py::test_nothing_changes_from_wheel_to_sdist",
    "Cycles": f"{_HUB}/groups_tests.bzl::groups_test",
    "Declared inputs.": "e2e/test_host_tools.py::test_lines_of_errors_are_enough",
    "Extras": "starlark/library/requires_tests.bzl::derived_labels_test",
    "Fetched wheels": "e2e/test_unpacked.py::test_the_files_are_those_of_the_helper",
    "Hashes.": "starlark/lock/requirements_error_tests.bzl::errors_test",
    "Helper.": "e2e/test_messages.py::test_host_without_a_python_for_the_helper",
    "INSTALLER": "reprowheel/install/test_tree.py::test_metadata_is_what_importlib_reads",
    "Index.": "starlark/fetch/index_settings_tests.bzl::choose_test",
    "Machines in markers.": f"{_HUB}/variants_tests.bzl::interpreter_test",
    "Order of wheels.": "starlark/spec/tags_order_tests.bzl::order_test",
    "Packages of other platforms.": "starlark/choice/left_out_tests.bzl::left_out_test",
    "Platforms by name.": f"{_HUB}/variants_tests.bzl::own_test",
    "Python version.": "e2e/test_library.py::test_oldest_python",
    "Repositories": f"{_HUB}/plan_tests.bzl::repositories_test",
    "Scripts.": "reprowheel/install/test_tree.py::test_scripts_run_with_the_python_on_path",
    "Time.": f"{_HUB}/tag_checks_tests.bzl::table_test",
    "Wheel or sdist.": "starlark/fetch/download_tests.bzl::choose_test",
    "Wheels for the host.": f"{_HUB}/variants_tests.bzl::interpreter_test",
    "pip.": "starlark/lock/pip_args_tests.bzl::refused_test",
}
