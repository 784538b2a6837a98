"""What a C/C++ toolchain is, as a report tells it: versions and flags, and no path of this machine.

Everything is asked through the driver with the toolchain's own flags, so that the answer is about the linker, the assembler
and the C library that builds really use: `-fuse-ld=`, `-B` and `--sysroot=` choose others than those on PATH.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprowheel._toolchain import CcToolchain

__all__ = ["toolchain_identity"]

_GLIBC = re.compile(r"^#define __GLIBC(_MINOR)?__ (\d+)$", re.MULTILINE)


def toolchain_identity(toolchain: CcToolchain) -> dict[str, Any]:
    """Return the part of a report that says what compiled and linked; a tool that does not answer has an empty text."""
    cc = toolchain.tools["cc"]
    link, compile_flags = _own(toolchain.link_shared_flags), list(toolchain.c_flags)
    assemble = ["-Wa,--version", "-c", "-x", "assembler", os.devnull, "-o", os.devnull]
    return {
        "compiler": toolchain.compiler,
        "version": _first_line(_ask([cc, "--version"])),
        "target": _first_line(_ask([cc, "-dumpmachine"])),
        "cxx_version": _first_line(_ask([toolchain.tools.get("cxx", cc), "--version"])),
        "assembler": _first_line(_ask([cc, *assemble])),
        "linker": _first_line(_ask([cc, *link, "-Wl,--version"])),
        "libc": _libc([cc, *compile_flags]),
        "c_flags": _relative(toolchain.c_flags),
        "cxx_flags": _relative(toolchain.cxx_flags),
        "link_shared_flags": _relative(toolchain.link_shared_flags),
        "link_executable_flags": _relative(toolchain.link_executable_flags),
        "env": dict(sorted(toolchain.env.items())),
    }


def _own(flags: Sequence[str]) -> list[str]:
    """Return the flags that choose a linker or where it lies: those that name files would only add noise."""
    return [flag for flag in flags if flag.startswith(("-fuse-ld=", "-B", "--ld-path=", "--gcc-toolchain=", "--target="))]


def _relative(flags: Sequence[str]) -> list[str]:
    """Write paths below the working directory as the toolchain's description has them."""
    here = os.getcwd().rstrip("/") + "/"
    return [flag.replace(here, "") if here != "/" else flag for flag in flags]


def _libc(compiler: list[str]) -> str:
    """Return which glibc the headers are of; empty for another C library."""
    text = _ask([*compiler, "-E", "-dM", "-x", "c", "-include", "features.h", os.devnull])
    found = dict(_GLIBC.findall(text))
    return f"glibc {found['']}.{found['_MINOR']}" if len(found) == 2 else ""


def _ask(command: list[str]) -> str:
    """Return what a command prints; nothing where it cannot be run or fails."""
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
    try:
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return run.stdout


def _first_line(text: str) -> str:
    return (text.splitlines() or [""])[0].strip()
