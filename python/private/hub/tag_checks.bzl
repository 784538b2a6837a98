"""Checks of the tags in MODULE.bazel files.

Phase: module extension (pure functions).
In: tags. Out: what is wrong with them.
"""

load("//python/private/choice:tag_places.bzl", "module_file", "tag_place")
load("//python/private/choice:unified_hub.bzl", "UNIFIED_HUB")
load("//python/private/spec:names.bzl", "normalize_name")
load("//python/private/spec:pythons.bzl", "python_version_error")
load("//python/private/spec:suggestions.bzl", "did_you_mean")
load(":parse_attrs.bzl", "REFUSED_PARSE_ATTRS")

visibility(["//python/...", "//tests/starlark/..."])

# Prefix that names of hubs must not have: @reprowheel_... are repositories of the ruleset.
_RESERVED = "reprowheel_"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

# With it rules_python gives hubs with the name of the hub of all hubs another name.
RESERVED_VARIABLE = "RULES_PYTHON_PYPI_HUB_RESERVED"

def reserved_name_error(value, places):
    """Refuses the variable that renames hubs in rules_python, where it would rename one.

    Args:
      value: (str) of the variable; None if it is not set.
      places: (dict[str, str]) hub to the tag that makes it.

    Returns:
      (str) a message, or empty.
    """
    if value == "1" and UNIFIED_HUB in places:
        return ("{place}: {variable}=1 asks for another name of that hub, and no hub is renamed here. " +
                "To fix: write the other name in hub_name; then @{name} is the hub of all hubs.").format(
            name = UNIFIED_HUB,
            place = places[UNIFIED_HUB],
            variable = RESERVED_VARIABLE,
        )
    return ""

def hub_name_of(tag):
    """Gives the hub's name of a tag. rules_python 0.22 called the attribute `name`.

    Args:
      tag: (struct) a `pip.parse`.

    Returns:
      (str) the name.
    """
    return tag.hub_name or tag.name

def _name_error(hub_name):
    """Checks a hub's name as Bazel does for names of repositories. Returns a message or empty."""
    wrong = [char for char in hub_name.elems() if char.lower() not in _LETTERS and not char.isdigit() and char not in "-_."]
    if wrong or hub_name[0].lower() not in _LETTERS:
        return "is no name of a repository; expected letters, digits, '-', '_' and '.', and a letter first."
    if hub_name.startswith(_RESERVED):
        return "names that begin with {} are the ruleset's own; expected another name.".format(_RESERVED)
    return ""

def parse_tag_error(tag, module, made):
    """Checks one `pip.parse`.

    Args:
      tag: (struct) the tag, with its `place`.
      module: (struct) `name`, `is_root` of the module that has it.
      made: (dict[str, struct]) hubs of the tags before it, to their modules.

    Returns:
      (str) a message, or empty.
    """
    hub_name = hub_name_of(tag)
    if not hub_name:
        return "{}: hub_name is empty; expected the name of a repository. To fix: hub_name = \"pypi\".".format(tag.place)
    error = _name_error(hub_name)
    if error:
        return "{}: {}".format(tag.place, error)
    other = made.get(hub_name, module)
    if other.name != module.name:
        return "{}: {} makes that hub already; expected another hub_name, as hubs of all modules share their names.".format(tag.place, module_file(other))
    if tag.hub_name and tag.name and tag.name != tag.hub_name:
        return "{}: name is '{}'; expected hub_name alone, which is the newer name of the same attribute.".format(tag.place, tag.name)
    for attribute, advice in REFUSED_PARSE_ATTRS.items():
        if getattr(tag, attribute):
            return "{}: {} cannot be honoured. To fix: {}.".format(tag.place, attribute, advice)
    error = python_version_error(tag.python_version) if tag.python_version else ""
    return "{}: python_version is '{}'; {}".format(tag.place, tag.python_version, error) if error else ""

def unknown_name_error(place, names, known, lock):
    """Finds names that a lock does not have.

    Args:
      place: (str) where the names are written: the tag, and its attribute if it has several with names.
      names: (list[str]) the names.
      known: (dict[str, None]) the lock's names.
      lock: (str) the lock.

    Returns:
      (str) a message, or empty.
    """
    for name in names:
        if normalize_name(name) not in known and name != ":all:":
            more = "did you mean ':all:'?" if name.strip(":") == "all" else did_you_mean(name, known, "packages of " + lock)
            return "{}: there is no package '{}' in {}; {}".format(place, name, lock, more)
    return ""

def unknown_hub_error(places, made):
    """Finds overrides of hubs that nobody makes.

    Args:
      places: (dict[str, dict[str, str]]) hub that overrides name to the place of the tag of each package.
      made: (iterable[str]) hubs that exist.

    Returns:
      (str) a message, or empty.
    """
    for hub_name, by_name in places.items():
        if hub_name not in made:
            return "{}: no pip.parse makes a hub '{}'; {}".format(by_name.values()[0], hub_name, did_you_mean(hub_name, made, "hubs"))
    return ""

def foreign_override_error(modules, made):
    """Finds overrides in modules that neither make the hub nor are the root module.

    Args:
      modules: (list[struct]) as the module context has them.
      made: (dict[str, struct]) hub to the module that makes it.

    Returns:
      (str) a message, or empty.
    """
    for module in modules:
        for tag in module.tags.override if not module.is_root else []:
            if tag.file:
                return "{}: is for all hubs; expected it in the root module. To fix: use hub_name, name, install_patches.".format(
                    tag_place(module, "override", file = tag.file),
                )
            if made.get(tag.hub_name, module).name != module.name:
                return "{}: {} makes that hub; expected the override there or in the root module.".format(
                    tag_place(module, "override", hub_name = tag.hub_name, name = tag.name),
                    module_file(made[tag.hub_name]),
                )
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
            return "MODULE.bazel: pip.override(file = \"{}\"): no hub has a package '{}'; {}".format(
                settings["file_patches"].keys()[0],
                name,
                did_you_mean(name, names, "packages of all hubs"),
            )
    return ""

def whl_mods_hub_error(modules, hubs):
    """Checks the names of the repositories that `pip.whl_mods` makes.

    Args:
      modules: (list[struct]) as the module context has them.
      hubs: (iterable[str]) the hubs of `pip.parse`.

    Returns:
      (str) a message, or empty.
    """
    for module in modules:
        for tag in module.tags.whl_mods:
            if tag.hub_name in hubs:
                return "{}: pip.parse makes a hub of that name; expected another one, which whl_modifications then names. To fix: hub_name = \"{}_mods\".".format(
                    tag_place(module, "whl_mods", hub_name = tag.hub_name),
                    tag.hub_name,
                )
    return ""

def no_hub_error(modules, hubs):
    """Finds out that no tag asks for anything: somebody imports a hub that nobody makes.

    Args:
      modules: (list[struct]) as the module context has them.
      hubs: (iterable[str]) the hubs of `pip.parse`.

    Returns:
      (str) a message, or empty.
    """
    asked = [tag for module in modules for tag in module.tags.dep + module.tags.whl_mods]
    if hubs or asked or not [module for module in modules if module.is_root]:
        return ""
    return ("MODULE.bazel: there is no pip.parse, so no hub has any package; expected one. To fix: pip.parse(hub_name = \"pypi\", " +
            "requirements_lock = \"//:requirements.txt\").")
