"""Which wheel a platform of the user takes: `whl_platform_tags` and `whl_abi_tags` of `pip.default`.

Phase: module extension and repository (pure functions).
In: wheel tags and patterns, the least wanted first. Out: a rank, smaller is better. The order is rules_python's, not pip's.
"""

load(":tags.bzl", "OLD_MANYLINUX")

visibility(["//python/...", "//tests/starlark/..."])

# Platform tags that begin so have a version: `manylinux_2_17_x86_64`, `macosx_11_0_arm64`, `android_21_arm64_v8a`.
_VERSIONED = ["android", "ios", "macosx", "manylinux", "musllinux"]

# `implementation_name` of PEP 508 → what Python tags of wheels begin with.
_PYTHON_TAGS = {"cpython": "cp", "ironpython": "ip", "jython": "jy", "pypy": "pp"}

def _modern(tag):
    """Writes `manylinux2014_x86_64` as `manylinux_2_17_x86_64`."""
    old, _, machine = tag.partition("_")
    if old not in OLD_MANYLINUX:
        return tag
    version = OLD_MANYLINUX[old]
    return "manylinux_{}_{}_{}".format(version[0], version[1], machine)

def _split(tag):
    """Splits a tag with a version: struct(system, version, machine, error). `version` is None for `*`. None for another tag."""
    tag = _modern(tag)
    if not [prefix for prefix in _VERSIONED if tag.startswith(prefix)]:
        return None
    system, _, rest = tag.partition("_")
    major, _, rest = rest.partition("_")
    minor = "0"
    if major != "*" and system != "android":
        minor, _, rest = rest.partition("_")
    if not rest or (major != "*" and not (major.isdigit() and minor.isdigit())):
        return struct(error = True, machine = "", system = "", version = None)
    return struct(
        error = False,
        machine = rest,
        system = system,
        version = None if major == "*" else (int(major), int(minor)),
    )

def platform_pattern_error(pattern):
    """Checks an item of `whl_platform_tags`.

    Args:
      pattern: (str) such as `manylinux_*_x86_64` or `win_amd64`.

    Returns:
      (str) what is wrong, or empty.
    """
    found = _split(pattern)
    if found and found.error:
        return "whl_platform_tags has '{}'; expected the form manylinux_*_x86_64 or manylinux_2_28_x86_64".format(pattern)
    return ""

def abi_pattern_error(pattern):
    """Checks an item of `whl_abi_tags`.

    Args:
      pattern: (str) such as `cp{major}{minor}t` or `abi3`.

    Returns:
      (str) what is wrong, or empty.
    """
    rest = pattern.replace("{major}", "").replace("{minor}", "")
    if "{" in rest or "}" in rest:
        return "whl_abi_tags has '{}'; expected no other field than {{major}} and {{minor}}, as in cp{{major}}{{minor}}".format(pattern)
    return ""

def _key(found):
    return (found.system, found.machine)

def _patterns(platforms):
    """Reads the patterns. One that names the system and CPU of an earlier one takes its place, at the end."""
    result = []
    for text in ([] if "any" in platforms else ["any"]) + platforms:
        found = _split(text)
        if found:
            result = [item for item in result if not item.found or _key(item.found) != _key(found)]
        result.append(struct(found = found, text = text))
    return result

def _platform_rank(tag, patterns):
    """Ranks one platform tag: the last pattern counts most, then the oldest version. None if no pattern matches."""
    own = _split(tag)
    for place in range(len(patterns) - 1, -1, -1):
        wanted = patterns[place].found
        if not own and patterns[place].text == tag:
            return (-place, 0, 0)
        if own and wanted and own.version and _key(own) == _key(wanted) and (wanted.version == None or own.version <= wanted.version):
            return (-place, own.version[0], own.version[1])
    return None

def _python_rank(tag, prefix, version):
    """Ranks a Python tag: those of the implementation before `py`, then the newest. None if it is for another Python."""
    for start, rank in [(prefix, 0), ("py", 1)]:
        digits = tag[len(start):]
        if tag.startswith(start) and digits.isdigit():
            major, minor = int(digits[0]), int(digits[1:] or "0")
            return (rank, -minor) if major == version[0] and minor <= version[1] else None
    return None

def pattern_rank(wheel, wanted, version):
    """Ranks a wheel for a platform of the user.

    Args:
      wheel: (struct) from `parse_wheel_name`.
      wanted: (dict) `abis` and `platforms`, lists of patterns, the least wanted first; `implementation`, as in PEP 508.
      version: (list[int]) of Python: major and minor.

    Returns:
      (tuple) compares, the smallest is the best fit; None if the wheel does not fit.
    """
    patterns = _patterns(wanted["platforms"])
    abis = [abi.replace("{major}", str(version[0])).replace("{minor}", str(version[1])) for abi in wanted["abis"]]
    abis = ([] if "none" in abis else ["none"]) + abis
    prefix = _PYTHON_TAGS.get(wanted["implementation"], wanted["implementation"])
    best = None
    for platform_tag in wheel.platforms:
        platform = _platform_rank(platform_tag, patterns)
        for python_tag in wheel.pythons if platform != None else []:
            python = _python_rank(python_tag, prefix, version)
            for abi in [abi for abi in wheel.abis if python != None and abi in abis]:
                place = [index for index, known in enumerate(abis) if known == abi][-1]
                rank = (platform, python, -place)
                best = rank if best == None or rank < best else best
    return best
