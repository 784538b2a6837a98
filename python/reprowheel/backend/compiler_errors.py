"""Finds the line of a build's output in which a compiler, a linker or a builder says what is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["first_error"]

_PLACED = re.compile(
    r"""(?x)
    ^\s*(?P<file>[^\s:'"][^:'"]*) : (?P<line>\d+) : (?:\d+:)? \s* (?:fatal\ error|error|ERROR) : \s* \S      # GCC, Clang, Meson
    """
)
_LINKER = re.compile(r"cannot find -l\S|undefined reference to |unable to find library -l\S|undefined symbol: ")
_RUST = re.compile(r"^error(\[E\d+\])?: (?!could not compile|aborting due)")
_RUST_PLACE = re.compile(r"^\s*--> (\S+:\d+:\d+)")
_CYTHON = re.compile(r"^\s*(?P<file>[^\s:]+\.(?:pyx|pxd|pxi|py)):(?P<line>\d+):\d+: (?!warning)\S")
_CYTHON_BEGINS = "Error compiling Cython file:"
_CMAKE = re.compile(r"^\s*CMake Error at (\S+:\d+) \(")
_FORTRAN_PLACE = re.compile(r"^\s*(\S+\.(?:f|F|f90|F90|f95|f03|f08|for):\d+:\d+):$")
_FORTRAN = re.compile(r"^\s*((?:Fatal )?Error: .*)")
_ATTEMPT = re.compile(
    r"(?:^|/)(?:_?conftest|_configtest|CheckSymbolExists|CheckFunctionExists|testfile|sanitycheck\w*|src)\.(?:c|cc|cpp|cxx|f90|f)$"
    r"|CMakeTmp|CMakeScratch|meson-private|/tmp/"
)
"""Sources of attempts: what does not compile here is a question of the build, and need not be an error."""
_AFTER = 12


def first_error(lines: Sequence[str]) -> str:
    """Return the first error in one line, with file and line where it has them; empty if none is recognised.

    :param lines: the output, with the workspace's path replaced.
    """
    in_cython = False
    for number, line in enumerate(lines):
        in_cython |= _CYTHON_BEGINS in line
        following = lines[number + 1 : number + _AFTER]
        if error := _of_compiler(line, in_cython=in_cython) or _of_several_lines(line, following):
            return error
    return ""


def _of_compiler(line: str, *, in_cython: bool) -> str:
    """Return the error that one line tells."""
    placed, cython = _PLACED.match(line), _CYTHON.match(line) if in_cython else None
    linker = _LINKER.search(line) and not _ATTEMPT.search(line.partition(":")[0])
    return line.strip() if cython or linker or (placed and not _ATTEMPT.search(placed["file"])) else ""


def _of_several_lines(line: str, following: Sequence[str]) -> str:
    """Return the error that begins with a line and has its place, or its text, in those that follow."""
    if _RUST.match(line) and (place := _match(_RUST_PLACE, following)):
        return f"{place[1]}: {line.strip()}"
    if cmake := _CMAKE.match(line):
        said = next((text.strip() for text in following if text.strip()), "")
        return f"{cmake[1]}: {said}" if said else line.strip()
    if (fortran := _FORTRAN_PLACE.match(line)) and (told := _match(_FORTRAN, following)):
        return f"{fortran[1]}: {told[1]}"
    return ""


def _match(pattern: re.Pattern[str], lines: Sequence[str]) -> re.Match[str] | None:
    return next((found for line in lines if (found := pattern.match(line))), None)
