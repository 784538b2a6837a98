"""Zig's clang as the C/C++ toolchain: one program with its own headers, linker, C library stubs and C++ runtime.

Its first argument says which tool it is. With a target that names a glibc version, nothing of the host's compiler, binutils
and C library goes into what it makes, so its bytes are the same on every system (docs/hermetic-compiler.md).
"""

from __future__ import annotations

import os
import platform
import re

__all__ = [
    "CACHE_VARIABLES",
    "CPU_BASELINES",
    "DESCRIPTOR",
    "SEEN_LIBRARY",
    "ZIG",
    "is_glibc_version",
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


CACHE_VARIABLES = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
"""Where Zig keeps what it compiled; no part of what a toolchain is."""


def is_glibc_version(text: object) -> bool:
    """Tell whether this is how a toolchain's description names a version of glibc, such as `2.28`."""
    return isinstance(text, str) and re.fullmatch(r"2\.\d{1,3}", text) is not None


def zig_target(glibc: str) -> str:
    """Return the target in Zig's words."""
    return f"{platform.machine()}-linux-gnu.{glibc}"


def zig_command(program: str, glibc: str, tool: str) -> list[str]:
    """Return the command that is `cc`, `c++`, or one of the other tools.

    Without optimization Zig checks for undefined behaviour at run time, which no other compiler does unless told to.
    """
    if tool not in ("cc", "c++"):
        return [program, tool]
    return [program, tool, "-target", zig_target(glibc), "-fno-sanitize=undefined"]


def zig_library(program: str) -> str:
    """Return the folder of everything that belongs to the compiler, which lies beside it."""
    return os.path.join(os.path.dirname(os.path.realpath(program)), "lib")
