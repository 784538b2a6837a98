"""The rule of `:whl`: a wheel together with the wheels that it needs.

Phase: analysis.
In: a wheel, the wheels of its dependencies. Out: the wheel's file and its providers. The others are in the runfiles and in
`WheelClosureInfo`.
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
        "pin": attr.label(doc = "Target that compares the wheel with its pin. Everything that depends on this target depends on that one, too."),
        "wheel": attr.label(doc = "The wheel.", mandatory = True, providers = [WheelInfo]),
    },
    doc = "A wheel, with the wheels that it needs in its runfiles.",
    provides = [WheelClosureInfo, WheelInfo],
)
