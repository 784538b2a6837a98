"""The attributes of `pip.parse`, and of `pip_parse` in WORKSPACE files.

Phase: any (constants).
In: nothing. Out: attributes. For those that have a meaning in rules_python only: whether they are ignored or refused.
"""

visibility(["//python/...", "//tests/starlark/..."])

_LOCK_ATTRS = {
    "build_requirements_lock": attr.label(doc = "Build lock: the build requirements of each sdist, with hashes. `reprowheel lock` writes it (docs/locks.md)."),
    "lock_extras": attr.string_list(doc = "Extras of the locked project to install. Only for `pylock_toml` and `uv_lock`."),
    "lock_groups": attr.string_list(doc = "Dependency groups to install. Only for `pylock_toml` and `uv_lock`; default: the lock's default groups."),
    "pylock_toml": attr.label(doc = "Lock in the format of PEP 751 (`pylock.toml`)."),
    "requirements_by_platform": attr.label_keyed_string_dict(doc = "requirements.txt → the platforms that it is for, such as `linux_*,osx_aarch64`."),
    "requirements_darwin": attr.label(doc = "requirements.txt for macOS."),
    "requirements_linux": attr.label(doc = "requirements.txt for Linux."),
    "requirements_lock": attr.label(doc = "requirements.txt. Every line has a pinned version and hashes."),
    "requirements_windows": attr.label(doc = "requirements.txt for Windows."),
    "uv_lock": attr.label(doc = "Lock that uv writes (`uv.lock`). The flag `dep_group` chooses among its dependency groups and extras (docs/locks.md)."),
    "wheels_lock": attr.label(doc = "Wheels lock: the digests of built wheels. A build that makes other bytes fails (docs/wheels-lock.md). May be an empty file."),
}

_TARGET_ATTRS = {
    "build_phase": attr.string(
        default = "action",
        doc = "Where sdists are built: in a build action, or in the repository phase.",
        values = ["action", "fetch"],
    ),
    "enable_implicit_namespace_pkgs": attr.bool(doc = "Leave folders without `__init__.py` as they are; default: such folders get one that makes them a pkgutil namespace package."),
    "environment": attr.string_dict(doc = "Environment variables of every build of the hub. For one package: `pip.override(build_env)`."),
    "experimental_requirement_cycles": attr.string_list_dict(doc = "Packages to treat as one cycle. Most cycles are found without this."),
    "extra_hub_aliases": attr.string_list_dict(doc = "Package → more targets of its repository. The hub gets an alias for each."),
    "from_source": attr.bool(
        doc = "Build every distribution (as `no_binary = [\":all:\"]`) and every build requirement from its sdist. The build lock " +
              "must come from `reprowheel lock --from-source`.",
    ),
    "no_binary": attr.string_list(doc = "Packages to build from source, even if the lock names wheels; `:all:` for all."),
    "only_binary": attr.string_list(doc = "Packages to take as wheels, never to build; `:all:` for all."),
    "pip_data_exclude": attr.string_list(doc = "Files that all libraries leave out. For one package: `pip.override(data_exclude_glob)`."),
    "pyproject_toml": attr.label(allow_single_file = True, doc = "Its `requires-python`, which must be `==` and a version, is the `python_version` where that is not set."),
    "python_interpreter": attr.string(doc = "Interpreter (a program on PATH, or an absolute path) whose version wheels are chosen for, where nothing else says one. Builds run with the interpreter of the Python toolchain."),
    "python_interpreter_target": attr.label(allow_single_file = True, doc = "Interpreter as a file, the same; it wins over `python_interpreter`."),
    "python_version": attr.string(doc = "Python version to choose wheels and to evaluate markers for; default: that of the host's python3."),
    "target_platforms": attr.string_list(doc = "Platforms that the hub is for, such as `linux_aarch64`; default: the host's."),
    "whl_modifications": attr.label_keyed_string_dict(doc = "File of a `pip.whl_mods` hub → the package that it is for."),
}

_INDEX_ATTRS = {
    "auth_patterns": attr.string_dict(doc = "Host → pattern of the Authorization header, with login and password of netrc, as in Bazel's `http_archive`."),
    "crate_index": attr.string(doc = "Address of the sparse index that crates are fetched from, as cargo's `index` has it; default: cargo's configuration, then its own default (docs/rust.md)."),
    "envsubst": attr.string_list(doc = "Environment variables that are replaced in addresses of indexes, written `$NAME` or `${NAME:-default}`."),
    "extra_index_urls": attr.string_list(doc = "More indexes, searched after `index_url`."),
    "extra_pip_args": attr.string_list(doc = "Options of pip. Those that choose indexes or wheels have their effect. One that cannot have it is an error."),
    "index_url": attr.string(doc = "Address of a simple index; default: PIP_INDEX_URL, UV_DEFAULT_INDEX, then pip's configuration."),
    "index_url_overrides": attr.string_dict(doc = "Package → the only index that it is fetched from."),
    "netrc": attr.string(doc = "netrc file with passwords of indexes; default: the file that NETRC names, then the one in the home folder."),
}

# Other names that rules_python has for the same. If both are given, ours wins.
_ALIAS_ATTRS = {
    "annotations": attr.string_dict(doc = "Package → the JSON that `package_annotation` returns. `pip.override` has the same settings."),
    "download_only": attr.bool(doc = "Never build: the same as only_binary = [\":all:\"]."),
    "experimental_extra_index_urls": attr.string_list(doc = "The same as extra_index_urls."),
    "experimental_index_url": attr.string(doc = "The same as index_url."),
    "experimental_index_url_overrides": attr.string_dict(doc = "The same as index_url_overrides."),
    "experimental_target_platforms": attr.string_list(doc = "The same as target_platforms."),
    "name": attr.string(doc = "The name of `hub_name` in rules_python 0.22. With it the hub also has the root aliases of that version (`:foo_pkg`)."),
}

# Accepted, and without effect.
_IDLE_ATTRS = {
    "incompatible_generate_aliases": attr.bool(doc = "Without effect: the hub always has one package for each distribution."),
    "isolated": attr.bool(default = True, doc = "Without effect: builds never see pip's configuration. Only the addresses of indexes come from it, if `index_url` is not set."),
    "parallel_download": attr.bool(default = True, doc = "Without effect: Bazel fetches in parallel."),
    "quiet": attr.bool(default = True, doc = "Without effect: the output of a build is shown if it fails."),
    "simpleapi_skip": attr.string_list(doc = "Without effect: an index is only asked about the packages that are fetched."),
    "timeout": attr.int(default = 600, doc = "Without effect: Bazel has its own limits. See `--http_timeout_scaling`."),
    "use_hub_alias_dependencies": attr.bool(doc = "Without effect: libraries depend on each other directly, not through the hub."),
}

# Refused when they are set.
_REFUSED_ATTRS = {
    "add_libdir_to_library_search_path": attr.bool(doc = "Refused: name the libraries in pip.override(native_deps)."),
    "repo_prefix": attr.string(doc = "Refused: repositories are named after the hub."),
}

# Attribute to what to write instead of it.
REFUSED_PARSE_ATTRS = {
    "add_libdir_to_library_search_path": "builds find the interpreter's own libraries; name others in pip.override(native_deps = ...)",
    "repo_prefix": "remove it; repositories are named after the hub",
}

IDLE_PARSE_ATTRS = sorted(_IDLE_ATTRS)

# All attributes but `hub_name`.
PARSE_ATTRS = _LOCK_ATTRS | _TARGET_ATTRS | _INDEX_ATTRS | _ALIAS_ATTRS | _IDLE_ATTRS | _REFUSED_ATTRS
