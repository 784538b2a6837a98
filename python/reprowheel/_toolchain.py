"""The C/C++ toolchain of a build: read from JSON or found on PATH, and put before the build as wrappers.

The JSON's shape is in docs/architecture.md. Flags stay lists from end to end, so quotes in them survive.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel import _compiler_wrapper
from reprowheel._compiler_script import compiler_script
from reprowheel._workspace import MAPPED_ROOT
from reprowheel._zig import (
    CPU_BASELINES,
    DESCRIPTOR,
    SEEN_LIBRARY,
    ZIG,
    is_glibc_version,
    zig_command,
    zig_library,
)
from reprowheel.errors import BuildError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprowheel._compiler_cache import CompilerCache

__all__ = ["CcToolchain", "find_toolchain", "read_toolchain", "with_cpu_baseline", "write_wrappers"]

_BASELINES = {
    "x86_64": {"-march": "x86-64", "-mtune": "generic", "-mcpu": "generic"},
    "i686": {"-march": "i686", "-mtune": "generic", "-mcpu": "generic"},
    "aarch64": {"-march": "armv8-a", "-mtune": "generic", "-mcpu": "generic"},
    "ppc64le": {"-march": "power8", "-mtune": "power8", "-mcpu": "power8"},
    "s390x": {"-march": "z13", "-mtune": "z13", "-mcpu": "z13"},
}
"""What `native` becomes, by machine: the oldest CPU that the platform's manylinux wheels run on."""

_DRIVER_NAMES = {"cc": ("cc", "gcc", "clang"), "c++": ("c++", "g++", "clang++")}
_BINUTILS = ("ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip")
_FLAG_LISTS = ("c_flags", "cxx_flags", "link_shared_flags", "link_executable_flags")
_PATH_FLAGS = (
    "--sysroot=",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-I",
    "-L",
    "-B",
    "--gcc-toolchain=",
    "-resource-dir=",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CcToolchain:
    """Tools and flags; every path absolute.

    :param compiler: `gcc`, `clang`, `zig`, or another name whose driver takes GCC's arguments.
    :param tools: `cc`, `cxx`, `ar`, … → path.
    :param glibc: the version that everything must run with, such as `2.28`; empty for the host's.
    :param cache: where Zig keeps its compiled runtime between builds; empty for each build's own.
    :param cpu_baseline: CPU that code is made for; empty for what the platform's wheels run on.
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
            return zig_command(self, mode)
        return [self.tools["cc"] if mode == "cc" else self.tools.get("cxx") or self.tools["cc"]]


def read_toolchain(path: Path) -> CcToolchain:
    """Read the JSON form; relative paths are relative to the working directory.

    :raises UsageError: not that form, or a tool that does not exist.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        tools = {name: os.path.abspath(tool) for name, tool in data["tools"].items() if tool}
        flags: dict[str, Any] = {key: tuple(_absolute_flags(data.get(key, ()))) for key in _FLAG_LISTS}
        flags |= {"glibc": data.get("glibc", ""), "cache": os.path.abspath(data["cache"]) if data.get("cache") else ""}
        toolchain = CcToolchain(compiler=data["compiler"], tools=tools, env=dict(data.get("env", {})), **flags)
        toolchain.tools["cc"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        msg = f"{path}: not a C/C++ toolchain description ({e!r})"
        raise UsageError(msg, tip="docs/architecture.md shows its form.") from e
    missing = sorted(name for name in ("cc", "cxx") if name in tools and not os.access(tools[name], os.X_OK))
    if missing:
        msg = f"{path}: tool {missing[0]!r} is {tools[missing[0]]}, which cannot be run"
        raise UsageError(msg)
    if toolchain.compiler == ZIG and not os.path.isdir(zig_library(tools["cc"])):
        msg = f"{path}: tool 'cc' is {tools['cc']}, which has no folder lib beside it"
        raise UsageError(msg, tip="Name the program zig of an unpacked ziglang wheel.")
    if (toolchain.glibc or toolchain.compiler == ZIG) and not is_glibc_version(toolchain.glibc):
        msg = f"{path}: glibc is {toolchain.glibc!r}; expected a version that wheels must run with, such as '2.28'"
        raise UsageError(msg, tip='Name one in the description: "glibc": "2.28".')
    return toolchain


def find_toolchain() -> CcToolchain:
    """Find the host's toolchain on PATH, without any flags; `$CC` and `$CXX` name the compilers where they are set.

    :raises BuildError: there is no C compiler.
    :raises UsageError: one of the variables names no program.
    """
    search = os.environ.get("PATH", os.defpath)
    tools: dict[str, str] = {}
    for key, variable, names in (("cc", "CC", ("gcc", "cc", "clang")), ("cxx", "CXX", ("g++", "c++", "clang++"))):
        wanted = os.environ.get(variable, "").strip()
        found = next((tool for name in ([wanted] if wanted else names) if (tool := shutil.which(name, path=search))), None)
        if wanted and not found:
            msg = f"{variable} is {wanted!r}; expected one program, by its path or its name on PATH"
            raise UsageError(msg, tip=f"Unset {variable}, or say with --cc-toolchain FILE which flags the program gets.")
        if found:
            tools[key] = os.path.abspath(found)
    for name in _BINUTILS:
        if tool := shutil.which(name, path=search):
            tools[name] = os.path.abspath(tool)
    if "cc" not in tools:
        msg = "no C compiler found on PATH"
        raise BuildError(msg, tip="Install gcc or clang, set CC, or pass --cc-toolchain FILE.")
    compiler = "clang" if "clang" in _first_line(tools["cc"], "--version") else "gcc"
    return CcToolchain(compiler=compiler, tools=tools)


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
    """Fill `directory` with the compilers and binutils that the build will see, under every name it may ask for.

    :param python: interpreter that runs the wrappers.
    :param root: the workspace.
    :param maps: (path, canonical path), the most specific last: compilers let the last match win.
    :param epoch: seconds; what `__DATE__` and `__TIME__` say.
    :param headers: an existing folder in which compilers leave what they read.
    :param cache: answers for compilers where it can.
    """
    zig = toolchain.compiler == ZIG
    target = f"{platform.machine()}-linux-gnu" if zig else _first_line(toolchain.tools["cc"], "-dumpmachine")
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
    source = Path(_compiler_wrapper.__file__).read_text(encoding="utf-8")
    program = directory / ".compiler_wrapper.py"
    program.write_text(f"{source}\n\nsys.exit(main(sys.argv, {config!r}))\n", encoding="utf-8")
    for mode, names in _DRIVER_NAMES.items():
        script = compiler_script(mode, f'"{python}" -I -S -B "{program}" {mode}', config)
        for name in (*names, *(f"{target}-{name}" for name in names)):
            _write_script(directory / name, script)
    for name in _BINUTILS:
        if command := _binutil(toolchain, name):
            for alias in (name, f"{target}-{name}"):
                _write_script(directory / alias, f"#!/bin/sh\n{command}\n")


def with_cpu_baseline(toolchain: CcToolchain, value: str) -> CcToolchain:
    """Return the toolchain that makes code for a CPU: everything that does not choose one itself, and what asks for this one.

    :raises UsageError: the compiler does not know it.
    """
    if not value:
        return toolchain
    flag = f"{_cpu_flag()}={value.replace('-', '_') if toolchain.compiler == ZIG else value}"
    if not re.fullmatch(r"[A-Za-z0-9.+_-]+", value) or not _accepts(toolchain, flag):
        msg = f"CPU baseline {value!r}: the compiler does not know it ({flag})"
        raise UsageError(msg, tip="Name one that it lists, for example x86-64-v3: cpu_baseline, --cpu-baseline.")
    return replace(
        toolchain,
        cpu_baseline=value,
        c_flags=(*toolchain.c_flags, flag),
        cxx_flags=(*toolchain.cxx_flags, flag),
    )


def _cpu_flag() -> str:
    """Return the flag that chooses a CPU on this machine's architecture."""
    return "-mcpu" if platform.machine().startswith("ppc") else "-march"


def _baseline(toolchain: CcToolchain) -> dict[str, str]:
    """Return what `native` becomes."""
    known = CPU_BASELINES if toolchain.compiler == ZIG else _BASELINES
    default = known.get(platform.machine(), {"-march": "native"})
    return default | ({_cpu_flag(): toolchain.cpu_baseline} if toolchain.cpu_baseline else {})


def _accepts(toolchain: CcToolchain, flag: str) -> bool:
    check = ["-E", "-o", os.devnull] if toolchain.compiler == ZIG else ["-fsyntax-only"]
    command = [*toolchain.driver(), flag, *check, "-x", "c", os.devnull]
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath} | dict(toolchain.env)
    run = subprocess.run(command, check=False, capture_output=True, env=environment, stdin=subprocess.DEVNULL)
    return run.returncode == 0


def _write_script(path: Path, script: str) -> None:
    path.write_text(script, encoding="utf-8", errors="surrogateescape")
    path.chmod(0o755)


def _cxx_driver(toolchain: CcToolchain) -> tuple[list[str], list[str]]:
    """Return the C++ driver, and what it needs behind the inputs when it links.

    The driver is the declared one where it is one, else its sibling, else the C driver told to be one.
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
    """Return the shell command that stands for one of the binutils, or nothing.

    Zig has two of them that do all that the originals do. The host's must not take the place of others: what they make
    differs from host to host.
    """
    tool = toolchain.tools.get(name, "")
    if toolchain.compiler == ZIG and (not tool or tool == toolchain.tools["cc"]):
        if name in ("ar", "ranlib"):
            words = zig_command(toolchain, name)
            return " ".join([f'exec "{words[0]}"', *words[1:], '"$@"'])
        return f'echo "{name}: not in the toolchain" >&2; exit 127'
    tool = tool or _sibling(toolchain.tools["cc"], name)
    return f'exec "{tool}" "$@"' if tool else ""


def _sibling(tool: str, name: str) -> str:
    """Return the tool of that name beside another, or on the system's own path, or nothing."""
    beside = os.path.join(os.path.dirname(tool), name)
    return beside if os.access(beside, os.X_OK) else shutil.which(name, path=os.defpath) or ""


def _link_flags(flags: tuple[str, ...]) -> list[str]:
    """Drop what the driver decides by itself or the caller's own command line says."""
    dropped = ("-shared", "-pie", "-lstdc++", "-lm", "-Wl,-no-as-needed", "-Wl,--no-as-needed", "-Wl,-S")
    return [flag for flag in flags if flag not in dropped]


def _date_macros(epoch: int) -> list[str]:
    """Return definitions of the three date macros in the form C11 6.10.8.1 gives; the third ignores SOURCE_DATE_EPOCH."""
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


def _absolute_flags(flags: list[str]) -> list[str]:
    """Make the paths in flags absolute where they exist below the working directory: back ends change directory."""
    result: list[str] = []
    for flag in flags:
        prefix = next((p for p in _PATH_FLAGS if flag.startswith(p) and len(flag) > len(p)), "")
        path = flag[len(prefix) :]
        follows = bool(result) and result[-1] in _PATH_FLAGS
        bare = follows or (not flag.startswith("-") and "/" in flag)
        if (prefix or bare) and not os.path.isabs(path) and os.path.exists(path):
            result.append(prefix + os.path.abspath(path))
        else:
            result.append(flag)
    return result


def _first_line(tool: str, argument: str) -> str:
    """Return the first line a tool prints."""
    try:
        run = subprocess.run(
            [tool, argument],
            check=True,
            capture_output=True,
            text=True,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.CalledProcessError) as e:
        msg = f"compiler {tool} {argument}: {e}"
        raise BuildError(msg) from e
    return (run.stdout.splitlines() or [""])[0]
