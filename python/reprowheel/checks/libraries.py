"""Finds the shared libraries a built wheel needs from its host, and compares them with what was declared.

A library that a build uses only because it is installed changes the bytes of the wheel from host to host. It is named in
DT_NEEDED of the ELF files that were linked with it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reprowheel.errors import RefusedError
from reprowheel.files import sorted_files
from reprowheel.normalize.elf.reader import DamagedElfError, dynamic_segments, open_elf

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["check_idle_libraries", "needed_libraries", "undeclared_libraries"]

_PLATFORM = re.compile(
    r"""(?x) ^(?:
      ld-linux.*\.so\.\d+ | ld64\.so\.\d+ | ld-musl-.*\.so\.\d+ | libc\.musl-.*\.so\.\d+   # loader, musl
    | lib(?:c|m|mvec|pthread|dl|rt|util|nsl|resolv|crypt|anl|BrokenLocale)\.so(?:\.\d+)?   # the C library
    | lib(?:gcc_s|stdc\+\+|atomic|gomp|gfortran|quadmath|c\+\+|c\+\+abi|unwind)\.so\.\d+   # the compiler's runtime
    | libpython3.*\.so.*                                                                   # the interpreter
    )$"""
)
"""Libraries that need no declaration, because the fingerprints of compiler and interpreter cover them."""


def needed_libraries(tree: Path) -> dict[str, list[str]]:
    """Return soname → files that need it, without the libraries that are in the wheel itself."""
    needed: dict[str, list[str]] = {}
    own: set[str] = set()
    for path in sorted_files(tree):
        own.add(path.name)
        for tag, value in _dynamic_strings(path):
            if tag == "DT_SONAME":
                own.add(value)
            else:
                needed.setdefault(PurePosixPath(value).name, []).append(path.relative_to(tree).as_posix())
    return {name: sorted(files) for name, files in sorted(needed.items()) if name not in own}


def undeclared_libraries(needed: Mapping[str, list[str]], declared: Collection[str]) -> dict[str, str]:
    """Return the needed libraries that are neither the platform's nor declared: name → a file that needs it."""
    return {name: files[0] for name, files in needed.items() if name not in declared and not _PLATFORM.match(name)}


def check_idle_libraries(package: str, needed: Collection[str], declared: Iterable[str]) -> tuple[str, ...]:
    """Return the declared libraries, sorted, after checking that each is needed.

    :raises RefusedError: a declared library is needed by no file of the wheel.
    """
    idle = sorted(set(declared).difference(needed))
    if idle:
        msg = f"{package}: the declared host library {idle[0]} is needed by no file of the wheel"
        raise RefusedError(
            msg,
            tip="Install its development files, so that the build finds it, or remove the declaration.",
        )
    return tuple(sorted(set(declared)))


def _dynamic_strings(path: Path) -> list[tuple[str, str]]:
    """Return (DT_NEEDED or DT_SONAME, value) pairs of an ELF file; empty for other and for damaged files."""
    with suppress(DamagedElfError), open_elf(path) as elf:
        return [
            (tag.entry.d_tag, getattr(tag, "needed" if tag.entry.d_tag == "DT_NEEDED" else "soname"))
            for segment in (dynamic_segments(elf) if elf else ())
            for tag in segment.iter_tags()
            if tag.entry.d_tag in ("DT_NEEDED", "DT_SONAME")
        ]
    return []
