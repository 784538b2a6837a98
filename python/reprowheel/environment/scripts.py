"""Reads which programs a script runs, as far as its text tells: absolute paths of executable files."""

from __future__ import annotations

import os
import re

__all__ = ["programs_of_script"]

_PATH = re.compile(rb"/[A-Za-z0-9_./+-]+")
_MOST_BYTES = 1 << 20
_MOST_FILES = 100


def programs_of_script(path: str) -> tuple[str, ...]:
    """Return the programs that a script names by absolute paths, and those that these name, if they are scripts; sorted.

    The interpreter of the first line is one of them. A program that is no script names none.
    """
    found: set[str] = set()
    waiting = [path]
    while waiting and len(found) < _MOST_FILES:
        for name in sorted(_named(waiting.pop())):
            if name != path and name not in found:
                found.add(name)
                waiting.append(name)
    return tuple(sorted(found))


def _named(path: str) -> set[str]:
    try:
        with open(path, "rb") as file:
            text = file.read(_MOST_BYTES) if file.read(2) == b"#!" else b""
    except OSError:
        return set()
    names = {os.fsdecode(match.rstrip(b".")) for match in _PATH.findall(text)}
    return {name for name in names if os.path.isfile(name) and os.access(name, os.X_OK)}
