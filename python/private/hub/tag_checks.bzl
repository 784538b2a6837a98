"""Checks of the tags in MODULE.bazel files.

Phase: module extension (pure functions).
In: tags. Out: what is wrong with them.
"""

load("//python/private/choice:unified_hub.bzl", "UNIFIED_HUB")
load("//python/private/spec:names.bzl", "normalize_name")
load("//python/private/spec:pythons.bzl", "python_version_error")
load(":parse_attrs.bzl", "REFUSED_PARSE_ATTRS")

visibility(["//python/...", "//tests/starlark/..."])

# Prefix that names of hubs must not have: @reprowheel_... are repositories of the ruleset.
_RESERVED = "reprowheel_"

# With it rules_python gives hubs with the name of the hub of all hubs another name.
RESERVED_VARIABLE = "RULES_PYTHON_PYPI_HUB_RESERVED"

def reserved_name_error(value, hubs):
    """Refuses the variable that renames hubs in rules_python, where it would rename one.

    Args:
      value: (str) of the variable; None if it is not set.
      hubs: (iterable[str]) all hubs.

    Returns:
      (str) a message, or empty.
    """
    if value == "1" and UNIFIED_HUB in hubs:
        return ("pip.parse hub_name = \"{name}\": {variable}=1 asks for another name of that hub, and no hub is renamed here. " +
                "To fix: write the other name in hub_name; then @{name} is the hub of all hubs.").format(name = UNIFIED_HUB, variable = RESERVED_VARIABLE)
    return ""

def hub_name_of(tag):
    """Gives the hub's name of a tag. rules_python 0.22 called the attribute `name`.

    Args:
      tag: (struct) a `pip.parse`.

    Returns:
      (str) the name.
    """
    return tag.hub_name or tag.name

def parse_tag_error(tag, module_name, made):
    """Checks one `pip.parse`.

    Args:
      tag: (struct) the tag.
      module_name: (str) the module that has it.
      made: (dict[str, str]) hubs of the tags before it, to their modules.

    Returns:
      (str) a message, or empty.
    """
    hub_name = hub_name_of(tag)
    if not hub_name:
        return "pip.parse in module '{}': hub_name is empty; expected a repository name.".format(module_name)
    where = "pip.parse hub_name = \"{}\"".format(hub_name)
    if hub_name.startswith(_RESERVED):
        return "{}: names that begin with {} are the ruleset's own; expected another name.".format(where, _RESERVED)
    if made.get(hub_name, module_name) != module_name:
        return "{} in module '{}': module '{}' makes that hub already; expected another name.".format(where, module_name, made[hub_name])
    if tag.hub_name and tag.name and tag.name != tag.hub_name:
        return "{}: name is '{}'; expected hub_name alone, which is the newer name of the same attribute.".format(where, tag.name)
    for attribute, advice in REFUSED_PARSE_ATTRS.items():
        if getattr(tag, attribute):
            return "{}: {} cannot be honoured. To fix: {}.".format(where, attribute, advice)
    error = python_version_error(tag.python_version) if tag.python_version else ""
    return "{}: python_version is '{}'; {}".format(where, tag.python_version, error) if error else ""

def unknown_name_error(hub_name, tag, names, known):
    """Finds names that a lock does not have.

    Args:
      hub_name: (str) the hub.
      tag: (str) where the names are written, such as `pip.override`.
      names: (list[str]) the names.
      known: (dict[str, None]) the lock's names.

    Returns:
      (str) a message, or empty.
    """
    for name in names:
        if normalize_name(name) not in known and name != ":all:":
            return "{} hub_name = \"{}\": '{}' is not in the lock; expected one of: {}.".format(
                tag,
                hub_name,
                name,
                ", ".join(sorted(known)),
            )
    return ""

def unknown_hub_error(hubs, made):
    """Finds overrides of hubs that nobody makes.

    Args:
      hubs: (iterable[str]) hubs that overrides name.
      made: (iterable[str]) hubs that exist.

    Returns:
      (str) a message, or empty.
    """
    for hub_name in hubs:
        if hub_name not in made:
            return "pip.override hub_name = \"{}\": no pip.parse makes that hub; expected one of: {}.".format(
                hub_name,
                ", ".join(sorted(made)) or "(none)",
            )
    return ""

def foreign_override_error(modules, made):
    """Finds overrides in modules that neither make the hub nor are the root module.

    Args:
      modules: (list[struct]) as the module context has them.
      made: (dict[str, str]) hub to the module that makes it.

    Returns:
      (str) a message, or empty.
    """
    for module in modules:
        for tag in module.tags.override if not module.is_root else []:
            if tag.file:
                return ("pip.override file = \"{}\" in module '{}': is for all hubs; expected it in the root module. " +
                        "To fix: use hub_name, name, install_patches.").format(tag.file, module.name)
            if made.get(tag.hub_name, module.name) != module.name:
                return ("pip.override hub_name = \"{}\", name = \"{}\" in module '{}': module '{}' makes that hub; " +
                        "expected it there or in the root module.").format(tag.hub_name, tag.name, module.name, made[tag.hub_name])
    return ""

def unused_file_error(by_file, names):
    """Finds overrides of files whose package is in no hub.

    Args:
      by_file: (dict[str, dict]) normalized name to settings, from `collect_overrides`.
      names: (dict[str, None]) packages of all hubs.

    Returns:
      (str) a message, or empty.
    """
    for name, settings in by_file.items():
        if name not in names:
            return "pip.override file = \"{}\": '{}' is not in the lock of any hub; expected a wheel of a locked package.".format(
                settings["file_patches"].keys()[0],
                name,
            )
    return ""
