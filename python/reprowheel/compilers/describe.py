"""Reads the C/C++ toolchain of a build from JSON, or finds it on PATH.

docs/contracts.md, "C/C++ toolchain", has the format of the JSON. Flags are always lists, so quotes in them are kept.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from reprowheel.compilers.toolchain import BINUTILS, CcToolchain, ask_compiler
from reprowheel.compilers.zig import ZIG, is_glibc_version, zig_library
from reprowheel.errors import BuildError, UsageError
from reprowheel.inputs.json_file import misfit, read_object

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_toolchain", "read_toolchain"]

_WHAT = "a description of a C/C++ toolchain"
_TIP = 'The shortest one: {"compiler": "gcc", "tools": {"cc": "/usr/bin/gcc", "cxx": "/usr/bin/g++"}}.'
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


def read_toolchain(path: Path) -> CcToolchain:
    """Read a toolchain from JSON; relative paths are relative to the working directory.

    :raises UsageError: the file has another format, or names a tool that cannot be run.
    """
    data = read_object(path, _WHAT, tip=_TIP)
    try:
        tools = {name: os.path.abspath(tool) for name, tool in data["tools"].items() if tool}
        flags: dict[str, Any] = {key: tuple(_absolute_flags(data.get(key, ()))) for key in _FLAG_LISTS}
        flags |= {"glibc": data.get("glibc", ""), "cache": os.path.abspath(data["cache"]) if data.get("cache") else ""}
        toolchain = CcToolchain(compiler=data["compiler"], tools=tools, env=dict(data.get("env", {})), **flags)
        toolchain.tools["cc"]
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        msg = f"{path}: {misfit(e)}; expected {_WHAT}"
        raise UsageError(msg, tip=_TIP) from e
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
    """Find the host's toolchain on PATH, without any flags; if `$CC` or `$CXX` is set, it names the compiler.

    :raises BuildError: there is no C compiler.
    :raises UsageError: one of the variables does not name a program.
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
    for name in BINUTILS:
        if tool := shutil.which(name, path=search):
            tools[name] = os.path.abspath(tool)
    if "cc" not in tools:
        msg = "no C compiler found on PATH"
        raise BuildError(msg, tip="Install gcc or clang, set CC, or pass --cc-toolchain FILE.")
    compiler = "clang" if "clang" in ask_compiler(tools["cc"], "--version") else "gcc"
    return CcToolchain(compiler=compiler, tools=tools)


def _absolute_flags(flags: list[str]) -> list[str]:
    """Make those paths in flags absolute that exist below the working directory, because back ends change directory."""
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
