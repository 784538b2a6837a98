"""Fills in shell scripts; they are files in `shell/`, so that shellcheck can read them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["fill_in"]

_SHELL = Path(__file__).with_name("shell")
_WORD = re.compile(r"@([a-z_]+)@")


def fill_in(name: str, words: Mapping[str, str], sections: Collection[str] = ()) -> str:
    """Return a script with its words filled in, and without comments except for a first line `#!`.

    :param name: file in `shell/`. In it, `@NAME@` is replaced by a word. Lines from `#if NAME` to `#end` are a section;
        sections may be nested.
    :param words: name → shell text; the caller quotes it if the shell must not interpret it.
    :param sections: names of the sections to keep.
    """
    kept = []
    inside: list[bool] = []
    for line in (_SHELL / name).read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#if "):
            inside.append(text.removeprefix("#if ") in sections)
        elif text == "#end":
            inside.pop()
        elif text and all(inside) and (text.startswith("#!") or not text.startswith("#")):
            kept.append(_WORD.sub(lambda found: words[found[1]], line))
    return "\n".join(kept) + "\n"
