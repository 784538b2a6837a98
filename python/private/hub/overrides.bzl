"""Settings of single packages: `pip.override`, rules_python's `pip.whl_mods`, and annotations.

Phase: module extension (pure functions).
In: tags. Out: for each hub, settings by package; or what is wrong with the tags.
"""

load("//python/private/choice:tag_places.bzl", "tag_place")
load("//python/private/spec:filenames.bzl", "parse_wheel_name")
load("//python/private/spec:names.bzl", "label_repository", "normalize_name")
load("//python/private/spec:suggestions.bzl", "did_you_mean")
load("//python/private/wheel:settings.bzl", "LIBRARY_SETTING_ATTRS", "OVERRIDE_ATTRS", "is_set")

visibility(["//python/...", "//tests/starlark/..."])

# Settings that rules_python's `whl_mods` and annotations also have.
MODIFICATION_ATTRS = {
    key: LIBRARY_SETTING_ATTRS[key] if key in LIBRARY_SETTING_ATTRS else OVERRIDE_ATTRS[key]
    for key in [
        "additive_build_content",
        "additive_build_content_file",
        "copy_executables",
        "copy_files",
        "data",
        "data_exclude_glob",
        "srcs_exclude_glob",
    ]
}

# Settings whose values are labels, alone or in lists.
LABEL_SETTINGS = ["additive_build_content_file", "install_patches", "native_deps", "patches", "target"]

def _settings(tag, keys):
    return {key: getattr(tag, key) for key in keys if is_set(key, getattr(tag, key))}

def _of_file(tag):
    """Reads an override that names a wheel's file, as in rules_python. Returns (name, settings, error)."""
    wheel = parse_wheel_name(tag.file)
    others = [key for key in sorted(OVERRIDE_ATTRS) if key not in ["patch_strip", "patches"] and is_set(key, getattr(tag, key))]
    if not wheel:
        return "", {}, "expected the file name of a wheel. To fix: for an sdist, pip.override(hub_name, name, patches)."
    if tag.name or tag.hub_name or others:
        return "", {}, "expected only patches and patch_strip beside file, not {}. To fix: use hub_name, name, install_patches.".format(
            (["hub_name"] if tag.hub_name else (["name"] if tag.name else others))[0],
        )
    if not tag.patches:
        return "", {}, "sets nothing; expected patches."
    return wheel.name, {"file_patches": {tag.file: {"patch_strip": tag.patch_strip, "patches": tag.patches}}}, ""

# The values of `allow_uncontained`, as the helper has them.
_UNCONTAINED = ["files", "network", "processes"]

def _value_error(tag):
    for key in OVERRIDE_ATTRS:
        value = getattr(tag, key)
        if type(value) == "int" and value < (-1 if key == "epoch" else 0):
            return "{} is {}; expected 0 or more.".format(key, value)
    for value in tag.allow_uncontained:
        if value not in _UNCONTAINED:
            return "allow_uncontained has '{}'; {}".format(value, did_you_mean(value, _UNCONTAINED, "values"))
    return ""

def _named(tag):
    if not tag.hub_name or not tag.name:
        return "", {}, "expected hub_name and name, or file."
    settings = _settings(tag, OVERRIDE_ATTRS)
    error = _value_error(tag)
    if error:
        return "", {}, error
    if not settings:
        return "", {}, "sets nothing; expected at least one setting. To fix: remove it."
    if "target" in settings and len(settings) > 1:
        return "", {}, "has target and {}; expected target alone, as nothing is fetched or built then.".format(
            sorted([key for key in settings if key != "target"])[0],
        )
    return normalize_name(tag.name), settings, ""

def collect_overrides(modules):
    """Collects the `pip.override` tags.

    Args:
      modules: (list[struct]) as the module context has them.

    Returns:
      (struct) `by_hub`: dict from hub to dict from normalized name to settings; `places`: the same, to the place of the tag;
      `by_file`: dict from normalized name to settings, of overrides that name a file and are for every hub; `error`: message or
      empty.
    """
    by_hub, by_file, places = {}, {}, {}
    for module in modules:
        for tag in module.tags.override:
            name, settings, error = _of_file(tag) if tag.file else _named(tag)
            known = by_file.get(name, {}).get("file_patches", {}) if tag.file else by_hub.setdefault(tag.hub_name, {})
            place = tag_place(module, "override", file = tag.file, hub_name = "" if tag.file else tag.hub_name, name = "" if tag.file else tag.name)
            if not error and (tag.file in known if tag.file else name in known):
                error = "is given twice; expected one override per package."
                other = places.get(tag.hub_name, {}).get(name, "")
                error += " The other one is {}.".format(other) if other and other != place else ""
            if error:
                return struct(by_file = {}, by_hub = {}, error = "{}: {}".format(place, error), places = {})
            if tag.file:
                by_file.setdefault(name, {"file_patches": {}})["file_patches"].update(settings["file_patches"])
            else:
                by_hub[tag.hub_name][name] = settings
                places.setdefault(tag.hub_name, {})[name] = place
    return struct(by_file = by_file, by_hub = by_hub, error = "", places = places)

def collect_modifications(modules):
    """Collects the `pip.whl_mods` tags.

    Args:
      modules: (list[struct]) as the module context has them.

    Returns:
      (struct) `by_hub`: dict from the whl_mods hub to dict from whl_name to settings; `error`: message or empty.
    """
    by_hub = {}
    for module in modules:
        for tag in module.tags.whl_mods:
            of_hub = by_hub.setdefault(tag.hub_name, {})
            if tag.whl_name in of_hub:
                place = tag_place(module, "whl_mods", hub_name = tag.hub_name, whl_name = tag.whl_name)
                return struct(by_hub = {}, error = place + ": is given twice; expected one tag per package.")
            of_hub[tag.whl_name] = _settings(tag, MODIFICATION_ATTRS)
    return struct(by_hub = by_hub, error = "")

def _annotation(text):
    """Reads the JSON that `package_annotation` returns. Returns (settings, error)."""
    content = json.decode(text, None)
    if type(content) != "dict":
        return {}, "is not JSON; expected what package_annotation(...) gives."
    for key in content:
        if key not in MODIFICATION_ATTRS:
            return {}, "has '{}'; {}".format(key, did_you_mean(key, MODIFICATION_ATTRS, "settings of package_annotation"))
    return {key: value for key, value in content.items() if value}, ""

def tag_modifications(tag, modifications):
    """Gives the settings that a `pip.parse` names by `whl_modifications` and `annotations`.

    Args:
      tag: (struct) the tag.
      modifications: (dict) `by_hub` of `collect_modifications`.

    Returns:
      (struct) `by_name`: dict from normalized name to settings; `error`: message or empty.
    """
    by_name = {}
    for label, name in tag.whl_modifications.items():
        repository = label_repository(label).replace("+", "~").split("~")[-1]
        of_hub = modifications.get(repository, {})
        found = of_hub.get(label.name.removesuffix(".json")) if label.name.endswith(".json") else None
        if found == None:
            return struct(by_name = {}, error = "whl_modifications: @{}//:{} is no file of a pip.whl_mods tag; {}".format(
                repository,
                label.name,
                did_you_mean(label.name.removesuffix(".json"), of_hub, "values of whl_name with hub_name = \"{}\"".format(repository)),
            ))
        by_name[normalize_name(name)] = found
    for name, text in tag.annotations.items():
        settings, error = _annotation(text)
        if error:
            return struct(by_name = {}, error = "annotations: '{}' {}".format(name, error))
        by_name[normalize_name(name)] = settings
    return struct(by_name = by_name, error = "")

def merge_settings(left, right, where):
    """Joins settings of one package from two places.

    Args:
      left: (dict) settings.
      right: (dict) settings.
      where: (str) the places, for messages.

    Returns:
      (tuple[dict, str]) both; a message where both have one setting.
    """
    for key in right:
        if key in left:
            return {}, "{}: more than one of pip.override, whl_modifications and annotations sets {}; expected one of them.".format(where, key)
    return left | right, ""
