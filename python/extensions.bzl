"""The module extensions for MODULE.bazel files.

Phase: module extension.
In: `pip.parse(…)` and `pip.override(…)` tags. Out: a hub repository per `pip.parse`.
In: `toolchains.zig(…)`, optional. Out: the compiler of all builds (docs/hermetic-compiler.md).
In: `toolchains.rust(…)`, optional. Out: the Rust toolchain of builds that use Rust (docs/rust.md).

    pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
    pip.parse(
        hub_name = "pypi",
        build_requirements_lock = "//:build-lock.json",
        requirements_lock = "//:requirements.txt",
    )
    use_repo(pip, "pypi")
"""

load("//python/private/hub:extension.bzl", _pip = "pip")
load("//python/private/shared:toolchains.bzl", _toolchains = "toolchains")

pip = _pip
toolchains = _toolchains
