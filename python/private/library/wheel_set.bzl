"""A wheel together with those that it needs: what `:whl` is.

Phase: analysis.
In: a wheel, the wheels of its dependencies. Out: the wheel's file, the others in its runfiles and in `WheelClosureInfo`, the wheel's providers.
"""

load("//python:providers.bzl", "SdistInfo", "WheelClosureInfo", "WheelInfo")
load("//python/private/wheel:closure.bzl", "wheel_closure")
load("//python/private/wheel:request.bzl", "RequestInfo")

visibility(["//python/...", "//tests/starlark/..."])

def _wheel_set_impl(ctx):
    wheel = ctx.attr.wheel
    file = wheel[WheelInfo].file
    runfiles = ctx.runfiles([file]).merge_all([dep[DefaultInfo].default_runfiles for dep in ctx.attr.deps])
    handed_on = [wheel[provider] for provider in [OutputGroupInfo, RequestInfo, SdistInfo, WheelInfo] if provider in wheel]
    closure = wheel_closure(ctx.label, [wheel] + ctx.attr.deps)
    return [DefaultInfo(files = depset([file]), runfiles = runfiles), closure] + handed_on

wheel_set = rule(
    implementation = _wheel_set_impl,
    attrs = {
        "deps": attr.label_list(doc = "The wheels that it needs, with those that they need.", providers = [WheelInfo]),
        "pin": attr.label(doc = "What compares the wheel with its pin; whatever depends on this target then depends on that."),
        "wheel": attr.label(doc = "The wheel.", mandatory = True, providers = [WheelInfo]),
    },
    doc = "A wheel that brings the wheels it needs in its runfiles.",
    provides = [WheelClosureInfo, WheelInfo],
)
