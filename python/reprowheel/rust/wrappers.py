"""Writes the wrappers of rustc and cargo into a workspace. See docs/decisions.md, "The wrapper of rustc"."""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.compilers.cache import program_digest
from reprowheel.compilers.wrappers import write_script
from reprowheel.rust import cache as rust_cache
from reprowheel.rust import wrapper
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from reprowheel.compilers.cache import CompilerCache
    from reprowheel.rust.toolchain import RustToolchain
    from reprowheel.workspace import Workspace

__all__ = ["write_wrappers"]

_LINE_TABLES_SINCE = (1, 72)
_TOLD_JOBS = 2
"""The number of jobs that build scripts are told: as many as processors are shown to them. Programs that they run get jobs of
cargo's job server."""


def write_wrappers(  # noqa: PLR0913 - keyword-only
    toolchain: RustToolchain,
    workspace: Workspace,
    python: str,
    *,
    cpu_baseline: str = "",
    preload: Mapping[str, str] | None = None,
    cache: CompilerCache | None = None,
    epoch: int = 0,
) -> None:
    """Write `rustc` and `cargo` into `tools` in the workspace, which is on the PATH of the build.

    :param python: interpreter that runs the wrapper.
    :param cpu_baseline: CPU to make code for; empty: the compiler's default, which is the oldest of the platform.
    :param preload: variables for processes that run code of crates.
    :param cache: compiler cache to use, if any; only sccache knows rustc.
    :param epoch: the time that code of crates sees.
    """
    tools = workspace.directory("tools")
    config: dict[str, Any] = {
        "rustc": toolchain.rustc,
        "version": "\n".join(f"{name}: {value}" for name, value in sorted(toolchain.version.items())),
        "maps": _prefix_maps(toolchain, workspace),
        "root": os.fspath(workspace.root),
        "linker": os.fspath(tools / "cc"),
        "debug": _line_tables(toolchain.release),
        "cpu": cpu_baseline,
        "preload": dict(preload or {}),
        "script": {"NUM_JOBS": str(_TOLD_JOBS), **(preload or {})},
        "cache": None,
    }
    source, call = _source(wrapper), "main(sys.argv, {config!r})"
    if cache and cache.kind == "sccache":
        behind = tools / ".rust" / "rustc"
        behind.parent.mkdir()
        config["cache"] = {
            **cache.for_rust(workspace.root),
            "compiler": os.fspath(behind),
            "identity": _identity(toolchain, config),
            "macros": str(epoch),
        }
        source, call = f"{source}\n\n{_source(rust_cache)}", "main(sys.argv, {config!r}, through_cache)"
        _write_program(behind, python, f"{_source(rust_cache)}\n\nsys.exit(behind_cache(sys.argv, {config!r}))\n")
    _write_program(tools / "rustc", python, f"{source}\n\nsys.exit({call.format(config=config)})\n")
    write_script(tools / "cargo", f'#!/bin/sh\nexec {shlex.quote(toolchain.cargo)} "$@"\n')


def _source(module: ModuleType) -> str:
    """Return the source of a module that runs inside of builds."""
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _write_program(script: Path, python: str, source: str) -> None:
    """Write a program in Python, and a script that runs it."""
    program = script.with_name(f".{script.name}.py")
    program.write_text(source, encoding="utf-8", errors="surrogateescape")
    write_script(script, f'#!/bin/sh\nexec {shlex.quote(python)} -I -S -B -X utf8 {shlex.quote(os.fspath(program))} "$@"\n')


def _prefix_maps(toolchain: RustToolchain, workspace: Workspace) -> list[list[str]]:
    """Return [path, path that the compiler writes in its place]; if several match, the last one wins."""
    roots = dict.fromkeys((toolchain.sysroot, os.path.realpath(toolchain.sysroot)))
    maps = [[root, f"{MAPPED_ROOT}/rust"] for root in roots]
    for root in roots:
        sources = f"{root}/lib/rustlib/src/rust"
        if os.path.isdir(sources):
            name = _name_of_sources(toolchain)
            maps.append([sources, name])
            if os.path.islink(sources):
                maps.append([os.readlink(sources), name])  # rustc looks where it leads, as the link says it
    return [*maps, [os.fspath(workspace.root), MAPPED_ROOT]]


def _identity(toolchain: RustToolchain, config: Mapping[str, Any]) -> str:
    """Return a digest of a compiler: its version, its own libraries and the standard one, and the names it writes for paths.

    sccache hashes the libraries beside rustc, but neither the standard library nor what a distribution has put elsewhere.
    """
    root = Path(toolchain.sysroot)
    patterns = ["lib*/*/librustc_driver-*.so", "lib*/*/libLLVM*.so*", f"lib*/rustlib/{toolchain.host}/lib/*.rlib"]
    files = sorted({file for pattern in patterns for file in root.glob(pattern) if file.is_file()})
    parts = [config["version"], repr([name for _, name in config["maps"]]), repr(sorted(toolchain.env.items()))]
    parts += [f"{file.name} {program_digest(os.fspath(file))}" for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _name_of_sources(toolchain: RustToolchain) -> str:
    """Return the folder that the compiled standard library names as that of its source.

    A compiler that has no source of it writes this name. It is `/rustc/COMMIT`, or what a distribution has chosen.
    """
    for library in sorted(Path(toolchain.sysroot).glob(f"lib/rustlib/{toolchain.host}/lib/libcore-*.rlib")):
        with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = re.search(rb"(/[!-~]{1,200}?)/library/core/src/", data)
            if found:
                return os.fsdecode(found[1])
    return f"/rustc/{toolchain.version.get('commit-hash', toolchain.release)}"


def _line_tables(release: str) -> str:
    """Return the value of `-C debuginfo` that gives file and line of each instruction, and little else."""
    numbers = tuple(int(part) for part in release.split("-", maxsplit=1)[0].split(".")[:2] if part.isdigit())
    return "line-tables-only" if numbers >= _LINE_TABLES_SINCE else "1"
