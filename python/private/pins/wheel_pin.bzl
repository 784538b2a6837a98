"""The action that compares a built wheel with its pin in `wheels.lock` (docs/wheels-lock.md).

Phase: analysis.
In: a wheel with the report of its build, and the pins of the package. Out: a verdict in the output group `_validation`, which
Bazel builds for everything that depends on this target. The build itself never sees a pin, so no pin is in its cache key.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//python:providers.bzl", "WheelInfo")
load("//python/private/helper:action.bzl", "HELPER_ATTRS", "run_helper")

visibility(["//python/...", "//tests/starlark/..."])

# Suffix of the verdict's file name, after the name of the target.
VERDICT_SUFFIX = ".pin-verdict.json"

def _wheel_pin_impl(ctx):
    wheel = ctx.attr.wheel[WheelInfo]
    mode = ctx.attr._mode[BuildSettingInfo].value
    if not wheel.report or mode == "off":
        return [DefaultInfo()]
    verdict = ctx.actions.declare_file(ctx.label.name + VERDICT_SUFFIX)
    args = ctx.actions.args()
    args.add("--check")
    if mode == "warn":
        args.add("--warn")
    args.add(ctx.file.pins, format = "--lock=%s")
    args.add(ctx.attr.lock, format = "--lock-name=%s")
    args.add("--built")
    args.add(wheel.report)
    args.add_all([wheel.wheel], expand_directories = False)
    args.add(verdict, format = "--verdict=%s")
    run_helper(
        ctx,
        arguments = args,
        inputs = depset([ctx.file.pins, wheel.report, wheel.wheel]),
        mnemonic = "ReprowheelPin",
        outputs = [verdict],
        progress_message = "Comparing wheel with its pin: %{label}",
        verb = "pin",
    )
    return [
        DefaultInfo(files = depset([verdict])),
        OutputGroupInfo(_validation = depset([verdict])),
    ]

wheel_pin = rule(
    implementation = _wheel_pin_impl,
    attrs = HELPER_ATTRS | {
        "lock": attr.string(doc = "Name of the lock in messages.", mandatory = True),
        "pins": attr.label(allow_single_file = True, doc = "A wheels lock with the pins of this package.", mandatory = True),
        "wheel": attr.label(doc = "The wheel; one that was fetched has no report and needs no pin.", mandatory = True, providers = [WheelInfo]),
        "_mode": attr.label(default = "//python/config_settings:wheels_lock", doc = "Whether a difference is an error, a warning, or not looked for."),
    },
    doc = "Compares a built wheel with its pin.",
)
