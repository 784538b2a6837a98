"""`pip.default` and `pip.dep`: tags of newer rules_python, which are for all hubs at once.

Phase: module extension (pure functions).
In: tags. Out: the defaults of all hubs, or an error about what is not supported.
"""

visibility(["//python/...", "//tests/starlark/..."])

DEFAULT_ATTRS = {
    "arch_name": attr.string(doc = "Refused: name platforms in target_platforms."),
    "auth_patterns": attr.string_dict(doc = "`auth_patterns` of hubs that set none."),
    "config_settings": attr.label_list(doc = "Refused: name platforms in target_platforms."),
    "default_hub": attr.string(doc = "Without effect: there is no hub that joins all hubs."),
    "env": attr.string_dict(doc = "Refused: markers follow from python_version and target_platforms."),
    "index_url": attr.string(doc = "`index_url` of hubs that set none."),
    "marker": attr.string(doc = "Refused: name platforms in target_platforms."),
    "netrc": attr.string(doc = "`netrc` of hubs that set none."),
    "os_name": attr.string(doc = "Refused: name platforms in target_platforms."),
    "platform": attr.string(doc = "Refused: name platforms in target_platforms."),
    "pyproject_toml": attr.label(allow_single_file = True, doc = "Refused: write the version in python_version."),
    "whl_abi_tags": attr.string_list(doc = "Refused: wheels are chosen by python_version and target_platforms."),
    "whl_platform_tags": attr.string_list(doc = "Refused: write the oldest C library or macOS into target_platforms."),
}

DEP_ATTRS = {
    "extra_targets": attr.string_list(doc = "Refused, with the tag."),
    "name": attr.string(doc = "Refused, with the tag.", mandatory = True),
}

_PLATFORM_ADVICE = "name the platforms in pip.parse(target_platforms = ...), such as linux_x86_64_musl or osx_aarch64_12_0"
_REFUSED = {
    "arch_name": _PLATFORM_ADVICE,
    "config_settings": _PLATFORM_ADVICE,
    "env": "markers follow from pip.parse(python_version = ..., target_platforms = ...)",
    "marker": _PLATFORM_ADVICE,
    "os_name": _PLATFORM_ADVICE,
    "platform": _PLATFORM_ADVICE,
    "pyproject_toml": "write the Python version in pip.parse(python_version = ...)",
    "whl_abi_tags": "write python_version and target_platforms in pip.parse, such as linux_x86_64_freethreaded",
    "whl_platform_tags": "write the oldest C library or macOS into pip.parse(target_platforms = ...), such as linux_x86_64_glibc_2_17",
}

NO_DEFAULTS = struct(auth_patterns = {}, error = "", index_url = "", netrc = "")

def _failed(error):
    return struct(auth_patterns = {}, error = error, index_url = "", netrc = "")

def collect_defaults(modules):
    """Reads the `pip.default` tags of the root module. Those of other modules do not count.

    Args:
      modules: (list[struct]) as the module context has them.

    Returns:
      (struct) `index_url`, `netrc`, `auth_patterns`; the last tag that sets one wins. `error`: message or empty.
    """
    index_url, netrc, auth_patterns = "", "", {}
    for module in modules:
        for tag in module.tags.dep:
            return _failed(("pip.dep name = \"{}\" in module '{}': there is no hub of all hubs; expected labels of the hubs " +
                            "themselves. To fix: remove it, and depend on @<hub_name>//{}.").format(tag.name, module.name, tag.name))
        for tag in module.tags.default if module.is_root else []:
            for attribute, advice in _REFUSED.items():
                if getattr(tag, attribute):
                    return _failed("pip.default in module '{}': {} cannot be honoured. To fix: {}.".format(module.name, attribute, advice))
            index_url = tag.index_url or index_url
            netrc = tag.netrc or netrc
            auth_patterns = auth_patterns | tag.auth_patterns
    return struct(auth_patterns = auth_patterns, error = "", index_url = index_url, netrc = netrc)
