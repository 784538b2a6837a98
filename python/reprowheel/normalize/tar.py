"""Replaces late times and owners in tar files that the build made.

A tar file without a time of the build (`files.RealTimes`) may have come with the sdist, and stays unchanged. Only headers are
overwritten, and their lengths stay, so no offset changes. Formats: POSIX.1-2017 pax (ustar headers, extended records), GNU tar's
manual for base-256 numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reprowheel.files import EPOCH_1980
from reprowheel.normalize.patching import UnknownShapeError

if TYPE_CHECKING:
    from typing import BinaryIO

    from reprowheel.files import RealTimes

    Patches = list[tuple[int, bytes]]

__all__ = ["find_tar_stamps", "is_tar"]

_MAGIC = b"ustar"
_MAGIC_AT = 257

_BLOCK = 512
_MAX_MEMBERS = 200_000
_MAX_RECORDS = 1 << 20
_UID, _GID, _SIZE, _MTIME, _CHECKSUM = slice(108, 116), slice(116, 124), slice(124, 136), slice(136, 148), slice(148, 156)
_TYPE, _UNAME, _GNAME = 156, slice(265, 297), slice(297, 329)
_PAX = frozenset(b"xgX")
_SPARSE = ord("S")
_RECORD = re.compile(rb"(\d+) ([^=\n]+)=([^\n]*)\n")
_NO_SIZE = frozenset(b"123456")
"""Types of links, devices and directories: no data follows, whatever their size field says."""


def is_tar(head: bytes) -> bool:
    """Say whether the first 512 bytes of a file are those of a tar file."""
    return head.startswith(_MAGIC, _MAGIC_AT)


def find_tar_stamps(stream: BinaryIO, size: int, times: RealTimes) -> Patches:
    """Return the patches for the headers of a tar file; empty if it has no real time.

    :raises UnknownShapeError: the file is damaged, or has a form that we do not change.
    """
    patches: Patches = []
    late, at = False, 0
    for _ in range(_MAX_MEMBERS):
        stream.seek(at)
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
            return patches if late else []
        _check(header, at)
        if header[_TYPE] == _SPARSE:
            msg = "a sparse member, whose header goes on in its data"
            raise UnknownShapeError(msg)
        length = 0 if header[_TYPE] in _NO_SIZE else _number(header[_SIZE], at)
        if at + _BLOCK + length > size:
            msg = f"damaged: the member at {at:#x} reaches beyond the end of the file"
            raise UnknownShapeError(msg)
        fixed = _fixed(header, times, at)
        late = late or fixed[_MTIME] != header[_MTIME]
        if fixed != header:
            patches.append((at, fixed))
        if header[_TYPE] in _PAX:
            records, later = _fixed_records(stream.read(min(length, _MAX_RECORDS)), times)
            late = late or later
            patches.append((at + _BLOCK, records))
        at += _BLOCK + -(-length // _BLOCK) * _BLOCK
    msg = f"more than {_MAX_MEMBERS} members"
    raise UnknownShapeError(msg)


def _check(header: bytes, at: int) -> None:
    if len(header) < _BLOCK:
        msg = f"damaged: the header at {at:#x} is incomplete"
        raise UnknownShapeError(msg)
    total = sum(header) - sum(header[_CHECKSUM]) + 8 * ord(" ")
    if not is_tar(header) or _number(header[_CHECKSUM], at) != total:
        msg = f"damaged: no member header at {at:#x}"
        raise UnknownShapeError(msg)


def _number(field: bytes, at: int) -> int:
    """Parse an octal number, or a positive number in base 256."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    text = field.strip(b" \0")
    if not re.fullmatch(rb"[0-7]*", text):
        msg = f"damaged: not a number in the header at {at:#x}"
        raise UnknownShapeError(msg)
    return int(text or b"0", 8)


def _fixed(header: bytes, times: RealTimes, at: int) -> bytes:
    """Return a header without owner; a real time becomes 1980."""
    block = bytearray(header)
    if times.real(_number(header[_MTIME], at)):
        block[_MTIME] = b"%011o\0" % EPOCH_1980
    for field in (_UID, _GID):
        if _number(header[field], at):
            block[field] = b"%07o\0" % 0
    for field in (_UNAME, _GNAME):
        if header[field].strip(b"\0"):
            block[field] = b"root".ljust(32, b"\0")
    block[_CHECKSUM] = b" " * 8
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return header if block[:148] + block[156:] == header[:148] + header[156:] else bytes(block)


def _fixed_records(data: bytes, times: RealTimes) -> tuple[bytes, bool]:
    """Return extended records without owners and late times, each with the same length; and whether a time was late."""
    late = False

    def fixed(match: re.Match[bytes]) -> bytes:
        nonlocal late
        length, key, value = match.groups()
        if key in {b"uid", b"gid"}:
            value = b"0" * len(value)
        elif key in {b"uname", b"gname"}:
            value = b"root".ljust(len(value), b"0")[: len(value)]
        elif key in {b"mtime", b"atime", b"ctime"} and re.fullmatch(rb"\d+(\.\d*)?", value):
            whole, point, fraction = value.partition(b".")
            if int(whole) >= times.epoch + bool(not fraction.strip(b"0")) or times.real(float(value)):
                late = True
                value = (b"%0*d" % (len(whole), EPOCH_1980)) + point + b"0" * len(fraction)
        return length + b" " + key + b"=" + value + b"\n"

    return _RECORD.sub(fixed, data), late
