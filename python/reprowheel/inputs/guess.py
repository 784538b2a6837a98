"""Guesses what a user meant: the known name that is most like an unknown one."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["did_you_mean", "near_file"]

_ALIKE = 0.6
"""How alike two names are at least; difflib's own default."""
_ALIKE_FILES = 0.84
"""The same for names of files, which have their suffix in common."""
_MOST_NAMES = 2000


def did_you_mean(word: str, known: Iterable[str], *, alike: float = _ALIKE) -> str:
    """Return ` (did you mean NAME?)` for the known name that is most like a word; empty if none is."""
    names = {name.lower(): name for name in sorted(known)}
    found = difflib.get_close_matches(word.lower(), names, n=1, cutoff=alike)
    return f" (did you mean {names[found[0]]}?)" if found else ""


def near_file(path: Path, suffixes: tuple[str, ...] = ("",)) -> str:
    """Return the same for a path at which nothing is, by the names in its folder.

    :param suffixes: how these names may end.
    """
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for _, entry in zip(range(_MOST_NAMES), entries, strict=False)]
    except OSError:
        return ""
    shown = path.parent if os.fspath(path.parent) != "." else None
    others = [name for name in names if name.endswith(suffixes) and name != path.name]
    found = did_you_mean(path.name, others, alike=_ALIKE_FILES)
    return found.replace("(did you mean ", f"(did you mean {shown}/", 1) if found and shown else found
