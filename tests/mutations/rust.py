"""Measures in the build of Rust: what the wrapper of rustc adds, and what it loads into processes that run code of crates."""

from __future__ import annotations

from mutations.mutation import Edit, Mutation, one

__all__ = ["RUST"]

_WRAPPER = "rust/wrapper.py"
_PLAIN = Edit("checks/leaks.py", "plain = {root.encode(): canonical.encode(), ", "plain = {")

RUST = (
    Mutation(
        id="rust-maps",
        measure="prefix maps of rustc, and rewriting of the path: plain",
        edits=(Edit(_WRAPPER, 'for pair in config["maps"]]', "for pair in ()]"), _PLAIN),
        causes=("rust-debug-info", "rust-out-dir", "rust-panic-path"),
    ),
    one(
        "rust-build-scripts",
        "the library that is preloaded into build scripts",
        _WRAPPER,
        '    if not config["preload"] or not os.path.isfile(program):\n',
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
)
