"""The rule for a wheel that exists as a file.

Phase: analysis.
In: a `.whl` file; its report if the repository phase has built it. Out: `WheelInfo`.
"""

load("//python:providers.bzl", "WheelInfo")

visibility(["//python/...", "//tests/starlark/..."])

def _wheel_file_impl(ctx):
    return [
        DefaultInfo(files = depset([ctx.file.src]), runfiles = ctx.runfiles([ctx.file.src])),
        WheelInfo(
            debug = None,
            file = ctx.file.src,
            label = ctx.label,
            name = ctx.attr.distribution,
            report = ctx.file.report,
            version = ctx.attr.version,
            wheel = ctx.file.src,
        ),
    ]

wheel_file = rule(
    implementation = _wheel_file_impl,
    attrs = {
        "distribution": attr.string(mandatory = True, doc = "Normalized name of the distribution."),
        "report": attr.label(allow_single_file = [".json"], doc = "Report of its build; none for a wheel that was fetched."),
        "src": attr.label(allow_single_file = [".whl"], mandatory = True, doc = "The wheel."),
        "version": attr.string(mandatory = True, doc = "Version of the distribution."),
    },
    doc = "Takes a wheel as it is.",
    provides = [WheelInfo],
)
