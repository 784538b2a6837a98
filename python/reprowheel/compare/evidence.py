"""Names the cause of a difference from evidence in the bytes of both sides; without evidence the cause is unknown.

First the values that are known of the two builds (`KnownValues`) are looked for, such as the host name. Then words that tell
what they are: times, paths, digests and so on. A cause is named if such words stand on both sides, they differ, and

- they are all that differs, or
- the difference begins in them.

A word near a difference is no evidence, and neither is one that only looks like a time in the bytes of a program.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.compare.causes import CAUSES
from reprowheel.compare.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.compare.model import Cause, Excerpt, KnownValues

__all__ = ["Finding", "classify", "reordered", "same_parts"]

_SEPARATORS = re.compile(rb"[\s,;:|=\x00'\"(){}\[\]]+")
_MIN_FACT = 3
_MIN_PART = 2
_LONGEST = 80
_MASK = b"\x00?\x00"
_MAX_MASKED = 1 << 20
"""Largest text in which all telling words are looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A cause, and the text on both sides that is the evidence for it; empty if the cause is unknown."""

    cause: Cause
    evidence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Word:
    """A word of one side that tells what it is: name of the cause, place in the data."""

    cause: str
    start: int
    end: int
    text: bytes


UNKNOWN = Finding(cause=CAUSES["content"])
"""What is said of a difference without evidence."""


def classify(left: Excerpt | None, right: Excerpt | None, known: KnownValues) -> list[Finding]:
    """Return the causes of a difference with their evidence, at least one; `UNKNOWN` if nothing tells it."""
    if left is None or right is None:
        return [UNKNOWN]
    by_value = _by_known_values(left, right, known)
    if by_value:
        return [by_value]
    found = _by_words(left, right)
    if found:
        return found
    parts = [_SEPARATORS.split(side.data) for side in (left, right)]
    if same_parts(*parts) and all(_is_word(part) for part in _moved(*parts)):
        return [Finding(cause=CAUSES["order"], evidence=_told(*(b" ".join(_moved(*pair)) for pair in (parts, parts[::-1]))))]
    return [UNKNOWN]


def same_parts(left: list[bytes], right: list[bytes]) -> bool:
    """Say whether two lists have the same parts, at least two, in another order."""
    return left != right and len(left) == len(right) > 1 and Counter(left) == Counter(right)


def reordered(left: list[bytes], right: list[bytes]) -> list[Finding]:
    """Return the causes of two lists of lines or strings that differ in their order, and at most in telling words besides.

    The first cause is the order. The list is empty if the two differ otherwise.
    """
    if same_parts(left, right):
        return [_order(left, right)]
    if left == right or len(left) != len(right) or max(sum(map(len, side)) for side in (left, right)) > _MAX_MASKED:
        return []
    words = [[_words(part) for part in side] for side in (left, right)]
    masked = [[_masked(part, found) for part, found in zip(side, words[n], strict=True)] for n, side in enumerate((left, right))]
    if not same_parts(*masked):
        return []
    waiting: dict[bytes, list[list[_Word]]] = {}
    for key, found in zip(masked[0], words[0], strict=True):
        waiting.setdefault(key, []).append(found)
    pairs = [
        (a, b)
        for key, found in zip(masked[1], words[1], strict=True)
        for a, b in zip(waiting[key].pop(0), found, strict=True)
        if a.text != b.text
    ]
    return [_order(*masked), *_findings(pairs)]


def _order(left: list[bytes], right: list[bytes]) -> Finding:
    """Return the finding for two lists with the same parts in another order; its evidence is the first that differs."""
    ours, theirs = next((a, b) for a, b in zip(left, right, strict=True) if a != b)
    return Finding(cause=CAUSES["order"], evidence=_told(ours.replace(_MASK, b""), theirs.replace(_MASK, b"")))


def _by_known_values(left: Excerpt, right: Excerpt, known: KnownValues) -> Finding | None:
    """Return the cause whose known values are at the place of the difference."""
    for name, known_left, known_right in known.values:
        ours, theirs = known_left.encode(), known_right.encode()
        if ours != theirs and ours and theirs and _holds(left, ours) and _holds(right, theirs):
            return Finding(cause=CAUSES[name], evidence=_told(ours, theirs))
    return None


def _holds(excerpt: Excerpt, value: bytes) -> bool:
    """Say whether the value is at the place of the difference; a short value must be the whole word there."""
    if len(value) < _MIN_FACT:
        return _token(excerpt) == value
    at = excerpt.data.find(value)
    while at >= 0:
        if at <= excerpt.end and at + len(value) >= excerpt.start:
            return True
        at = excerpt.data.find(value, at + 1)
    return False


def _token(excerpt: Excerpt) -> bytes:
    """Return the letters and digits around the first difference."""
    start, end, data = excerpt.start, excerpt.start, excerpt.data
    while start and chr(data[start - 1]).isalnum() and data[start - 1] < 0x80:
        start -= 1
    while end < len(data) and chr(data[end]).isalnum() and data[end] < 0x80:
        end += 1
    return data[start:end]


def _by_words(left: Excerpt, right: Excerpt) -> list[Finding]:
    """Return the causes that telling words at the place of the difference give."""
    ours, theirs = _words(left.data), _words(right.data)
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=False) if a.cause == b.cause and a.text != b.text]
    if len(ours) == len(theirs) and _masked(left.data, ours) == _masked(right.data, theirs):
        return list(_findings(pairs))
    first = [_at(ours, left.start), _at(theirs, right.start)]
    if first[0] and first[1] and first[0].cause == first[1].cause and first[0].text != first[1].text:
        return list(_findings([(first[0], first[1])]))
    return []


def _at(words: list[_Word], place: int) -> _Word | None:
    """Return the word with the first byte that differs; where one side has nothing more, the word that ends there."""
    return next((word for word in words if word.start <= place < word.end), next((w for w in words if w.end == place), None))


def _findings(pairs: list[tuple[_Word, _Word]]) -> Iterator[Finding]:
    """Yield one finding for each cause, with its first pair as evidence."""
    seen = set()
    for ours, theirs in pairs:
        if ours.cause not in seen:
            seen.add(ours.cause)
            yield Finding(cause=CAUSES[ours.cause], evidence=_told(ours.text, theirs.text))


def _words(data: bytes) -> list[_Word]:
    """Return the telling words of some data, in order; a byte is in one word at most, the first kind that has it."""
    found: list[_Word] = []
    for kind in WORDS:
        for match in kind.pattern.finditer(data):
            free = all(match.end() <= word.start or match.start() >= word.end for word in found)
            if free and kind.accepts(match[0]):
                found.append(_Word(cause=kind.cause, start=match.start(), end=match.end(), text=match[0]))
    return sorted(found, key=lambda word: word.start)


def _masked(data: bytes, words: list[_Word]) -> bytes:
    """Return the data with each word replaced by a mark and the name of its cause."""
    pieces, at = [], 0
    for word in words:
        pieces += [data[at : word.start], _MASK, word.cause.encode(), _MASK]
        at = word.end
    return b"".join([*pieces, data[at:]])


def _moved(ours: list[bytes], theirs: list[bytes]) -> list[bytes]:
    """Return the parts of one side that stand elsewhere on the other."""
    return [part for part, other in zip(ours, theirs, strict=True) if part != other]


def _is_word(part: bytes) -> bool:
    """Say whether a part is a printable word, and not a byte of binary data."""
    return len(part) >= _MIN_PART and all(0x20 < byte < 0x7F for byte in part) and any(chr(b).isalpha() for b in part)


def _told(ours: bytes, theirs: bytes) -> str:
    return " | ".join(side.decode("utf-8", "replace").strip()[:_LONGEST] for side in (ours, theirs))
