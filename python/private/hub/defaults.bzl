"""`pip.default` and `pip.dep`: tags of newer rules_python, which are for all hubs at once.

Phase: module extension (pure functions).
In: tags. Out: the defaults of all hubs, what the hub of all hubs must have, or an error about what is not supported.
"""

load("//python/private/choice:tag_places.bzl", "tag_place")
load("//python/private/spec:addresses.bzl", "plain_address_error", "shown_address", "variables")
load("//python/private/spec:names.bzl", "normalize_name")
load("//python/private/spec:own_platforms.bzl", "PLATFORM_SETTINGS", "add_platform", "settings_error")

visibility(["//python/...", "//tests/starlark/..."])

# Only its tags `pip.default` count.
_ROOT = struct(is_root = True, name = "")

_PLATFORM_ATTRS = {
    "arch_name": attr.string(doc = "CPU of `platform`, as in `@platforms//cpu`; default: the host's."),
    "config_settings": attr.label_list(doc = "What must hold for `platform` to be chosen: each a `config_setting` or a constraint value."),
    "env": attr.string_dict(doc = "Marker variables (PEP 508) of `platform` that differ from those of its system and CPU."),
    "marker": attr.string(doc = "For which Pythons there is `platform`, such as `python_version >= '3.11'`."),
    "os_name": attr.string(doc = "System of `platform`, as in `@platforms//os`; default: the host's."),
    "platform": attr.string(doc = "A platform that `pip.parse` may name. One that rules_python knows, such as `linux_x86_64`, is changed. The tag with this alone takes it away."),
    "whl_abi_tags": attr.string_list(doc = "ABI tags of wheels for `platform`, the best last, such as `cp{major}{minor}`; default: `abi3` and that. `none` is always one."),
    "whl_platform_tags": attr.string_list(doc = "Platform tags of wheels for `platform`, the best last, such as `manylinux_*_x86_64` (the oldest there is) or `musllinux_1_2_x86_64` (that or older). `any` is always one."),
}

DEFAULT_ATTRS = _PLATFORM_ATTRS | {
    "auth_patterns": attr.string_dict(doc = "`auth_patterns` of all hubs."),
    "crate_index": attr.string(doc = "`crate_index` of hubs that set none."),
    "default_hub": attr.string(doc = "The hub that `@pypi`, the hub of all hubs, stands for if the flag `venv` names none; default: the first by name."),
    "index_url": attr.string(doc = "`index_url` of hubs that set none."),
    "netrc": attr.string(doc = "`netrc` of all hubs."),
    "pyproject_toml": attr.label(allow_single_file = True, doc = "Its `requires-python`, which must be `==` and a version, is the Python version of hubs that name none."),
}

DEP_ATTRS = {
    "extra_targets": attr.string_list(doc = "More targets of that package."),
    "name": attr.string(doc = "A package that `@pypi`, the hub of all hubs, has even if no lock has it. To build it is then an error.", mandatory = True),
}

def _defaults(error = "", **kwargs):
    return struct(**({
        "auth_patterns": {},
        "crate_index": "",
        "default_hub": "",
        "deps": {},
        "error": error,
        "index_url": "",
        "netrc": "",
        "platforms": {},
        "pyproject_toml": None,
    } | kwargs))

NO_DEFAULTS = _defaults()

def _platform_settings(tag):
    """Gives what a tag sets of a platform, as plain values."""
    settings = {key: getattr(tag, key) for key in PLATFORM_SETTINGS if getattr(tag, key)}
    if "config_settings" in settings:
        settings["config_settings"] = {str(label): None for label in settings["config_settings"]}.keys()
    return settings

def crate_index_error(attribute, address):
    """Checks the address of a registry of crates.

    Args:
      attribute: (str) what names it.
      address: (str) as cargo's `index` has it; empty for none.

    Returns:
      (str) message or empty.
    """
    bare = address.removeprefix("sparse+")
    error = plain_address_error(bare) if address else ""
    return "{} '{}' {}".format(attribute, shown_address(bare), error) if error else ""

def _tag_error(tag, settings, default_hub):
    if settings and not tag.platform:
        return "{} is of a platform; expected platform beside it, its name.".format(sorted(settings)[0])
    if tag.default_hub and default_hub:
        return "default_hub is '{}' here and '{}' in another tag; expected one.".format(tag.default_hub, default_hub)
    error = plain_address_error(tag.index_url) if tag.index_url and not variables(tag.index_url) else ""
    if error:
        return "index_url '{}' {}".format(shown_address(tag.index_url), error)
    error = crate_index_error("crate_index", tag.crate_index)
    if error:
        return error
    error = settings_error(settings)
    return error + ("" if not error or error.endswith("?") else ".")

def _deps(modules):
    """Collects the `pip.dep` tags of all modules: package to its further targets."""
    found = {}
    for module in modules:
        for tag in module.tags.dep:
            known = found.setdefault(normalize_name(tag.name), {})
            known.update({target: None for target in tag.extra_targets})
    return {name: sorted(targets) for name, targets in found.items()}

def collect_defaults(modules):
    """Reads the `pip.default` tags of the root module, and the `pip.dep` tags of all. Other modules' defaults do not count.

    Args:
      modules: (list[struct]) as the module context has them.

    Returns:
      (struct) `crate_index`, `index_url`, `netrc`, `auth_patterns`, `pyproject_toml`: the last tag that sets one wins; `default_hub`; `platforms`:
      dict from name to what tags set (None: taken away); `deps`: dict from normalized name to targets; `error`: message or empty.
    """
    found = {"deps": _deps(modules), "platforms": {}}
    for tag in [tag for module in modules if module.is_root for tag in module.tags.default]:
        settings = _platform_settings(tag)
        error = _tag_error(tag, settings, found.get("default_hub", ""))
        if error:
            return _defaults(error = "{}: {}".format(tag_place(_ROOT, "default", platform = tag.platform), error))
        if tag.platform:
            found["platforms"] = add_platform(found["platforms"], tag.platform, settings)
        for key in ["auth_patterns", "crate_index", "default_hub", "index_url", "netrc", "pyproject_toml"]:
            if getattr(tag, key):
                found[key] = getattr(tag, key)
    return _defaults(**found)
