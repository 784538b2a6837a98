"""The `pip` module extension.

Phase: module extension; it reads lock files and nothing else.
In: `pip.parse` and `pip.override` tags. Out: a hub per name, a repository per locked distribution and variant, and the hub of all hubs.
"""

load("//python/private/choice:python_choice.bzl", "choose_python", "with_python")
load("//python/private/choice:tag_places.bzl", "parse_place")
load("//python/private/choice:unified_hub.bzl", "UNIFIED_HUB", "default_hub_error", "plan_unified", "unified_hub")
load("//python/private/crates:crate.bzl", "crate")
load("//python/private/fetch:distribution.bzl", "distribution")
load("//python/private/lock:crate_repositories.bzl", "merge_crates")
load("//python/private/wheel:settings.bzl", "OVERRIDE_ATTRS")
load(":apparent_name.bzl", "read_apparent_name")
load(":build_files.bzl", "ALIASES")
load(":defaults.bzl", "DEFAULT_ATTRS", "DEP_ATTRS", "collect_defaults")
load(":overrides.bzl", "MODIFICATION_ATTRS", "collect_modifications", "collect_overrides", "tag_modifications")
load(":parse_attrs.bzl", "PARSE_ATTRS")
load(":plan_tag.bzl", "plan_tags")
load(":repository.bzl", "hub")
load(
    ":tag_checks.bzl",
    "RESERVED_VARIABLE",
    "foreign_override_error",
    "hub_name_of",
    "no_hub_error",
    "parse_tag_error",
    "reserved_name_error",
    "unknown_hub_error",
    "unused_file_error",
    "whl_mods_hub_error",
)
load(":whl_mods.bzl", "whl_mods")

visibility(["//python/...", "//tests/starlark/..."])

def _check(error):
    if error:
        fail(error)

def _collect_hubs(mctx, defaults):
    """Collects the `pip.parse` tags by hub. Returns (dict from hub to tags, each with its `place`, dict from hub to its module, direct, direct for development).

    The last two are the hubs of the root module, as `extension_metadata` wants them.
    """
    made = {}
    tags = {}
    direct, direct_dev = {}, {}
    for module in mctx.modules:
        for tag in module.tags.parse:
            hub_name = hub_name_of(tag)
            place = parse_place(module, hub_name)
            python = choose_python(mctx, tag, place, defaults.pyproject_toml)
            chosen = with_python(tag, python.version, place)
            _check(python.error or parse_tag_error(chosen, module, made))
            made[hub_name] = module
            tags.setdefault(hub_name, []).append(chosen)
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct)[hub_name] = None
    _check(foreign_override_error(mctx.modules, made))
    return tags, made, direct, direct_dev

def _make_whl_mods(mctx, by_hub, direct):
    for hub_name, by_name in by_hub.items():
        whl_mods(
            name = hub_name,
            files = {
                name: json.encode({key: value if type(value) != "Label" else str(value) for key, value in settings.items()})
                for name, settings in by_name.items()
            },
        )
    for module in mctx.modules:
        for tag in module.tags.whl_mods if module.is_root else []:
            direct[tag.hub_name] = None

def _modifications(tags, by_hub):
    """Joins the settings that the tags of one hub name by `whl_modifications` and `annotations`."""
    joined = {}
    for tag in tags:
        found = tag_modifications(tag, by_hub)
        _check("{}: {}".format(tag.place, found.error) if found.error else "")
        joined.update(found.by_name)
    return joined

def _metadata(mctx, direct, direct_dev, unified):
    """Says which repositories the root module should import, so that `bazel mod tidy` can. With the hub of all hubs only if tags ask for it.

    Who imports that hub without such a tag would else be told to remove it.
    """
    asking = [
        tag
        for module in mctx.modules
        for tag in module.tags.dep + module.tags.default
        if module.is_root and getattr(tag, "default_hub", True)
    ]
    if unified and not asking:
        return mctx.extension_metadata(reproducible = True)
    for tag in asking if unified else []:
        (direct_dev if mctx.is_dev_dependency(tag) else direct)[UNIFIED_HUB] = None
    return mctx.extension_metadata(
        reproducible = True,
        root_module_direct_deps = direct.keys(),
        root_module_direct_dev_deps = [name for name in direct_dev if name not in direct],
    )

def _update(mctx, hub_name, module_name, tags):
    """Says how people write the build locks of a hub."""
    of_root = module_name in [module.name for module in mctx.modules if module.is_root]
    name = read_apparent_name(mctx, hub_name, tags) if of_root else hub_name
    return struct(
        command = "bazel run @{}//:lock.update".format(name),
        module = "" if of_root else module_name,
    )

def _pip_impl(mctx):
    overrides = collect_overrides(mctx.modules)
    modifications = collect_modifications(mctx.modules)
    defaults = collect_defaults(mctx.modules)
    _check(overrides.error or modifications.error or defaults.error)
    hubs, made, direct, direct_dev = _collect_hubs(mctx, defaults)
    _check(no_hub_error(mctx.modules, hubs))
    _check(unknown_hub_error(overrides.places, hubs))
    _check(whl_mods_hub_error(mctx.modules, hubs))
    _make_whl_mods(mctx, modifications.by_hub, direct)
    getenv = mctx.getenv if hasattr(mctx, "getenv") else mctx.os.environ.get
    places = {hub_name: tags[0].place for hub_name, tags in hubs.items()}
    _check(reserved_name_error(getenv(RESERVED_VARIABLE), places) or default_hub_error(defaults.default_hub, hubs))
    names, known, crates = {}, {}, {}
    for hub_name, tags in hubs.items():
        plan = plan_tags(
            mctx,
            hub_name,
            tags,
            overrides.by_hub.get(hub_name, {}),
            _modifications(tags, modifications.by_hub),
            overrides.by_file,
            defaults,
            overrides.places.get(hub_name, {}),
            _update(mctx, hub_name, made[hub_name].name, tags),
        )
        _check(plan.error)
        if not plan.names:
            # buildifier: disable=print
            print("WARNING {}: its lock has no packages, so @{} has none".format(tags[0].place, hub_name))
        names.update(plan.names)
        merge_crates(crates, plan.crates)
        for attributes in plan.distributions:
            distribution(**attributes)
        hub(declared = defaults.deps if hub_name == UNIFIED_HUB else {}, **plan.hub)
        known[hub_name] = struct(extra_aliases = plan.hub["extra_aliases"], names = plan.names)
    for attributes in crates.values():
        crate(**attributes)
    _check(unused_file_error(overrides.by_file, names))
    if UNIFIED_HUB not in hubs:
        unified_hub(name = UNIFIED_HUB, labels = sorted(ALIASES), **plan_unified(known, defaults.deps, defaults.default_hub))
    return _metadata(mctx, direct, direct_dev, UNIFIED_HUB not in hubs)

_parse = tag_class(
    attrs = {"hub_name": attr.string(doc = "Name of the hub repository, such as `pypi`.")} | PARSE_ATTRS,
    doc = "Makes a hub from a lock. Several tags with one `hub_name` make one hub for several Python versions.",
)

_override = tag_class(
    attrs = OVERRIDE_ATTRS | {
        "file": attr.string(doc = "File name of a wheel, instead of hub_name and name. `patches` are then applied to the installed wheel, as in rules_python."),
        "hub_name": attr.string(doc = "The hub."),
        "name": attr.string(doc = "The package."),
    },
    doc = "Settings of one package of a hub.",
)

_whl_mods = tag_class(
    attrs = MODIFICATION_ATTRS | {
        "hub_name": attr.string(mandatory = True, doc = "Name of the repository whose files `whl_modifications` names."),
        "whl_name": attr.string(mandatory = True, doc = "The package."),
    },
    doc = "Settings of one package, as rules_python has them. `pip.parse(whl_modifications)` chooses them; `pip.override` can do the same.",
)

_default = tag_class(
    attrs = DEFAULT_ATTRS,
    doc = "Defaults of all hubs, and platforms that they may name. Only the tags of the root module count.",
)

_dep = tag_class(
    attrs = DEP_ATTRS,
    doc = "A package that the hub of all hubs, `@pypi`, has even if no lock has it. What depends on it can be analysed.",
)

pip = module_extension(
    implementation = _pip_impl,
    arch_dependent = True,
    doc = "Makes Bazel targets of locked Python distributions. Sdists are built into wheels with the same bytes everywhere.",
    environ = [RESERVED_VARIABLE],
    os_dependent = True,
    tag_classes = {"default": _default, "dep": _dep, "override": _override, "parse": _parse, "whl_mods": _whl_mods},
)
