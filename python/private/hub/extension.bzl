"""The `pip` module extension.

Phase: module extension; it reads lock files and nothing else.
In: `pip.parse` and `pip.override` tags. Out: a hub per name, and a repository per locked distribution and variant.
"""

load("//python/private/fetch:distribution.bzl", "distribution")
load("//python/private/wheel:settings.bzl", "OVERRIDE_ATTRS")
load(":defaults.bzl", "DEFAULT_ATTRS", "DEP_ATTRS", "collect_defaults")
load(":overrides.bzl", "MODIFICATION_ATTRS", "collect_modifications", "collect_overrides", "tag_modifications")
load(":parse_attrs.bzl", "PARSE_ATTRS")
load(":plan_tag.bzl", "plan_tags")
load(":repository.bzl", "hub")
load(":tag_checks.bzl", "foreign_override_error", "hub_name_of", "parse_tag_error", "unknown_hub_error", "unused_file_error")
load(":whl_mods.bzl", "whl_mods")

visibility(["//python/...", "//tests/starlark/..."])

def _check(error):
    if error:
        fail(error)

def _collect_hubs(mctx):
    """Collects the `pip.parse` tags by hub. Returns (dict from hub to tags, direct, direct for development).

    The last two are the hubs of the root module, as `extension_metadata` wants them.
    """
    made = {}
    tags = {}
    direct, direct_dev = {}, {}
    for module in mctx.modules:
        for tag in module.tags.parse:
            _check(parse_tag_error(tag, module.name, made))
            hub_name = hub_name_of(tag)
            made[hub_name] = module.name
            tags.setdefault(hub_name, []).append(tag)
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct)[hub_name] = None
    _check(foreign_override_error(mctx.modules, made))
    return tags, direct, direct_dev

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

def _modifications(hub_name, tags, by_hub):
    """Joins the settings that the tags of one hub name by `whl_modifications` and `annotations`."""
    joined = {}
    for tag in tags:
        found = tag_modifications(tag, by_hub)
        _check("pip.parse hub_name = \"{}\": {}".format(hub_name, found.error) if found.error else "")
        joined.update(found.by_name)
    return joined

def _pip_impl(mctx):
    overrides = collect_overrides(mctx.modules)
    modifications = collect_modifications(mctx.modules)
    defaults = collect_defaults(mctx.modules)
    _check(overrides.error or modifications.error or defaults.error)
    hubs, direct, direct_dev = _collect_hubs(mctx)
    _check(unknown_hub_error(overrides.by_hub, hubs))
    _make_whl_mods(mctx, modifications.by_hub, direct)
    names = {}
    for hub_name, tags in hubs.items():
        plan = plan_tags(
            mctx,
            hub_name,
            tags,
            overrides.by_hub.get(hub_name, {}),
            _modifications(hub_name, tags, modifications.by_hub),
            overrides.by_file,
            defaults,
        )
        _check(plan.error)
        names.update(plan.names)
        for attributes in plan.distributions:
            distribution(**attributes)
        hub(**plan.hub)
    _check(unused_file_error(overrides.by_file, names))
    return mctx.extension_metadata(
        reproducible = True,
        root_module_direct_deps = direct.keys(),
        root_module_direct_dev_deps = [name for name in direct_dev if name not in direct],
    )

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
    doc = "Defaults of all hubs. Only the tag of the root module counts.",
)

_dep = tag_class(
    attrs = DEP_ATTRS,
    doc = "Refused: there is no hub that joins all hubs, as rules_python has it.",
)

pip = module_extension(
    implementation = _pip_impl,
    arch_dependent = True,
    doc = "Makes Bazel targets of locked Python distributions. Sdists are built into wheels with the same bytes everywhere.",
    os_dependent = True,
    tag_classes = {"default": _default, "dep": _dep, "override": _override, "parse": _parse, "whl_mods": _whl_mods},
)
