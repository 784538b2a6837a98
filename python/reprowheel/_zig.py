"""Zig's clang as the C/C++ toolchain: one program with its own headers, linker, C library stubs and C++ runtime.

Its first argument says which tool it is. With a target that names a glibc version, nothing of the host's compiler, binutils
and C library goes into what it makes, so its bytes are the same on every system (docs/hermetic-compiler.md).
"""

from __future__ import annotations

import os
import platform
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel._toolchain import CcToolchain

__all__ = [
    "CACHE_VARIABLES",
    "CPU_BASELINES",
    "DESCRIPTOR",
    "SEEN_LIBRARY",
    "ZIG",
    "is_glibc_version",
    "with_caches",
    "with_split_headers",
    "zig_command",
    "zig_library",
    "zig_target",
]

ZIG = "zig"
"""The value of `compiler` that says so."""

CPU_BASELINES = {
    "x86_64": {"-march": "x86_64", "-mcpu": "x86_64"},
    "aarch64": {"-march": "generic", "-mcpu": "generic"},
}
"""What `native` becomes, by machine, in Zig's words."""

DESCRIPTOR = 63
"""Open descriptor through which Zig sees its own folder."""

SEEN_LIBRARY = f"/proc/self/fd/{DESCRIPTOR}"
"""That folder's name: one on every machine, since it stands in the debug information of the runtime that Zig compiles."""

_SECOND_HALF = re.compile(r"(?m)^#\s*include <([\w-]+/python[\w.]+)/pyconfig\.h>")

CACHE_VARIABLES = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
"""Where Zig keeps what it compiled; no part of what a toolchain is."""


def is_glibc_version(text: object) -> bool:
    """Tell whether this is how a toolchain's description names a version of glibc, such as `2.28`."""
    return isinstance(text, str) and re.fullmatch(r"2\.\d{1,3}", text) is not None


def zig_target(toolchain: CcToolchain) -> str:
    """Return the target in Zig's words."""
    return f"{platform.machine()}-linux-gnu.{toolchain.glibc}"


def zig_command(toolchain: CcToolchain, tool: str) -> list[str]:
    """Return the command that is `cc`, `c++`, or one of the other tools.

    Without optimization Zig checks for undefined behaviour at run time, which no other compiler does unless told to.
    """
    if tool not in ("cc", "c++"):
        return [toolchain.tools["cc"], tool]
    return [toolchain.tools["cc"], tool, "-target", zig_target(toolchain), "-fno-sanitize=undefined"]


def zig_library(program: str) -> str:
    """Return the folder of everything that belongs to the compiler, which lies beside it."""
    return os.path.join(os.path.dirname(os.path.realpath(program)), "lib")


def with_split_headers(toolchain: CcToolchain, include: str, folder: Path) -> CcToolchain:
    """Return the toolchain that finds the second half of the interpreter's `pyconfig.h`.

    Debian has what depends on the CPU beside its folder of headers, in `/usr/include/<triplet>`: a folder that compilers of
    the host search, and Zig does not. Only the interpreter's part of it is shown, through a link.
    """
    config = os.path.join(include, "pyconfig.h")
    if toolchain.compiler != ZIG or not os.path.isfile(config):
        return toolchain
    with open(config, encoding="utf-8", errors="replace") as file:
        parts = _SECOND_HALF.findall(file.read())
    found = [part for part in parts if os.path.isfile(os.path.join(os.path.dirname(include), part, "pyconfig.h"))]
    for part in found:
        link = folder / "zig-include" / part
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.join(os.path.dirname(include), part))
    flags = ("-idirafter", os.fspath(folder / "zig-include")) if found else ()
    return replace(toolchain, c_flags=(*toolchain.c_flags, *flags), cxx_flags=(*toolchain.cxx_flags, *flags))


def with_caches(toolchain: CcToolchain, folder: Path) -> CcToolchain:
    """Return the toolchain with the two caches that Zig keeps of what it compiled.

    They lie in the folder, and are made anew for each build. The one of its runtime (C++ library, stubs of the C library)
    may be `cache` instead, which outlives builds.
    """
    if toolchain.compiler != ZIG:
        return toolchain
    private = folder / "zig-cache"
    private.mkdir(exist_ok=True)
    places = (toolchain.cache or os.fspath(private), os.fspath(private))
    return replace(toolchain, env={**toolchain.env, **dict(zip(CACHE_VARIABLES, places, strict=True))})
