"""Archives inside archives: what they say of times, so that the report can tell what cannot be replaced.

A time under compression could only be replaced by compressing again, which gives other bytes with another zlib. Python's
own tar and zip modules write none during a build (`environment/neutral/packed.py`), deep mode keeps those of other programs out.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from typing import TYPE_CHECKING

from reprowheel.normalize.model import Candidate, begins_with
from reprowheel.normalize.patching import UnknownShapeError
from reprowheel.normalize.tar import is_tar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from reprowheel.normalize.model import Recogniser

    Finder = Callable[[BinaryIO, int, int], list[tuple[int, bytes]]]

__all__ = ["RECOGNISERS", "ZIP_MAGIC", "gzip_members", "note_of"]

_GZIP_MAGIC = b"\x1f\x8b\x08"
ZIP_MAGIC = b"PK\x03\x04"
RECOGNISERS: Mapping[str, Recogniser] = {
    "tar": lambda file: is_tar(file.head),
    "gzip": begins_with(_GZIP_MAGIC),
    "zip": begins_with(ZIP_MAGIC),
    "bzip2": begins_with(b"BZh"),
    "xz": begins_with(b"\xfd7zXZ\0"),
}
"""What tells the formats that hold files."""

_LIMIT = 64 << 20
_PIECE = 1 << 16
_MAX_MEMBERS = 10_000
_MAX_DEPTH = 4
_ERRORS = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError)
_NOTE = "has times later than the epoch under compression, which deep mode keeps out"


def gzip_members(stream: BinaryIO) -> list[int]:
    """Return the offset of each member of a gzip file, as far as the file is whole and not huge."""
    stream.seek(0)
    starts, at, budget = [0], 0, _LIMIT * 16
    while len(starts) < _MAX_MEMBERS:
        inflate = zlib.decompressobj(31)
        try:
            while not inflate.eof and budget > 0:
                piece = inflate.unconsumed_tail or stream.read(_PIECE)
                if not piece:
                    return starts
                budget -= len(inflate.decompress(piece, _PIECE * 16))
        except zlib.error:
            return starts
        at = stream.tell() - len(inflate.unused_data)
        stream.seek(at)
        if budget <= 0 or stream.read(3) != _GZIP_MAGIC:
            return starts
        starts.append(at)
        stream.seek(at)
    return starts


def note_of(stream: BinaryIO, kind: str, epoch: int, finders: Mapping[str, Finder]) -> str:
    """Return a sentence about the times in what a packed file holds, or nothing.

    :param kind: gzip, bzip2, xz or zip.
    :param finders: kind → function that returns the patches for such a file's headers: gzip, tar and zip.
    """
    stream.seek(0)
    inner = _late(stream, kind, epoch, finders, _MAX_DEPTH)
    return "" if inner is None else f"{inner or 'what it holds'} {_NOTE}"


def _late(stream: BinaryIO, kind: str, epoch: int, finders: Mapping[str, Finder], depth: int) -> str | None:
    """Return the name of the packed part that has late times; empty where it has no name."""
    try:
        for name, data in _parts(stream, kind):
            inner = _kind(data)
            finder = finders.get(inner)
            try:
                if finder and finder(io.BytesIO(data), len(data), epoch):
                    return name
            except UnknownShapeError:
                pass
            if inner and depth and _late(io.BytesIO(data), inner, epoch, finders, depth - 1) is not None:
                return name
    except _ERRORS:
        pass
    return None


def _parts(stream: BinaryIO, kind: str) -> list[tuple[str, bytes]]:
    """Return the packed parts of a file, at most `_LIMIT` bytes of each that could be an archive."""
    if kind == "gzip":
        return [("", zlib.decompressobj(31).decompress(stream.read(_LIMIT), _LIMIT))]
    if kind == "bzip2":
        return [("", bz2.BZ2Decompressor().decompress(stream.read(_LIMIT), _LIMIT))]
    if kind == "xz":
        return [("", lzma.LZMADecompressor(memlimit=_LIMIT * 4).decompress(stream.read(_LIMIT), _LIMIT))]
    if kind != "zip":
        return []
    found = []
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist()[:_MAX_MEMBERS]:
            with archive.open(info) as member:
                head = member.read(512)
                if _kind(head):
                    found.append((info.filename, head + member.read(_LIMIT)))
    return found


def _kind(head: bytes) -> str:
    candidate = Candidate.read(io.BytesIO(head))
    return next((kind for kind, recognise in RECOGNISERS.items() if recognise(candidate)), "")
