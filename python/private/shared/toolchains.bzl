"""The module extension `toolchains`: the compilers of all builds of wheels.

Phase: module extension.
In: `toolchains.zig(…)` and `toolchains.rust(…)` of the root module. Out: the repositories `reprowheel_zig` and `reprowheel_rust`.
"""

load(":rust_toolchain.bzl", "RUST_TAG_ATTRS", "rust_attributes", "rust_tags_error", "rust_toolchain")
load(":zig_cc.bzl", "several_error", "zig_cc")

visibility(["//python/...", "//tests/starlark/..."])

def _toolchains_impl(mctx):
    glibc = [tag.glibc for module in mctx.modules if module.is_root for tag in module.tags.zig]
    rust = [tag for module in mctx.modules if module.is_root for tag in module.tags.rust]
    error = several_error(glibc) or rust_tags_error(rust)
    if error:
        fail(error)
    zig_cc(name = "reprowheel_zig", glibc = glibc[0] if glibc else "")
    rust_toolchain(name = "reprowheel_rust", **rust_attributes(rust))
    return mctx.extension_metadata(reproducible = True)

toolchains = module_extension(
    implementation = _toolchains_impl,
    doc = "Chooses the compilers of all builds of wheels. Only the tags of the root module count. Without them, Bazel resolves the C/C++ compiler, and Rust is the host's.",
    tag_classes = {
        "rust": tag_class(
            attrs = RUST_TAG_ATTRS,
            doc = "The Rust toolchain of sdists that use Rust: files, or a type of toolchain (docs/rust.md).",
        ),
        "zig": tag_class(
            attrs = {"glibc": attr.string(mandatory = True, doc = "The oldest glibc that wheels must run with, such as `2.28`. Their platform tag names it.")},
            doc = "The clang of Zig, from its wheel. It is the same on every machine (docs/hermetic-compiler.md).",
        ),
    },
)
