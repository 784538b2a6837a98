"""The hub: one repository with a package of aliases per distribution, and the macros of requirements.bzl.

Phase: repository.
In: the locked distributions with their markers, the host's interpreter. Out: aliases, `config.bzl`, `requirements.bzl`.
"""

load("//python/private/choice:dep_groups.bzl", "flag_package")
load("//python/private/choice:left_out.bzl", "left_out_build_file", "left_out_error", "left_out_packages")
load("//python/private/choice:unified_hub.bzl", "missing_build_file")
load("//python/private/host:headers.bzl", "identify_headers")
load("//python/private/host:host.bzl", "INTERPRETER_ATTR")
load("//python/private/host:libraries.bzl", "identify_libraries")
load("//python/private/host:tools.bzl", "identify_tools")
load("//python/private/spec:names.bzl", "normalize_name")
load(
    ":build_files.bzl",
    "ALIASES",
    "GENERATED",
    "PINS_FILE",
    "config_build_file",
    "folder_name",
    "groups_build_file",
    "package_build_file",
    "root_build_file",
)
load(":host_variants.bzl", "resolve_variants")
load(":macros.bzl", "config_file", "package_names", "requirements_file")

visibility(["//python/...", "//tests/starlark/..."])

def _write(rctx, path, content):
    if content:
        rctx.file(path, content, executable = False)

def write_hub(rctx, interpreter, attributes):
    """Writes all files of a hub into the repository that is being made.

    Args:
      rctx: the repository context.
      interpreter: (Label) the JSON file about the host's interpreter.
      attributes: (struct) with the attributes of `hub`, without `name`.
    """
    host = json.decode(rctx.read(rctx.path(interpreter)))
    planned = json.decode(attributes.variants)
    resolved = resolve_variants(host, planned)
    if resolved.error:
        fail(resolved.error)
    variants = resolved.variants
    names = package_names(variants)
    targets = attributes.targets
    fingerprints = identify_libraries(rctx, attributes.host_libraries) | identify_headers(rctx, attributes.host_headers)
    fingerprints = fingerprints | identify_tools(rctx, attributes.host_tools)
    extra = {normalize_name(name): labels for name, labels in attributes.extra_aliases.items()}
    pins = attributes.pins
    for name in names:
        if name in pins and name not in targets:
            _write(rctx, "{}/{}".format(folder_name(name), PINS_FILE), pins[name])
        _write(rctx, folder_name(name) + "/BUILD.bazel", package_build_file(
            attributes.hub_name,
            name,
            variants,
            extra.get(name, []),
            targets.get(name, ""),
            name in pins,
        ))
    declared = getattr(attributes, "declared", {})
    left_out = {name: places for name, places in left_out_packages(planned, variants).items() if name not in declared}
    for name, places in left_out.items():
        message = left_out_error(attributes.hub_name, name, places, variants)
        labels = {label: None for label in ALIASES.keys() + extra.get(name, []) + [folder_name(name)]}
        _write(rctx, folder_name(name) + "/BUILD.bazel", left_out_build_file(GENERATED, message, labels))
    for name, labels in declared.items():
        if name not in names:
            folder = folder_name(name)
            _write(rctx, folder + "/BUILD.bazel", missing_build_file(attributes.hub_name, folder, sorted(ALIASES), labels))
    _write(rctx, "BUILD.bazel", root_build_file(names, attributes.root_aliases, getattr(attributes, "lock_update", "")))
    _write(rctx, "_config/BUILD.bazel", config_build_file(attributes.hub_name, variants))
    _write(rctx, "dep_group/BUILD.bazel", flag_package(variants, names))
    _write(rctx, "_groups/BUILD.bazel", groups_build_file(variants))
    _write(rctx, "config.bzl", config_file(attributes.hub_name, variants, fingerprints, targets, attributes.wheels_lock))
    locks = {variant["where"]: None for variant in planned}.keys()
    _write(rctx, "requirements.bzl", requirements_file(attributes.hub_name, variants, targets, left_out.keys(), " and ".join(locks[:2])))

def _hub_impl(rctx):
    write_hub(rctx, rctx.attr._interpreter, rctx.attr)

hub = repository_rule(
    implementation = _hub_impl,
    attrs = INTERPRETER_ATTR | {
        "declared": attr.string_list_dict(doc = "Package that `pip.dep` names → further targets. What no lock has can be analysed, and not built."),
        "extra_aliases": attr.string_list_dict(doc = "Package → more targets of its repository. The hub gets an alias for each."),
        "host_headers": attr.string_list(doc = "Patterns of host headers that at least one package may be compiled with."),
        "host_libraries": attr.string_list(doc = "Host libraries that at least one package may need."),
        "host_tools": attr.string_list(doc = "Programs of the host that at least one build may run."),
        "hub_name": attr.string(mandatory = True, doc = "Name that the module gave the hub."),
        "lock_update": attr.string(doc = "What the target `lock.update` does, as JSON."),
        "pins": attr.string_dict(doc = "Package → its part of the wheels lock."),
        "root_aliases": attr.bool(doc = "Whether the root package has rules_python 0.22's labels, such as `:foo_pkg`."),
        "targets": attr.string_dict(doc = "Package → the target that replaces it."),
        "variants": attr.string(mandatory = True, doc = "The variants and their locked distributions, as JSON."),
        "wheels_lock": attr.string(doc = "Name of the wheels lock, for messages; empty for none."),
    },
    doc = "Makes the hub: the labels that users write.",
)
