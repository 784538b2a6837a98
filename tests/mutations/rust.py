"""Measures in the build of Rust: what the wrapper of rustc adds, and what it loads into processes that run code of crates."""

from __future__ import annotations

from mutations.mutation import Edit, Mutation, one

__all__ = ["RUST"]

_WRAPPER, _WRITER = "rust/wrapper.py", "rust/wrappers.py"
_PLAIN = Edit("checks/leaks.py", "plain = {root.encode(): canonical.encode(), ", "plain = {")

RUST = (
    Mutation(
        id="rust-maps",
        measure="prefix maps of rustc, and rewriting of the path: plain",
        edits=(Edit(_WRAPPER, 'for pair in config["maps"]]', "for pair in ()]"), _PLAIN),
        causes=("rust-current-dir", "rust-debug-info", "rust-out-dir", "rust-panic-path"),
    ),
    one(
        "rust-build-scripts",
        "the library that is preloaded into build scripts",
        _WRAPPER,
        "    if not os.path.isfile(program):\n",
        "    if True:\n",
        "rust-hash-map",
        "rust-time",
    ),
    one(
        "rust-macros",
        "the library that is preloaded into rustc",
        _WRAPPER,
        '    os.environ.update(config["preload"])\n',
        "",
        "rust-macro-order",
    ),
    Mutation(
        id="rust-c-maps",
        measure="the wrapper of `cc` for crates, and rewriting of the path",
        edits=(Edit("compilers/wrapper.py", "for path, canonical in maps]", "for path, canonical in ()]"), _PLAIN),
        causes=("rust-c-code",),
    ),
    one(
        "rust-metadata",
        "`-C metadata` that does not depend on paths",
        _WRAPPER,
        '"-Cmetadata=" + metadata',
        '"-Cmetadata=" + codegen.get("metadata", "")',
        "rust-panic-path",
    ),
    one(
        "rust-sources",
        "one name for the source of the standard library",
        _WRITER,
        "            maps.append([sources, name])\n",
        "",
        "rust-sources",
    ),
    one(
        "rust-outer-script",
        "one name for the folder of a build script",
        _WRAPPER,
        '    if os.environ.get("OUT_DIR"):\n',
        "    if False:\n",
        "rust-outer-script",
    ),
    one(
        "rust-native-cpu",
        "dropping `target-cpu=native`",
        _WRAPPER,
        ' and (name, chosen) != ("target-cpu", "native")',
        "",
        "rust-native-cpu",
    ),
    one("rust-jobs", "a fixed NUM_JOBS", _WRITER, '"NUM_JOBS": str(_TOLD_JOBS), ', "", "rust-cpus"),
)
