"""The rule that installs a wheel: it unpacks the wheel into the tree that Python imports from.

Phase: analysis.
In: a wheel, and changes to it. Out: the directories `site-packages`, `bin`, `include` and `data`, and single files of them.
"""

load("//python:providers.bzl", "WheelInfo")
load("//python/private/helper:action.bzl", "HELPER_ATTRS", "HELPER_TOOLCHAINS", "run_helper")
load("//python/private/helper:interpreter.bzl", "find_interpreter", "version_error")
load("//python/private/wheel:settings.bzl", "LIBRARY_SETTING_ATTRS", "PYTHON_VERSION_ATTR")

visibility(["//python/...", "//tests/starlark/..."])

_FOLDERS = ["site-packages", "bin", "include", "data"]

# Files that the `.dist-info` of every wheel has. They are outputs of their own, so that other rules find them by name.
DIST_INFO_FILES = ["INSTALLER", "METADATA", "RECORD", "WHEEL"]

def _declare(ctx):
    folder = ctx.label.name
    files = DIST_INFO_FILES + (["entry_points.txt"] if ctx.attr.has_entry_points else [])
    return struct(
        folders = {name: ctx.actions.declare_directory("{}/{}".format(folder, name)) for name in _FOLDERS},
        metadata = {name: ctx.actions.declare_file("{}/{}".format(ctx.attr.dist_info or folder + ".dist-info", name)) for name in files},
        rest = ctx.actions.declare_directory(folder + ".dist-info.rest"),
    )

def _copies(ctx, option, sources):
    """Gives the arguments that fill declared outputs from files of the tree."""
    outputs = {output.short_path: output for output in ctx.outputs.outs}
    package = ctx.label.package + "/" if ctx.label.package else ""
    repository = "../{}/".format(ctx.label.repo_name) if ctx.label.repo_name else ""
    return ["{}={}={}".format(option, source, outputs[repository + package + name].path) for source, name in sources.items()]

def _arguments(ctx, wheel, outputs):
    args = ctx.actions.args()
    args.add_all([wheel], expand_directories = False)
    args.add(outputs.folders["site-packages"].dirname, format = "--out=%s")
    args.add_all(ctx.files.install_patches, format_each = "--patch=%s")
    if ctx.files.install_patches:
        args.add(ctx.attr.install_patch_strip, format = "--patch-strip=%s")
    args.add_all(ctx.attr.data_exclude_glob, format_each = "--exclude=%s")
    args.add_all(ctx.attr.srcs_exclude_glob, format_each = "--exclude-source=%s")
    if ctx.attr.namespace_packages:
        args.add("--namespace-packages")
    args.add_all(outputs.metadata.values(), format_each = "--dist-info-file=%s")
    args.add_all([outputs.rest], expand_directories = False, format_each = "--dist-info-dir=%s")
    args.add_all(_copies(ctx, "--copy", ctx.attr.copy_files))
    args.add_all(_copies(ctx, "--copy-executable", ctx.attr.copy_executables))
    return args

def _install_impl(ctx):
    error = version_error(ctx.attr.python_version, find_interpreter(ctx).version)
    if error:
        fail("install {}: {}".format(ctx.label, error))
    wheel = ctx.attr.wheel[WheelInfo].wheel
    outputs = _declare(ctx)
    folders = outputs.folders.values()
    metadata = outputs.metadata.values() + [outputs.rest]
    run_helper(
        ctx,
        arguments = _arguments(ctx, wheel, outputs),
        inputs = depset([wheel] + ctx.files.install_patches),
        mnemonic = "ReprowheelInstall",
        outputs = metadata + folders + ctx.outputs.outs,  # the parameter file lies beside the first, not in the tree
        progress_message = "Installing wheel %{label}",
        verb = "install",
    )
    return [
        DefaultInfo(files = depset(folders), runfiles = ctx.runfiles(folders)),
        OutputGroupInfo(
            data = depset([outputs.folders[name] for name in ["bin", "data", "include"]]),
            dist_info = depset(metadata),
            extracted_whl_files = depset(folders),
            modules = depset([outputs.folders["site-packages"]]),
            record = depset([outputs.metadata["RECORD"]]),
        ),
    ]

install = rule(
    implementation = _install_impl,
    attrs = HELPER_ATTRS | PYTHON_VERSION_ATTR | {
        key: value
        for key, value in LIBRARY_SETTING_ATTRS.items()
        if key != "data"
    } | {
        "dist_info": attr.string(doc = "Path of the single files of `.dist-info`; default: beside the tree."),
        "has_entry_points": attr.bool(doc = "Whether the wheel has an `entry_points.txt`."),
        "namespace_packages": attr.bool(doc = "Whether to write `__init__.py` where a package has none."),
        "outs": attr.output_list(doc = "Outputs that `copy_files` and `copy_executables` name."),
        "pin": attr.label(doc = "Target that compares the wheel with its pin. Everything that depends on this target depends on that one, too."),
        "wheel": attr.label(mandatory = True, doc = "The wheel.", providers = [WheelInfo]),
    },
    doc = "Unpacks a wheel.",
    toolchains = HELPER_TOOLCHAINS,
)
