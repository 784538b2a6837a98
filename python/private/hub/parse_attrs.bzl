"""The attributes of `pip.parse`, and of WORKSPACE's `pip_parse`.

Phase: any (constants).
In: nothing. Out: attributes; those that only rules_python means something by, with what becomes of them.
"""

visibility(["//python/...", "//tests/starlark/..."])

_LOCK_ATTRS = {
    "build_requirements_lock": attr.label(doc = "Build lock: what each sdist is built with (`reprowheel lock` writes it)."),
    "lock_extras": attr.string_list(doc = "Extras of the locked project that are wanted, of pylock_toml and uv_lock."),
    "lock_groups": attr.string_list(doc = "Dependency groups that are wanted, of pylock_toml and uv_lock; default: the lock's own."),
    "pylock_toml": attr.label(doc = "Lock in the format of PEP 751 (`pylock.toml`)."),
    "requirements_by_platform": attr.label_keyed_string_dict(doc = "requirements.txt to the platforms it is for, such as `linux_*,osx_aarch64`."),
    "requirements_darwin": attr.label(doc = "requirements.txt for macOS."),
    "requirements_linux": attr.label(doc = "requirements.txt for Linux."),
    "requirements_lock": attr.label(doc = "requirements.txt in which every line is pinned and hashed."),
    "requirements_windows": attr.label(doc = "requirements.txt for Windows."),
    "uv_lock": attr.label(doc = "Lock that uv writes (`uv.lock`)."),
    "wheels_lock": attr.label(doc = "Digests of built wheels: a build that makes another one fails (docs/wheels-lock.md). May be an empty file."),
}

_TARGET_ATTRS = {
    "build_phase": attr.string(
        default = "action",
        doc = "Where sdists are built: in a build action, or in the repository phase.",
        values = ["action", "fetch"],
    ),
    "enable_implicit_namespace_pkgs": attr.bool(doc = "Leave folders without __init__.py alone; default: such folders get one that joins them (pkgutil)."),
    "environment": attr.string_dict(doc = "Variables that every build of the hub sees; of one package: pip.override(build_env)."),
    "experimental_requirement_cycles": attr.string_list_dict(doc = "Packages to treat as one cycle, besides those that are found."),
    "extra_hub_aliases": attr.string_list_dict(doc = "Package to further targets of its repository that the hub has, too."),
    "from_source": attr.bool(
        doc = "Build every distribution (as `no_binary = [\":all:\"]`) and every build requirement from its sdist; the build lock " +
              "is then one of `reprowheel lock --from-source`.",
    ),
    "no_binary": attr.string_list(doc = "Packages that are built from source although the lock names wheels; `:all:` for all."),
    "only_binary": attr.string_list(doc = "Packages that are never built; `:all:` for all."),
    "pip_data_exclude": attr.string_list(doc = "Files that all libraries leave out, as pip.override(data_exclude_glob) does for one."),
    "python_version": attr.string(doc = "Python to choose wheels and evaluate markers for; default: the host's python3."),
    "target_platforms": attr.string_list(doc = "Platforms that the hub is for, such as `linux_aarch64`; default: the host's."),
    "whl_modifications": attr.label_keyed_string_dict(doc = "File of a pip.whl_mods hub to the package that it is for."),
}

_INDEX_ATTRS = {
    "auth_patterns": attr.string_dict(doc = "Host to the header that carries what netrc has, as in Bazel's http_archive."),
    "envsubst": attr.string_list(doc = "Variables that are replaced in addresses of indexes, written `$NAME` or `${NAME:-default}`."),
    "extra_index_urls": attr.string_list(doc = "Indexes that are searched as well, after the others."),
    "extra_pip_args": attr.string_list(doc = "Options of pip: those that choose indexes or wheels are honoured, those that cannot be are errors."),
    "index_url": attr.string(doc = "Simple index; default: PIP_INDEX_URL, UV_DEFAULT_INDEX, then what pip says."),
    "index_url_overrides": attr.string_dict(doc = "Package to the only index that it is fetched from."),
    "netrc": attr.string(doc = "netrc file with passwords of indexes; default: NETRC, then the one in the home folder."),
}

# rules_python's other names for the same; when both are given, ours wins.
_ALIAS_ATTRS = {
    "annotations": attr.string_dict(doc = "Package to what `package_annotation` gives, as JSON; pip.override has the same settings."),
    "download_only": attr.bool(doc = "Never build: the same as only_binary = [\":all:\"]."),
    "experimental_extra_index_urls": attr.string_list(doc = "The same as extra_index_urls."),
    "experimental_index_url": attr.string(doc = "The same as index_url."),
    "experimental_index_url_overrides": attr.string_dict(doc = "The same as index_url_overrides."),
    "experimental_target_platforms": attr.string_list(doc = "The same as target_platforms."),
    "name": attr.string(doc = "What rules_python 0.22 called hub_name; the hub then has its root aliases, too (`:foo_pkg`)."),
}

# Accepted, and nothing has to change for them.
_IDLE_ATTRS = {
    "incompatible_generate_aliases": attr.bool(doc = "Without effect: the hub always has a package per distribution."),
    "isolated": attr.bool(default = True, doc = "Without effect: builds never see pip's configuration; addresses of indexes come from index_url, else from it."),
    "parallel_download": attr.bool(default = True, doc = "Without effect: Bazel fetches in parallel."),
    "python_interpreter": attr.string(doc = "Without effect: builds run in the Python toolchain's interpreter; see python_version."),
    "python_interpreter_target": attr.label(allow_single_file = True, doc = "Without effect: builds run in the Python toolchain's interpreter; see python_version."),
    "quiet": attr.bool(default = True, doc = "Without effect: a build's output is shown when it fails."),
    "simpleapi_skip": attr.string_list(doc = "Without effect: an index is asked only about packages that are being fetched."),
    "timeout": attr.int(default = 600, doc = "Without effect: Bazel has its own limits, --http_timeout_scaling and a test's or action's timeout."),
    "use_hub_alias_dependencies": attr.bool(doc = "Without effect: packages depend on each other directly."),
}

# Refused when they are set.
_REFUSED_ATTRS = {
    "add_libdir_to_library_search_path": attr.bool(doc = "Refused: name the libraries in pip.override(native_deps)."),
    "pyproject_toml": attr.label(allow_single_file = True, doc = "Refused: write the version in python_version."),
    "repo_prefix": attr.string(doc = "Refused: repositories are named after the hub."),
}

# Attribute to what to write instead of it.
REFUSED_PARSE_ATTRS = {
    "add_libdir_to_library_search_path": "builds find the interpreter's own libraries; name others in pip.override(native_deps = ...)",
    "pyproject_toml": "write the Python version in python_version",
    "repo_prefix": "remove it; repositories are named after the hub",
}

IDLE_PARSE_ATTRS = sorted(_IDLE_ATTRS)

# All attributes but `hub_name`.
PARSE_ATTRS = _LOCK_ATTRS | _TARGET_ATTRS | _INDEX_ATTRS | _ALIAS_ATTRS | _IDLE_ATTRS | _REFUSED_ATTRS
