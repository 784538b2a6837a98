"""Compares two pieces of binary data: finds the places of differences, excerpts of them, and packed data inside."""

from __future__ import annotations

import base64
import binascii
import bz2
import lzma
import pickletools
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from reprowheel.compare.binary_times import binary_time
from reprowheel.compare.evidence import classify, reordered
from reprowheel.compare.model import Difference, Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.compare.model import KnownValues

__all__ = ["compare_data", "differing_ranges", "excerpts", "unpacked", "unpacked_inside"]

MAX_UNPACKED = 64 << 20
"""Most bytes that are unpacked from a compressed stream."""
_MAX_PLACES = 3
_MAX_RANGES = 10_000
_MAX_DIFFERING = 4 << 20
"""Most bytes that are compared one by one; all differences after them count as one place."""
_MAX_SPLIT = 2 << 20
_BLOCK = 4096
_GAP = 8
_AROUND = 80
_BINARY_AROUND = 8
_LONGEST = 240
_GZIP = 0x1F
_BACK = 1 << 20
_MAX_CANDIDATES = 64
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")


def compare_data(path: str, left: bytes, right: bytes, known: KnownValues, *, place: str = "") -> list[Difference]:
    """Return the differences of two pieces of data whose format is not known."""
    if reorder := _reordered_strings(path, left, right, place):
        return reorder
    ranges = differing_ranges(left, right)
    found = []
    for number, (ours, theirs) in enumerate(ranges[:_MAX_PLACES]):
        a, b = excerpts(left, right, ours, theirs)
        opcode = _pickle_place(left, right, ours[0])
        rest = len(ranges) - number if number == _MAX_PLACES - 1 else 1
        where = ", ".join(filter(None, (place, opcode)))
        finding, *others = binary_time(left, right, ours[0], theirs[0]) or classify(a, b, known)
        difference = Difference(path=path, kind="content", place=where, left=a, right=b, cause=finding.cause, count=rest)
        found.append(replace(difference, evidence=finding.evidence))
        found += [replace(difference, cause=other.cause, evidence=other.evidence, count=1) for other in others]
    return found


def _reordered_strings(path: str, left: bytes, right: bytes, place: str) -> list[Difference]:
    """Return the differences of data that has the same strings in another order, but for words such as times."""
    if max(len(left), len(right)) > _MAX_SPLIT:
        return []
    parts = [re.split(rb"[\x00\n]", side) for side in (left, right)]
    findings = reordered(*parts)
    if not findings:
        return []
    at = next(n for n, (a, b) in enumerate(zip(*parts, strict=True)) if a != b)
    starts = [sum(len(part) + 1 for part in side[:at]) for side in parts]
    spans = [(start, start + len(side[at])) for start, side in zip(starts, parts, strict=True)]
    a, b = excerpts(left, right, *spans)
    first = Difference(path=path, kind="order", place=place, left=a, right=b, cause=findings[0].cause)
    note = "the same strings in another order"
    found = [replace(first, evidence=findings[0].evidence, note=note)]
    return found + [replace(first, kind="content", cause=f.cause, evidence=f.evidence) for f in findings[1:]]


def differing_ranges(left: bytes, right: bytes) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return ((start, end) left, (start, end) right) for each place that differs.

    Data of equal size is compared byte by byte; places less than eight bytes apart are joined. If the sizes differ, there is
    one place: everything between the common start and the common end.
    """
    if len(left) == len(right):
        same = _ranges_of_equal_size(left, right)
        return [(r, r) for r in same]
    start = _common_prefix(left, right)
    most = min(len(left), len(right)) - start
    tail = _common_prefix(left[::-1][:most], right[::-1][:most])
    return [((start, len(left) - tail), (start, len(right) - tail))]


def _common_prefix(left: bytes, right: bytes) -> int:
    size = min(len(left), len(right))
    low = 0
    while low < size and left[low : low + _BLOCK] == right[low : low + _BLOCK]:
        low += _BLOCK
    low = min(low, size)
    end = min(low + _BLOCK, size)
    return next((n for n in range(low, end) if left[n] != right[n]), end)


def _ranges_of_equal_size(left: bytes, right: bytes) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    looked_at = 0
    for block in range(0, len(left), _BLOCK):
        if left[block : block + _BLOCK] == right[block : block + _BLOCK]:
            continue
        looked_at += _BLOCK
        if looked_at > _MAX_DIFFERING:
            return [*ranges, (block, len(left))]
        for at in range(block, min(block + _BLOCK, len(left))):
            if left[at] != right[at]:
                if ranges and at - ranges[-1][1] < _GAP:
                    ranges[-1] = (ranges[-1][0], at + 1)
                elif len(ranges) < _MAX_RANGES:
                    ranges.append((at, at + 1))
    return ranges


def excerpts(
    left: bytes,
    right: bytes,
    ours: tuple[int, int] | None = None,
    theirs: tuple[int, int] | None = None,
) -> tuple[Excerpt, Excerpt]:
    """Return an excerpt around the first difference on each side: a printable string, or a few bytes.

    :param ours: (start, end) of the difference on the left; default: found by common start and end.
    """
    if ours is None or theirs is None:
        start = _common_prefix(left, right)
        most = min(len(left), len(right)) - start
        tail = _common_prefix(left[::-1][:most], right[::-1][:most])
        ours, theirs = (start, len(left) - tail), (start, len(right) - tail)
    return _excerpt(left, *ours), _excerpt(right, *theirs)


def _excerpt(data: bytes, start: int, end: int) -> Excerpt:
    """Return the printable string around a place, or the place with eight bytes on either side."""
    end = min(end, start + _LONGEST)
    first, last = start, end
    while first > max(0, start - _AROUND) and _printable(data[first - 1]):
        first -= 1
    while last < min(len(data), first + _LONGEST) and _printable(data[last]):
        last += 1
    while first < start and data[first] & 0xC0 == 0x80:
        first += 1
    if not _is_text(data[first:last]):
        first, last = max(0, start - _BINARY_AROUND), min(len(data), end + _BINARY_AROUND)
    return Excerpt(offset=first, data=data[first:last], start=start - first, end=end - first)


def _printable(byte: int) -> bool:
    return 0x20 <= byte < 0x7F or byte >= 0x80 or byte in b"\t"


def _is_text(data: bytes) -> bool:
    try:
        return all(c.isprintable() or c in "\t\n\r" for c in data.decode("utf-8"))
    except UnicodeDecodeError as e:
        return e.start >= len(data) - 3 and e.reason == "unexpected end of data"  # the excerpt ends within a character


def unpacked(data: bytes) -> tuple[str, bytes] | None:
    """Return format and content of a compressed file; `None` if it is not compressed or cannot be unpacked."""
    try:
        if data.startswith((b"\x1f\x8b", b"x")):
            name, content = "gzip" if data[0] == _GZIP else "zlib", _stream(data, 0)
        elif data.startswith(b"BZh"):
            name, content = "bzip2", bz2.BZ2Decompressor().decompress(data, MAX_UNPACKED)
        elif data.startswith(b"\xfd7zXZ\x00"):
            name, content = "xz", lzma.LZMADecompressor().decompress(data, MAX_UNPACKED)
        else:
            return None
    except (OSError, EOFError, lzma.LZMAError, ValueError):
        return None
    return (name, content) if content else None


def unpacked_inside(left: bytes, right: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield (place, left, right) of data that is packed around the first difference, by zlib, gzip or base64."""
    first = _common_prefix(left, right)
    tried = 0
    for at in range(first, max(-1, first - _BACK), -1):
        if left[at : at + 1] not in (b"\x78", b"\x1f"):
            continue
        tried += 1
        if tried > _MAX_CANDIDATES:
            break
        ours, theirs = _stream(left, at), _stream(right, at)
        if ours and theirs and ours != theirs:
            yield f"compressed data at offset {at:#x}", ours, theirs
            return
    for match in _BASE64.finditer(left, max(0, first - 65536), first + 65536):
        other = _BASE64.match(right, match.start())
        if match.start() <= first <= match.end() and other:
            try:
                ours, theirs = base64.b64decode(match[0], validate=True), base64.b64decode(other[0], validate=True)
            except (binascii.Error, ValueError):
                return
            if ours != theirs and unpacked(ours) and unpacked(theirs):
                yield f"base64 at offset {match.start():#x}", ours, theirs
            return


def _stream(data: bytes, at: int) -> bytes | None:
    """Return the content of a complete zlib or gzip stream at an offset; `None` if there is none."""
    if data[at : at + 1] == b"\x78" and int.from_bytes(data[at : at + 2], "big") % 31:
        return None
    unpacker = zlib.decompressobj(wbits=47)  # accepts headers of zlib and gzip
    try:
        content = unpacker.decompress(memoryview(data)[at:], MAX_UNPACKED)
    except zlib.error:
        return None
    return content if unpacker.eof else None


def _pickle_place(left: bytes, right: bytes, first: int) -> str:
    """Return the name of the pickle opcode with the first difference; the data is parsed but never unpickled."""
    if not (left[:1] == right[:1] == b"\x80" and left[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"} and left[-1:] == b"."):
        return ""
    name = ""
    try:
        for opcode, _, position in pickletools.genops(left):
            if position is not None and position > first:
                break
            name = opcode.name
    except Exception:  # noqa: BLE001 - damaged pickles raise errors of many kinds; such data is no pickle
        return ""
    return f"pickle, opcode {name}"
