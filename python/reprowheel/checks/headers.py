"""Finds the headers of the host that compilers read during a build, and compares them with what was declared.

A header that is used only because it is installed can change the bytes of a wheel from host to host, and leaves no trace in
it. So the compiler wrappers let compilers record which headers they read. A *host header* is any header that does not belong
to the build itself, the toolchain, a declared host tool, the C library, the kernel or the interpreter.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.checks.system_headers import is_system_header
from reprowheel.compilers.zig import SEEN_LIBRARY, ZIG
from reprowheel.errors import RefusedError
from reprowheel.files import file_sha256
from reprowheel.programs import bare_environment, run_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.environment.host_tools import HostTool
    from reprowheel.environment.interpreter import Interpreter

__all__ = ["check_idle_headers", "declaration", "host_headers", "undeclared"]

_SHARED = ("/usr/local/include", "/usr/include")
"""Folders into which every package of the host may install headers; the second also has a folder per architecture."""

_SEARCHED = re.compile(r"(?s)#include <\.\.\.> search starts here:\n(.*?)\nEnd of search list")
_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class _Folders:
    """Folders of headers, by owner.

    :param shared: folders that all packages of the host share.
    :param own: folders of the toolchain, the interpreter and the build.
    :param interpreter: name of the interpreter's folder of headers, such as `python3.11`.
    """

    shared: tuple[str, ...]
    own: tuple[str, ...]
    interpreter: str


def host_headers(
    read: Iterable[str],
    toolchain: CcToolchain,
    interpreter: Interpreter,
    root: Path,
    tools: Iterable[HostTool] = (),
) -> dict[str, Path]:
    """Return the host headers among the headers that were read: name → file.

    The name is the one that sources include; outside of the shared folders it is the absolute path.

    :param read: absolute paths of headers that compilers read.
    :param root: root of the workspace.
    :param tools: declared host tools; headers among their own data belong to them.
    """
    paths = sorted(read)
    if not paths:
        return {}
    folders = _folders(toolchain, interpreter, (os.fspath(root), *(folder for tool in tools for folder in tool.data_folders)))
    found = {_host_name(path, folders): Path(path) for path in paths}
    found.pop("", None)
    return dict(sorted(found.items()))


def _folders(toolchain: CcToolchain, interpreter: Interpreter, of_build: Iterable[str]) -> _Folders:
    """Ask the compilers for their search folders, and sort these by owner.

    :param of_build: folders that belong to the build: the workspace, and data of declared host tools.
    """
    flags = (*toolchain.c_flags, *toolchain.cxx_flags)
    searched = _searched(toolchain, "cc", "c", toolchain.c_flags)
    shared = [folder for folder in searched if os.path.dirname(folder) == "/usr/include" and not _ends_any(folder, flags)]
    shared += _SHARED
    searched += _searched(toolchain, "c++", "c++", toolchain.cxx_flags)
    own = [folder for folder in searched if folder not in shared]
    own += [*of_build, interpreter.include, interpreter.platinclude]
    own += [SEEN_LIBRARY] if toolchain.compiler == ZIG else []
    own += [os.path.realpath(folder) for folder in own]
    return _Folders(
        shared=tuple(sorted(shared, key=len, reverse=True)),
        own=tuple(dict.fromkeys(own)),
        interpreter=os.path.basename(interpreter.include),
    )


def _ends_any(folder: str, flags: Iterable[str]) -> bool:
    return any(flag.endswith(folder) for flag in flags)


def _searched(toolchain: CcToolchain, mode: str, language: str, flags: Sequence[str]) -> list[str]:
    """Return the folders of headers that a compiler prints with `-v`; empty if it prints them in an unknown form."""
    command = [*toolchain.driver(mode), *flags, "-E", "-v", "-x", language, os.devnull, "-o", os.devnull]
    match = _SEARCHED.search(run_program(command, bare_environment(toolchain.env)).stderr)
    return [os.path.abspath(line.strip()) for line in match[1].splitlines()] if match else []


def _host_name(path: str, folders: _Folders) -> str:
    """Return the name of a host header; an empty string for any other header."""
    lexical, real = os.path.normpath(path), os.path.realpath(path)
    if _below(lexical, folders.own) or _below(real, folders.own):
        return ""
    for candidate in (lexical, real, _linked(real, folders.shared)):
        if folder := _below(candidate, folders.shared):
            name = os.path.relpath(candidate, folder)
            platform = folder != _SHARED[0] and is_system_header(name)
            return "" if platform or name.partition("/")[0] in ("c++", folders.interpreter) else name
    here = os.getcwd()  # the execution root of an action holds declared files only
    return "" if here != "/" and _below(lexical, (here,)) else real


def _linked(real: str, shared: Iterable[str]) -> str:
    """Return the link in a shared folder to a file, or an empty string; GCC reports the shorter of the two paths."""
    parts = real.split("/")
    names = ["/".join(parts[at:]) for at in range(len(parts) - 1, 0, -1)]
    links = (f"{folder}/{name}" for folder in shared for name in names)
    return next((link for link in links if os.path.realpath(link) == real), "")


def _below(path: str, folders: Iterable[str]) -> str:
    """Return the first folder that contains the path, or an empty string."""
    return next((folder for folder in folders if path.startswith(folder + "/")), "")


def undeclared(found: Iterable[str], declared: Sequence[str]) -> list[str]:
    """Return the names that no declared pattern matches; `*` in a pattern matches any characters, also `/`."""
    return [name for name in found if not any(fnmatchcase(name, pattern) for pattern in declared)]


def declaration(names: Iterable[str]) -> list[str]:
    """Return the shortest declaration for headers: `folder/*` for headers in a folder, the name itself for others.

    Headers outside of the shared folders are declared by the folders that they are in.
    """
    return sorted({_pattern(name) for name in names})


def _pattern(name: str) -> str:
    if name.startswith("/"):
        return f"{os.path.dirname(name)}/*"
    return f"{name.partition('/')[0]}/*" if "/" in name else name


def check_idle_headers(package: str, found: Mapping[str, Path], declared: Sequence[str]) -> list[dict[str, str]]:
    """Return name and digest of the host headers that were read.

    It is an error if no declared header was read at all. But a single unused pattern is none, because the set of files in a
    library's headers differs from host to host.

    :raises RefusedError: nothing declared was read.
    """
    if declared and not found:
        msg = f"{package}: no compiler read a declared host header ({', '.join(declared[:_SHOWN])})"
        raise RefusedError(msg, tip="Install the development files, so that the build finds them, or remove the declaration.")
    return [{"path": name, "sha256": file_sha256(path)} for name, path in found.items()]
