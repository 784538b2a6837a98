"""Rows: what Rust's compiler, build scripts and macros bring into a wheel. The sdists call cargo, and need no other crate."""

from __future__ import annotations

from reproducibility.cause import Cause

_NATIVE = "tiny/native.so"
_WRAPPER = "`rust.wrapper`"

ROWS = (
    Cause(
        id="rust-panic-path",
        title="the path of a crate outside of the workspace, in panics and `file!()`, and in cargo's hash of the crate",
        shows="`.rodata`, and names of symbols, which have the hash",
        handled_by=f"{_WRAPPER} (prefix maps, `-C metadata` of its own)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-debug-info",
        title="the build directory in debug information of Rust",
        shows="`DW_AT_comp_dir`, line tables, and through them the build id",
        handled_by=f"{_WRAPPER} (prefix maps), `normalize.elf` (split debug information, new build id)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-manifest-dir",
        title='`env!("CARGO_MANIFEST_DIR")`',
        shows="a string in `.rodata`",
        handled_by="`checks.leaks` (rewritten length for length)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-out-dir",
        title='`env!("OUT_DIR")`, and `file!()` in what a build script has written there',
        shows="strings in `.rodata`",
        handled_by=f"{_WRAPPER} (prefix maps), `checks.leaks` (rewritten length for length)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-time",
        title="the time, which a build script asks for",
        shows="what it generates",
        handled_by=f"{_WRAPPER} (preloads what deep mode preloads, into build scripts only)",
        perturbation="later",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-hash-map",
        title="the order of a `HashMap` in a build script: its hashes begin with random numbers",
        shows="what it generates",
        handled_by=f"{_WRAPPER} (preloads what deep mode preloads, into build scripts only)",
        perturbation="again",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-macro-order",
        title="the order of a `HashMap` in a procedural macro, which runs inside of rustc",
        shows="what it generates",
        handled_by=f"{_WRAPPER} (preloads what deep mode preloads, into rustc)",
        perturbation="again",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-option-env",
        title='`option_env!("USER")`: a variable of whoever builds',
        shows="a string in `.rodata`",
        handled_by="`environment.create` (no variable is inherited)",
        perturbation="user",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-outer-script",
        title="the folder of a build script of a crate outside of the workspace: cargo names it by a hash of an absolute path",
        shows="strings in `.rodata`",
        handled_by=f"{_WRAPPER} (prefix maps)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-sources",
        title="the source of the standard library, if the toolchain has it, in panics of the standard library",
        shows="`.rodata`",
        handled_by=f"{_WRAPPER} (prefix maps)",
        perturbation="rust-sources",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-c-code",
        title="C that a build script compiles and packs",
        shows="a string in `.rodata`, debug information",
        handled_by="`compilers.wrapper` (`cc` on PATH is that of every build)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-current-dir",
        title="the folders of a build script and of its program, which it writes",
        shows="strings in `.rodata`",
        handled_by="`checks.leaks` (rewritten length for length)",
        perturbation="path",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-native-cpu",
        title="`-C target-cpu=native` in the configuration of cargo that an sdist has",
        shows="code",
        handled_by=f"{_WRAPPER} (drops it; `--cpu-baseline` names a CPU)",
        perturbation="rust-cpu",
        differs=_NATIVE,
    ),
    Cause(
        id="rust-cpus",
        title="the number of processors, and of jobs, which a build script asks for",
        shows="what it generates",
        handled_by=f"{_WRAPPER} (preloads what deep mode preloads, into build scripts only)",
        perturbation="cpus",
        differs=_NATIVE,
    ),
)
