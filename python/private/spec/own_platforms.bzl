"""Platforms that users define with `pip.default(platform = …)`, as in rules_python.

Phase: module extension and repository (pure functions).
In: what the tags say. Out: definitions; of one, its marker variables, and whether its marker holds.
"""

load(":markers.bzl", "evaluate_marker", "marker_error")
load(":platforms.bzl", "parse_platform", "platform_environment")
load(":suggestions.bzl", "did_you_mean")
load(":tag_patterns.bzl", "abi_pattern_error", "platform_pattern_error")

visibility(["//python/...", "//tests/starlark/..."])

# Attributes of the tag that make a definition.
PLATFORM_SETTINGS = ["arch_name", "config_settings", "env", "marker", "os_name", "whl_abi_tags", "whl_platform_tags"]

# The marker variables that `env` may set.
ENV_KEYS = [
    "implementation_name",
    "os_name",
    "platform_machine",
    "platform_release",
    "platform_system",
    "platform_version",
    "sys_platform",
]

_DEFAULT_ABIS = ["abi3", "cp{major}{minor}"]

# What wheels of rules_python's own platforms may name.
_PLATFORM_TAGS = {
    "linux_aarch64": ["linux_aarch64", "manylinux_*_aarch64"],
    "linux_x86_64": ["linux_x86_64", "manylinux_*_x86_64"],
    "osx_aarch64": ["macosx_*_universal2", "macosx_*_arm64"],
    "osx_x86_64": ["macosx_*_universal2", "macosx_*_x86_64"],
    "windows_aarch64": ["win_arm64"],
    "windows_x86_64": ["win_amd64"],
}

# Systems of @platforms//os that target_platforms does not know → sys_platform, platform_system.
_OTHER_SYSTEMS = {
    "android": ("android", "Android"),
    "emscripten": ("emscripten", ""),
    "freebsd": ("freebsd", "FreeBSD"),
    "ios": ("ios", "iOS"),
    "netbsd": ("", "NetBSD"),
    "openbsd": ("openbsd", "OpenBSD"),
    "wasi": ("wasi", ""),
}

_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy"}

def _known_platforms():
    """Gives the platforms that rules_python defines itself. A tag with such a name changes what it sets, and no more."""
    known = {}
    for name, tags in _PLATFORM_TAGS.items():
        os_name, _, arch_name = name.partition("_")
        base = {
            "arch_name": arch_name,
            "env": {"platform_version": "14.0" if os_name == "osx" else "0"},
            "marker": "python_version >= '3.11'" if name == "windows_aarch64" else "",
            "os_name": os_name,
            "whl_abi_tags": _DEFAULT_ABIS,
            "whl_platform_tags": tags,
        }
        known[name] = base
        known[name + "_freethreaded"] = base | {"marker": "python_version >= '3.13'", "whl_abi_tags": ["cp{major}{minor}t"]}
    return known

KNOWN_PLATFORMS = _known_platforms()

def add_platform(platforms, name, settings):
    """Adds what one tag says to the definitions.

    Args:
      platforms: (dict[str, dict]) name to what tags have set so far; None for a platform that a tag has taken away.
      name: (str) the platform's name.
      settings: (dict) what the tag sets, of `PLATFORM_SETTINGS`, without empty values.

    Returns:
      (dict[str, dict]) the definitions with that tag. A tag without settings takes the platform away.
    """
    return platforms | {name: ((platforms.get(name) or {}) | settings | ({"fresh": True} if _fresh(platforms, name) else {})) if settings else None}

def _fresh(platforms, name):
    """Says whether a definition begins with nothing: a tag before has taken the platform away."""
    return (name in platforms and platforms[name] == None) or (platforms.get(name) or {}).get("fresh", False)

def settings_error(settings):
    """Checks what a tag sets.

    Args:
      settings: (dict) of `PLATFORM_SETTINGS`.

    Returns:
      (str) what is wrong, or empty.
    """
    for key in settings.get("env", {}):
        if key not in ENV_KEYS:
            return "env has '{}'; {}".format(key, did_you_mean(key, ENV_KEYS, "marker variables").removesuffix("."))
    errors = [platform_pattern_error(pattern) for pattern in settings.get("whl_platform_tags", [])]
    errors += [abi_pattern_error(pattern) for pattern in settings.get("whl_abi_tags", [])]
    errors.append(marker_error(settings["marker"]) if "marker" in settings else "")
    return ([error for error in errors if error] or [""])[0]

def platform_definition(name, settings):
    """Completes a definition.

    Args:
      name: (str) the platform's name.
      settings: (dict) what tags have set.

    Returns:
      (dict) plain values, so that it can be written as JSON: `name`, `arch_name`, `os_name` (empty: the host's), `base` (name
      of the platform for what else depends on it, such as `linux_x86_64`; empty: the host), `config_settings` (labels; None if
      the platform is selected by its name, as rules_python's own are), `env`, `marker`, `tags` (None if wheels are chosen by
      its name; else what `pattern_rank` wants).
    """
    known = {} if settings.get("fresh") else KNOWN_PLATFORMS.get(name, {})
    full = {key: settings.get(key) or known.get(key) for key in PLATFORM_SETTINGS}
    by_name = known and not settings.get("whl_abi_tags") and not settings.get("whl_platform_tags")
    env = full["env"] or {}
    os_name, arch_name = full["os_name"] or "", full["arch_name"] or ""
    base = "{}_{}".format(os_name, arch_name) if os_name and arch_name else ""
    return {
        "arch_name": arch_name,
        "base": name if by_name else (base if not base or parse_platform(base).error else parse_platform(base).name),
        "config_settings": None if known and not settings.get("config_settings") else full["config_settings"] or [],
        "env": env,
        "marker": full["marker"] or "",
        "name": name,
        "os_name": os_name,
        "tags": None if by_name else {
            "abis": full["whl_abi_tags"] or _DEFAULT_ABIS,
            "implementation": env.get("implementation_name", "cpython"),
            "name": name,
            "platforms": full["whl_platform_tags"] or [],
        },
    }

def _system_variables(os_name):
    system = {"macos": "osx"}.get(os_name, os_name)
    parsed = parse_platform(system + "_x86_64")
    if not parsed.error:
        found = platform_environment({}, parsed.name)
        return {key: found[key] for key in ["os_name", "platform_system", "sys_platform"]}
    sys_platform, platform_system = _OTHER_SYSTEMS.get(system, ("", ""))
    return {"os_name": "posix", "platform_system": platform_system, "sys_platform": sys_platform}

def _machine_variable(os_name, arch_name):
    parsed = parse_platform("{}_{}".format(os_name or "linux", arch_name))
    return arch_name if parsed.error else platform_environment({}, parsed.name)["platform_machine"]

def own_environment(environment, definition):
    """Gives the marker variables of a platform.

    Args:
      environment: (dict[str, str]) those of the host, with the Python version that is wanted.
      definition: (dict) from `platform_definition`.

    Returns:
      (dict[str, str]) marker variable to value.
    """
    implementation = definition["env"].get("implementation_name", "cpython")
    result = environment | {
        "implementation_name": implementation,
        "platform_python_implementation": _IMPLEMENTATIONS.get(implementation, implementation),
        "platform_release": "",
        "platform_version": "0",
    }
    if definition["os_name"]:
        result = result | _system_variables(definition["os_name"])
    if definition["arch_name"]:
        result["platform_machine"] = _machine_variable(definition["os_name"], definition["arch_name"])
    return result | definition["env"]

def python_variables(version):
    """Gives the marker variables of a Python version.

    Args:
      version: (str) such as `3.11` or `3.11.7`.

    Returns:
      (dict[str, str]) marker variable to value.
    """
    parts = version.split(".")
    exact = version if len(parts) > 2 else version + ".0"
    return {"implementation_version": exact, "python_full_version": exact, "python_version": ".".join(parts[:2])}

def marker_holds(definition, python_version, host):
    """Says whether a platform is there for a Python.

    Args:
      definition: (dict) from `platform_definition`.
      python_version: (str) such as `3.11` or `3.11.7`.
      host: (str) from `host_platform`.

    Returns:
      (bool) whether its marker holds.
    """
    parsed = parse_platform(host)
    environment = ({} if parsed.error else platform_environment({}, parsed.name)) | python_variables(python_version)
    return evaluate_marker(definition["marker"], own_environment(environment, definition))
