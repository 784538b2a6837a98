"""Times that a build writes into data files: gzip headers, PNG `tIME` chunks, members of nested zip files.

Only times later than the epoch are replaced: what the sdist brought along keeps its bytes, what the build made does
not. Only headers are written; nothing is recompressed, so no size and no offset changes.
Specs: RFC 1952 (gzip), PNG section 11.3.6 (tIME), PKWARE's APPNOTE (zip), Info-ZIP's extra field 0x5455.
"""

from __future__ import annotations

import calendar
import struct
import zlib
from datetime import MAXYEAR, MINYEAR
from typing import TYPE_CHECKING

from reprowheel.determinism import EPOCH_1980
from reprowheel.normalize.patching import UnknownShapeError, patch_file
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    Patches = list[tuple[int, bytes]]

__all__ = ["GZIP_MAGIC", "PNG_MAGIC", "ZIP_MAGIC", "normalize_stamps"]

GZIP_MAGIC = b"\x1f\x8b\x08"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
ZIP_MAGIC = b"PK\x03\x04"

_DAY = 86400
"""Zip members carry local time; a zone is at most this far from UTC."""
_MAX_PARTS = 200_000
_GZIP_TIME = 4
_GZIP_SMALLEST = 18
_PNG_CHUNK = struct.Struct(">I4s")
_PNG_TIME = struct.Struct(">HBBBBB")
_ZIP_END = struct.Struct("<4s4H2IH")
_ZIP_ENTRY = struct.Struct("<4s6H3I5H2I")
_ZIP_LOCAL = struct.Struct("<4s5H3I2H")
_ZIP_TIME_IN_ENTRY, _ZIP_TIME_IN_LOCAL = 12, 10
_ZIP_1980 = struct.pack("<HH", 0, 1 << 5 | 1)
_UNIX_TIMES = 0x5455


def normalize_stamps(path: Path, name: str, kind: str, *, epoch: int) -> FileReport | None:
    """Replace times later than `epoch` in the headers of a gzip, PNG or zip file.

    :param name: posix path in the wheel, for the report.
    :param kind: gzip, png or zip.
    :param epoch: seconds since 1970, UTC.
    :returns: nothing if there is no such time: most pictures are none of our business.
    """
    find = {"gzip": _gzip, "png": _png, "zip": _zip}[kind]
    try:
        with path.open("rb") as stream:
            patches = find(stream, path.stat().st_size, epoch)
    except UnknownShapeError as error:
        return FileReport(path=name, kind=kind, action="unchanged", reason=str(error))
    if not patches:
        return None
    patch_file(path, patches)
    return FileReport(path=name, kind=kind, action="rewritten", reason="times later than the epoch replaced")


def _gzip(stream: BinaryIO, size: int, epoch: int) -> Patches:
    if size < _GZIP_SMALLEST:
        msg = "damaged: shorter than a gzip member"
        raise UnknownShapeError(msg)
    stream.seek(_GZIP_TIME)
    field = stream.read(4)
    return [(_GZIP_TIME, bytes(4))] if int.from_bytes(field, "little") > epoch else []


def _png(stream: BinaryIO, size: int, epoch: int) -> Patches:
    patches: Patches = []
    at = len(PNG_MAGIC)
    for _ in range(_MAX_PARTS):
        stream.seek(at)
        head = stream.read(_PNG_CHUNK.size)
        if len(head) < _PNG_CHUNK.size:
            break
        length, kind = _PNG_CHUNK.unpack(head)
        if at + _PNG_CHUNK.size + length + 4 > size:
            msg = f"damaged: the chunk at {at:#x} reaches beyond the end of the file"
            raise UnknownShapeError(msg)
        if kind == b"IEND":
            return patches
        if kind == b"tIME" and length == _PNG_TIME.size:
            fields = _PNG_TIME.unpack(stream.read(length))
            if _seconds(*fields) > epoch:
                data = _PNG_TIME.pack(1980, 1, 1, 0, 0, 0)
                patches.append((at + _PNG_CHUNK.size, data + zlib.crc32(kind + data).to_bytes(4, "big")))
        at += _PNG_CHUNK.size + length + 4
    msg = "damaged: no IEND chunk"
    raise UnknownShapeError(msg)


def _seconds(year: int, month: int, *rest: int) -> int:
    """Return a UTC time (year to second) in seconds since 1970.

    A month or day 0, which zip knows, counts as 1; a year that `datetime` does not have as the nearest that it has.
    """
    day, hour, minute, second = rest
    year = min(max(year, MINYEAR), MAXYEAR)
    return calendar.timegm((year, min(max(month, 1), 12), max(day, 1), hour, minute, second))


def _zip(stream: BinaryIO, size: int, epoch: int) -> Patches:
    count, at = _zip_directory(stream, size)
    patches: Patches = []
    for _ in range(count):
        fields = _zip_header(stream, at, _ZIP_ENTRY, b"PK\x01\x02")
        flags, time, date = fields[3], fields[5], fields[6]
        name_size, extra_size, comment_size, local = fields[10], fields[11], fields[12], fields[16]
        if flags & 1:
            msg = "has encrypted members, whose check byte depends on the time"
            raise UnknownShapeError(msg)
        local_fields = _zip_header(stream, local, _ZIP_LOCAL, ZIP_MAGIC)
        if _zip_time(date, time) > epoch + _DAY:
            patches += [(at + _ZIP_TIME_IN_ENTRY, _ZIP_1980), (local + _ZIP_TIME_IN_LOCAL, _ZIP_1980)]
        patches += _zip_extra(stream, at + _ZIP_ENTRY.size + name_size, extra_size, epoch)
        patches += _zip_extra(stream, local + _ZIP_LOCAL.size + local_fields[9], local_fields[10], epoch)
        at += _ZIP_ENTRY.size + name_size + extra_size + comment_size
    return patches


def _zip_directory(stream: BinaryIO, size: int) -> tuple[int, int]:
    """Return how many members the archive has, and where its central directory starts."""
    start = max(0, size - _ZIP_END.size - 0xFFFF)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at == -1 or len(tail) - at < _ZIP_END.size:
        msg = "damaged: no end of central directory"
        raise UnknownShapeError(msg)
    _, disk, first_disk, here, count, directory_size, directory, _ = _ZIP_END.unpack_from(tail, at)
    if disk or first_disk or here != count or directory + directory_size != start + at:
        msg = "a ZIP64, split or prefixed archive"
        raise UnknownShapeError(msg)
    return count, directory


def _zip_header(stream: BinaryIO, at: int, form: struct.Struct, magic: bytes) -> tuple[int, ...]:
    stream.seek(at)
    data = stream.read(form.size)
    if len(data) < form.size or not data.startswith(magic):
        msg = f"damaged: no member header at {at:#x}"
        raise UnknownShapeError(msg)
    return form.unpack(data)


def _zip_time(date: int, time: int) -> int:
    """Return an MS-DOS date and time, taken as UTC, in seconds since 1970."""
    return _seconds(1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, 2 * (time & 31))


def _zip_extra(stream: BinaryIO, at: int, size: int, epoch: int) -> Patches:
    """Return the patches for the Unix times in one header's extra fields."""
    stream.seek(at)
    data = stream.read(size)
    patches: Patches = []
    here = 0
    while here + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, here)
        if kind == _UNIX_TIMES:
            for place in range(here + 5, min(here + 4 + length, len(data)) - 3, 4):
                if int.from_bytes(data[place : place + 4], "little") > epoch:
                    patches.append((at + place, EPOCH_1980.to_bytes(4, "little")))
        here += 4 + length
    return patches
