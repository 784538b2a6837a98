"""Plans the variants of a hub: one for each Python version and target platform.

Phase: module extension (pure functions).
In: the `pip.parse` tags of a hub. Out: its variants, each with its lock.
"""

load("//python/private/spec:own_platforms.bzl", "KNOWN_PLATFORMS", "marker_holds", "platform_definition")
load("//python/private/spec:platforms.bzl", "expand_platform", "parse_platform")
load("//python/private/spec:suggestions.bzl", "did_you_mean", "nearest_names")
load(":platform_files.bzl", "files_by_platform")

visibility(["//python/...", "//tests/starlark/..."])

_PLATFORM_LOCKS = ["requirements_linux", "requirements_darwin", "requirements_windows", "requirements_by_platform"]

# Attribute that names a lock in TOML → its format.
_TOML_LOCKS = {"pylock_toml": "pylock", "uv_lock": "uv"}

def _python_tag(python_version):
    return "cp" + "".join(python_version.split(".")[:2]) if python_version else ""

def locks_error(tag):
    """Checks that a tag names one lock.

    Args:
      tag: (struct) a `pip.parse`.

    Returns:
      (str) what is wrong, or empty.
    """
    named = [name for name in ["requirements_lock"] + _PLATFORM_LOCKS if getattr(tag, name)]
    toml = [name for name in _TOML_LOCKS if getattr(tag, name)]
    if len(toml) > 1 or (toml and named):
        return "has both {} and {}; expected one lock.".format(toml[0], (toml[1:] + named)[0])
    if not toml and not named:
        return "has no lock; expected one of {}.".format(", ".join(["requirements_lock"] + _PLATFORM_LOCKS + _TOML_LOCKS.keys()))
    return ""

def _locks(tag, platforms, host, own):
    """Chooses the lock of a tag for each platform. Returns (dict from platform to struct(label, kind), error)."""
    for name, kind in _TOML_LOCKS.items():
        if getattr(tag, name):
            return {platform: struct(kind = kind, label = getattr(tag, name)) for platform in platforms}, ""
    found = files_by_platform(tag, [platform or host for platform in platforms], host, own)
    if found.error:
        return {}, found.error
    return {platform: struct(kind = "requirements", label = found.files[platform or host]) for platform in platforms}, ""

def _own_names_of_locks(tag, own):
    """Gives the user's platforms that requirements_by_platform names. Those of rules_python's names are not asked for by this."""
    named = [name.strip() for names in tag.requirements_by_platform.values() for name in names.split(",")]
    return [name for name in named if own.get(name) != None and name not in KNOWN_PLATFORMS]

def _asked(tag, host, own):
    """Gives the names of platforms that a tag asks for, and of each whether it is written out. Returns list of (name, exact)."""
    asked = []
    for pattern in tag.target_platforms + tag.experimental_target_platforms:
        if pattern in own:
            asked.append((pattern, True))
        else:
            asked += [(name, "*" not in pattern) for name in expand_platform(pattern, host)]
    if asked:
        return asked
    named = _own_names_of_locks(tag, own)
    for_host = [] if named and not files_by_platform(tag, [host], host, own).files else [(host, True)]
    return for_host + [(name, True) for name in named] if named or host in own else []

def _platforms(tag, host, own):
    """Gives the platforms of a tag. Returns (dict from canonical name to the user's definition or None, error)."""
    result = {}
    asked = _asked(tag, host, own)
    for name, exact in asked:
        if name in own and own[name] == None:
            if exact:
                return {}, "target_platforms: pip.default(platform = \"{}\") without any other attribute takes that platform away; expected a platform that is there.".format(name)
            continue
        if name in own:
            definition = platform_definition(name, own[name])
            if definition["marker"] and not tag.python_version:
                return {}, "platform '{}' of pip.default has the marker \"{}\"; expected a python_version, which says whether it holds.".format(name, definition["marker"])
            if definition["marker"] and not marker_holds(definition, tag.python_version, host):
                continue
            result[name] = definition
            continue
        parsed = parse_platform(name)
        if parsed.error:
            names = sorted([name for name in own if own[name] != None])
            near = nearest_names(name, names + KNOWN_PLATFORMS.keys())
            if near:
                return {}, "target_platforms: '{}' is not a platform; {}".format(name, did_you_mean(name, near, "platforms"))
            return {}, "target_platforms: {}{}.".format(parsed.error, ", or a platform of pip.default" if names else "")
        result[parsed.name] = None
    return (result if asked else {"": None}), ""

def _ambiguous_error(variants):
    """Finds two variants that differ only in a version of libc or macOS. No configuration of Bazel can tell them apart."""
    seen = {}
    for variant in variants:
        if variant.own and variant.own["config_settings"] != None:
            parsed = struct(cpu = "", freethreaded = False, libc = "", system = variant.platform)
        else:
            parsed = parse_platform(variant.platform) if variant.platform else None
        key = (_python_tag(variant.python_version), (parsed.system, parsed.cpu, parsed.libc, parsed.freethreaded) if parsed else "")
        if key in seen:
            return "target_platforms has {} and {}; expected one of them: nothing tells them apart when Bazel builds.".format(
                seen[key],
                variant.platform,
            ) if seen[key] != variant.platform else "is given twice for Python {}; expected one pip.parse per Python.".format(
                variant.python_version,
            )
        seen[key] = variant.platform
    return ""

def _id_part(platform):
    """Writes a platform's name so that it can be a part of a repository's name."""
    return "".join([char if char.isalnum() else "_" for char in platform.lower().elems()])

def _same_id_error(variants):
    """Finds two platforms whose repositories would have one name."""
    seen = {}
    for variant in variants:
        if seen.get(variant.id, variant.platform) != variant.platform:
            return "platforms {} and {}: their names differ in letters that names of repositories cannot have; expected other names.".format(
                seen[variant.id],
                variant.platform,
            )
        seen[variant.id] = variant.platform
    return ""

def plan_variants(tags, host, own = {}):
    """Plans the variants of one hub.

    Args:
      tags: (list[struct]) its `pip.parse` tags.
      host: (str) from `host_platform`.
      own: (dict[str, dict]) platforms of the user: name to settings, from `collect_defaults`.

    Returns:
      (struct) `variants`: list of struct(id, python_version, platform, own, tag, its index, lock), where `own` is the user's
      definition of the platform or None; `error`: message or empty.
    """
    found = []
    for index, tag in enumerate(tags):
        platforms, error = _platforms(tag, host, own)
        error = locks_error(tag) or error
        locks, error = _locks(tag, platforms, host, own) if not error else ({}, error)
        for platform, lock in locks.items():
            found.append(struct(
                index = index,
                lock = lock,
                own = platforms[platform],
                platform = platform,
                python_version = tag.python_version,
                tag = tag,
            ))
        if error:
            return struct(error = error, variants = [])
    if not found:
        return struct(error = "has no platform; the markers of all that it asks for do not hold. To fix: pip.default(marker = ...).", variants = [])
    pythons = {_python_tag(item.python_version): None for item in found}
    if len(tags) > 1 and "" in pythons:
        return struct(error = "is given {} times; expected a python_version in each: one hub has one lock per Python.".format(len(tags)), variants = [])
    error = _ambiguous_error(found)
    platforms = {item.platform: None for item in found}
    variants = []
    for item in found:
        parts = [_python_tag(item.python_version), _id_part(item.platform) if len(platforms) > 1 else ""]
        variants.append(struct(
            id = "_".join([part for part in parts if part]) if len(found) > 1 else "",
            index = item.index,
            lock = item.lock,
            own = item.own,
            platform = item.platform,
            python_version = item.python_version,
            tag = item.tag,
        ))
    error = error or (_same_id_error(variants) if len(variants) > 1 else "")
    return struct(error = error, variants = [] if error else variants)
