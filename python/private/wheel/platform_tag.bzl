"""The platform that is built for, as a wheel's name has it.

Phase: analysis.
In: a `select()` over constraints. Out: `PlatformTagInfo`.
"""

visibility(["//python/...", "//tests/starlark/..."])

PlatformTagInfo = provider(
    doc = "The platform that is built for.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that says so.",
        "tag": "(str) As a wheel's name has it, such as `linux_x86_64`.",
    },
)

def _platform_tag_impl(ctx):
    return [PlatformTagInfo(label = ctx.label, tag = ctx.attr.tag)]

platform_tag = rule(
    implementation = _platform_tag_impl,
    attrs = {"tag": attr.string(doc = "The platform's tag.", mandatory = True)},
    doc = "Names the platform that is built for.",
    provides = [PlatformTagInfo],
)
