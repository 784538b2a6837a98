"""Plans the variants of a hub: one for each Python version and target platform.

Phase: module extension (pure functions).
In: the `pip.parse` tags of a hub. Out: its variants, each with its lock.
"""

load("//python/private/spec:platforms.bzl", "expand_platform", "lock_platform", "parse_platform")
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

def _locks(tag, platforms, host):
    """Chooses the lock of a tag for each platform. Returns (dict from platform to struct(label, kind), error)."""
    for name, kind in _TOML_LOCKS.items():
        if getattr(tag, name):
            return {platform: struct(kind = kind, label = getattr(tag, name)) for platform in platforms}, ""
    wanted = {platform: lock_platform(platform or host) for platform in platforms}
    found = files_by_platform(tag, wanted.values(), lock_platform(host))
    if found.error:
        return {}, found.error
    return {platform: struct(kind = "requirements", label = found.files[name]) for platform, name in wanted.items()}, ""

def _platforms(tag, host):
    """Gives the canonical platforms of a tag. Returns (list, error)."""
    result = []
    patterns = tag.target_platforms + tag.experimental_target_platforms
    for name in [name for pattern in patterns for name in expand_platform(pattern, host)]:
        parsed = parse_platform(name)
        if parsed.error:
            return [], "target_platforms: {}.".format(parsed.error)
        if parsed.name not in result:
            result.append(parsed.name)
    return result or [""], ""

def _ambiguous_error(variants):
    """Finds two variants that differ only in a version of libc or macOS. No configuration of Bazel can tell them apart."""
    seen = {}
    for variant in variants:
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

def plan_variants(tags, host):
    """Plans the variants of one hub.

    Args:
      tags: (list[struct]) its `pip.parse` tags.
      host: (str) from `host_platform`.

    Returns:
      (struct) `variants`: list of struct(id, python_version, platform, tag, its index, lock); `error`: message or empty.
    """
    found = []
    for index, tag in enumerate(tags):
        platforms, error = _platforms(tag, host)
        error = locks_error(tag) or error
        locks, error = _locks(tag, platforms, host) if not error else ({}, error)
        for platform, lock in locks.items():
            found.append(struct(index = index, lock = lock, platform = platform, python_version = tag.python_version, tag = tag))
        if error:
            return struct(error = error, variants = [])
    pythons = {_python_tag(item.python_version): None for item in found}
    if len(tags) > 1 and "" in pythons:
        return struct(error = "is given {} times; expected a python_version in each: one hub has one lock per Python.".format(len(tags)), variants = [])
    error = _ambiguous_error(found)
    platforms = {item.platform: None for item in found}
    variants = []
    for item in found:
        parts = [_python_tag(item.python_version), item.platform if len(platforms) > 1 else ""]
        variants.append(struct(
            id = "_".join([part for part in parts if part]) if len(found) > 1 else "",
            index = item.index,
            lock = item.lock,
            platform = item.platform,
            python_version = item.python_version,
            tag = item.tag,
        ))
    return struct(error = error, variants = [] if error else variants)
