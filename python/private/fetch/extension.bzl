"""The module extension for what all hubs share: the host, the index addresses, the helper's wheels.

Phase: module extension.
In: nothing. Out: the repositories `reprowheel_cc`, `reprowheel_host`, `reprowheel_index` and `reprowheel_tools`.
"""

load(":host.bzl", "host")
load(":host_cc.bzl", "host_cc")
load(":index_address.bzl", "index_address")
load(":tools.bzl", "tools")

visibility(["//python/...", "//tests/starlark/..."])

def _shared_impl(mctx):
    host(name = "reprowheel_host")
    host_cc(name = "reprowheel_cc")
    index_address(name = "reprowheel_index")
    tools(name = "reprowheel_tools")
    return mctx.extension_metadata(reproducible = True)

shared = module_extension(
    implementation = _shared_impl,
    doc = "Repositories that rules_reprowheel itself needs; not for users.",
)
