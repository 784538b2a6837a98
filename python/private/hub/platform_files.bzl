"""Locks per platform: chooses the file that is read for each target platform.

Phase: module extension (pure functions).
In: the attributes that name locks, and the platforms asked for. Out: one file for each platform.
"""

load("//python/private/spec:names.bzl", "lock_label")
load("//python/private/spec:platforms.bzl", "lock_platform")

visibility(["//python/...", "//tests/starlark/..."])

SYSTEMS = ["linux", "osx", "windows"]

# Attribute → pattern of the platforms that it is for.
_ATTRIBUTES = {
    "requirements_darwin": "osx_*",
    "requirements_linux": "linux_*",
    "requirements_windows": "windows_*",
}

def _pattern_error(pattern, host, own):
    system, _, cpu = pattern.partition("_")
    if pattern in own or (pattern.endswith("*") and [name for name in own if name.startswith(pattern[:-1])]):
        return ""
    if pattern == "*" or (pattern == "host" and host) or (cpu and (system in SYSTEMS or system == "*")):
        return ""
    if pattern in SYSTEMS:
        return "'{}' is not a platform; did you mean '{}_*'?".format(pattern, pattern)
    return "'{}' is not a platform; expected {{os}}_{{arch}} such as {}, with '*' for any.".format(
        pattern,
        ", ".join([system + "_x86_64" for system in SYSTEMS]),
    )

def _matches(pattern, platform, host, own):
    """Says whether a pattern matches a platform. `linux_x86_64` matches its glibc variant and its musl variant.

    A platform of the user is only a name: a pattern matches how it begins.
    """
    if pattern in ["*", platform]:
        return True
    if pattern.endswith("*") and platform.startswith(pattern[:-1]):
        return True
    if platform in own:
        return False
    platform = lock_platform(platform)
    if pattern == "host":
        return platform == lock_platform(host)
    system, _, cpu = pattern.partition("_")
    own_system, _, own_cpu = platform.partition("_")
    if system not in ["*", own_system]:
        return False
    return cpu == "*" or own_cpu == cpu or own_cpu == cpu + "_musl"

def _exactness(pattern, platform):
    """Orders patterns: the platform's own name wins, then the one with fewer `*`."""
    if pattern == platform:
        return 3
    return 0 if pattern == "*" else 2 - len([part for part in pattern.split("_", 1) if part.endswith("*")])

def _rows(files):
    """Gives (attribute, pattern, file) of all attributes but `requirements_lock`."""
    rows = []
    for file, patterns in (getattr(files, "requirements_by_platform", None) or {}).items():
        for pattern in patterns.split(","):
            if pattern.strip():
                rows.append(("requirements_by_platform", pattern.strip(), file))
    for attribute, pattern in _ATTRIBUTES.items():
        if getattr(files, attribute, None):
            rows.append((attribute, pattern, getattr(files, attribute)))
    return rows

def _choose(rows, platform, host, own):
    """Chooses a platform's row among those that match. Returns (row or None, a row that contradicts it or None)."""
    chosen = None
    other = None
    for row in rows:
        if not _matches(row[1], platform, host, own):
            continue
        if not chosen or _exactness(row[1], platform) > _exactness(chosen[1], platform):
            chosen, other = row, None
        elif _exactness(row[1], platform) == _exactness(chosen[1], platform) and row[2] != chosen[2]:
            other = row
    return chosen, other

def files_by_platform(files, platforms, host = "", own = {}):
    """Gives for each platform the lock that is read for it.

    Args:
      files: (struct) `requirements_by_platform` (dict from file to patterns such as `linux_*,osx_aarch64`),
        `requirements_linux`, `requirements_darwin`, `requirements_windows`, `requirements_lock`; each may be missing or
        None. Files are labels, or whatever else compares.
      platforms: (list[str]) target platforms, such as `linux_x86_64` or `linux_x86_64_musl`.
      host: (str) what the pattern `host` means; empty if it is not allowed.
      own: (iterable[str]) names of platforms that the user defines.

    Returns:
      (struct) `files`: dict from platform to file; `error`: a message, or empty. An exact pattern is stronger than one
      with `*`; `requirements_lock` is for the platforms that nothing else names.
    """
    rows = _rows(files)
    for attribute, pattern, file in rows:
        message = _pattern_error(pattern, host, own)
        if message:
            return struct(error = "{}: {}: {}".format(attribute, lock_label(file) if type(file) == "Label" else file, message), files = {})
    result = {}
    for platform in platforms:
        row, other = _choose(rows, platform, host, own)
        if other:
            return struct(error = "{} = {}: {} is read for {} already ({}); expected one lock per platform.".format(
                other[0],
                other[2],
                row[2],
                platform,
                row[0],
            ), files = {})
        file = row[2] if row else getattr(files, "requirements_lock", None)
        if not file:
            return struct(error = (
                "no lock is named for the platform {}; expected requirements_lock, or one of {}, requirements_by_platform."
            ).format(platform, ", ".join(_ATTRIBUTES)), files = {})
        result[platform] = file
    return struct(error = "", files = result)
