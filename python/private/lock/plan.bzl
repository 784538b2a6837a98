"""From lock files to repositories: which distributions a hub has and what each is told.

Phase: module extension (pure functions).
In: parsed locks and tags. Out: the attributes of each repository, or an error.
"""

load(":names.bzl", "normalize_name", "repository_name")

visibility(["//python/...", "//tests/starlark/..."])

def lock_label(label):
    """Writes the label of a lock file as people know it.

    Args:
      label: (Label) the file.

    Returns:
      (str) its path in its repository, in front of it the repository where it is not the main one.
    """
    path = "/".join([part for part in [label.package, label.name] if part])
    repository = label.workspace_name if hasattr(label, "workspace_name") else ""
    return "@{}//{}".format(repository, path) if repository else path

def _no_binary(names, parsed):
    """Gives the set of names that are built from source; `:all:` as key means all."""
    return {name if name == ":all:" else normalize_name(name): None for name in names + parsed.no_binary}

def unknown_name_error(hub_name, tag, names, known):
    """Finds names that a lock does not have.

    Args:
      hub_name: (str) the hub.
      tag: (str) where the names are written, such as `pip.override`.
      names: (list[str]) the names.
      known: (list[str]) the lock's names.

    Returns:
      (str) a message, or empty.
    """
    for name in names:
        if normalize_name(name) not in known and name != ":all:":
            return "{} hub_name = \"{}\": '{}' is not in the lock; expected one of: {}.".format(
                tag,
                hub_name,
                name,
                ", ".join(sorted(known)),
            )
    return ""

def _build_repository(hub_name, key):
    name, _, version = key.partition("==")
    return repository_name(hub_name, "build", name, version)

def _requirement_labels(hub_name, keys, locked, build_lock):
    """Gives the labels of build requirements: a locked sdist is the hub's own, the others have repositories of their own.

    A key may be under both `sdists` and `wheels`: the hub builds it, and builds of others use the wheel.
    """
    own = [key for key in keys if key in locked and key in build_lock.sdists and key not in build_lock.wheels]
    return [
        "@{}//:whl".format(locked[key] if key in own else _build_repository(hub_name, key))
        for key in keys
    ]

def plan_hub(hub_name, parsed, build_lock, options):
    """Plans the repositories of one hub.

    Args:
      hub_name: (str) the hub.
      parsed: (struct) from `parse_requirements`.
      build_lock: (struct) from `parse_build_lock`.
      options: (struct) `where`, `build_where` (file names), `no_binary` (list), `index_url`, `extra_index_urls`,
        `python_version`, `overrides` (dict from normalized name to settings).

    Returns:
      (struct) `distributions`: list of dicts, the attributes of each repository; `entries`: what the hub must know;
      `error`: a message or empty.
    """
    known = {entry.name: None for entry in parsed.entries}
    error = unknown_name_error(hub_name, "pip.override", options.overrides.keys(), known.keys())
    error = error or unknown_name_error(hub_name, "pip.parse no_binary", options.no_binary, known.keys())
    if error:
        return struct(distributions = [], entries = [], error = error)
    from_source = _no_binary(options.no_binary, parsed)
    locked = {
        "{}=={}".format(entry.name, entry.version): repository_name(hub_name, entry.name, entry.version)
        for entry in parsed.entries
    }
    distributions = []
    entries = []
    for entry in parsed.entries:
        key = "{}=={}".format(entry.name, entry.version)
        distributions.append(_distribution(hub_name, key, build_lock, locked, options) | {
            "extras": entry.extras,
            "hashes": entry.hashes,
            "name": locked[key],
            "no_binary": ":all:" in from_source or entry.name in from_source,
            "settings": json.encode(options.overrides[entry.name]) if entry.name in options.overrides else "",
            "where": entry.where,
        })
        entries.append({
            "marker": entry.marker,
            "name": entry.name,
            "repository": locked[key],
            "where": entry.where,
        })
    return struct(
        distributions = distributions + _build_distributions(hub_name, build_lock, locked, options),
        entries = entries,
        error = "",
    )

def _distribution(hub_name, key, build_lock, locked, options):
    """Gives the attributes that follow from name, version and build lock."""
    name, _, version = key.partition("==")
    entry = build_lock.sdists.get(key)
    return {
        "build_requirements": _requirement_labels(hub_name, (entry or {}).get("build_requirements", []), locked, build_lock),
        "distribution": name,
        "extra_index_urls": options.extra_index_urls,
        "hub": hub_name,
        "index_url": options.index_url,
        "locked": json.encode(entry) if entry else "",
        "python_version": options.python_version,
        "relock": "reprowheel lock {} --out {}".format(options.where, options.build_where or "build-lock.json") + (
            "" if options.build_where else ", and name that file in pip.parse(build_requirements_lock = ...)"
        ),
        "version": version,
    }

def _build_distributions(hub_name, build_lock, locked, options):
    """Plans the repositories of build requirements that the requirements lock does not have as sdists."""
    result = []
    for table, entries in [("wheels", build_lock.wheels), ("sdists", build_lock.sdists)]:
        for key, entry in sorted(entries.items()):
            if table == "sdists" and (key in locked or key in build_lock.wheels):
                continue
            result.append(_distribution(hub_name, key, build_lock, locked, options) | {
                "filename": entry["filename"],
                "hashes": [entry["sha256"]],
                "name": _build_repository(hub_name, key),
                "where": "{}: {}[\"{}\"]".format(options.build_where, table, key),
            })
    return result
