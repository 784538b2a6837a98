"""What has to hold before anybody uses a package whose files are in its repository.

Phase: analysis.
In: the Python toolchain, the target that compares the wheel with its pin. Out: nothing, or an error.

A tree has this in its rule `install`. Files have no rule, so the targets made of them depend on this one.
"""

load("//python/private/helper:interpreter.bzl", "PYTHON_TOOLCHAIN", "find_interpreter", "version_error")
load("//python/private/wheel:settings.bzl", "PYTHON_VERSION_ATTR")

visibility(["//python/...", "//tests/starlark/..."])

def _library_checks_impl(ctx):
    error = version_error(ctx.attr.python_version, find_interpreter(ctx).version) if ctx.attr.python_version else ""
    if error:
        fail("{}: {}".format(ctx.label, error))
    return [DefaultInfo()]

library_checks = rule(
    implementation = _library_checks_impl,
    attrs = PYTHON_VERSION_ATTR | {
        "pin": attr.label(doc = "Target that compares the wheel with its pin. Everything that depends on this target depends on that one, too."),
    },
    doc = "Checks a package. It has no files.",
    toolchains = [PYTHON_TOOLCHAIN],
)
