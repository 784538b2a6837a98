"""The providers that the rules hand on.

Phase: analysis.
In: nothing. Out: `SdistInfo`, `WheelClosureInfo` and `WheelInfo`.
"""

SdistInfo = provider(
    doc = "A source distribution and what it claims to be.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that declares it, for messages.",
        "archive": "(File) The sdist.",
        "name": "(str) Normalized name of the distribution.",
        "sha256": "(str) Digest that the archive was fetched by; empty where it was not fetched by hash.",
        "version": "(str) Version of the distribution.",
    },
)

WheelClosureInfo = provider(
    doc = "A wheel, or several, with all that they need.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that collected them, for messages.",
        "reports": "(depset[File]) JSON reports of those that were built, each matching a wheel by its digest.",
        "wheels": "(depset[File]) Wheels, each as a file or as a directory that holds exactly the wheel under its own name.",
    },
)

WheelInfo = provider(
    doc = "One wheel, fetched or built.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that made it, for messages.",
        "file": "(File) The wheel, named `.whl`; the tag in its name may be narrower than the wheel's own.",
        "debug": "(File | None) Directory with split debug files; None for a fetched wheel.",
        "name": "(str) Normalized name of the distribution.",
        "report": "(File | None) JSON report of the build, in an action or in the repository phase; None for a fetched wheel.",
        "version": "(str) Version of the distribution.",
        "wheel": "(File) The wheel, or a directory that holds exactly the wheel under its own name.",
    },
)
