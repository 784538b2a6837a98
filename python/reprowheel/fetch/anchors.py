"""Finds the links of an HTML page (PEP 503) in one pass.

`html.parser` looks for the end of what does not end again and again: a page of 160 kB takes ten seconds, one of 60 MB would take
weeks. Here, each character is looked at a fixed number of times. Spec: WHATWG HTML, "Tokenization"; of it only tags, attributes,
comments, scripts and styles matter for links.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from reprowheel import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_anchors"]

_START = re.compile(r"<(?:(!--)|(a|base|script|style)(?=[\s/>]))", re.IGNORECASE)
_END = re.compile(r"[\s/]*+>")
_ATTRIBUTE = re.compile(r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)?+))?""")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;)")
_RAW_END = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
"""Element whose content has no tags → its end."""


def find_anchors(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the `a` and `base` tags of a page: name and attributes, in lower case, with their values.

    :raises limits.LimitError: a tag is too long, or does not end.
    """
    at = 0
    while found := _START.search(text, at):
        if found[1]:
            at = text.find("-->", found.end()) + 3
            if at < found.end():
                return  # the rest of the page is a comment
            continue
        name = found[2].lower()
        attributes, at = _attributes(text, found.end())
        if name in _RAW_END:
            end = _RAW_END[name].search(text, at)
            if end is None:
                return
            at = end.end()
        else:
            yield name, attributes


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Read attributes up to the end of the tag; the first of two with one name counts."""
    last = at + limits.MAX_TAG
    found: dict[str, str] = {}
    while not (end := _END.match(text, at, last)):
        attribute = _ATTRIBUTE.match(text, at, last)
        if attribute is None:
            message = f"has a tag that does not end within {limits.MAX_TAG} characters, which is the limit"
            raise limits.LimitError(message, "MAX_TAG")
        value = attribute[2] or attribute[3] or attribute[4] or ""
        found.setdefault(attribute[1].lower(), _unescaped(value))
        at = attribute.end()
    return found, end.end()


def _unescaped(value: str) -> str:
    """Replace character references; in an attribute a name needs its semicolon, so `?a&copy=1` stays an address."""
    try:
        return _REFERENCE.sub(lambda found: html.unescape(found[0]), value)
    except ValueError:  # a number of a character with thousands of digits
        return ""
