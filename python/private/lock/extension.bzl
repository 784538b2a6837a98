"""The `pip` module extension.

Phase: module extension; pure: it reads lock files and nothing else.
In: `pip.parse` and `pip.override` tags. Out: a hub per `parse`, and a repository per locked distribution.
"""

load("//python/private/fetch:distribution.bzl", "distribution")
load("//python/private/fetch:hub.bzl", "hub")
load("//python/private/wheel:settings.bzl", "SETTING_ATTRS")
load(":plan_tag.bzl", "plan_tag")
load(":tag_checks.bzl", "collect_overrides", "parse_tag_error", "unknown_hub_error")

visibility(["//python/...", "//tests/starlark/..."])

def _make_hub(mctx, tag, overrides):
    plan = plan_tag(mctx, tag, overrides)
    if plan.error:
        fail(plan.error)
    for attributes in plan.distributions:
        distribution(**attributes)
    hub(**plan.hub)

def _pip_impl(mctx):
    overrides = collect_overrides(mctx.modules)
    made = {}
    direct = []
    direct_dev = []
    for module in mctx.modules:
        for tag in module.tags.parse:
            error = overrides.error or parse_tag_error(tag, module.name, made)
            if error:
                fail(error)
            made[tag.hub_name] = module.name
            _make_hub(mctx, tag, overrides.by_hub.get(tag.hub_name, {}))
            if module.is_root:
                (direct_dev if mctx.is_dev_dependency(tag) else direct).append(tag.hub_name)
    error = overrides.error or unknown_hub_error(overrides.by_hub, made)
    if error:
        fail(error)
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
