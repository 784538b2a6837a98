"""The `pip` module extension.

Phase: module extension; pure: it reads lock files and nothing else.
In: `pip.parse` and `pip.override` tags. Out: a hub per `parse`, and a repository per locked distribution.
"""

load("//python/private/fetch:distribution.bzl", "distribution")
load("//python/private/fetch:hub.bzl", "hub")
load("//python/private/wheel:settings.bzl", "SETTING_ATTRS")
load(":build_lock.bzl", "parse_build_lock")
load(":names.bzl", "normalize_name")
load(":plan.bzl", "lock_label", "plan_hub")
load(":requirements.bzl", "parse_requirements")

visibility(["//python/...", "//tests/starlark/..."])

_FETCH_PHASE_ERROR = """\
pip.parse hub_name = "{}": build_phase = "fetch" is not supported yet; expected "action".
To fix: remove build_phase; wheels are then built in sandboxed, cached build actions."""

def _check_parse(tag, module_name, seen):
    if not tag.hub_name:
        fail("pip.parse in module '{}': hub_name is empty; expected a repository name.".format(module_name))
    if tag.hub_name in seen:
        fail("pip.parse hub_name = \"{}\" in module '{}': that hub is already made by module '{}'; expected another name.".format(
            tag.hub_name,
            module_name,
            seen[tag.hub_name],
        ))
    if tag.build_phase == "fetch":
        fail(_FETCH_PHASE_ERROR.format(tag.hub_name))
    parts = tag.python_version.split(".") if tag.python_version else ["3", "0"]
    if len(parts) not in [2, 3] or [part for part in parts if not part.isdigit()]:
        fail("pip.parse hub_name = \"{}\": python_version is '{}'; expected for example 3.12.".format(
            tag.hub_name,
            tag.python_version,
        ))

def _overrides(modules):
    """Collects the override tags: dict from hub to dict from normalized name to settings."""
    result = {}
    for module in modules:
        for tag in module.tags.override:
            name = normalize_name(tag.name)
            of_hub = result.setdefault(tag.hub_name, {})
            if name in of_hub:
                fail("pip.override hub_name = \"{}\", name = \"{}\": is given twice; expected one override per package.".format(
                    tag.hub_name,
                    tag.name,
                ))
            settings = {key: getattr(tag, key) for key in SETTING_ATTRS if key != "epoch"}
            if tag.epoch >= 0:
                settings["epoch"] = tag.epoch
            of_hub[name] = settings
    return result

def _make_hub(mctx, tag, overrides):
    where = lock_label(tag.requirements_lock)
    parsed = parse_requirements(mctx.read(tag.requirements_lock), where)
    build_text = mctx.read(tag.build_requirements_lock) if tag.build_requirements_lock else None
    build_where = lock_label(tag.build_requirements_lock) if tag.build_requirements_lock else ""
    build_lock = parse_build_lock(build_text, build_where)
    error = parsed.error or build_lock.error
    plan = None if error else plan_hub(tag.hub_name, parsed, build_lock, struct(
        build_where = build_where,
        extra_index_urls = tag.extra_index_urls,
        index_url = tag.index_url,
        no_binary = tag.no_binary,
        overrides = overrides,
        python_version = tag.python_version,
        where = where,
    ))
    if error or plan.error:
        fail(error or plan.error)
    for attributes in plan.distributions:
        distribution(**attributes)
    hub(
        name = tag.hub_name,
        entries = json.encode(plan.entries),
        hub_name = tag.hub_name,
        python_version = tag.python_version,
    )

def _pip_impl(mctx):
    overrides = _overrides(mctx.modules)
    made = {}
    direct = []
    direct_dev = []
    for module in mctx.modules:
        for tag in module.tags.parse:
            _check_parse(tag, module.name, made)
            made[tag.hub_name] = module.name
            _make_hub(mctx, tag, overrides.get(tag.hub_name, {}))
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct).append(tag.hub_name)
    for hub_name in overrides:
        if hub_name not in made:
            fail("pip.override hub_name = \"{}\": no pip.parse makes that hub; expected one of: {}.".format(
                hub_name,
                ", ".join(sorted(made)) or "(none)",
            ))
    return mctx.extension_metadata(
        reproducible = True,
        root_module_direct_deps = direct,
        root_module_direct_dev_deps = direct_dev,
    )

_HUB_NAME = {"hub_name": attr.string(mandatory = True, doc = "Name of the hub repository, such as `pypi`.")}

_parse = tag_class(
    attrs = _HUB_NAME | {
        "build_phase": attr.string(
            default = "action",
            doc = "Where sdists are built: in a build action, or in the repository phase (not supported yet).",
            values = ["action", "fetch"],
        ),
        "build_requirements_lock": attr.label(doc = "Build lock: what each sdist is built with (`reprowheel lock` writes it)."),
        "extra_index_urls": attr.string_list(doc = "Indexes that are searched as well, after the others."),
        "index_url": attr.string(doc = "Simple index; default: PIP_INDEX_URL, UV_DEFAULT_INDEX, then what pip says."),
        "no_binary": attr.string_list(doc = "Packages that are built from source although the lock names wheels; `:all:` for all."),
        "python_version": attr.string(doc = "Python to choose wheels and evaluate markers for; default: the host's python3."),
        "requirements_lock": attr.label(mandatory = True, doc = "requirements.txt in which every line is pinned and hashed."),
    },
    doc = "Makes a hub from a lock.",
)

_override = tag_class(
    attrs = _HUB_NAME | SETTING_ATTRS | {
        "name": attr.string(mandatory = True, doc = "The package."),
    },
    doc = "Settings of one package of a hub.",
)

pip = module_extension(
    implementation = _pip_impl,
    doc = "Locked Python distributions as Bazel targets; sdists become wheels with the same bytes everywhere.",
    tag_classes = {"override": _override, "parse": _parse},
)
