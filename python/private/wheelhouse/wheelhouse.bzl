"""The rule that makes a wheelhouse: a directory of wheels that plain pip installs from (docs/wheelhouse.md).

Phase: analysis.
In: wheels, with the wheels that they need. Out: one directory.
"""

load("//python:providers.bzl", "WheelInfo")
load("//python/private/helper:action.bzl", "HELPER_ATTRS", "run_helper")
load("//python/private/helper:interpreter.bzl", "PYTHON_TOOLCHAIN", "find_interpreter")
load("//python/private/wheel:closure.bzl", "wheel_closure")

visibility(["//python/...", "//tests/starlark/..."])

def _python_version(ctx):
    """Gives the version of the Python that the wheels are for; empty if no toolchain says it."""
    toolchain = ctx.toolchains[PYTHON_TOOLCHAIN]
    return find_interpreter(ctx).version if toolchain and toolchain.py3_runtime else ""

def _wheelhouse_impl(ctx):
    closure = wheel_closure(ctx.label, ctx.attr.wheels)
    out = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add_all(closure.wheels, expand_directories = False)
    args.add_all(closure.reports, format_each = "--report=%s")
    args.add_all([out], expand_directories = False, format_each = "--out=%s")
    args.add(ctx.label.name, format = "--name=%s")
    version = _python_version(ctx)
    if version:
        args.add(version, format = "--python-version=%s")  # markers decide which wheel needs which
    if ctx.attr.builder_id:
        args.add(ctx.attr.builder_id, format = "--builder-id=%s")
    run_helper(
        ctx,
        arguments = args,
        inputs = depset(transitive = [closure.wheels, closure.reports]),
        mnemonic = "ReprowheelWheelhouse",
        outputs = [out],
        progress_message = "Filling wheelhouse %{label}",
        verb = "wheelhouse",
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

wheelhouse = rule(
    implementation = _wheelhouse_impl,
    attrs = HELPER_ATTRS | {
        "builder_id": attr.string(doc = "URI that names the builder in the attestations, such as that of a CI workflow; default: one that names nobody."),
        "wheels": attr.label_list(
            allow_empty = False,
            doc = "Wheels, such as `@pypi//foo:whl` or `all_whl_requirements`. The wheels that they need are added.",
            mandatory = True,
            providers = [WheelInfo],
        ),
    },
    doc = "Makes a directory of wheels, with their hashes, an SBOM and attestations. Plain pip installs exactly these wheels from it.",
    toolchains = [config_common.toolchain_type(PYTHON_TOOLCHAIN, mandatory = False)],
)
