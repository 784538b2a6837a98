"""Shell scripts that are filled in: files in `shell/`, which shellcheck reads as they are."""

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
    """Return a script with its words and without its comments, but for the first line.

    :param name: of a file in `shell/`. `@NAME@` in it is a word that is given. Lines from `#if NAME` to `#end` are a
        section, and may hold others.
    :param words: shell text by name: quoted where the shell must not read it.
    :param sections: the ones that are kept, with what they hold.
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
