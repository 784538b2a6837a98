"""Renders a comparison as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.output.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.compare.model import Comparison, Difference, Excerpt

__all__ = ["comparison_text", "explanation", "headline"]

_WIDTH = 110
_CAUSE_WIDTH = 200
_BEFORE = 40
_MAX_SHOWN = 20
_MAX_FOLLOWING = 6


def comparison_text(comparison: Comparison) -> str:
    """Return the comparison as text: each difference with its place and cause, and what to do about it."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    if comparison.equal:
        yield f"EQUAL {comparison.files} files, {comparison.size} bytes"
        return
    yield f"DIFFERENT {headline(comparison)}"
    yield f"  left:  {printable(comparison.left)}"
    yield f"  right: {printable(comparison.right)}"
    yield from explanation(comparison, _MAX_SHOWN)


def headline(comparison: Comparison) -> str:
    """Return in a few words how many files differ; differences that follow from others do not count."""
    own = {d.path.partition("!")[0] for d in comparison.differences if not d.follows}
    if own == {""}:
        return "the archives differ, their members do not" if comparison.files > 1 else "the files differ"
    return f"{len(own)} of {comparison.files} files {'differs' if len(own) == 1 else 'differ'}"


def explanation(comparison: Comparison, most: int) -> Iterator[str]:
    """Yield the lines that explain a comparison.

    :param most: most differences to show.
    """
    own = [d for d in comparison.differences if not d.follows]
    for difference in own[:most]:
        yield ""
        yield from difference_lines(difference)
    if own[most:]:
        yield ""
        yield f"  … and {len(own) - most} more; --json has all of them"
    following: dict[str, list[str]] = {}
    for difference in comparison.differences:
        if difference.follows:
            following.setdefault(difference.path, []).append(difference.place.removeprefix("section "))
    if following:
        yield ""
        yield "  follows from this:"
        for path, places in list(following.items())[:_MAX_FOLLOWING]:
            sections = list(dict.fromkeys(place for place in places if place.startswith(".")))
            named = f" ({', '.join(sections[:_MAX_FOLLOWING])})" if sections else ""
            yield f"    {printable(path + named)}"
        if len(following) > _MAX_FOLLOWING:
            yield f"    and {len(following) - _MAX_FOLLOWING} more files"
    yield ""
    for cause in dict.fromkeys(d.cause for d in own):
        yield f"  what to do ({cause.name}): {cause.advice.replace('`', '')}"


def difference_lines(difference: Difference) -> Iterator[str]:
    """Yield the lines for one difference."""
    place = difference.place + (f", in {difference.symbol}" if difference.symbol else "")
    if difference.left:
        place = ", ".join(filter(None, (place, f"offset {difference.left.offset + difference.left.start:#x}")))
    yield "  " + printable(" — ".join(filter(None, (difference.path or "the archive itself", place))))
    if difference.note:
        yield f"      {printable(difference.note)}"
    if difference.left and difference.right:
        yield from _side("-", difference.left)
        yield from _side("+", difference.right)
    if difference.count > 1:
        yield f"      … and {difference.count - 1} more such places"
    shown = f": {difference.evidence}" if difference.evidence else ""
    yield "      " + printable(f"cause: {difference.cause.text}{shown}"[:_CAUSE_WIDTH])


def _side(sign: str, excerpt: Excerpt) -> Iterator[str]:
    """Yield one side in two lines, cut so that the difference stays visible."""
    before, middle, after = excerpt.parts
    if len(before) + len(middle) + len(after) > _WIDTH:
        before = before if len(before) <= _BEFORE else "…" + before[1 - _BEFORE :]
    text = before + middle + after
    yield f"    {sign} {printable(text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…')}"
    if excerpt.hex:
        yield f"        {excerpt.hex if len(excerpt.hex) <= _WIDTH else excerpt.hex[: _WIDTH - 1] + '…'}"
