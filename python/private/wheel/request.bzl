"""What a build was asked for, so that it can be asked for again.

Phase: analysis.
In: nothing. Out: `RequestInfo`.
"""

visibility(["//python/...", "//tests/starlark/..."])

RequestInfo = provider(
    doc = "One build of a wheel from an sdist: its arguments and all it reads.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that builds it, for messages.",
        "inputs": "(depset[File]) What the build reads, besides helper and interpreter.",
        "request": "(File) The helper's arguments without those that name outputs, one per line.",
        "tools": "(depset[File]) The C/C++ toolchain.",
    },
)
