"""What a WORKSPACE file needs besides rules_python, rules_cc, bazel_skylib and platforms (Bazel 7, Bzlmod off).

Phase: loading of WORKSPACE.
In: nothing. Out: the repositories that MODULE.bazel files get from an extension.

    load("@rules_reprowheel//python:repositories.bzl", "reprowheel_dependencies")

    reprowheel_dependencies()
"""

load("//python/private/shared:rust_toolchain.bzl", "rust_toolchain")
load("//python/private/shared:shared.bzl", "SHARED")
load("//python/private/shared:zig_cc.bzl", "zig_cc")

# buildifier: disable=unnamed-macro
def reprowheel_dependencies():
    """Makes the repositories that all hubs share: the host, the index addresses, the helper's wheels."""
    for name, rule in SHARED.items():
        if not native.existing_rule(name):
            rule(name = name)
    if not native.existing_rule("reprowheel_zig"):
        zig_cc(name = "reprowheel_zig")
    if not native.existing_rule("reprowheel_rust"):
        rust_toolchain(name = "reprowheel_rust")
