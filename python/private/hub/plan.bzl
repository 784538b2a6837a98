"""From lock files to repositories: which distributions a hub has, and the attributes of their repositories.

Phase: module extension (pure functions).
In: parsed locks and tags. Out: the attributes of each repository.
"""

load("//python/private/lock:crate_repositories.bzl", "crate_label", "crates_of_sdist", "merge_crates")
load("//python/private/spec:names.bzl", "repository_name")
load("//python/private/spec:suggestions.bzl", "did_you_mean")
load(":groups.bzl", "plan_groups")
load(":overrides.bzl", "LABEL_SETTINGS")

visibility(["//python/...", "//tests/starlark/..."])

def _parts(hub_name, variant, *rest):
    """Names a repository. The Python version in it is written as in rules_python's names: `pypi_313_foo_1_0`."""
    return repository_name(*([hub_name] + ([variant.id.removeprefix("cp")] if variant.id else []) + list(rest)))

def _build_repository(hub_name, variant, key):
    name, _, version = key.partition("==")
    return _parts(hub_name, variant, "build", name, version)

def _keys_by_name(build_lock):
    found = {}
    for key in build_lock.sdists:
        found.setdefault(key.partition("==")[0], []).append(key)
    return found

def _entry_key(entry, keys_by_name):
    """Gives the key of an entry in the build lock. If the lock does not say the version, it is the only key with that name."""
    if entry.version:
        return "{}=={}".format(entry.name, entry.version)
    keys = keys_by_name.get(entry.name, [])
    return keys[0] if len(keys) == 1 else entry.name

def _name_entries(hub_name, variant, lock, build_lock, overrides):
    """Names the repositories. Returns a list of struct(entry, key, repository); repository is empty for a replaced package."""
    by_name = _keys_by_name(build_lock)
    used = {}
    result = []
    for entry in lock.entries:
        repository = _parts(hub_name, variant, entry.name, entry.version or entry.commit[:12] or "direct")
        used[repository] = used.get(repository, 0) + 1
        if used[repository] > 1:
            repository = "{}_{}".format(repository, used[repository])
        replaced = "target" in overrides.get(entry.name, {})
        result.append(struct(entry = entry, key = _entry_key(entry, by_name), repository = "" if replaced else repository))
    return result

def _requirement_labels(scope, keys):
    """Gives the labels of build requirements.

    One that is a locked sdist of the hub is the hub's own repository. The others get a repository of their own. A key may stand
    under both `sdists` and `wheels` of the build lock: then the hub builds it, and builds of others use the wheel.
    """
    lock = scope.build_lock
    return [
        "@{}//:whl_file".format(
            scope.locked[key] if key in scope.locked and key in lock.sdists and key not in lock.wheels else _build_repository(scope.hub_name, scope.variant, key),
        )
        for key in keys
    ]

def _json_settings(settings):
    """Writes settings as JSON, labels as texts. Labels with an attribute of their own (`patches`) are left out."""
    result = {}
    for key, value in settings.items():
        if key == "file_patches":
            result[key] = {
                file: dict(patches, patches = [str(label) for label in patches["patches"]])
                for file, patches in value.items()
            }
        elif key not in LABEL_SETTINGS:
            result[key] = value
        elif key not in ["additive_build_content_file", "patches"]:
            result[key] = [str(label) for label in value] if type(value) == "list" else str(value)
    return json.encode(result) if result else ""

# Values that are the defaults of `distribution`.
_DEFAULTS = {"build_phase": "action", "hub_variable": "HUB"}

def _given(attributes):
    """Leaves out attributes that are empty or the default."""
    return {
        key: value
        for key, value in attributes.items()
        if value not in ["", [], {}, None, False] and value != _DEFAULTS.get(key) or key in ["hashes", "version"]
    }

def _common(scope, key):
    """Gives the attributes that follow from name, version and build lock."""
    options, own = scope.options, scope.variant.own
    name, _, version = key.partition("==")
    entry = scope.build_lock.sdists.get(key)
    return {
        "auth_patterns": options.auth_patterns,
        "build_phase": options.build_phase,
        "build_requirements": _requirement_labels(scope, (entry or {}).get("build_requirements", [])),
        "crates": [crate_label(crate) for crate in crates_of_sdist(scope.build_lock, entry, scope.build_where)],
        "distribution": name,
        "envsubst": options.envsubst,
        "extra_index_urls": options.extra_index_urls + [url for url in scope.lock.extra_index_urls if url not in options.extra_index_urls],
        "hub": scope.hub_name,
        "hub_variable": "HUBS[\"{}\"]".format(scope.variant.id) if scope.variant.id else "HUB",
        "index_url": options.index_overrides.get(name, options.index_url),
        "locked": json.encode(entry) if entry else "",
        "netrc": options.netrc,
        "platform": own["base"] if own else scope.variant.platform,
        "python_version": scope.variant.python_version,
        "relock": scope.relock,
        "unlocked": "" if entry else _unlocked(scope, name),
        "version": version,
    }

def _unlocked(scope, name):
    """Says which other version of a distribution the build lock has; empty if it has none."""
    found = sorted([key for key in scope.build_lock.sdists if key.partition("==")[0] == name])
    return "{} has {}".format(scope.build_where, ", ".join(found)) if found else ""

def _missing_requirements(scope, name, keys):
    """Says which build requirement of `pip.override` the build lock does not have; empty if it has all of them."""
    known = scope.build_lock.wheels.keys() + scope.build_lock.sdists.keys()
    missing = [key for key in keys if key not in known]
    if not missing:
        return ""
    meant = did_you_mean(missing[0], known, "keys name==version").removesuffix(".")
    return "{}: build_requirements has '{}', which {} does not have{}".format(
        scope.places.get(name, "pip.override(hub_name = \"{}\", name = \"{}\")".format(scope.hub_name, name)),
        missing[0],
        scope.build_where or "a build lock",
        " (" + meant + ")" if meant else "",
    )

def _source(entry):
    """Gives the attributes that say where an entry comes from. Empty ones are left out."""
    settings = {
        "build_options": entry.build_options,
        "config_settings": entry.config_settings,
        "global_options": entry.global_options,
    }
    settings = {key: value for key, value in settings.items() if value}
    attributes = {
        "commit": entry.commit,
        "files": json.encode(entry.files) if entry.files else "",
        "locked_settings": json.encode(settings) if settings else "",
        "path": entry.path,
        "requires_dist": json.encode(entry.requires_dist) if entry.requires_dist != None else "",
        "source": entry.source if entry.source != "index" else "",
        "subdirectory": entry.subdirectory,
        "url": entry.url,
    }
    return {key: value for key, value in attributes.items() if value}

def _selected(names, name):
    return ":all:" in names or name in names

def _locked_attributes(scope, item, group):
    """Gives all attributes of one locked distribution."""
    entry, options = item.entry, scope.options
    settings = scope.overrides.get(entry.name, {})
    attributes = _common(scope, item.key) | _source(entry) | {
        "asked_extras": group.asked.get(entry.name, []),
        "distribution": entry.name,
        "extras": group.extras.get(entry.name, entry.extras),
        "group": group.labels.get(entry.name, ""),
        "group_members": group.members.get(entry.name, []),
        "hashes": entry.hashes,
        "lock_index_url": scope.lock.index_url,
        "locked_edges": scope.lock.exact_edges,
        "name": item.repository,
        "no_binary": bool(entry.global_options or entry.build_options) or
                     _selected(options.no_binary, entry.name) or _selected(scope.lock.no_binary, entry.name),
        "only_binary": _selected(options.only_binary, entry.name) or _selected(scope.lock.only_binary, entry.name),
        "patches": settings.get("patches", []),
        "settings": _json_settings(options.hub_settings | settings),
        "where": entry.where,
    }
    own = scope.variant.own
    attributes["wheel_tags"] = json.encode(own["tags"]) if own and own["tags"] else ""
    attributes["version"] = entry.version or attributes["version"]
    more = settings.get("build_requirements", [])
    missing = _missing_requirements(scope, entry.name, more)
    if missing:
        attributes |= {"locked": "", "unlocked": attributes["unlocked"] or missing}
    else:
        labels = attributes["build_requirements"] + _requirement_labels(scope, more)
        attributes["build_requirements"] = {label: None for label in labels}.keys()
    attributes["build_phase"] = settings.get("build_phase", options.build_phase)
    attributes["index_url"] = settings.get("index_url") or options.index_overrides.get(entry.name) or entry.index_url or options.index_url
    if "additive_build_content_file" in settings:
        attributes["additive_build_content_file"] = settings["additive_build_content_file"]
    return attributes

def _build_distributions(scope):
    """Plans the repositories of build requirements that the lock does not have as sdists."""
    result = []
    for table, entries in [("wheels", scope.build_lock.wheels), ("sdists", scope.build_lock.sdists)]:
        for key, entry in sorted(entries.items()):
            if table == "sdists" and (key in scope.locked or key in scope.build_lock.wheels):
                continue
            result.append(_common(scope, key) | {
                "filename": entry["filename"],
                "hashes": [entry["sha256"]],
                "name": _build_repository(scope.hub_name, scope.variant, key),
                "where": "{}: {}[\"{}\"]".format(scope.build_where, table, key),
            })
    return result

def _crates(scope):
    """Plans the repositories of crates, for all sdists of the build lock."""
    options = scope.options
    fetched = {
        "auth_patterns": options.auth_patterns,
        "crate_indexes": [options.crate_index] if options.crate_index else [],
        "netrc": options.netrc,
    }
    result = {}
    for entry in scope.build_lock.sdists.values():
        merge_crates(result, [_given(crate | fetched) for crate in crates_of_sdist(scope.build_lock, entry, scope.build_where)])
    return result.values()

def plan_variant(hub_name, variant, lock, build_lock, context):
    """Plans the repositories of one variant of a hub.

    Args:
      hub_name: (str) the hub.
      variant: (struct) `id`, `python_version`, `platform`, `own` (the user's definition of that platform, or None).
      lock: (struct) from `parsed_lock`, without error.
      build_lock: (struct) from `parse_build_lock`, without error.
      context: (struct) `build_where` (file name of the build lock), `relock` (how to write it), `options` (from `tag_options`),
        `overrides` (dict from normalized name to settings), `places` (dict from that name to the tag).

    Returns:
      (struct) `distributions`: list of dicts, the attributes of each repository; `crates`: the same for crates; `entries` and
      `groups`: what the hub must know.
    """
    items = _name_entries(hub_name, variant, lock, build_lock, context.overrides)
    scope = struct(
        build_lock = build_lock,
        build_where = context.build_where,
        hub_name = hub_name,
        lock = lock,
        locked = {item.key: item.repository for item in items if item.repository},
        options = context.options,
        overrides = context.overrides,
        places = getattr(context, "places", {}),
        relock = context.relock,
        variant = variant,
    )
    group = plan_groups(hub_name, variant.id, [item for item in items if item.repository], build_lock, context.options.cycles)
    return struct(
        crates = _crates(scope),
        distributions = [
            _given(attributes)
            for attributes in [_locked_attributes(scope, item, group) for item in items if item.repository] + _build_distributions(scope)
        ],
        entries = [
            {
                "marker": item.entry.marker,
                "name": item.entry.name,
                "repository": item.repository,
                "where": item.entry.where,
            } | ({"requires_python": item.entry.requires_python} if item.entry.requires_python else {})
            for item in items
        ],
        groups = group.groups,
    )
