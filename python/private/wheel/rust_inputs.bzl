"""What a build of an sdist that uses Rust gets besides: crates, a toolchain, a Cargo.lock for an sdist that has none.

Phase: analysis.
In: the attributes of `sdist_wheel`. Out: files, and what identifies programs of the host.
"""

load(":declared_rust.bzl", "DeclaredRustInfo")

visibility(["//python/...", "//tests/starlark/..."])

def _toolchain_of(rust):
    """Gives the toolchain's label, but only for an sdist that uses Rust. Nothing of Rust is fetched or looked for by others."""
    return Label("@reprowheel_rust//:rust") if rust else None

RUST_ATTRS = {
    "cargo_locks": attr.string_dict(doc = "Path in the sdist → text of a `Cargo.lock` for an sdist that has none. `reprowheel lock` makes it. Needs `rust`."),
    "crates": attr.label_list(
        allow_files = True,
        doc = "Archives of the crates that the sdist's `Cargo.lock` names, and no others: `.crate` files and archives of git repositories. Needs `rust`.",
    ),
    "rust": attr.bool(doc = "Whether the sdist uses Rust. The build then has rustc and cargo (docs/rust.md)."),
    "_rust_toolchain": attr.label(cfg = "exec", default = _toolchain_of, doc = "The Rust toolchain, if `rust`.", providers = [DeclaredRustInfo]),
}

def _nothing(error = ""):
    return struct(cargo_locks = {}, crates = [], error = error, facts = {}, files = depset(), fingerprint = {}, toolchain = None)

def rust_attributes_error(rust, crates, cargo_locks):
    """Checks the attributes.

    Args:
      rust: (bool) whether the sdist uses Rust.
      crates: (list) archives.
      cargo_locks: (dict[str, str]) path in the sdist to text.

    Returns:
      (str) a message, or empty.
    """
    for name, value in [("crates", crates), ("cargo_locks", cargo_locks)]:
        if value and not rust:
            return "{} are given, and rust is False; expected rust = True beside them.".format(name)
    for place in cargo_locks:
        parts = place.split("/")
        if parts[-1] != "Cargo.lock" or [part for part in parts if part in ["", ".", ".."]] or "\n" in place:
            return "cargo_locks has '{}'; expected the path of a Cargo.lock in the sdist, such as 'rust/Cargo.lock'.".format(place)
    return ""

def find_rust(ctx, write):
    """Gives what a build needs of Rust.

    Args:
      ctx: rule context with `RUST_ATTRS`, `distribution` and `version`.
      write: (function) from the end of a file's name and its text to the file.

    Returns:
      (struct) `toolchain` (File, None for a build without Rust), `crates` (list[File]), `cargo_locks` (dict from place to File),
      `files` (depset of the toolchain), `fingerprint` (dict), `facts` (dict: what is in the files), `error`.
    """
    attr = ctx.attr
    error = rust_attributes_error(attr.rust, attr.crates, attr.cargo_locks)
    if error or not attr.rust:
        return _nothing(error)
    info = attr._rust_toolchain[DeclaredRustInfo]
    if info.error:
        return _nothing("{}=={}: {}.".format(attr.distribution, attr.version, info.error.removesuffix(".")))
    return struct(
        cargo_locks = {
            place: write("cargo_lock_{}".format(index), attr.cargo_locks[place])
            for index, place in enumerate(sorted(attr.cargo_locks))
        },
        crates = ctx.files.crates,
        error = "",
        facts = {"rust": info.content},
        files = info.files,
        fingerprint = info.fingerprint,
        toolchain = write("rust.json", json.encode_indent(info.content, indent = "  ") + "\n"),
    )
