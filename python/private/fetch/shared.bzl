"""The repositories that all hubs share: the host, its C toolchain, the index addresses, the helper's wheels.

Phase: module extension, or loading of WORKSPACE.
In: nothing. Out: the name and the rule of each.
"""

load(":host.bzl", "host")
load(":host_cc.bzl", "host_cc")
load(":index_address.bzl", "index_address")
load(":tools.bzl", "pip_tools", "tools")

visibility(["//python/...", "//tests/starlark/..."])

SHARED = {
    "reprowheel_cc": host_cc,
    "reprowheel_host": host,
    "reprowheel_index": index_address,
    "reprowheel_pip": pip_tools,
    "reprowheel_tools": tools,
}
