"""Analysis tests of //python/private/wheel:declared_rust.bzl: what becomes of a toolchain of a type that a user names."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:declared_rust.bzl", "DeclaredRustInfo", "declared_rust", "resolved_rust")

_HERE = "//tests/starlark/wheel:"
_PLACE = "toolchains.rust(toolchain_type = \"{}\"): "

def _toolchain_impl(ctx):
    """Has the fields that rules_rust's toolchain has."""
    anchor = ctx.actions.declare_file(ctx.label.name + "/rust.sysroot")
    ctx.actions.write(anchor, "")
    return [platform_common.ToolchainInfo(
        all_files = depset([anchor, ctx.file.library]),
        cargo = ctx.file.cargo,
        env = {"NAME": "value"},
        exec_triple = struct(str = "x86_64-unknown-linux-gnu"),
        rust_std = depset([ctx.file.library]),
        rustc = ctx.file.rustc,
        sysroot_anchor = anchor,
        target_triple = struct(str = ctx.attr.target),
    )]

_rust_toolchain = rule(
    implementation = _toolchain_impl,
    attrs = {
        "cargo": attr.label(allow_single_file = True),
        "library": attr.label(allow_single_file = True),
        "rustc": attr.label(allow_single_file = True),
        "target": attr.string(default = "x86_64-unknown-linux-gnu"),
    },
    doc = "Imitates a toolchain of rules_rust.",
)

_rust_of_type = resolved_rust(Label("//tests/starlark/wheel:rust_type"))

def _test(impl, toolchain = ""):
    settings = {"//command_line_option:extra_toolchains": [_HERE + toolchain]} if toolchain else {}
    return analysistest.make(impl, config_settings = settings)

def _found(env):
    return analysistest.target_under_test(env)[DeclaredRustInfo]

def _resolved_test_impl(ctx):
    """The programs, all files and the environment of the toolchain reach the build."""
    env = analysistest.begin(ctx)
    found = _found(env)
    asserts.equals(env, "", found.error)
    here = "tests/starlark/wheel/"
    asserts.equals(env, {"cargo": here + "native_outer.c", "env": {"NAME": "value"}, "rustc": here + "native_inner.c"}, found.content)
    names = sorted([file.basename for file in found.files.to_list()])
    asserts.equals(env, ["native_inner.c", "native_outer.c", "native_outer.h", "rust.sysroot"], names)
    asserts.equals(env, {}, found.fingerprint)
    return analysistest.end(env)

def _error_test(error):
    def impl(ctx):
        env = analysistest.begin(ctx)
        asserts.equals(env, _PLACE.format(Label("//tests/starlark/wheel:rust_type")) + error, _found(env).error)
        asserts.equals(env, {}, _found(env).content)
        return analysistest.end(env)

    return impl

def _files_test_impl(ctx):
    """Files that a tag names are inputs. Nothing of the host identifies them."""
    env = analysistest.begin(ctx)
    found = _found(env)
    here = "tests/starlark/wheel/"
    asserts.equals(env, {"cargo": here + "native_outer.c", "rustc": here + "native_inner.c"}, found.content)
    asserts.equals(env, 3, len(found.files.to_list()))
    asserts.equals(env, {}, found.fingerprint)
    return analysistest.end(env)

def _host_test_impl(ctx):
    """The host's programs are no inputs: a fingerprint identifies them."""
    env = analysistest.begin(ctx)
    found = _found(env)
    asserts.equals(env, {"cargo": "/bin/cargo", "rustc": "/bin/rustc"}, found.content)
    asserts.equals(env, [], found.files.to_list())
    asserts.equals(env, {"/bin/rustc": [{"argv": ["-vV"], "stdout": "rustc 1"}]}, found.fingerprint)
    return analysistest.end(env)

resolved_test = _test(_resolved_test_impl, "rust_good_toolchain")
no_cargo_test = _test(_error_test(
    "the toolchain has no file `cargo`; expected fields `rustc` and `cargo`, as the toolchain of rules_rust has them.",
), "rust_without_cargo_toolchain")
other_target_test = _test(_error_test(
    "the toolchain runs on x86_64-unknown-linux-gnu and makes code for wasm32-wasip1; expected one that makes code for itself.",
), "rust_for_other_toolchain")
nothing_test = _test(_error_test(
    "no toolchain of this type fits the platform that builds run on; expected one. To fix: register it, or take the line out for the host's.",
))
files_test = _test(_files_test_impl)
host_test = _test(_host_test_impl)

def rust_test_suite(name):
    """Makes the toolchains and the tests.

    Args:
      name: (str) prefix of their names.
    """
    native.toolchain_type(name = "rust_type")
    for variant, more in {
        "rust_for_other": {"target": "wasm32-wasip1"},
        "rust_good": {},
        "rust_without_cargo": {"cargo": None},
    }.items():
        files = {"cargo": "native_outer.c", "library": "native_outer.h", "rustc": "native_inner.c"}
        _rust_toolchain(name = variant, tags = ["manual"], **(files | more))
        native.toolchain(name = variant + "_toolchain", toolchain = variant, toolchain_type = "rust_type")
    _rust_of_type(name = "resolved_rust", tags = ["manual"])
    declared_rust(name = "rust_files", cargo = "native_outer.c", rustc = "native_inner.c", srcs = ["native_outer.h"], tags = ["manual"])
    declared_rust(
        name = "rust_of_host",
        fingerprint = json.encode({"/bin/rustc": [{"argv": ["-vV"], "stdout": "rustc 1"}]}),
        host = {"cargo": "/bin/cargo", "rustc": "/bin/rustc"},
        tags = ["manual"],
    )
    resolved_test(name = name + "_resolved", target_under_test = "resolved_rust")
    no_cargo_test(name = name + "_no_cargo", target_under_test = "resolved_rust")
    other_target_test(name = name + "_other_target", target_under_test = "resolved_rust")
    nothing_test(name = name + "_nothing", target_under_test = "resolved_rust")
    files_test(name = name + "_files", target_under_test = "rust_files")
    host_test(name = name + "_host", target_under_test = "rust_of_host")
