"""The repositories that all hubs share: the host, its C toolchain, the addresses of indexes and of crates, the helper's wheels, what rules_python offers.

Phase: module extension, or loading of WORKSPACE.
In: nothing. Out: the name and the rule of each.
"""

load("//python/private/crates:cargo_registry.bzl", "cargo_registry")
load("//python/private/fetch:index_address.bzl", "index_address")
load("//python/private/fetch:tools.bzl", "pip_tools", "tools")
load("//python/private/host:cc.bzl", "host_cc")
load("//python/private/host:host.bzl", "host")
load(":rules_python.bzl", "rules_python")

visibility(["//python/...", "//tests/starlark/..."])

SHARED = {
    "reprowheel_cc": host_cc,
    "reprowheel_crates": cargo_registry,
    "reprowheel_host": host,
    "reprowheel_index": index_address,
    "reprowheel_pip": pip_tools,
    "reprowheel_rules_python": rules_python,
    "reprowheel_tools": tools,
}
