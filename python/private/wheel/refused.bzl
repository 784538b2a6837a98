"""A target that cannot be built, and says why. The error waits until somebody needs the target.

Phase: analysis.
In: a message. Out: nothing, ever.
"""

visibility(["//python/...", "//tests/starlark/..."])

def _refused_impl(ctx):
    fail("{}: {}".format(ctx.label, ctx.attr.message.replace("{reason}", ctx.attr.reason)))

_ATTRS = {
    "message": attr.string(mandatory = True, doc = "What is wrong, and how to fix it."),
    "reason": attr.string(doc = "What stands in the message for `{reason}`."),
}

refused = rule(
    implementation = _refused_impl,
    attrs = _ATTRS,
    doc = "Fails with a message as soon as something depends on it.",
)

refused_command = rule(
    implementation = _refused_impl,
    attrs = _ATTRS,
    doc = "The same in place of a command: `bazel run` says the message, not that it cannot run the target.",
    executable = True,
)
