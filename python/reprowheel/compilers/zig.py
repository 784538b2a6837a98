"""Zig's clang as the C/C++ toolchain: one program with its own headers, linker, C library stubs and C++ runtime.

Its first argument names the tool. Its target names a glibc version. It uses nothing of the host's compiler, binutils and C
library, so its output has the same bytes on every system (docs/hermetic-compiler.md).
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
"""The value of `compiler` in the description of such a toolchain."""

CPU_BASELINES = {
    "x86_64": {"-march": "x86_64", "-mcpu": "x86_64"},
    "aarch64": {"-march": "generic", "-mcpu": "generic"},
}
"""Machine → values that replace `native`, in Zig's spelling."""

DESCRIPTOR = 63
"""Number of the open file descriptor through which Zig sees its own folder."""

SEEN_LIBRARY = f"/proc/self/fd/{DESCRIPTOR}"
"""Path of Zig's folder in a build; equal on every machine, because it is in the debug information of Zig's runtime."""


CACHE_VARIABLES = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
"""Variables for Zig's caches; they are not part of a toolchain's identity."""


def is_glibc_version(text: object) -> bool:
    """Say whether a value is a glibc version such as `2.28`."""
    return isinstance(text, str) and re.fullmatch(r"2\.\d{1,3}", text) is not None


def zig_target(glibc: str) -> str:
    """Return the target triple in Zig's spelling, with the glibc version."""
    return f"{platform.machine()}-linux-gnu.{glibc}"


def zig_command(program: str, glibc: str, tool: str) -> list[str]:
    """Return the command for `cc`, `c++`, or another tool of Zig.

    Without optimization, Zig adds checks for undefined behaviour at run time. They are turned off, because no other compiler
    adds them unasked.
    """
    if tool not in ("cc", "c++"):
        return [program, tool]
    return [program, tool, "-target", zig_target(glibc), "-fno-sanitize=undefined"]


def zig_library(program: str) -> str:
    """Return the folder `lib` beside the program, which has all files of the compiler."""
    return os.path.join(os.path.dirname(os.path.realpath(program)), "lib")
