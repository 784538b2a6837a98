"""Replaces times that a build wrote into data files: gzip headers, PNG `tIME` chunks, members of nested zip and tar files.

Only times that the build has read off a real clock are replaced (`files.RealTimes`): those later than the
epoch, and those between the build's start and end. Files from the sdist have other times and stay unchanged. Only headers are
overwritten. Nothing is compressed again, so no size and no offset changes.
Specs: RFC 1952 (gzip), PNG section 11.3.6 (tIME), PKWARE's APPNOTE (zip), Info-ZIP's extra field 0x5455.
"""

from __future__ import annotations

import calendar
import struct
import zlib
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR
from itertools import pairwise
from typing import TYPE_CHECKING

from reprowheel.files import EPOCH_1980
from reprowheel.normalize.inner_times import ZIP_MAGIC, gzip_members, note_of
from reprowheel.normalize.patching import UnknownShapeError, patch_file
from reprowheel.normalize.report import FileReport
from reprowheel.normalize.tar import find_tar_stamps

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from reprowheel.files import RealTimes

    Patches = list[tuple[int, bytes]]

__all__ = ["PNG_MAGIC", "normalize_stamps"]

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

_MAX_PARTS = 200_000
_GZIP_TIME, _GZIP_HEAD = 4, 10
_GZIP_HAS_CHECKSUM, _GZIP_HAS_NAME = 2, 8
_GZIP_SMALLEST = 18
_PNG_CHUNK = struct.Struct(">I4s")
_PNG_TIME = struct.Struct(">HBBBBB")
_ZIP_END = struct.Struct("<4s4H2IH")
_ZIP_ENTRY = struct.Struct("<4s6H3I5H2I")
_ZIP_LOCAL = struct.Struct("<4s5H3I2H")
_ZIP_TIME_IN_ENTRY, _ZIP_TIME_IN_LOCAL = 12, 10
_ZIP_1980 = struct.pack("<HH", 0, 1 << 5 | 1)
_UNIX_TIMES = 0x5455


def normalize_stamps(path: Path, name: str, kind: str, *, times: RealTimes) -> FileReport | None:
    """Replace real times in the headers of a gzip, PNG, tar or zip file.

    :param name: posix path in the wheel, for the report.
    :param kind: gzip, png, tar or zip; also bzip2 and xz, which have no time of their own but may contain archives.
    :param times: tells which times are real.
    :returns: the report; `None` if there is no such time, so that reports do not list every picture.
    """
    try:
        with path.open("rb") as stream:
            patches = _FINDERS[kind](stream, path.stat().st_size, times) if kind in _FINDERS else []
            notes = [note_of(stream, kind, times, _FINDERS)]
            if kind == "gzip" and patches:
                notes.append(_gzip_name(stream))
    except UnknownShapeError as error:
        return FileReport.unchanged(name, kind, str(error))
    if patches:
        patch_file(path, patches)
        notes.insert(0, "times later than the epoch replaced")
    reason = "; ".join(filter(None, notes))
    action = "rewritten" if patches else "unchanged"
    return FileReport(path=name, kind=kind, action=action, reason=reason) if reason else None


def _gzip(stream: BinaryIO, size: int, times: RealTimes) -> Patches:
    """Return the patches for all members of a gzip file, which can have several (RFC 1952, section 2.2)."""
    if size < _GZIP_SMALLEST:
        msg = "damaged: shorter than a gzip member"
        raise UnknownShapeError(msg)
    patches: Patches = []
    for start in gzip_members(stream):
        stream.seek(start)
        header = stream.read(_GZIP_HEAD)
        if times.real(int.from_bytes(header[4:8], "little")):
            if header[3] & _GZIP_HAS_CHECKSUM:
                msg = f"the header of the member at {start:#x} has a checksum"
                raise UnknownShapeError(msg)
            patches.append((start + _GZIP_TIME, bytes(4)))
    return patches


def _gzip_name(stream: BinaryIO) -> str:
    """Return a remark on the original file name in the first header; it is kept, because the build chose it."""
    stream.seek(0)
    header = stream.read(_GZIP_HEAD + 256)
    if header[3] & 0b100 or not header[3] & _GZIP_HAS_NAME:
        return ""
    return f"holds the file name {header[_GZIP_HEAD:].partition(bytes(1))[0].decode('latin-1')!r}"


def _png(stream: BinaryIO, size: int, times: RealTimes) -> Patches:
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
            if times.real(_seconds(*fields)):
                data = _PNG_TIME.pack(1980, 1, 1, 0, 0, 0)
                patches.append((at + _PNG_CHUNK.size, data + zlib.crc32(kind + data).to_bytes(4, "big")))
        at += _PNG_CHUNK.size + length + 4
    msg = "damaged: no IEND chunk"
    raise UnknownShapeError(msg)


def _seconds(year: int, month: int, *rest: int) -> int:
    """Return a UTC time (year to second) in seconds since 1970.

    Month or day 0, which zip files may have, counts as 1. A year outside of the range of `datetime` counts as its nearest one.
    """
    day, hour, minute, second = rest
    year = min(max(year, MINYEAR), MAXYEAR)
    return calendar.timegm((year, min(max(month, 1), 12), max(day, 1), hour, minute, second))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    """One of the two headers of a zip member: offsets of the header, its time and its extra fields, and the member's time."""

    at: int
    time_at: int
    extra: int
    extra_size: int
    seconds: int


def _zip(stream: BinaryIO, size: int, times: RealTimes) -> Patches:
    patches: Patches = []
    for header in _zip_headers(stream, size):
        if times.real_in_zip(header.seconds):
            patches.append((header.at + header.time_at, _ZIP_1980))
        patches += _zip_extra(stream, header.extra, header.extra_size, times)
    return patches


def _zip_headers(stream: BinaryIO, size: int) -> list[_Header]:
    """Return both headers of each member: in the central directory, and before its data; raise if members overlap."""
    count, directory, end_of_directory = _zip_directory(stream, size)
    headers: list[_Header] = []
    places = []
    at = directory
    for _ in range(count):
        fields = _zip_header(stream, at, _ZIP_ENTRY, b"PK\x01\x02")
        flags, time, date = fields[3], fields[5], fields[6]
        data_size, name_size, extra_size, comment_size, local = (fields[n] for n in (8, 10, 11, 12, 16))
        if flags & 1:
            msg = "has encrypted members, whose check byte depends on the time"
            raise UnknownShapeError(msg)
        local_name, local_extra_size = _zip_header(stream, local, _ZIP_LOCAL, ZIP_MAGIC)[9:11]
        seconds, extra = _zip_time(date, time), at + _ZIP_ENTRY.size + name_size
        local_extra = local + _ZIP_LOCAL.size + local_name
        headers += [
            _Header(at=at, time_at=_ZIP_TIME_IN_ENTRY, extra=extra, extra_size=extra_size, seconds=seconds),
            _Header(at=local, time_at=_ZIP_TIME_IN_LOCAL, extra=local_extra, extra_size=local_extra_size, seconds=seconds),
        ]
        places.append((local, local_extra + local_extra_size + data_size))
        at = extra + extra_size + comment_size
    places = [*sorted(places), (directory, at)]
    if at > end_of_directory or any(end > start for (_, end), (start, _) in pairwise(places)):
        msg = "damaged: members overlap"
        raise UnknownShapeError(msg)
    return headers


def _zip_directory(stream: BinaryIO, size: int) -> tuple[int, int, int]:
    """Return the number of members, and the start and end of the central directory."""
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
    return count, directory, directory + directory_size


def _zip_header(stream: BinaryIO, at: int, form: struct.Struct, magic: bytes) -> tuple[int, ...]:
    stream.seek(at)
    data = stream.read(form.size)
    if len(data) < form.size or not data.startswith(magic):
        msg = f"damaged: no member header at {at:#x}"
        raise UnknownShapeError(msg)
    return form.unpack(data)


def _zip_time(date: int, time: int) -> int:
    """Return an MS-DOS date and time in seconds since 1970, as if it were UTC."""
    return _seconds(1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, 2 * (time & 31))


def _zip_extra(stream: BinaryIO, at: int, size: int, times: RealTimes) -> Patches:
    """Return the patches for Unix times in the extra fields of one header."""
    stream.seek(at)
    data = stream.read(size)
    patches: Patches = []
    here = 0
    while here + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, here)
        if kind == _UNIX_TIMES:
            for place in range(here + 5, min(here + 4 + length, len(data)) - 3, 4):
                if times.real(int.from_bytes(data[place : place + 4], "little")):
                    patches.append((at + place, EPOCH_1980.to_bytes(4, "little")))
        here += 4 + length
    return patches


_FINDERS = {"gzip": _gzip, "png": _png, "tar": find_tar_stamps, "zip": _zip}
