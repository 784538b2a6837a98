"""The C/C++ toolchain of a build as data, and the changes that a build makes to it.

docs/contracts.md, "C/C++ toolchain", has the format of its JSON. Flags are always lists, so quotes in them are kept.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reprowheel.compilers.zig import (
    CACHE_VARIABLES,
    ZIG,
    zig_command,
)
from reprowheel.errors import BuildError, UsageError
from reprowheel.programs import bare_environment, first_line, run_program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


__all__ = ["CcToolchain", "with_caches", "with_cpu_baseline", "with_split_headers"]


BINUTILS = ("ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip")


@dataclass(frozen=True, kw_only=True, slots=True)
class CcToolchain:
    """Tools and flags; all paths are absolute.

    :param compiler: `gcc`, `clang`, `zig`, or another name if its driver takes GCC's arguments.
    :param tools: `cc`, `cxx`, `ar`, … → path.
    :param c_flags: flags for compiling C.
    :param cxx_flags: flags for compiling C++.
    :param link_shared_flags: flags for linking shared libraries.
    :param link_executable_flags: flags for linking programs.
    :param env: environment variables that the tools need.
    :param glibc: oldest glibc that code must run with, such as `2.28`; empty: that of the host.
    :param cache: folder in which Zig keeps its compiled runtime between builds; empty: a new one for each build.
    :param cpu_baseline: CPU that code is made for; empty: the oldest one that the platform's wheels must run on.
    """

    compiler: str
    tools: Mapping[str, str]
    c_flags: tuple[str, ...] = ()
    cxx_flags: tuple[str, ...] = ()
    link_shared_flags: tuple[str, ...] = ()
    link_executable_flags: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    glibc: str = ""
    cache: str = ""
    cpu_baseline: str = ""

    def driver(self, mode: str = "cc") -> list[str]:
        """Return the command of the compiler for `cc` or `c++`."""
        if self.compiler == ZIG:
            return zig_command(self.tools["cc"], self.glibc, mode)
        return [self.tools["cc"] if mode == "cc" else self.tools.get("cxx") or self.tools["cc"]]


def with_cpu_baseline(toolchain: CcToolchain, value: str) -> CcToolchain:
    """Return the toolchain with flags for a CPU baseline; an empty `value` changes nothing.

    The wrappers use the baseline for calls that choose no CPU, and for calls with `-march=native`.

    :raises UsageError: the compiler does not know the CPU.
    """
    if not value:
        return toolchain
    flag = f"{cpu_flag()}={value.replace('-', '_') if toolchain.compiler == ZIG else value}"
    if not re.fullmatch(r"[A-Za-z0-9.+_-]+", value) or not _accepts(toolchain, flag):
        msg = f"CPU baseline {value!r}: the compiler does not know it ({flag})"
        raise UsageError(msg, tip="Name one that it lists, for example x86-64-v3: cpu_baseline, --cpu-baseline.")
    return replace(
        toolchain,
        cpu_baseline=value,
        c_flags=(*toolchain.c_flags, flag),
        cxx_flags=(*toolchain.cxx_flags, flag),
    )


def cpu_flag() -> str:
    """Return the flag that chooses a CPU on this machine's architecture."""
    return "-mcpu" if platform.machine().startswith("ppc") else "-march"


def _accepts(toolchain: CcToolchain, flag: str) -> bool:
    check = ["-E", "-o", os.devnull] if toolchain.compiler == ZIG else ["-fsyntax-only"]
    command = [*toolchain.driver(), flag, *check, "-x", "c", os.devnull]
    return run_program(command, bare_environment(toolchain.env)).returncode == 0


def ask_compiler(tool: str, argument: str) -> str:
    """Return the first line that a compiler prints.

    :raises BuildError: the compiler cannot be started, or fails.
    """
    try:
        run = run_program([tool, argument])
        run.check_returncode()
    except (OSError, subprocess.CalledProcessError) as e:
        msg = f"compiler {tool} {argument}: {e}"
        raise BuildError(msg) from e
    return first_line(run.stdout)


_SECOND_HALF = re.compile(r"(?m)^#\s*include <([\w-]+/python[\w.]+)/pyconfig\.h>")


def with_split_headers(toolchain: CcToolchain, include: str, folder: Path) -> CcToolchain:
    """Return the toolchain with flags by which Zig finds the second half of the interpreter's `pyconfig.h`.

    Debian installs the half that depends on the CPU into `/usr/include/<triplet>`. Compilers of the host search this folder,
    but Zig does not. Only the interpreter's part of the folder is made visible, through a link.
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
    """Return the toolchain with variables for the two caches of Zig.

    Both are in `folder`, and new for each build. For the cache of its compiled runtime (C++ library, stubs of the C library),
    the toolchain's `cache` is used if it is set; it is kept between builds.
    """
    if toolchain.compiler != ZIG:
        return toolchain
    private = folder / "zig-cache"
    private.mkdir(exist_ok=True)
    places = (toolchain.cache or os.fspath(private), os.fspath(private))
    return replace(toolchain, env={**toolchain.env, **dict(zip(CACHE_VARIABLES, places, strict=True))})
