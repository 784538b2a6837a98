"""The flag with the Python version of a configuration. A `config_setting` can read it.

Phase: analysis.
In: the Python toolchain; rules_python's flag if the toolchain does not say it. Out: `3.13`, or `3.13t` (free-threaded).
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//python/private/helper:interpreter.bzl", "PYTHON_TOOLCHAIN", "toolchain_version")

visibility(["//python/...", "//tests/starlark/..."])

def short_version(toolchain, flag, abi_flags):
    """Chooses the version to build for.

    Args:
      toolchain: (str) version of the toolchain's interpreter, such as `3.13`; empty if it does not say.
      flag: (str) rules_python's flag, such as `3.13.1`; empty if it is not set.
      abi_flags: (str) of the toolchain's interpreter, such as `t`.

    Returns:
      (str) such as `3.13` or `3.13t`.
    """
    version = toolchain or ".".join(flag.split(".")[:2])
    return version + ("t" if "t" in abi_flags else "")

def _python_version_impl(ctx):
    flag = ctx.attr._flag[BuildSettingInfo].value if BuildSettingInfo in ctx.attr._flag else ""
    runtime = ctx.toolchains[PYTHON_TOOLCHAIN]
    abi_flags = getattr(runtime.py3_runtime, "abi_flags", "") if runtime else ""
    return [config_common.FeatureFlagInfo(value = short_version(toolchain_version(ctx), flag, abi_flags))]

python_version = rule(
    implementation = _python_version_impl,
    attrs = {
        "_flag": attr.label(
            default = "@rules_python//python/config_settings:python_version",
            doc = "rules_python's flag.",
        ),
    },
    doc = "Holds the Python version that targets are built for.",
    toolchains = [config_common.toolchain_type(PYTHON_TOOLCHAIN, mandatory = False)],
)
