"""The variants of a hub on this host: which packages each has, and what selects it.

Phase: repository (pure functions).
In: the variants as the extension planned them, the host's interpreter. Out: packages, marker variables, conditions.
"""

load("//python/private/choice:dep_groups.bzl", "DEP_GROUP_SETTING", "NO_GROUP")
load("//python/private/spec:environments.bzl", "environment_error")
load("//python/private/spec:markers.bzl", "evaluate_marker")
load("//python/private/spec:own_platforms.bzl", "own_environment", "python_variables")
load("//python/private/spec:platforms.bzl", "parse_platform", "platform_constraints", "platform_environment")

visibility(["//python/...", "//tests/starlark/..."])

# Variants differ in these flags, platforms in constraint values.
PYTHON_FLAG = "@rules_reprowheel//python/config_settings:python_version"
LIBC_FLAG = "@rules_reprowheel//python/config_settings:libc"

def marker_environment(environment, python_version, platform = "", own = None):
    """Gives the marker environment (PEP 508) of a variant.

    Args:
      environment: (dict[str, str]) of the host's interpreter.
      python_version: (str) the version that was asked for, such as `3.11` or `3.11.7`; empty for the host's.
      platform: (str) target platform; empty for the host.
      own: (dict) the user's definition of that platform; None if it is none of the user's.

    Returns:
      (dict[str, str]) marker variable to value.
    """
    if own:
        environment = own_environment(environment, own)
    elif platform:
        environment = platform_environment(environment, platform)
    full = environment["python_full_version"]
    if not python_version or full == python_version or full.startswith(python_version + "."):
        return environment
    return environment | python_variables(python_version)

def select_packages(entries, environment):
    """Keeps the locked distributions whose marker holds.

    Args:
      entries: (list[dict]) `name`, `marker`, `repository`, `where` of each.
      environment: (dict[str, str]) marker variable to value.

    Returns:
      (struct) `packages`: dict from name to repository; `error`: message or empty.
    """
    packages = {}
    places = {}
    for entry in entries:
        if not evaluate_marker(entry["marker"], environment):
            continue
        name = entry["name"]
        if name in packages:
            return struct(error = "{}: {} is also locked in {}, and the markers of both hold for Python {}; expected one.".format(
                entry["where"],
                name,
                places[name],
                environment["python_full_version"],
            ), packages = {})
        packages[name] = entry["repository"]
        places[name] = entry["where"]
    return struct(error = "", packages = packages)

def _by_name(variant):
    """Gives what the name of a variant's platform says; None where it has none, or is selected by the user's settings."""
    own = variant["own"]
    return parse_platform(variant["platform"]) if variant["platform"] and (not own or own["config_settings"] == None) else None

def _python_key(variant):
    """Gives what the Python flag says for a variant, such as `3.13` or `3.13t`."""
    parsed = _by_name(variant)
    version = ".".join(variant["python_version"].split(".")[:2])
    return version + ("t" if parsed and parsed.freethreaded else "")

def _letters(platform):
    return "".join([char if char.isalnum() or char in "._-" else "_" for char in platform.elems()])

def _condition(variant, several_pythons, several_libcs):
    """Gives the condition that selects a variant: struct(name, constraints, flags, settings). None if the hub has no other variant.

    `settings` are the labels of a platform of the user; None for any other. Where it is a list, `flags` has of the Python
    flag the version alone: free-threaded or not is for the settings to say.
    """
    flags = {PYTHON_FLAG: _python_key(variant)} if several_pythons else {}
    constraints, settings = [], None
    parts = ["cp" + _python_key(variant).replace(".", "")] if several_pythons else []
    parsed = _by_name(variant)
    if parsed:
        constraints = platform_constraints(variant["platform"])
        parts.append(variant["platform"].removesuffix("_freethreaded"))
        if (parsed.system, parsed.cpu) in several_libcs:
            flags[LIBC_FLAG] = parsed.libc
    elif variant["platform"]:
        settings = variant["own"]["config_settings"]
        parts.append(_letters(variant["platform"]))
    group = variant.get("dep_group", "")
    if group:
        flags[DEP_GROUP_SETTING] = group
        parts.append("no_dep_group" if group == NO_GROUP else "dep_group_" + group.replace("-", "_"))
    if not parts:
        return None
    return struct(constraints = constraints, flags = flags, name = "is_" + "_".join(parts), settings = settings)

def _libc_places(variants):
    """Finds the pairs of system and CPU that occur with more than one C library."""
    libcs = {}
    for variant in variants:
        parsed = _by_name(variant)
        if parsed:
            libcs.setdefault((parsed.system, parsed.cpu), {})[parsed.libc] = None
    return {place: None for place, found in libcs.items() if len(found) > 1}

def _describe(variant):
    """Names a variant for messages."""
    python = "Python {}".format(_python_key(variant)) if variant["python_version"] else "the host's Python"
    group = {"": "", NO_GROUP: " without a dep_group"}.get(variant.get("dep_group", ""), " with dep_group " + variant.get("dep_group", ""))
    return python + (" on " + variant["platform"] if variant["platform"] else "") + group

def _unfit_error(variant, environment):
    """Says why a variant's lock is not for its environment."""
    entries = [
        struct(marker = entry["marker"], name = entry["name"], requires_python = entry["requires_python"], where = entry["where"])
        for entry in variant["entries"]
        if "requires_python" in entry
    ]
    return environment_error(
        struct(entries = entries, environments = variant["environments"], requires_python = variant["requires_python"]),
        environment,
        variant["where"],
    )

def resolve_variants(host, variants):
    """Decides what each variant has.

    Args:
      host: (dict) the host's interpreter, as @reprowheel_host records it.
      variants: (list[dict]) `id`, `python_version`, `platform`, `own`, `entries`, `groups`, `enable_implicit_namespace_pkgs`,
        `unlocked` of each, and of its lock `where`, `requires_python`, `environments`.

    Returns:
      (struct) `variants`: list of struct(id, condition, dep_group, description, environment, groups, implicit_namespaces, packages, unlocked);
      `error`: message or empty.
    """
    several_pythons = len({_python_key(variant): None for variant in variants}) > 1
    several_libcs = _libc_places(variants)
    result = []
    for variant in variants:
        environment = marker_environment(host["environment"], variant["python_version"], variant["platform"], variant["own"])
        chosen = select_packages(variant["entries"], environment)
        error = _unfit_error(variant, environment) or chosen.error
        if error:
            group = variant.get("dep_group", "")
            of_group = " (dep_group {})".format(group) if group not in ["", NO_GROUP] else ""
            return struct(error = error + of_group, variants = [])
        result.append(struct(
            condition = _condition(variant, several_pythons, several_libcs),
            dep_group = variant.get("dep_group", ""),
            description = _describe(variant),
            environment = environment,
            groups = {
                target: [name for name in names if chosen.packages.get(name)]
                for target, names in variant["groups"].items()
            },
            id = variant["id"],
            implicit_namespaces = variant["enable_implicit_namespace_pkgs"],
            packages = chosen.packages,
            unlocked = variant["unlocked"],
        ))
    return struct(error = "", variants = result)
