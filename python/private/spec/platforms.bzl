"""Target platforms: from their names in rules_python to marker variables, wheel tags and constraints.

Phase: any (pure functions).
In: `linux_x86_64`, `osx_aarch64_14_0`, `linux_x86_64_musl`, `host`, …. Out: their parts, marker variables, constraints.
"""

visibility(["//python/...", "//tests/starlark/..."])

_SYSTEMS = {
    "linux": struct(os_name = "posix", platform_system = "Linux", sys_platform = "linux", system = "linux"),
    "osx": struct(os_name = "posix", platform_system = "Darwin", sys_platform = "darwin", system = "darwin"),
    "windows": struct(os_name = "nt", platform_system = "Windows", sys_platform = "win32", system = "windows"),
}

# Architecture → what Python's platform.machine() returns on Linux.
_MACHINES = {
    "aarch64": "aarch64",
    "arm": "armv7l",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
    "x86_32": "i686",
    "x86_64": "x86_64",
}

# The same on macOS and Windows.
_OTHER_MACHINES = {
    "osx": {"aarch64": "arm64", "x86_64": "x86_64"},
    "windows": {"aarch64": "ARM64", "x86_32": "x86", "x86_64": "AMD64"},
}

# Other spellings of systems and architectures, of Bazel, of compilers and of Python.
_ALIASES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "darwin": "osx",
    "i386": "x86_32",
    "i686": "x86_32",
    "mac os x": "osx",
    "macos": "osx",
    "x86": "x86_32",
}

# What `*` means as a CPU.
_COMMON_CPUS = ["x86_64", "aarch64"]

# Versions of a target platform that is not the host, if its name says none (docs/hubs.md).
_DEFAULT_VERSIONS = {"glibc": [2, 28], "macos": [14, 0], "musl": [1, 2]}

def _machine(system, cpu):
    return _OTHER_MACHINES.get(system, _MACHINES).get(cpu)

def _split_name(text):
    """Takes system and architecture off a platform's name; returns (system, cpu, rest) or None."""
    for system in _SYSTEMS.keys() + ["darwin", "macos"]:
        if not text.startswith(system + "_"):
            continue
        rest = text[len(system) + 1:]
        for cpu in _MACHINES.keys() + [alias for alias in _ALIASES if _ALIASES[alias] in _MACHINES]:
            if rest == cpu or rest.startswith(cpu + "_"):
                return _ALIASES.get(system, system), _ALIASES.get(cpu, cpu), rest[len(cpu) + 1:]
    return None

def _version_parts(words):
    """Reads two numbers; returns (list of int, error)."""
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit():
        return [int(words[0]), int(words[1])], ""
    return [], "has '{}' where a version of two numbers is expected".format("_".join(words))

def parse_platform(text):
    """Reads the name of a target platform.

    Args:
      text: (str) `{os}_{arch}`, then what applies: `_glibc_2_17`, `_musl`, `_musl_1_2`; on macOS the oldest version
        `_12_0`; at the end `_freethreaded`.

    Returns:
      (struct) `name` (canonical), `system`, `cpu`, `libc` (`glibc`, `musl` or empty), `libc_version`, `macos_version`
      (list of two int, empty if the name says none), `freethreaded`; `error`: message or empty.
    """
    found = _split_name(text)
    if not found or _machine(found[0], found[1]) == None:
        return struct(error = "'{}' is not a platform; expected for example linux_x86_64, linux_x86_64_musl, osx_aarch64 or windows_x86_64".format(text))
    system, cpu, rest = found
    words = [word for word in rest.split("_") if word]
    freethreaded = bool(words) and words[-1] == "freethreaded"
    words = words[:-1] if freethreaded else words
    libc, libc_version, macos_version, error = ("glibc" if system == "linux" else ""), [], [], ""
    if system == "linux" and words:
        libc = {"glibc": "glibc", "musl": "musl", "muslc": "musl"}.get(words[0], "")
        if not libc:
            error = "has '{}' where glibc or musl is expected".format(words[0])
        elif words[1:]:
            libc_version, error = _version_parts(words[1:])
    elif system == "osx" and words:
        macos_version, error = _version_parts(words)
    elif words:
        error = "has '{}' after its architecture".format("_".join(words))
    name = "_".join([system, cpu] +
                    ([libc] if libc == "musl" or libc_version else []) +
                    [str(number) for number in libc_version + macos_version] +
                    (["freethreaded"] if freethreaded else []))
    return struct(
        cpu = cpu,
        error = "platform '{}' {}".format(text, error) if error else "",
        freethreaded = freethreaded,
        libc = libc,
        libc_version = libc_version,
        macos_version = macos_version,
        name = name,
        system = system,
    )

def host_platform(system, machine, libc = ""):
    """Names the platform that Bazel or an interpreter runs on.

    Args:
      system: (str) as module and repository contexts have it in `os.name`, or Python in `platform.system()`.
      machine: (str) as they have it in `os.arch`, or Python in `platform.machine()`.
      libc: (str) `musl` where that is known.

    Returns:
      (str) such as `linux_x86_64`. A machine that this file does not know keeps its own name.
    """
    system, machine = system.lower(), machine.lower()
    if system.startswith("windows"):
        system = "windows"
    return "{}_{}{}".format(_ALIASES.get(system, system), _ALIASES.get(machine, machine), "_musl" if libc == "musl" else "")

def expand_platform(pattern, host):
    """Replaces the patterns that rules_python allows instead of a platform's name.

    Args:
      pattern: (str) a name, `host`, a text with `{os}` and `{arch}`, or with `*` for the CPU; a leading `cp3XY_` is cut off.
      host: (str) from `host_platform`.

    Returns:
      (list[str]) names, not checked; for `*` the CPUs that wheels are commonly made for, and the host's.
    """
    system, _, cpu = host.partition("_")
    if pattern.startswith("cp3") and "_" in pattern:
        pattern = pattern.partition("_")[2]
    if pattern == "host" or pattern.startswith("host_"):
        return [host + pattern[len("host"):]]
    name = pattern.replace("{os}", system).replace("{arch}", cpu)
    if not name.endswith("_*"):
        return [name]
    common = _COMMON_CPUS + ([cpu] if name == system + "_*" and cpu not in _COMMON_CPUS else [])
    return [name[:-1] + known for known in common]

def lock_platform(platform):
    """Gives the short name of a platform that the attributes for locks per platform use.

    Args:
      platform: (str) canonical name.

    Returns:
      (str) `{os}_{arch}`, followed by `_musl` if that applies.
    """
    parsed = parse_platform(platform)
    return platform if parsed.error else "{}_{}{}".format(parsed.system, parsed.cpu, "_musl" if parsed.libc == "musl" else "")

def platform_environment(environment, platform):
    """Gives the marker variables of a platform.

    Args:
      environment: (dict[str, str]) of the host's interpreter. Variables that depend on the platform are replaced.
      platform: (str) canonical name.

    Returns:
      (dict[str, str]) marker variable to value.
    """
    parsed = parse_platform(platform)
    system = _SYSTEMS[parsed.system]
    return dict(
        environment,
        implementation_name = "cpython",
        os_name = system.os_name,
        platform_machine = _machine(parsed.system, parsed.cpu),
        platform_python_implementation = "CPython",
        platform_system = system.platform_system,
        sys_platform = system.sys_platform,
    )

def target_interpreter(host, python_version, platform):
    """Describes the interpreter that a variant is for, to choose wheels (`wheel_rank`).

    Args:
      host: (dict) the host's interpreter, as @reprowheel_host records it.
      python_version: (str) such as `3.12`; empty for the host's.
      platform: (str) canonical name of the target platform; empty for the host.

    Returns:
      (dict) of the same form as `host`.
    """
    result = dict(host)
    if python_version:
        result["version"] = [int(part) for part in python_version.split(".")[:2]]
    if not platform:
        return result
    parsed = parse_platform(platform)
    machine = _machine(parsed.system, parsed.cpu).lower()
    system = _SYSTEMS[parsed.system].system
    same = system == host["system"] and machine == host["machine"] and parsed.libc in ["", host["libc"]]
    libc_version = parsed.libc_version or (host["libc_version"] if same else _DEFAULT_VERSIONS.get(parsed.libc, [0, 0]))
    macos_version = parsed.macos_version or (host["macos_version"] if same else _DEFAULT_VERSIONS["macos"])
    return result | {
        "abiflags": "t" if parsed.freethreaded else ("" if "t" in host["abiflags"] or not same else host["abiflags"]),
        "implementation": "cpython",
        "libc": parsed.libc,
        "libc_version": libc_version,
        "machine": machine,
        "macos_version": macos_version,
        "system": system,
    }

def platform_constraints(platform):
    """Gives the constraint values that a platform has.

    Args:
      platform: (str) canonical name.

    Returns:
      (list[str]) labels.
    """
    parsed = parse_platform(platform)
    return ["@platforms//cpu:" + parsed.cpu, "@platforms//os:" + parsed.system]
