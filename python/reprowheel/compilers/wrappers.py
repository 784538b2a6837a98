"""Writes the wrappers through which a build sees the toolchain, under every name that a build may call."""

from __future__ import annotations

import os
import platform
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.compilers import wrapper
from reprowheel.compilers.script import compiler_script
from reprowheel.compilers.toolchain import BINUTILS, CcToolchain, ask_compiler, cpu_flag
from reprowheel.compilers.zig import CPU_BASELINES, DESCRIPTOR, SEEN_LIBRARY, ZIG, zig_command, zig_library
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from reprowheel.compilers.cache import CompilerCache

__all__ = ["write_script", "write_wrappers"]

_BASELINES = {
    "x86_64": {"-march": "x86-64", "-mtune": "generic", "-mcpu": "generic"},
    "i686": {"-march": "i686", "-mtune": "generic", "-mcpu": "generic"},
    "aarch64": {"-march": "armv8-a", "-mtune": "generic", "-mcpu": "generic"},
    "ppc64le": {"-march": "power8", "-mtune": "power8", "-mcpu": "power8"},
    "s390x": {"-march": "z13", "-mtune": "z13", "-mcpu": "z13"},
}
"""Machine → values that replace `native`: the oldest CPU that the platform's manylinux wheels must run on."""


_DRIVER_NAMES = {"cc": ("cc", "gcc", "clang"), "c++": ("c++", "g++", "clang++")}


def write_wrappers(  # noqa: PLR0913 - keyword-only
    toolchain: CcToolchain,
    directory: Path,
    *,
    python: Path,
    root: Path,
    maps: list[tuple[str, str]],
    epoch: int,
    headers: Path | None = None,
    cache: CompilerCache | None = None,
) -> None:
    """Fill `directory` with wrappers of the compilers and binutils, under every name that a build may call.

    :param python: interpreter that runs the wrappers.
    :param root: the workspace.
    :param maps: (path, canonical path), the most specific last, because compilers use the last match.
    :param epoch: time of `__DATE__` and `__TIME__`, in seconds since 1970.
    :param headers: an existing folder for records of the headers that compilers read.
    :param cache: compiler cache to use, if any.
    """
    zig = toolchain.compiler == ZIG
    target = f"{platform.machine()}-linux-gnu" if zig else ask_compiler(toolchain.tools["cc"], "-dumpmachine")
    maps = [*maps, (SEEN_LIBRARY, f"{MAPPED_ROOT}/zig/lib")] if zig else maps
    cxx_driver, cxx_libraries = _cxx_driver(toolchain)
    config: dict[str, Any] = {
        "driver": {"cc": toolchain.driver(), "c++": cxx_driver},
        "cxx_libraries": cxx_libraries,
        "flags": {
            "c": list(toolchain.c_flags),
            "cxx": list(toolchain.cxx_flags),
            "link_shared": _link_flags(toolchain.link_shared_flags),
            "link_executable": _link_flags(toolchain.link_executable_flags),
        },
        "maps": [list(pair) for pair in maps],
        "root": os.fspath(root),
        "macros": _date_macros(epoch),
        "gnu": toolchain.compiler == "gcc",
        "zig": {"library": zig_library(toolchain.tools["cc"]), "descriptor": DESCRIPTOR} if zig else None,
        "baseline": _baseline(toolchain),
        "headers": os.fspath(headers or ""),
    }
    config["cache"] = cache.prepare(toolchain, directory, config) if cache else None
    source = Path(wrapper.__file__).read_text(encoding="utf-8")
    program = directory / ".compiler_wrapper.py"
    program.write_text(f"{source}\n\nsys.exit(main(sys.argv, {config!r}))\n", encoding="utf-8")
    for mode, names in _DRIVER_NAMES.items():
        script = compiler_script(mode, f'"{python}" -I -S -B -X utf8 "{program}" {mode}', config)
        for name in (*names, *(f"{target}-{name}" for name in names)):
            write_script(directory / name, script)
    for name in BINUTILS:
        if command := _binutil(toolchain, name):
            for alias in (name, f"{target}-{name}"):
                write_script(directory / alias, f"#!/bin/sh\n{command}\n")


def _baseline(toolchain: CcToolchain) -> dict[str, str]:
    """Return the values that replace `native`."""
    known = CPU_BASELINES if toolchain.compiler == ZIG else _BASELINES
    default = known.get(platform.machine(), {"-march": "native"})
    return default | ({cpu_flag(): toolchain.cpu_baseline} if toolchain.cpu_baseline else {})


def write_script(path: Path, script: str) -> None:
    """Write a program in sh; a path in it may be of any bytes."""
    path.write_text(script, encoding="utf-8", errors="surrogateescape")
    path.chmod(0o755)


def _cxx_driver(toolchain: CcToolchain) -> tuple[list[str], list[str]]:
    """Return the command of the C++ driver, and the libraries that it needs after the inputs when it links.

    The driver is the declared tool if it is a C++ driver. Else it is the C++ driver beside it, such as `g++` beside `gcc`. If
    there is none, it is the C driver with flags or libraries for C++.
    """
    if toolchain.compiler == ZIG:
        return toolchain.driver("c++"), []
    tool = toolchain.tools.get("cxx") or toolchain.tools["cc"]
    base = os.path.basename(tool)
    if "++" in base:
        return [tool], []
    sibling = os.path.join(os.path.dirname(tool), base.replace("gcc", "g++").replace("clang", "clang++"))
    if "++" in os.path.basename(sibling) and os.access(sibling, os.X_OK):
        return [sibling], []
    if base == "cc" and os.access(os.path.join(os.path.dirname(tool), "c++"), os.X_OK):
        return [os.path.join(os.path.dirname(tool), "c++")], []
    return ([tool, "--driver-mode=g++"], []) if toolchain.compiler == "clang" else ([tool], ["-lstdc++"])


def _binutil(toolchain: CcToolchain, name: str) -> str:
    """Return the shell command for one of the binutils, or an empty string.

    Zig has full replacements for `ar` and `ranlib` only. Other names fail unless the toolchain declares a program for them. The
    host's programs must not be used, because their output differs from host to host.
    """
    tool = toolchain.tools.get(name, "")
    if toolchain.compiler == ZIG and (not tool or tool == toolchain.tools["cc"]):
        if name in ("ar", "ranlib"):
            words = zig_command(toolchain.tools["cc"], toolchain.glibc, name)
            return " ".join([f'exec "{words[0]}"', *words[1:], '"$@"'])
        return f'echo "{name}: not in the toolchain" >&2; exit 127'
    tool = tool or _sibling(toolchain.tools["cc"], name)
    return f'exec "{tool}" "$@"' if tool else ""


def _sibling(tool: str, name: str) -> str:
    """Return the tool `name` in the folder of `tool`, else on the system's default path, else an empty string."""
    beside = os.path.join(os.path.dirname(tool), name)
    return beside if os.access(beside, os.X_OK) else shutil.which(name, path=os.defpath) or ""


def _link_flags(flags: tuple[str, ...]) -> list[str]:
    """Drop flags that the driver adds by itself, or that the caller's command line has."""
    dropped = ("-shared", "-pie", "-lstdc++", "-lm", "-Wl,-no-as-needed", "-Wl,--no-as-needed", "-Wl,-S")
    return [flag for flag in flags if flag not in dropped]


def _date_macros(epoch: int) -> list[str]:
    """Return definitions of the date macros, as in C11 6.10.8.1, and of `__TIMESTAMP__`, which ignores SOURCE_DATE_EPOCH."""
    utc = time.gmtime(epoch)
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    date = f"{months[utc.tm_mon - 1]} {utc.tm_mday:2d} {utc.tm_year}"
    clock = f"{utc.tm_hour:02d}:{utc.tm_min:02d}:{utc.tm_sec:02d}"
    stamp = f"{days[utc.tm_wday]} {months[utc.tm_mon - 1]} {utc.tm_mday:2d} {clock} {utc.tm_year}"
    return [
        "-Wno-builtin-macro-redefined",
        f'-D__DATE__="{date}"',
        f'-D__TIME__="{clock}"',
        f'-D__TIMESTAMP__="{stamp}"',
    ]
