"""From the `pip.parse` tags of one hub, or one `pip_parse` of a WORKSPACE file, to the repositories to make.

Phase: module extension, or repository (WORKSPACE). It reads lock files and nothing else.
In: the tags and the settings of their packages. Out: the attributes of each repository, or an error.
"""

load("//python/private/choice:dep_groups.bzl", "choice_variants", "share_repositories")
load("//python/private/lock:build_lock.bzl", "NO_BUILD_LOCK", "from_source_error", "parse_build_lock", "unlocked_text")
load("//python/private/lock:crate_repositories.bzl", "merge_crates")
load("//python/private/lock:lock_parts.bzl", "lock_parts", "relock_text", "update_target")
load("//python/private/lock:read_lock.bzl", "lock_file_error", "lock_kind", "read_beside", "read_lock")
load("//python/private/lock:wheels_lock.bzl", "read_pins")
load("//python/private/spec:addresses.bzl", "address_error", "shown_address")
load("//python/private/spec:names.bzl", "lock_label")
load("//python/private/spec:platforms.bzl", "host_platform")
load(":defaults.bzl", "NO_DEFAULTS")
load(":overrides.bzl", "merge_settings")
load(":plan.bzl", "plan_variant")
load(":tag_checks.bzl", "unknown_name_error")
load(":tag_options.bzl", "tag_options")
load(":variants.bzl", "plan_variants")

visibility(["//python/...", "//tests/starlark/..."])

def _failed(error):
    return struct(crates = [], distributions = [], error = error, hub = {}, names = {})

def _lock_key(variant):
    return (variant.lock.label, tuple(variant.tag.lock_extras), tuple(variant.tag.lock_groups))

def lock_kind_error(where, kind, tag):
    """Checks that a lock has the format that its attribute says, and what the tag asks of it.

    Args:
      where: (str) the lock.
      kind: (str) `requirements`, `pylock` or `uv`: what its attribute says.
      tag: (struct) the tag.

    Returns:
      (str) a message, or empty.
    """
    found = lock_kind(where)
    attribute = {"pylock": "pylock_toml", "requirements": "requirements_lock", "uv": "uv_lock"}
    if found != kind and (found != "requirements" or where.endswith((".txt", ".in"))):
        return "{} = \"{}\": is no file of that format by its name. To fix: {} = ...".format(attribute[kind], where, attribute[found])
    for name in ["lock_extras", "lock_groups"] if kind == "requirements" else []:
        if getattr(tag, name):
            return "{}: {} has no extras and no dependency groups; expected pylock_toml or uv_lock.".format(name, where)
    return ""

def _read_locks(context, variants):
    """Reads each lock once, for all its variants. Returns (dict from (label, kind) to the lock, error)."""
    locks = {}
    for variant in variants:
        lock, tag = variant.lock, variant.tag
        key = _lock_key(variant)
        error = lock_file_error(context, lock.label, lock.kind) or lock_kind_error(lock_label(lock.label), lock.kind, tag)
        if error:
            return {}, "{}: {}".format(tag.place, error)
        if key not in locks:
            locks[key] = read_lock(context, lock.label, kind = lock.kind, extras = tag.lock_extras, groups = tag.lock_groups or None)
        if locks[key].error:
            return {}, locks[key].error
    return locks, ""

def _read_build_locks(context, variants, relock):
    """Reads the build locks of the variants. Returns (dict from label to the build lock, error).

    A missing file counts as an empty build lock. So the hub exists, and the target of each sdist says how to write the file.
    """
    locks = {}
    for variant in variants:
        label = variant.tag.build_requirements_lock
        if label not in locks:
            text = read_beside(context, label, variant.lock.label) if label else None
            where = lock_label(label) if label else ""
            locks[label] = parse_build_lock(text, where, ("" if where.startswith("@") else "rm {} && ".format(where)) + relock(variant))
        if locks[label].error:
            return {}, locks[label].error
    return locks, ""

def _unknown_names(tags, places, known, lock):
    """Finds names in tags that no lock of the hub has."""
    error = ""
    for name, place in places.items():
        error = error or unknown_name_error(place, [name], known, lock)
    for tag in tags:
        named = {attribute: list(getattr(tag, attribute)) for attribute in ["no_binary", "only_binary", "extra_hub_aliases", "annotations"]}
        named["experimental_requirement_cycles"] = [name for names in tag.experimental_requirement_cycles.values() for name in names]
        named["index_url_overrides"] = list(tag.index_url_overrides)
        named["experimental_index_url_overrides"] = list(tag.experimental_index_url_overrides)
        named["whl_modifications"] = tag.whl_modifications.values()
        for attribute, names in named.items():
            error = error or unknown_name_error("{}: {}".format(tag.place, attribute), names, known, lock)
    return error

def _override_addresses_error(overrides, envsubst, places):
    for name, settings in overrides.items():
        error = address_error(settings["index_url"], envsubst) if "index_url" in settings else ""
        if error:
            return "{}: index_url '{}' {}".format(places.get(name, name), shown_address(settings["index_url"]), error)
    return ""

def _hub(hub_name, tags, planned, build_locks, overrides, pinned):
    """Gives the attributes of the hub's repository."""
    aliases = {}
    for tag in tags:
        for name, targets in tag.extra_hub_aliases.items():
            aliases[name] = sorted({target: None for target in aliases.get(name, []) + targets})
    host_files = {
        key: sorted({name: None for settings in overrides.values() for name in settings.get(key, [])})
        for key in ["host_headers", "host_libraries", "host_tools"]
    }
    locked = [tool for build_lock in build_locks for sdist in build_lock.sdists.values() for tool in sdist.get("host_tools", [])]
    host_files["host_tools"] = sorted({tool: None for tool in host_files["host_tools"] + locked})
    return host_files | {
        "extra_aliases": aliases,
        "hub_name": hub_name,
        "name": hub_name,
        "pins": pinned.pins,
        "root_aliases": bool([tag for tag in tags if tag.name]),
        "targets": {name: str(settings["target"]) for name, settings in overrides.items() if "target" in settings},
        "variants": json.encode([
            {
                "enable_implicit_namespace_pkgs": member.variant.tag.enable_implicit_namespace_pkgs,
                "entries": plan.entries,
                "environments": plan.environments,
                "groups": plan.groups,
                "id": member.variant.id,
                "own": member.variant.own,
                "platform": member.variant.platform,
                "python_version": member.variant.python_version,
                "requires_python": plan.requires_python,
                "unlocked": plan.unlocked,
                "where": lock_label(member.variant.lock.label),
            } | ({"dep_group": member.dep_group} if member.dep_group else {})
            for member, plan in planned
        ]),
        "wheels_lock": pinned.name,
    }

def _merge(where, sources):
    """Joins settings by package; returns (dict, error)."""
    settings = {}
    for source in sources:
        for name, found in source.items():
            settings[name], error = merge_settings(settings.get(name, {}), found, "{}: package '{}'".format(where, name))
            if error:
                return {}, error
    return settings, ""

def plan_tags(context, hub_name, tags, overrides, modifications = {}, file_overrides = {}, defaults = NO_DEFAULTS, places = {}, update = None):
    """Plans the repositories that the tags of one hub ask for.

    Args:
      context: the module context or the repository context.
      hub_name: (str) the hub.
      tags: (list[struct]) with the attributes of `pip.parse`, and `place`.
      overrides: (dict[str, dict]) normalized name to settings, as `pip.override` gives them; only what was set.
      modifications: (dict[str, dict]) normalized name to settings from `whl_modifications` and `annotations`.
      file_overrides: (dict[str, dict]) normalized name to settings of overrides that name a file. Those of packages that
        are not in this hub are for another hub.
      defaults: (struct) from `collect_defaults`.
      places: (dict[str, str]) normalized name of each of `overrides` to the place of its tag.
      update: (struct) how people write the hub's build locks: `command`, and `module`, the one that makes the hub, empty for the root
        module; None in WORKSPACE files.

    Returns:
      (struct) `distributions`: list of dicts, the attributes of each `distribution`; `crates`: the same of each `crate`; `hub`: dict, the attributes of
      `hub`; `names`: dict with the hub's packages as keys; `error`: a message or empty.
    """
    host = host_platform(context.os.name, context.os.arch)
    planned = plan_variants(tags, host, defaults.platforms)
    options = [tag_options(tag, defaults) for tag in tags]
    wrong = [message for message in [planned.error] + [option.error for option in options] if message]
    if wrong:
        return _failed("{}: {}".format(tags[0].place, wrong[0]))
    locks, error = _read_locks(context, planned.variants)
    if error:
        return _failed(error)
    names = {
        entry.name: None
        for lock in locks.values()
        for entries in [lock.entries] + lock.choices.values()
        for entry in entries
    }
    of_files = {name: found for name, found in file_overrides.items() if name in names}
    settings, error = _merge(tags[0].place, [overrides, modifications, of_files])
    pinned = read_pins(context, tags, names, lock_label)
    shown = " and ".join({lock_label(variant.lock.label): None for variant in planned.variants}.keys()[:2])
    error = error or pinned.error or _override_addresses_error(overrides, tags[0].envsubst, places) or _unknown_names(tags, places, names, shown)
    if error:
        return _failed(error)
    found = lock_parts(planned.variants, lambda variant: locks[_lock_key(variant)], options, settings, host)
    relock = lambda variant: relock_text(update, hub_name, found, variant, host)
    build_locks, error = _read_build_locks(context, planned.variants, relock)
    if error:
        return _failed(error)
    plans = []
    crates = {}
    families = choice_variants(planned.variants, lambda variant: locks[_lock_key(variant)])
    for family in families:
        members = [_plan(hub_name, member, build_locks, options[member.variant.index], settings, places, relock(member.variant)) for member in family]
        plans.extend(zip(family, share_repositories(members)))
        for member in members:
            merge_crates(crates, member.crates)
    return struct(
        crates = crates.values(),
        distributions = [attributes for _, plan in plans for attributes in plan.distributions],
        error = "",
        hub = _hub(hub_name, tags, plans, build_locks.values(), settings, pinned) | (
            {"lock_update": json.encode(update_target(update, hub_name, found))} if update else {}
        ),
        names = names,
    )

def _plan(hub_name, member, build_locks, options, settings, places, relock):
    variant, lock = member.variant, member.lock
    label = variant.tag.build_requirements_lock
    where, build_lock = lock_label(label) if label else "", build_locks[label]

    # An error here would be one of the command that helps, too. So every build is refused instead.
    wrong = from_source_error(build_lock, where) if variant.tag.from_source else ""
    plan = plan_variant(hub_name, variant, lock, NO_BUILD_LOCK if wrong else build_lock, struct(
        build_where = where,
        options = options,
        overrides = settings,
        places = places,
        relock = relock,
    ))
    return struct(
        crates = plan.crates,
        distributions = plan.distributions,
        entries = plan.entries,
        environments = lock.environments,
        groups = plan.groups,
        requires_python = lock.requires_python,
        unlocked = wrong or unlocked_text(build_lock, where),
    )

def plan_tag(context, tag, overrides):
    """Plans the repositories of a hub that has one tag: see `plan_tags`.

    Args:
      context: the module context or the repository context.
      tag: (struct) with the attributes of `pip.parse`.
      overrides: (dict[str, dict]) normalized name to settings.

    Returns:
      (struct) as `plan_tags`.
    """
    return plan_tags(context, tag.hub_name, [tag], overrides)
