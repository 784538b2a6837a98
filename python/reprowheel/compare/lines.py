"""Compares two texts line by line."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from reprowheel.compare.data import excerpts
from reprowheel.compare.evidence import classify, reordered
from reprowheel.compare.model import Difference

if TYPE_CHECKING:
    from reprowheel.compare.evidence import Finding
    from reprowheel.compare.model import Excerpt, KnownValues

__all__ = ["compare_text", "is_text"]

_MAX_PLACES = 5
_MAX_LINES = 2000
"""Most lines for `difflib`, whose time grows with the square of their number."""


def is_text(data: bytes) -> bool:
    """Say whether the data is UTF-8 text without NUL."""
    if b"\x00" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def compare_text(path: str, left: bytes, right: bytes, known: KnownValues, *, prefix: str = "") -> list[Difference]:
    """Return up to five differences; the last one also counts all that follow.

    :param prefix: text before "line N" in the place.
    """
    ours, theirs = left.splitlines(keepends=True), right.splitlines(keepends=True)
    if findings := reordered(ours, theirs):
        return _reordered(path, ours, theirs, prefix, findings)
    blocks = _blocks(ours, theirs)
    differences = []
    for number, (a0, a1, b0, b1) in enumerate(blocks[:_MAX_PLACES]):
        a, b = excerpts(b"".join(ours[a0:a1]), b"".join(theirs[b0:b1]))
        a, b = _moved(a, _offset(ours, a0)), _moved(b, _offset(theirs, b0))
        place = f"{prefix}line {a0 + 1}" + (f" (right: line {b0 + 1})" if a0 != b0 else "")
        rest = len(blocks) - number if number == _MAX_PLACES - 1 else 1
        finding, *others = classify(a, b, known)
        first = Difference(path=path, kind="content", place=place, left=a, right=b, cause=finding.cause, count=rest)
        differences.append(replace(first, evidence=finding.evidence))
        differences += [replace(first, cause=other.cause, evidence=other.evidence, count=1) for other in others]
    return differences


def _reordered(path: str, ours: list[bytes], theirs: list[bytes], prefix: str, findings: list[Finding]) -> list[Difference]:
    """Return the differences of two texts that have the same lines in another order, but for words such as times."""
    pairs = zip(ours, theirs, strict=True)
    at, (a, b) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
    left, right = excerpts(a, b)
    first = Difference(
        path=path,
        kind="order",
        place=f"{prefix}line {at + 1}",
        left=_moved(left, _offset(ours, at)),
        right=_moved(right, _offset(theirs, at)),
        cause=findings[0].cause,
        count=sum(x != y for x, y in zip(ours, theirs, strict=True)),
        note="the same lines in another order",
        evidence=findings[0].evidence,
    )
    others = [replace(first, kind="content", cause=f.cause, evidence=f.evidence, note="", count=1) for f in findings[1:]]
    return [first, *others]


def _blocks(ours: list[bytes], theirs: list[bytes]) -> list[tuple[int, int, int, int]]:
    """Return (left start, left end, right start, right end) of each block of lines that differs."""
    if len(ours) == len(theirs):
        differing = [n for n, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
        if len(differing) <= max(1, len(ours) // 4):
            return [(n, n + 1, n, n + 1) for n in differing]
    start = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    tail = 0
    while tail < min(len(ours), len(theirs)) - start and ours[-1 - tail] == theirs[-1 - tail]:
        tail += 1
    left, right = ours[start : len(ours) - tail], theirs[start : len(theirs) - tail]
    if max(len(left), len(right)) > _MAX_LINES:
        return [(start, len(ours) - tail, start, len(theirs) - tail)]
    codes = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return [(start + a0, start + a1, start + b0, start + b1) for tag, a0, a1, b0, b1 in codes if tag != "equal"]


def _offset(lines: list[bytes], number: int) -> int:
    return sum(map(len, lines[:number]))


def _moved(excerpt: Excerpt, offset: int) -> Excerpt:
    return replace(excerpt, offset=excerpt.offset + offset)
