"""The module extensions for MODULE.bazel files.

Phase: module extension.
In: `pip.parse(…)` and `pip.override(…)` tags. Out: a hub repository per `pip.parse`.
In: `toolchains.zig(…)`, optional. Out: the compiler of all builds (docs/hermetic-compiler.md).

    pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
    pip.parse(
        hub_name = "pypi",
        build_requirements_lock = "//:build-lock.json",
        requirements_lock = "//:requirements.txt",
    )
    use_repo(pip, "pypi")
"""

load("//python/private/hub:extension.bzl", _pip = "pip")
load("//python/private/shared:zig_cc.bzl", _toolchains = "toolchains")

pip = _pip
toolchains = _toolchains
