"""Selects the host programs that a back end finds while a lock is written: a shell, POSIX utilities, compilers.

Tools that exist as wheels (CMake, Ninja, SWIG …) are hidden. A back end that does not find them on the host asks for their
wheels, and so it does on every host. Rust is shown, because no wheel provides it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

__all__ = ["link_host_tools"]

_UTILITIES = frozenset(
    (
        "[ awk basename bash bzip2 cat chmod cmp cp cut date diff dirname echo egrep env expr false fgrep file find "
        "gawk grep gzip head id install ln ls m4 make mawk mkdir mktemp mv perl pkg-config pkgconf printf pwd readlink "
        "realpath rm rmdir sed sh size sort tail tar tee test touch tr true uname uniq wc which xargs xz cargo rustc"
    ).split(" "),
)


_COMPILER = re.compile(
    r"""(?x)
    (?:[a-z0-9_]+-)*                                   # target triple, or the prefix in gcc-ar, llvm-nm
    (?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|cpp|gfortran|flang|ar|as|ld|nm|ranlib|strip|objcopy|objdump|readelf
       |c89|c99|ld\.(?:bfd|gold|lld|mold))
    (?:-[0-9.]+)?
    """,
)


_ALIASES = {"cc": ("gcc", "clang"), "c++": ("g++", "clang++")}


def link_host_tools(directory: Path, search: str | None = None) -> Path:
    """Fill `directory` with links to the host's shell, utilities and compilers, and return it.

    Of programs with the same name, the first on PATH is linked.

    :param search: value of PATH; default: that of this process.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = search if search is not None else os.environ.get("PATH", os.defpath)
    for folder in dict.fromkeys(path.split(os.pathsep)):
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            if name in _UTILITIES or _COMPILER.fullmatch(name):
                _link(Path(folder, name), directory / name)
    for alias, names in _ALIASES.items():
        for name in names:
            if os.path.lexists(directory / name):
                _link(directory / name, directory / alias)
    return directory


def _link(source: Path, link: Path) -> None:
    """Link to `source` if it is a program and `link` does not exist yet."""
    if not os.path.lexists(link) and shutil.which(source):
        link.symlink_to(source.absolute())
