"""Finds late times in compressed archives, so that the report names those that cannot be replaced.

To replace a time inside compressed data, the data would have to be compressed again, and the result would depend on the version
of zlib. During a build, Python's own tar and zip modules write no late times (`environment/neutral/packed.py`). Deep mode
prevents those of other programs.
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

    from reprowheel.files import RealTimes
    from reprowheel.normalize.model import Recogniser

    Finder = Callable[[BinaryIO, int, RealTimes], list[tuple[int, bytes]]]

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
"""Kind → recogniser, for the formats that contain other files."""

_LIMIT = 64 << 20
_PIECE = 1 << 16
_MAX_MEMBERS = 10_000
_MAX_DEPTH = 4
_ERRORS = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError)
_NOTE = "has times later than the epoch under compression, which deep mode keeps out"


def gzip_members(stream: BinaryIO) -> list[int]:
    """Return the offsets of the members of a gzip file; the search ends at damaged data or a limit of size."""
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


def note_of(stream: BinaryIO, kind: str, times: RealTimes, finders: Mapping[str, Finder]) -> str:
    """Return a sentence about late times inside a packed file, or an empty string.

    :param kind: gzip, bzip2, xz or zip.
    :param finders: kind → function that returns the patches for the headers of such a file.
    """
    stream.seek(0)
    inner = _late(stream, kind, times, finders, _MAX_DEPTH)
    return "" if inner is None else f"{inner or 'what it holds'} {_NOTE}"


def _late(stream: BinaryIO, kind: str, times: RealTimes, finders: Mapping[str, Finder], depth: int) -> str | None:
    """Return the name of the first packed part with late times (may be empty); `None` if there is none."""
    try:
        for name, data in _parts(stream, kind):
            inner = _kind(data)
            finder = finders.get(inner)
            try:
                if finder and finder(io.BytesIO(data), len(data), times):
                    return name
            except UnknownShapeError:
                pass
            if inner and depth and _late(io.BytesIO(data), inner, times, finders, depth - 1) is not None:
                return name
    except _ERRORS:
        pass
    return None


def _parts(stream: BinaryIO, kind: str) -> list[tuple[str, bytes]]:
    """Return name and content of the packed parts of a file that may be archives, at most `_LIMIT` bytes of each."""
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
