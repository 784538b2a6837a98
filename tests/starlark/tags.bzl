"""Tags as the module context gives them, for tests: every attribute with its default."""

_PARSE = {
    "add_libdir_to_library_search_path": False,
    "annotations": {},
    "auth_patterns": {},
    "build_phase": "action",
    "build_requirements_lock": None,
    "crate_index": "",
    "download_only": False,
    "enable_implicit_namespace_pkgs": False,
    "environment": {},
    "envsubst": [],
    "experimental_extra_index_urls": [],
    "experimental_index_url": "",
    "experimental_index_url_overrides": {},
    "experimental_requirement_cycles": {},
    "experimental_target_platforms": [],
    "extra_hub_aliases": {},
    "extra_index_urls": [],
    "extra_pip_args": [],
    "from_source": False,
    "hub_name": "pypi",
    "incompatible_generate_aliases": False,
    "index_url": "",
    "index_url_overrides": {},
    "isolated": True,
    "lock_extras": [],
    "lock_groups": [],
    "name": "",
    "netrc": "",
    "no_binary": [],
    "only_binary": [],
    "parallel_download": True,
    "pip_data_exclude": [],
    "pylock_toml": None,
    "pyproject_toml": None,
    "python_interpreter": "",
    "python_interpreter_target": None,
    "python_version": "",
    "quiet": True,
    "repo_prefix": "",
    "requirements_by_platform": {},
    "requirements_darwin": None,
    "requirements_linux": None,
    "requirements_lock": None,
    "requirements_windows": None,
    "simpleapi_skip": [],
    "target_platforms": [],
    "timeout": 600,
    "use_hub_alias_dependencies": False,
    "uv_lock": None,
    "wheels_lock": None,
    "whl_modifications": {},
}

_OVERRIDE = {
    "additive_build_content": "",
    "additive_build_content_file": None,
    "allow_uncontained": [],
    "build_env": {},
    "build_options": [],
    "build_phase": "",
    "build_requirements": [],
    "config_settings": {},
    "copy_executables": {},
    "copy_files": {},
    "cpu_baseline": "",
    "cpus": 0,
    "data": [],
    "data_exclude_glob": [],
    "deep": False,
    "epoch": -1,
    "file": "",
    "global_options": [],
    "host_headers": [],
    "host_libraries": [],
    "host_tools": [],
    "hub_name": "",
    "index_url": "",
    "install_patch_strip": 0,
    "install_patches": [],
    "max_disk_mb": 0,
    "max_files": 0,
    "max_memory_mb": 0,
    "max_processes": 0,
    "max_seconds": 0,
    "memory_mb": 0,
    "name": "",
    "native_deps": [],
    "patch_strip": 0,
    "patches": [],
    "srcs_exclude_glob": [],
    "target": None,
    "use": "",
}

PARSE_DEFAULTS = _PARSE

OVERRIDE_DEFAULTS = _OVERRIDE

def parse_tag(**kwargs):
    """Makes a `pip.parse` tag.

    Args:
      **kwargs: what differs from the defaults.

    Returns:
      (struct) the tag, with its place.
    """
    place = "MODULE.bazel: pip.parse(hub_name = \"{}\")".format(kwargs.get("hub_name", "pypi"))
    return struct(**(_PARSE | {"place": place} | kwargs))

def override_tag(**kwargs):
    """Makes a `pip.override` tag.

    Args:
      **kwargs: what differs from the defaults.

    Returns:
      (struct) the tag.
    """
    return struct(**(_OVERRIDE | kwargs))
