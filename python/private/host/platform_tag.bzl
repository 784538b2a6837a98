"""The target platform, as a tag in a wheel's name.

Phase: analysis.
In: a `select()` over constraints. Out: `PlatformTagInfo`. If target and exec platform differ: why the build is refused.
"""

visibility(["//python/...", "//tests/starlark/..."])

PlatformTagInfo = provider(
    doc = "The target platform.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that says so.",
        "tag": "(str) The platform's tag in a wheel's name, such as `linux_x86_64`.",
    },
)

def cross_build_error(target, builder):
    """Says why an sdist cannot be cross-built. A back end compiles for the platform of the interpreter that runs it.

    Args:
      target: (str) tag of the platform that the wheel is for.
      builder: (str) tag of the platform that the build runs on.

    Returns:
      (str) a message, or empty.
    """
    if target == builder:
        return ""
    return ("would be built on {builder} for {target}, and sdists are not cross-built; expected a wheel. To fix: lock a wheel " +
            "for {target}, or build where actions run on {target}.").format(builder = builder, target = target)

def _platform_tag_impl(ctx):
    return [PlatformTagInfo(label = ctx.label, tag = ctx.attr.tag)]

platform_tag = rule(
    implementation = _platform_tag_impl,
    attrs = {"tag": attr.string(doc = "The platform's tag.", mandatory = True)},
    doc = "Holds the tag of the target platform.",
    provides = [PlatformTagInfo],
)
