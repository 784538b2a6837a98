"""The rule that unpacks a wheel into the tree that Python imports from.

Phase: analysis.
In: a wheel. Out: a directory with `site-packages`, `bin`, `include` and `data`.
"""

load("//python:providers.bzl", "WheelInfo")
load("//python/private/wheel:helper_action.bzl", "HELPER_ATTRS", "HELPER_TOOLCHAINS", "run_helper")
load("//python/private/wheel:interpreter.bzl", "find_interpreter", "version_error")
load("//python/private/wheel:settings.bzl", "PYTHON_VERSION_ATTR")

visibility(["//python/...", "//tests/starlark/..."])

def _install_impl(ctx):
    error = version_error(ctx.attr.python_version, find_interpreter(ctx).version)
    if error:
        fail("install {}: {}".format(ctx.label, error))
    wheel = ctx.attr.wheel[WheelInfo].wheel
    tree = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add_all([wheel], expand_directories = False)
    args.add_all([tree], expand_directories = False, format_each = "--out=%s")
    run_helper(
        ctx,
        arguments = args,
        inputs = depset([wheel]),
        mnemonic = "ReprowheelInstall",
        outputs = [tree],
        progress_message = "Installing wheel %{label}",
        verb = "install",
    )
    return [DefaultInfo(files = depset([tree]), runfiles = ctx.runfiles([tree]))]

install = rule(
    implementation = _install_impl,
    attrs = HELPER_ATTRS | PYTHON_VERSION_ATTR | {
        "wheel": attr.label(mandatory = True, doc = "The wheel.", providers = [WheelInfo]),
    },
    doc = "Unpacks a wheel.",
    toolchains = HELPER_TOOLCHAINS,
)
