"""Describes the C/C++ toolchain for the helper: tools and lists of flags (JSON, docs/contracts.md).

Phase: analysis.
In: Bazel's C++ toolchain. Out: a dict to be written as JSON.
"""

load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("//python/private/host:cc.bzl", "no_compiler_error")
load("//python/private/host:cc_flags.bzl", "compiler_kind", "filter_flags")

visibility(["//python/...", "//tests/starlark/..."])

def _compile_flags(features, toolchain, action, user_flags):
    return filter_flags(cc_common.get_memory_inefficient_command_line(
        action_name = action,
        feature_configuration = features,
        variables = cc_common.create_compile_variables(
            cc_toolchain = toolchain,
            feature_configuration = features,
            use_pic = True,
            user_compile_flags = user_flags,
        ),
    ))

def _link_flags(features, toolchain, action, shared, user_flags):
    return filter_flags(cc_common.get_memory_inefficient_command_line(
        action_name = action,
        feature_configuration = features,
        variables = cc_common.create_link_variables(
            cc_toolchain = toolchain,
            feature_configuration = features,
            is_linking_dynamic_library = shared,
            user_link_flags = user_flags,
        ),
    ))

def _tools(features, toolchain):
    def tool(action):
        return cc_common.get_tool_for_action(action_name = action, feature_configuration = features)

    found = {
        "ar": tool(ACTION_NAMES.cpp_link_static_library),
        "cc": tool(ACTION_NAMES.c_compile),
        "cxx": tool(ACTION_NAMES.cpp_compile),
        "ld": getattr(toolchain, "ld_executable", ""),
        "nm": getattr(toolchain, "nm_executable", ""),
        "objcopy": getattr(toolchain, "objcopy_executable", ""),
        "objdump": getattr(toolchain, "objdump_executable", ""),
        "strip": getattr(toolchain, "strip_executable", ""),
    }
    return {name: path for name, path in found.items() if path}

def describe_cc_toolchain(ctx):
    """Describes the C++ toolchain of a rule.

    Args:
      ctx: rule context with `use_cc_toolchain()` among its toolchains, `_cc_toolchain`, and the fragment `cpp`.

    Returns:
      (struct) `content`: dict for JSON; `files`: depset of the toolchain's files.
    """
    toolchain = find_cc_toolchain(ctx, mandatory = False)
    if not toolchain:
        fail(no_compiler_error("sdist_wheel {}".format(ctx.label), "", False, True))
    features = cc_common.configure_features(
        cc_toolchain = toolchain,
        ctx = ctx,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    cpp = ctx.fragments.cpp
    c_copts = cpp.copts + cpp.conlyopts
    cxx_copts = cpp.copts + cpp.cxxopts
    environment = cc_common.get_environment_variables(
        action_name = ACTION_NAMES.c_compile,
        feature_configuration = features,
        variables = cc_common.empty_variables(),
    )
    tools = _tools(features, toolchain)
    content = {
        "c_flags": _compile_flags(features, toolchain, ACTION_NAMES.c_compile, c_copts),
        "compiler": compiler_kind(toolchain.compiler, tools["cc"]),
        "cxx_flags": _compile_flags(features, toolchain, ACTION_NAMES.cpp_compile, cxx_copts),
        "env": {key: value for key, value in environment.items() if key not in ["PATH", "PWD"]},
        "link_executable_flags": _link_flags(features, toolchain, ACTION_NAMES.cpp_link_executable, False, cpp.linkopts),
        "link_shared_flags": _link_flags(features, toolchain, ACTION_NAMES.cpp_link_dynamic_library, True, cpp.linkopts),
        "tools": tools,
    }
    return struct(content = content, files = toolchain.all_files)
