"""Finds byte strings in packed data inside a file: compressed streams at any offset, zip members, and data nested in these.

Only whole streams count. Other bytes may begin like a stream, but only a real one has a valid checksum at its end. Formats:
RFC 1950 (zlib), RFC 1952 (gzip), PKWARE's APPNOTE (zip), the magic numbers of bzip2, xz and Zstandard.
"""

from __future__ import annotations

import bz2
import importlib
import io
import lzma
import re
import struct
import tarfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_DEPTH", "MAX_UNPACKED", "Hit", "find_packed", "sealed", "unpacked"]

MAX_UNPACKED = 1 << 30
"""Most bytes that are unpacked from one file, all its streams together."""

MAX_DEPTH = 6
"""Most levels of packing, such as a zip file inside a gzip stream inside another zip file."""

_MAGIC = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|PK\x03\x04", re.DOTALL)
_ZIP_LOCAL = struct.Struct("<4s5H3I2H")
_STORED, _DEFLATED = 0, 8
_SIZE_FOLLOWS = 8
_ZIP_VERSIONS = range(10, 64)
"""Versions of the format that a reader needs, times ten."""
_FIRST_PIECE = 1 << 8
_PIECE = 1 << 16
_TAR_MAGIC = slice(257, 262)
try:
    _ZSTANDARD_ERRORS: tuple[type[Exception], ...] = (importlib.import_module("compression.zstd").ZstdError,)
except ImportError:  # Python before 3.14
    _ZSTANDARD_ERRORS = ()
_ERRORS: tuple[type[Exception], ...] = (
    *_ZSTANDARD_ERRORS,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    struct.error,
    tarfile.TarError,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One place where a needle was found.

    :param needle: the byte string that was searched for.
    :param place: where inside the file, such as `!data.txt` or ` (unpacked from 0x20)`.
    :param offset: offset in the data of that place.
    :param outer: offset in the file where the outermost packed data starts; the needle's own offset if it is not packed.
    """

    needle: bytes
    place: str
    offset: int
    outer: int


@dataclass(slots=True)
class _Budget:
    left: int


def find_packed(data: mmap.mmap | bytes, needles: Iterable[bytes]) -> Iterator[Hit]:
    """Yield the first place of each needle in the data; if it has none of them, search each packed stream in it."""
    yield from _Search(needles=tuple(needles), budget=_Budget(left=MAX_UNPACKED)).run(data, MAX_DEPTH)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    needles: tuple[bytes, ...]
    budget: _Budget

    def run(self, data: mmap.mmap | bytes, depth: int, *, place: str = "", outer: int | None = None) -> Iterator[Hit]:
        found = [(needle, offset) for needle in self.needles if (offset := data.find(needle)) >= 0]
        for needle, offset in found:
            inner, start = _member_at(data, offset)
            yield Hit(needle=needle, place=place + inner, offset=offset - start, outer=offset if outer is None else outer)
        if found or depth == 0:
            return
        for start, _, name, unpacked in _streams(data, self.budget):
            inner = f"!{name}" if name else f" (unpacked from {start:#x})" if start else " (unpacked)"
            yield from self.run(unpacked, depth - 1, place=place + inner, outer=start if outer is None else outer)


def unpacked(data: mmap.mmap | bytes) -> Iterator[bytes]:
    """Yield the content of each packed stream in the data, and of those that are packed in it."""
    yield from _unpacked(data, _Budget(left=MAX_UNPACKED), MAX_DEPTH)


def _unpacked(data: mmap.mmap | bytes, budget: _Budget, depth: int) -> Iterator[bytes]:
    for _, _, _, content in _streams(data, budget) if depth else ():
        yield content
        yield from _unpacked(content, budget, depth - 1)


def sealed(data: mmap.mmap | bytes, offsets: Iterable[int]) -> bool:
    """Say whether a checksum covers one of the offsets: in a packed stream, a zip member or a PNG file."""
    wanted = sorted(offsets)
    if wanted and bytes(data[:8]) == b"\x89PNG\r\n\x1a\n":
        return True
    ranges = [(start, end) for start, end, _, _ in _streams(data, _Budget(left=MAX_UNPACKED))]
    return any(start <= offset < end for offset in wanted for start, end in ranges)


def _member_at(data: mmap.mmap | bytes, offset: int) -> tuple[str, int]:
    """Return `!NAME` and start of the tar member or stored zip member at an offset; an empty name and 0 outside of one."""
    header = data.rfind(b"PK\x03\x04", 0, offset)
    if header >= 0 and (member := _zip_member(data, header)) and member.body <= offset < member.end:
        return f"!{member.name}", member.body
    if bytes(data[_TAR_MAGIC]) != b"ustar":
        return "", 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as archive:
            for inner in archive:
                if inner.offset_data <= offset < inner.offset_data + inner.size:
                    return f"!{inner.name}", inner.offset_data
    except _ERRORS:
        pass
    return "", 0


def _streams(data: mmap.mmap | bytes, budget: _Budget) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield start, end, member's name and content of each packed stream; the search goes on after its end."""
    at = 0
    while budget.left > 0 and (match := _MAGIC.search(data, at)):
        start, magic = match.span()[0], match.group()
        at, name, body, make = start + 1, "", start, _DECOMPRESSORS.get(magic[:1])
        if magic == b"PK\x03\x04":
            member = _zip_member(data, start)
            if member is None:
                continue
            if member.method == _STORED:
                budget.left -= _FIRST_PIECE
                yield start, member.end, member.name, bytes(data[member.body : member.end])
                at = member.end
                continue
            name, body = member.name, member.body
            make = _raw_deflate if member.method == _DEFLATED else None
        if make is None:
            continue
        try:
            unpacked, end = _unpack(make, data, body, budget)
        except _ERRORS:
            continue
        if unpacked or name:
            yield start, end, name, unpacked
        at = max(end, at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _ZipMember:
    name: str
    method: int
    body: int
    end: int


def _zip_member(data: mmap.mmap | bytes, start: int) -> _ZipMember | None:
    """Read a local header; if it has no size, a stored member ends at the next header of any kind."""
    header = bytes(data[start : start + _ZIP_LOCAL.size])
    if len(header) < _ZIP_LOCAL.size:
        return None
    _, version, flags, method, _, _, _, packed, plain, name_size, extra_size = _ZIP_LOCAL.unpack(header)
    streamed = bool(flags & _SIZE_FOLLOWS) and not packed
    if version & 0xFF not in _ZIP_VERSIONS or not name_size or (method == _STORED and packed != plain and not streamed):
        return None  # other bytes that begin like a header by chance
    end_of_name = start + _ZIP_LOCAL.size + name_size
    name = bytes(data[end_of_name - name_size : end_of_name]).decode("utf-8", "backslashreplace")
    body = end_of_name + extra_size
    end = body + packed
    if streamed:
        ends = (data.find(magic, body) for magic in (b"PK\x07\x08", b"PK\x01\x02", b"PK\x03\x04"))
        end = min((at for at in ends if at >= 0), default=len(data))
    return _ZipMember(name=name, method=method, body=body, end=min(end, len(data)))


def _raw_deflate() -> Any:  # noqa: ANN401
    return zlib.decompressobj(-15)


def _zstandard() -> Any:  # noqa: ANN401 - the module exists since Python 3.14
    try:
        return importlib.import_module("compression.zstd").ZstdDecompressor
    except ImportError:
        return None


_DECOMPRESSORS: dict[bytes, Any] = {
    b"\x1f": lambda: zlib.decompressobj(31),
    b"\x78": zlib.decompressobj,
    b"B": bz2.BZ2Decompressor,
    b"\xfd": lambda: lzma.LZMADecompressor(memlimit=MAX_UNPACKED),
    b"\x28": _zstandard(),
}
"""First byte of a magic number → factory of a decompressor; `None` if this Python has none."""


def _unpack(make: Any, data: mmap.mmap | bytes, start: int, budget: _Budget) -> tuple[bytes, int]:  # noqa: ANN401
    """Return a stream's content, as much of it as the budget allows, and the offset of its end.

    Failed attempts use up the budget, too.

    :raises ValueError: the stream does not end. The decompressor raises errors of its own for damaged streams.
    """
    stream, pieces, at, step = make(), [], start, _FIRST_PIECE
    while not stream.eof and budget.left > 0:
        left = getattr(stream, "unconsumed_tail", b"")
        if getattr(stream, "needs_input", not left):
            piece = bytes(data[at : at + step])
            if not piece:
                msg = "the stream does not end"
                raise ValueError(msg)
            at, step, left = at + len(piece), _PIECE, left + piece
            budget.left -= _FIRST_PIECE
        unpacked = stream.decompress(left, _PIECE * 16)
        pieces.append(unpacked)
        budget.left -= len(unpacked)
    return b"".join(pieces), at - len(stream.unused_data)
