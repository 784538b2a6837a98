"""Identifies a C/C++ toolchain for the report: by versions and flags, without paths of this machine.

All questions go through the compiler driver with the toolchain's own flags. So the answers are about the linker, assembler and
C library that builds really use: `-fuse-ld=`, `-B` and `--sysroot=` may choose others than those on PATH.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from reprowheel.compilers.zig import CACHE_VARIABLES, ZIG, zig_target
from reprowheel.programs import answer, bare_environment, first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprowheel.compilers.toolchain import CcToolchain

__all__ = ["toolchain_identity"]

_GLIBC = re.compile(r"^#define __GLIBC(_MINOR)?__ (\d+)$", re.MULTILINE)
_ASSEMBLE = ["-Wa,--version", "-c", "-x", "assembler", os.devnull, "-o", os.devnull]
_MACROS = ["-E", "-dM", "-x", "c", "-include", "features.h", os.devnull]


def toolchain_identity(toolchain: CcToolchain) -> dict[str, Any]:
    """Return the value of `toolchain` in a report; a tool that does not answer has an empty text."""
    cc, compile_flags, assemble = toolchain.driver(), list(toolchain.c_flags), _ASSEMBLE
    link = [*_own(toolchain.link_shared_flags), "-Wl,--version"]
    if toolchain.compiler == ZIG:  # assembler and linker are the same program
        assemble = link = ["--version"]

    def ask(*command: str) -> str:
        return _ask(command, toolchain.env)

    return {
        "compiler": toolchain.compiler,
        "version": _version(toolchain, ask),
        "target": zig_target(toolchain.glibc) if toolchain.compiler == ZIG else first_line(ask(*cc, "-dumpmachine")),
        "cxx_version": first_line(ask(*toolchain.driver("c++"), "--version")),
        "assembler": first_line(ask(*cc, *assemble)),
        "linker": first_line(ask(*cc, *link)),
        "libc": _libc(ask(*cc, *compile_flags, *_MACROS)),
        "c_flags": _relative(toolchain.c_flags),
        "cxx_flags": _relative(toolchain.cxx_flags),
        "link_shared_flags": _relative(toolchain.link_shared_flags),
        "link_executable_flags": _relative(toolchain.link_executable_flags),
        "env": {name: value for name, value in sorted(toolchain.env.items()) if name not in CACHE_VARIABLES},
    }


def _version(toolchain: CcToolchain, ask: Callable[..., str]) -> str:
    """Return the compiler's version; for Zig with its own version, because its driver prints only that of clang."""
    version = first_line(ask(*toolchain.driver(), "--version"))
    return f"zig {first_line(ask(toolchain.tools['cc'], 'version'))}, {version}" if toolchain.compiler == ZIG else version


def _own(flags: Sequence[str]) -> list[str]:
    """Return the flags that choose the linker; flags that name files would only add noise to its answer."""
    return [flag for flag in flags if flag.startswith(("-fuse-ld=", "-B", "--ld-path=", "--gcc-toolchain=", "--target="))]


def _relative(flags: Sequence[str]) -> list[str]:
    """Return flags with paths below the working directory made relative, as in the toolchain's description."""
    here = os.getcwd().rstrip("/") + "/"
    return [flag.replace(here, "") if here != "/" else flag for flag in flags]


def _libc(text: str) -> str:
    """Return the glibc version from the macros that its headers define; empty for other C libraries."""
    found = dict(_GLIBC.findall(text))
    return f"glibc {found['']}.{found['_MINOR']}" if len(found) == 2 else ""


def _ask(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """Return the output of a command; empty if it cannot be run or fails."""
    caches = {name: value for name, value in variables.items() if name in CACHE_VARIABLES}
    return answer(command, bare_environment(caches))
