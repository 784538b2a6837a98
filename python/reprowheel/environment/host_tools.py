"""Selects the programs of the host that hooks and builds see: one list while a lock is written and when it is built.

Everybody sees a POSIX system, make, and the compilers and binutils. All other programs have to be declared by name or by path
(`host_tools`, `--host-tool`), because what they print can change a wheel. Tools that exist as wheels (CMake, Ninja, SWIG …) are
hidden, too: a back end that does not find them on the host asks for their wheels, and so it does on every host. See
docs/decisions.md, "Programs of the host".
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.environment.scripts import programs_of_script
from reprowheel.errors import UsageError
from reprowheel.files import file_sha256
from reprowheel.programs import answer, bare_environment, first_line
from reprowheel.untrusted import UntrustedFileError, read_untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "SYSTEM_FOLDERS",
    "HostTool",
    "describe_tools",
    "find_host_tools",
    "find_program",
    "link_programs",
    "used_tools",
    "without_rustup",
]

SYSTEM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin")
"""Folders of the host in which programs are searched by name; others need an absolute path."""

_POSIX = frozenset(
    "[ ar awk basename bc cat chgrp chmod chown cksum cmp comm compress cp csplit cut date dd df diff dirname du echo ed env ex"
    " expand expr false file find fold gencat getconf grep head iconv id join kill link ln locale localedef logname ls m4 make"
    " mkdir mkfifo mv nice nl nm nohup od paste patch pathchk pax pr printf ps pwd readlink realpath rm rmdir sed sh size sleep"
    " sort split strings strip tail tee test time timeout touch tr true tsort tty uname uncompress unexpand uniq unlink uudecode"
    " uuencode wc xargs zcat".split()
)
"""Utilities of POSIX. Left out: what talks to people and to other hosts, and what writes files that wheels are made of, such as
`yacc` and `msgfmt`."""

_GNU = frozenset(
    "arch b2sum base32 base64 basenc bash bunzip2 bzcat bzip2 dash diff3 dir dircolors egrep expr factor fgrep fmt gawk gmake"
    " groups gsed gtar gunzip gzip hostname install ldd md5sum mawk mknod mktemp nproc numfmt printenv ptx sdiff seq sha1sum"
    " sha224sum sha256sum sha384sum sha512sum shuf stat stdbuf sum sync tac tar truncate unxz vdir which whoami xz xzcat"
    " yes".split()
)
"""What configure scripts and makefiles expect besides: the rest of GNU's core utilities, archives, a shell, `which`."""

_COMPILER = re.compile(
    r"""(?x)
    (?:[a-z0-9_]+-)*                                   # target triple, or the prefix in gcc-ar, llvm-nm
    (?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|cpp|gfortran|flang|ar|as|ld|nm|ranlib|strip|objcopy|objdump|readelf
       |c89|c99|ld\.(?:bfd|gold|lld|mold))
    (?:-[0-9.]+)?
    """,
)

_ALIASES = {"cc": ("gcc", "clang"), "c++": ("g++", "clang++")}

_USED = "host-tools"
"""File in the workspace with a line for each call of a declared tool."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostTool:
    """A declared program of the host.

    :param declared: the declaration: a name, or an absolute path.
    :param path: absolute path of the program that is run.
    :param runs: programs that a script names, and those that they name, if they are scripts.
    """

    declared: str
    path: str
    runs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name under which a build finds it."""
        return os.path.basename(self.declared)

    @property
    def real_paths(self) -> tuple[str, ...]:
        """All files of the host that the tool consists of, without links. A private file system of a build needs them."""
        return tuple(dict.fromkeys(os.path.realpath(path) for path in (self.path, *self.runs)))

    @property
    def data_folders(self) -> tuple[str, ...]:
        """The existing folders of the tool's own data, such as `/usr/share/cmake-3.25`, and the folders of its library.

        They are found by the tool's name beside the `bin` that the tool is in. See `owns`.
        """
        found = []
        for path in dict.fromkeys((self.path, os.path.realpath(self.path))):
            prefix, base = os.path.dirname(os.path.dirname(path)), re.escape(os.path.basename(path))
            own = re.compile(rf"{base}(?:[-._]?[0-9].*)?")
            for folder in (*(os.path.join(prefix, kind) for kind in ("share", "lib", "lib64", "libexec")), *_multiarch(prefix)):
                names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
                found += [os.path.join(folder, name) for name in names if own.fullmatch(name)]
        return tuple(dict.fromkeys(folder for folder in found if os.path.isdir(folder)))


def _multiarch(prefix: str) -> list[str]:
    """Return the folders of libraries for one architecture, such as `/usr/lib/x86_64-linux-gnu`."""
    return [os.fspath(folder) for folder in sorted(Path(prefix, "lib").glob("*-linux-*"))]


def find_host_tools(declared: Iterable[str]) -> tuple[HostTool, ...]:
    """Find the declared programs, sorted by name.

    :raises UsageError: a declaration is neither a name nor an absolute path, or this host does not have the program.
    """
    tools: dict[str, HostTool] = {}
    for text in dict.fromkeys(declared):
        if not text or text != text.strip() or "\n" in text or ("/" in text and not os.path.isabs(text)):
            msg = f"host tool {text!r}: expected the name of a program, such as pg_config, or an absolute path"
            raise UsageError(msg)
        path = find_program(text)
        if not path:
            folders = ", ".join(SYSTEM_FOLDERS)
            where = "is no program on this host" if "/" in text else f"this host has no such program in {folders}"
            msg = f"host tool {text}: {where}"
            raise UsageError(msg, tip=f"Install it; or, if it is elsewhere, declare its absolute path.{_elsewhere(text)}")
        path = without_rustup(path)
        tool = HostTool(declared=text, path=path, runs=programs_of_script(path))
        if other := tools.get(tool.name):
            msg = f"host tools {other.declared} and {text} have the same name; expected one of them"
            raise UsageError(msg)
        tools[tool.name] = tool
    return tuple(tools[name] for name in sorted(tools))


def _elsewhere(name: str) -> str:
    """Return a hint on a program that is on the caller's PATH only."""
    found = "" if "/" in name else shutil.which(name)
    return f" PATH has {os.path.abspath(found)}." if found else ""


def find_program(name: str) -> str:
    """Return the path of a program of the host, which is given by its name or its absolute path; empty if there is none."""
    return shutil.which(name, path=os.pathsep.join(SYSTEM_FOLDERS)) or ""


def without_rustup(path: str) -> str:
    """Return the program for which a proxy of rustup stands; other paths are returned unchanged.

    A proxy is a link to `rustup`, which looks for its toolchains below the home of its user. A build has no such home.
    """
    folder, name = os.path.split(path)
    rustup = os.path.join(folder, "rustup")
    if name == "rustup" or not os.path.exists(rustup) or not os.path.samefile(path, rustup):
        return path
    home = os.path.dirname(os.path.dirname(os.path.abspath(folder)))
    return first_line(answer([rustup, "which", name], bare_environment({"HOME": home}))) or path


def link_programs(
    directory: Path,
    tools: Sequence[HostTool] = (),
    *,
    search: str = os.pathsep.join(SYSTEM_FOLDERS),
    compilers: str = "",
) -> Path:
    """Fill `directory` with the host's programs that a build sees, and return it; its parent is the workspace.

    Links name the path at which a program was found, because what a program does may depend on the name (busybox). A declared
    tool is a script: it notes that it was used, and the program sees the path from which it may find its data.

    :param search: folders of programs, as in PATH.
    :param compilers: folders that come first, in which only compilers and binutils are searched.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for tool in tools:
        script = directory / tool.name
        used = shlex.quote(os.fspath(directory.parent / _USED))
        text = f'#!/bin/sh\necho {shlex.quote(tool.declared)} >>{used}\nexec {shlex.quote(tool.path)} "$@"\n'
        script.write_text(text, encoding="utf-8", errors="surrogateescape")
        script.chmod(0o755)
    _link_all(directory, [*compilers.split(os.pathsep), *search.split(os.pathsep)])
    _link_all(directory, search.split(os.pathsep), _POSIX | _GNU)
    for alias, names in _ALIASES.items():
        for name in names:
            if os.path.lexists(directory / name):
                _link(f"{directory}/{name}", f"{directory}/{alias}")
    return directory


def _link_all(directory: Path, folders: Sequence[str], wanted: frozenset[str] = frozenset()) -> None:
    """Link programs by their names; without `wanted`: all compilers and binutils in the folders."""
    for folder in dict.fromkeys(folder for folder in folders if os.path.isabs(folder) and os.path.isdir(folder)):
        there = sorted(os.listdir(folder))
        for name in filter(wanted.__contains__ if wanted else _COMPILER.fullmatch, there):
            _link(f"{folder}/{name}", f"{directory}/{name}")


def _link(source: str, link: str) -> None:
    """Link to `source` if it is a program and `link` does not exist yet."""
    if not os.path.lexists(link) and os.access(source, os.X_OK) and os.path.isfile(source):
        os.symlink(source, link)


def used_tools(workspace: Path) -> frozenset[str]:
    """Return the declarations of the tools that were run in a workspace."""
    try:
        noted = read_untrusted(workspace, _USED).decode("utf-8", "replace")
    except UntrustedFileError:
        return frozenset()
    return frozenset(noted.split("\n")) - {""}


def describe_tools(tools: Iterable[HostTool]) -> list[dict[str, str]]:
    """Return name and digest of each tool and of what scripts among them run, for the report."""
    told = []
    for tool in tools:
        told.append({"path": tool.name, "sha256": file_sha256(Path(tool.path))})
        told += [{"path": f"{tool.name}: {os.path.basename(path)}", "sha256": file_sha256(Path(path))} for path in tool.runs]
    return told
