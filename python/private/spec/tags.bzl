"""Which wheel fits an interpreter best (PEP 425, PEP 600, PEP 656).

Phase: repository (pure functions).
In: wheel tags and what the interpreter said about itself. Out: a rank, smaller is better.
"""

visibility(["//python/...", "//tests/starlark/..."])

# glibc versions behind the older names of PEP 513, 571 and 599.
OLD_MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

# ABI classes, best first: exactly this ABI, this version's stable ABI, none, an older version's stable ABI, any Python.
_EXACT, _STABLE, _NO_ABI, _OLD_STABLE, _GENERIC = 0, 1, 2, 3, 4

# Rank of a platform tag without a version of the C library. It fits, but says the least.
_BARE_LINUX = 900000

# CPUs that a macOS platform tag may name, best first.
_MACOS_MACHINES = {
    "arm64": ["arm64", "universal2"],
    "x86_64": ["x86_64", "intel", "fat64", "fat32", "universal2", "universal"],
}

def _platform_version(tag, prefix):
    """Splits `manylinux_2_17_x86_64` after its prefix. Returns ((2, 17), "x86_64") or None."""
    major, _, rest = tag[len(prefix):].partition("_")
    minor, _, machine = rest.partition("_")
    if not major.isdigit() or not minor.isdigit():
        return None
    return (int(major), int(minor)), machine

def _linux_rank(tag, interpreter):
    """Ranks a Linux platform tag. A newer libc is the better match. None if the tag does not fit."""
    machine = interpreter["machine"]
    if tag == "linux_" + machine:
        return _BARE_LINUX
    for old, version in OLD_MANYLINUX.items():
        if tag == "{}_{}".format(old, machine):
            tag = "manylinux_{}_{}_{}".format(version[0], version[1], machine)
    for libc, prefix in [("glibc", "manylinux_"), ("musl", "musllinux_")]:
        if tag.startswith(prefix) and interpreter["libc"] == libc:
            found = _platform_version(tag, prefix)
            have = (interpreter["libc_version"][0], interpreter["libc_version"][1])
            if found and found[1] == machine and found[0] <= have:
                return 1 + (have[0] - found[0][0]) * 1000 + have[1] - found[0][1]
    return None

def _macos_rank(tag, interpreter):
    if not tag.startswith("macosx_"):
        return None
    found = _platform_version(tag, "macosx_")
    have = (interpreter["macos_version"][0], interpreter["macos_version"][1])
    fitting = _MACOS_MACHINES.get(interpreter["machine"], [interpreter["machine"]])
    if not found or found[1] not in fitting or found[0] > have:
        return None
    return ((have[0] - found[0][0]) * 1000 + have[1] - found[0][1]) * len(fitting) + fitting.index(found[1])

def _platform_rank(tag, interpreter):
    """Ranks one platform tag. `any` is the worst that fits. None if the tag does not fit."""
    if tag == "any":
        return 1000000
    system = interpreter["system"]
    if system == "linux":
        return _linux_rank(tag, interpreter)
    if system == "darwin":
        return _macos_rank(tag, interpreter)
    if system == "windows":
        wanted = {"amd64": "win_amd64", "arm64": "win_arm64", "x86": "win32", "x86_64": "win_amd64"}
        return 0 if tag == wanted.get(interpreter["machine"]) else None
    return None

def _python_version(tag, prefix):
    """Takes the version out of `cp311` or `py3`; returns (major, minor or None), or None."""
    digits = tag[len(prefix):]
    if not tag.startswith(prefix) or not digits.isdigit():
        return None
    return (int(digits[0]), int(digits[1:]) if digits[1:] else None)

def _abi_rank(python, abi, interpreter):
    """Ranks a Python and an abi tag; returns (class, minor versions behind) or None."""
    major, minor = interpreter["version"][0], interpreter["version"][1]
    cpython = _python_version(python, "cp")
    if cpython and interpreter["implementation"] == "cpython" and cpython[0] == major:
        behind = minor - cpython[1] if cpython[1] != None else 0
        if behind < 0:
            return None
        if behind == 0 and cpython[1] != None and abi == python + interpreter["abiflags"]:
            return _EXACT, 0
        if abi == ("abi3t" if "t" in interpreter["abiflags"] else "abi3") and cpython[1] != None:
            return (_OLD_STABLE if behind else _STABLE), behind
        if abi == "none" and behind == 0:
            return _NO_ABI, 0
        return None
    generic = _python_version(python, "py")
    if generic and generic[0] == major and abi == "none":
        if generic[1] == None:
            return _GENERIC, 1
        if generic[1] <= minor:
            return _GENERIC, (0 if generic[1] == minor else 1 + minor - generic[1])
    return None

def wheel_rank(wheel, interpreter):
    """Ranks a wheel for an interpreter.

    Args:
      wheel: (struct) from `parse_wheel_name`.
      interpreter: (dict) `version` ([int, int]), `implementation`, `abiflags`, `system`, `machine`, `libc`,
        `libc_version` ([int, int]), on macOS `macos_version`, as the host repository records them.

    Returns:
      (tuple) compares, the smallest is the best fit; None if the wheel does not fit.
    """
    best = None
    for platform in wheel.platforms:
        platform_rank = _platform_rank(platform, interpreter)
        if platform_rank == None:
            continue
        for python in wheel.pythons:
            for abi in wheel.abis:
                rank = _abi_rank(python, abi, interpreter)
                if rank != None:
                    # pip asks for the platform `any` last of all.
                    key = (1 if platform == "any" else 0, rank[0], rank[1], platform_rank)
                    best = key if best == None or key < best else best
    return best
