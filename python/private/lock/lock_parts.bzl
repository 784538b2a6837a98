"""What `bazel run @HUB//:lock.update` locks: from the tags of a hub to the command lines of the verb `lock`.

Phase: module extension (pure functions).
In: the variants of a hub with their locks, and the settings of its packages. Out: one part for each lock, Python and build lock.

The tags say which sdists are built, and how. So the command asks nobody: docs/decisions.md, "Hub that locks".
"""

load("//python/private/spec:names.bzl", "label_repository", "lock_label")
load("//python/private/spec:platforms.bzl", "parse_platform")
load(":lock_options.bzl", "lock_command", "lock_options", "lock_part")

visibility(["//python/...", "//tests/starlark/..."])

_ADD = "add build_requirements_lock = \"//:build-lock.json\" to pip.parse(hub_name = \"{}\"), then run: "

def _names(locks):
    """Gives the names of all that a lock has, also what a choice of it has besides."""
    return {entry.name: None for lock in locks for entries in [lock.entries] + lock.choices.values() for entry in entries}

def _of_settings(settings, key):
    return {name: found[key] for name, found in settings.items() if found.get(key)}

def _known(names, known):
    return sorted({name: None for name in names if name == ":all:" or name in known})

def _binaries(options, settings, known):
    """Gives what is built although wheels fit, and what is never built. `pip.override` decides before `pip.parse` does."""
    use = _of_settings(settings, "use")
    sdists = {name: None for name in options.no_binary if use.get(name) != "wheel"}
    wheels = {name: None for name in options.only_binary if use.get(name) != "sdist"}
    sdists.update({name: None for name in use if use[name] == "sdist"})
    wheels.update({name: None for name in use if use[name] == "wheel"})
    wheels.update({name: None for name in _of_settings(settings, "target")})
    return _known(sdists, known), _known([name for name in wheels if name not in sdists], known)

def _indexes(options, settings, known):
    """Gives every index that the hub looks at. A hash decides what is taken, so it does not matter which of them has a file."""
    of_packages = [url for name, url in options.index_overrides.items() if name in known]
    of_packages += [url for name, url in _of_settings(settings, "index_url").items() if name in known]
    return {url: None for url in options.extra_index_urls + of_packages if url != options.index_url}.keys()

def _patched(settings, known):
    """Gives the packages whose patches lie in this workspace, where the command finds them by their paths."""
    patches = _of_settings(settings, "patches")
    return [name for name in sorted(patches) if name in known and not [label for label in patches[name] if label_repository(label)]]

def _options(variant, lock, options, settings):
    tag, known = variant.tag, _names([lock])
    no_binary, only_binary = _binaries(options, settings, known)
    patched = _patched(settings, known)
    return lock_options(
        build_requirements = [
            "{}={}".format(name, key)
            for name, keys in sorted(_of_settings(settings, "build_requirements").items())
            for key in keys
            if name in known
        ],
        crate_index = options.crate_index,
        dep_groups = [":all:"] if lock.choices else [],
        envsubst = options.envsubst,
        extra_index_urls = _indexes(options, settings, known),
        extras = tag.lock_extras,
        from_source = tag.from_source,
        groups = tag.lock_groups,
        host_tools = sorted({tool: None for tools in _of_settings(settings, "host_tools").values() for tool in tools}),
        index_url = options.index_url,
        netrc = options.netrc,
        no_binary = [] if tag.from_source else no_binary,
        only_binary = [] if tag.from_source else only_binary,
        patch_strips = ["{}={}".format(name, settings[name]["patch_strip"]) for name in patched if settings[name].get("patch_strip")],
        patches = ["{}={}".format(name, lock_label(label)) for name in patched for label in settings[name]["patches"]],
        python_version = ".".join(variant.python_version.split(".")[:2]),
    )

def is_foreign(variant, host):
    """Says whether a variant is for another system or CPU than the host's. Its sdists are neither locked nor built here.

    Args:
      variant: (struct) from `plan_variants`.
      host: (str) from `host_platform`.

    Returns:
      (bool) False if its name does not tell.
    """
    platform = variant.own["base"] if variant.own else variant.platform
    theirs, ours = parse_platform(platform), parse_platform(host)
    if not platform or theirs.error or ours.error:
        return False
    return (theirs.system, theirs.cpu) != (ours.system, ours.cpu)

def lock_parts(variants, lock_of, options, settings, host):
    """Plans what is locked on this host.

    Args:
      variants: (list[struct]) from `plan_variants`.
      lock_of: (function) gives the lock of a variant, from `parsed_lock`.
      options: (list[struct]) from `tag_options`, by index of the tag.
      settings: (dict[str, dict]) normalized name to settings of `pip.override` and its kin.
      host: (str) from `host_platform`.

    Returns:
      (list[struct]) of struct(`index` of the tag, `build_lock`: its label or None, `foreign`: see `is_foreign`, `part` of
      `lock_part`), each part once. A tag that is for other machines only is locked as if it was for this one.
    """
    at_home = {variant.index: None for variant in variants if not is_foreign(variant, host)}
    result, seen = [], {}
    for variant in variants:
        if variant.index in at_home and is_foreign(variant, host):
            continue
        label, build_lock = variant.lock.label, variant.tag.build_requirements_lock
        part = lock_part(
            label = str(label) if label_repository(label) else "",
            lock = lock_label(label),
            options = _options(variant, lock_of(variant), options[variant.index], settings),
            out = lock_label(build_lock) if build_lock else "build-lock.json",
        )
        if repr(part) not in seen:
            seen[repr(part)] = None
            result.append(struct(build_lock = build_lock, foreign = variant.index not in at_home, index = variant.index, part = part))
    return result

def relock_text(update, hub_name, found, variant, host):
    """Says how to write the build lock of a variant.

    Args:
      update: (struct) `command` of the hub, and `module`, the one that makes it, empty for the root module; None in WORKSPACE files.
      hub_name: (str) the hub.
      found: (list[struct]) from `lock_parts`.
      variant: (struct) the variant.
      host: (str) from `host_platform`.

    Returns:
      (str) what stands after "To fix:".
    """
    named = variant.tag.build_requirements_lock
    if not update:
        outs = {item.part.out: None for item in found if item.index == variant.index and named}
        command = lock_command([item.part for item in found if item.index == variant.index or item.part.out in outs])
        text = command if named else command + ", and name that file in pip_parse(name = \"{}\", build_requirements_lock = ...)".format(hub_name)
    else:
        where = "in module '{}', where it is the root module, ".format(update.module) if update.module else ""
        text = where + ("" if named else _ADD.format(hub_name)) + update.command
    foreign = is_foreign(variant, host) and variant.index in {item.index: None for item in found if not item.foreign}
    return "on {}: {}".format(variant.platform, text) if foreign else text

def update_target(update, hub_name, found):
    """Says what the target `lock.update` of a hub does.

    Args:
      update: (struct) as for `relock_text`.
      hub_name: (str) the hub.
      found: (list[struct]) from `lock_parts`.

    Returns:
      (dict) `command`, `error` (why it can do nothing; or empty), `parts`, as JSON has them.
    """
    named = [item for item in found if item.build_lock]
    away = [item for item in named if label_repository(item.build_lock)]
    error = ""
    if away:
        error = "{} is not in this workspace; expected the build lock in the root module. To fix: run it {}".format(
            away[0].part.out,
            "in module '{}', where it is the root module".format(update.module) if update.module else "there",
        )
    elif not named:
        error = "pip.parse(hub_name = \"{}\") names no build lock. To fix: {}".format(hub_name, _ADD.format(hub_name) + update.command)
    return {
        "command": update.command,
        "error": error,
        "parts": [
            {"label": item.part.label, "lock": item.part.lock, "options": item.part.options, "out": item.part.out}
            for item in named
        ] if not error else [],
    }
