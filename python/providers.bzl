"""The providers of the rules.

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
        "sha256": "(str) SHA-256 that the archive was fetched by; empty if it was not fetched by hash.",
        "version": "(str) Version of the distribution.",
    },
)

WheelClosureInfo = provider(
    doc = "Wheels, with the wheels that they need at run time.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that collected them, for messages.",
        "reports": "(depset[File]) JSON reports of the wheels that were built. A report belongs to the wheel whose digest it names.",
        "wheels": "(depset[File]) Each is a wheel, or a directory that holds exactly one wheel under its own name.",
    },
)

WheelInfo = provider(
    doc = "One wheel, fetched or built.",
    # @unsorted-dict-items
    fields = {
        "label": "(Label) The target that made it, for messages.",
        "file": "(File) The wheel as a file `*.whl`. The name is chosen before the build, so its tag may be narrower than the wheel's own.",
        "debug": "(File | None) Directory with split debug files; None for a fetched wheel.",
        "name": "(str) Normalized name of the distribution.",
        "report": "(File | None) JSON report of the build, whichever phase built it; None for a fetched wheel.",
        "version": "(str) Version of the distribution.",
        "wheel": "(File) The wheel, or a directory that holds exactly the wheel under its own name.",
    },
)
