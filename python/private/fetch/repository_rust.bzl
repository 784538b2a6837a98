"""What a build of an sdist that uses Rust needs, in the repository phase: crates, the toolchain, a Cargo.lock.

Phase: repository.
In: the sdist's entry in the build lock. Out: files, and the paths of what is elsewhere.
"""

load(":siblings.bzl", "sibling_file")

visibility(["//python/...", "//tests/starlark/..."])

_TYPE_ERROR = (
    "it is built with Rust by toolchains.rust(toolchain_type = \"{}\"), and no toolchain is resolved in build_phase \"fetch\"; expected build_phase " +
    "\"action\". To fix: pip.override(build_phase = \"action\") for this package, or toolchains.rust with rustc and cargo."
)

def rust_facts(locked, crates):
    """Gives what an sdist's build needs of Rust.

    Args:
      locked: (dict) its entry in the build lock.
      crates: (list[str]) labels of its crates.

    Returns:
      (dict) `crates` and `cargo_locks` (path in the sdist to text), as `sdist_wheel` takes them; None if it does not use Rust.
    """
    if "rust" not in locked:
        return None
    locks = locked["rust"].get("cargo_locks", {})
    return {"cargo_locks": {place: lock["text"] for place, lock in locks.items()}, "crates": crates}

def _toolchain(rctx):
    """Gives (description, fingerprint, error)."""
    told = json.decode(rctx.read(Label("@reprowheel_rust//:toolchain.json")))
    if "error" in told:
        return {}, {}, told["error"] + "."
    if "type" in told:
        return {}, {}, _TYPE_ERROR.format(told["type"])
    if "labels" not in told:
        return {name: told[name] for name in ["cargo", "rustc"]}, told.get("fingerprint", {}), ""
    paths = {name: rctx.path(Label(label)) for name, label in told["labels"].items()}
    for name, path in paths.items():
        if not path.exists:
            return {}, {}, ("toolchains.rust({} = \"{}\") is no file in build_phase \"fetch\", where Bazel builds no targets; expected one. To " +
                            "fix: pip.override(build_phase = \"action\") for this package.").format(name, told["labels"][name])
    return {name: str(path) for name, path in paths.items()}, {}, ""

def place_rust(rctx, rust, folder):
    """Writes what a build needs of Rust.

    Args:
      rctx: the repository context.
      rust: (dict) from `rust_facts`; None for a build without Rust.
      folder: (str) folder for the files.

    Returns:
      (struct) `toolchain` (path, empty for a build without Rust), `crates` (list of paths), `cargo_locks` (dict from path in the
      sdist to path), `fingerprint` (dict), `error`.
    """
    if rust == None:
        return struct(cargo_locks = {}, crates = [], error = "", fingerprint = {}, toolchain = "")
    content, fingerprint, error = _toolchain(rctx)
    if error:
        return struct(cargo_locks = {}, crates = [], error = error, fingerprint = {}, toolchain = "")
    toolchain = folder + "/toolchain.json"
    rctx.file(toolchain, json.encode_indent(content, indent = "  ") + "\n", executable = False)
    locks = {}
    for index, place in enumerate(sorted(rust["cargo_locks"])):
        locks[place] = "{}/cargo_lock_{}".format(folder, index)
        rctx.file(locks[place], rust["cargo_locks"][place], executable = False)
    return struct(
        cargo_locks = locks,
        crates = [str(sibling_file(rctx, label, label.partition("//:")[2])) for label in rust["crates"]],
        error = "",
        fingerprint = fingerprint,
        toolchain = toolchain,
    )
