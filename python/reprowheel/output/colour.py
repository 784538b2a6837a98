"""Colour, for people at a terminal. It is in no file, and in nothing that another program reads.

`NO_COLOR` and `FORCE_COLOR` are what no-color.org and force-color.org say; a dumb terminal has none.
See docs/decisions.md, "Progress and colour".
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["DIM", "coloured", "is_terminal", "wants_colour", "write_help"]

DIM = "2"
_HEADING, _OPTION = "1", "36"


def is_terminal(stream: TextIO) -> bool:
    """Say whether a person reads a stream, at a terminal that can move its cursor and has colours."""
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:  # it is closed
        return False


def wants_colour(stream: TextIO) -> bool:
    """Say whether text on a stream is to be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def coloured(stream: TextIO, text: str, style: str) -> None:
    """Write text in a style, if the stream has colours."""
    if not wants_colour(stream):
        stream.write(text)
        return
    _switch(stream, style)
    stream.write(text)
    _switch(stream, "0")


def write_help(text: str, stream: TextIO) -> None:
    """Write a help text, with its headings and options in colour."""
    if not wants_colour(stream):
        stream.write(text)
        return
    end = 0
    for match in re.finditer(r"(?m)^(?P<heading>\S[^\n]*:)$|(?<![\w-])--?[A-Za-z][\w-]*", text):
        stream.write(text[end : match.start()])
        coloured(stream, match[0], _HEADING if match["heading"] else _OPTION)
        end = match.end()
    stream.write(text[end:])


def _switch(stream: TextIO, style: str) -> None:
    """Switch to a style; a stream that escapes what is not printable lets only this pass."""
    switch = getattr(stream, "switch", None)
    if switch:
        switch(style)
    else:
        stream.write(f"\x1b[{style}m")
