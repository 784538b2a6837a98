"""Reads the records of headers that compilers have read; the compiler wrappers make compilers write them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from reprowheel.untrusted import untrusted_files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_headers"]

_WORD = re.compile(r"(?:\\[ #]|\S)+")


def read_headers(records: Path) -> set[str]:
    """Return the absolute paths in the records: lists of paths (`.list`), and rules in the format of make.

    A line `# DIR` names the directory to which the following paths are relative.

    :raises UntrustedFileError: the build has put something else in place of a record.
    """
    found: set[str] = set()
    for name, content in untrusted_files(records.parent, records.name):
        if name.endswith(".scan"):  # its content is also in the record of its wrapper
            continue
        here, plain = "/", name.endswith(".list")
        text = content.decode("utf-8", "surrogateescape")
        for line in text.replace("\\\n", " ").split("\n"):
            if line.startswith("# "):
                here = line[2:]
                continue
            words = [line] if plain else [_unescaped(word) for word in _WORD.findall(line) if not word.endswith(":")]
            found.update(os.path.join(here, word) for word in words if word and "\0" not in word)
    return found


def _unescaped(word: str) -> str:
    return word.replace("\\ ", " ").replace("\\#", "#").replace("$$", "$")
