"""A comparison as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.compare.model import Comparison, Difference, Excerpt

__all__ = ["comparison_text", "difference_lines", "headline", "printable"]

_WIDTH = 100
_MAX_SHOWN = 20


def printable(text: str) -> str:
    """Return text that cannot move a terminal's cursor: what is not printable is escaped."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def comparison_text(comparison: Comparison) -> str:
    """Return the explanation, one difference after another."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    if comparison.equal:
        yield f"EQUAL {comparison.files} files, {comparison.size} bytes"
        return
    yield f"DIFFERENT {headline(comparison)}"
    yield f"  left:  {printable(comparison.left)}"
    yield f"  right: {printable(comparison.right)}"
    for difference in comparison.differences[:_MAX_SHOWN]:
        yield ""
        yield from difference_lines(difference)
    left_out = len(comparison.differences) - _MAX_SHOWN
    if left_out > 0:
        yield ""
        yield f"… and {left_out} more; --json has all of them"


def headline(comparison: Comparison) -> str:
    """Return how much differs, in a few words."""
    members = {path.partition("!")[0] for path in comparison.paths if path}
    if not members:
        return "the archives differ, their members do not" if comparison.files > 1 else "the files differ"
    return f"{len(members)} of {comparison.files} files differ"


def difference_lines(difference: Difference) -> Iterator[str]:
    """Yield what there is to say about one difference."""
    where = difference.path or "(the archive itself)" if difference.kind in {"order", "archive"} else difference.path
    place = difference.place + (f", in {difference.symbol}" if difference.symbol else "")
    if difference.left:
        place = ", ".join(filter(None, (place, f"offset {difference.left.offset + difference.left.start:#x}")))
    head = " — ".join(filter(None, (where, place)))
    yield "  " + printable(head) + ("  (follows from the above)" if difference.follows else "")
    if difference.note:
        yield f"      {printable(difference.note)}"
    if difference.left and difference.right:
        yield from _side("-", difference.left)
        yield from _side("+", difference.right)
    if difference.count > 1:
        yield f"      … and {difference.count - 1} more such places"
    if not difference.follows:
        yield f"      cause:  {difference.cause.text}"
        yield f"      to do:  {difference.cause.advice}"


def _side(sign: str, excerpt: Excerpt) -> Iterator[str]:
    text = printable(excerpt.text)
    yield f"    {sign} {text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…'}"
    if excerpt.hex:
        yield f"        {excerpt.hex if len(excerpt.hex) <= _WIDTH else excerpt.hex[: _WIDTH - 1] + '…'}"
