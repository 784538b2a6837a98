"""Checks of the tags in MODULE.bazel files.

Phase: module extension (pure functions).
In: tags. Out: settings, or what is wrong with the tags.
"""

load("//python/private/wheel:settings.bzl", "SETTING_ATTRS")
load(":names.bzl", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

_FETCH_PHASE_ERROR = (
    "pip.parse hub_name = \"{}\": build_phase is \"fetch\", which is not supported yet; expected \"action\". " +
    "To fix: remove build_phase; wheels are then built in sandboxed, cached build actions."
)

def parse_tag_error(tag, module_name, made):
    """Checks one `pip.parse`.

    Args:
      tag: (struct) the tag.
      module_name: (str) the module that has it.
      made: (dict[str, str]) hubs of the tags before it, to their modules.

    Returns:
      (str) a message, or empty.
    """
    if not tag.hub_name:
        return "pip.parse in module '{}': hub_name is empty; expected a repository name.".format(module_name)
    if tag.hub_name in made:
        return ("pip.parse hub_name = \"{}\" in module '{}': module '{}' makes that hub already; " +
                "expected another name.").format(tag.hub_name, module_name, made[tag.hub_name])
    if tag.build_phase == "fetch":
        return _FETCH_PHASE_ERROR.format(tag.hub_name)
    parts = tag.python_version.split(".") if tag.python_version else ["3", "0"]
    if len(parts) not in [2, 3] or [part for part in parts if not part.isdigit()]:
        return "pip.parse hub_name = \"{}\": python_version is '{}'; expected for example 3.12.".format(
            tag.hub_name,
            tag.python_version,
        )
    return ""

def collect_overrides(modules):
    """Collects the `pip.override` tags.

    Args:
      modules: (list[struct]) as the module context has them.

    Returns:
      (struct) `by_hub`: dict from hub to dict from normalized name to settings; `error`: message or empty.
    """
    by_hub = {}
    for module in modules:
        for tag in module.tags.override:
            name = normalize_name(tag.name)
            of_hub = by_hub.setdefault(tag.hub_name, {})
            if name in of_hub:
                return struct(by_hub = {}, error = (
                    "pip.override hub_name = \"{}\", name = \"{}\": is given twice; expected one override per package."
                ).format(tag.hub_name, tag.name))
            settings = {key: getattr(tag, key) for key in SETTING_ATTRS if key != "epoch"}
            if tag.epoch >= 0:
                settings["epoch"] = tag.epoch
            of_hub[name] = settings
    return struct(by_hub = by_hub, error = "")

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
