"""The module extension for what all hubs share: the host, the index addresses, the helper's wheels.

Phase: module extension.
In: nothing. Out: the repositories of `SHARED`, such as `reprowheel_host` and `reprowheel_rules_python`.
"""

load(":shared.bzl", "SHARED")

visibility(["//python/...", "//tests/starlark/..."])

def _shared_impl(mctx):
    for name, rule in SHARED.items():
        rule(name = name)
    return mctx.extension_metadata(reproducible = True)

shared = module_extension(
    implementation = _shared_impl,
    doc = "Repositories that rules_reprowheel itself needs; not for users.",
)
