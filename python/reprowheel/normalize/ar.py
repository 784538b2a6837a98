"""Normalizes static archives: sets times, owners and modes of members to those of `ar` in its deterministic mode.

Format: `!<arch>` and a line feed, then for each member a header of 60 ASCII bytes and the data, padded to an even length.
Names longer than 15 bytes are in a member `//` (GNU) or in front of the data (BSD, `#1/LENGTH`); neither moves.
Only header bytes are overwritten: objects, the symbol index and all offsets stay unchanged.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from reprowheel.normalize.patching import UnknownShapeError, patch_file
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["MAGIC", "is_ar", "normalize_ar"]

MAGIC = b"!<arch>\n"
_THIN_MAGIC = b"!<thin>\n"

_HEADER = struct.Struct("16s12s6s6s8s10s2s")
_END = b"`\n"
_INDEX_NAMES = frozenset({b"/", b"/SYM64/", b"/<XFGHASHMAP>/", b"/<ECSYMBOLS>/"})
_LONG_NAMES = b"//"
_DEBIAN = b"debian-binary"
_MAX_MEMBERS = 1_000_000


def is_ar(head: bytes) -> bool:
    """Say whether the first bytes of a file are those of a static archive, thin ones included."""
    return head.startswith((MAGIC, _THIN_MAGIC))


def normalize_ar(path: Path, name: str) -> FileReport:
    """Zero the times and owners of a static archive's members and set their modes to 644.

    :param name: posix path in the wheel, for the report.
    """
    try:
        with path.open("rb") as stream:
            fixes = _plan(stream, path.stat().st_size)
    except UnknownShapeError as error:
        return FileReport.unchanged(name, "ar", str(error))
    if not fixes:
        return FileReport.unchanged(name, "ar", "already without times and owners")
    patch_file(path, fixes)
    return FileReport(path=name, kind="ar", action="zeroed", reason=f"headers of {len(fixes)} members")


def _plan(stream: BinaryIO, end: int) -> list[tuple[int, bytes]]:
    """Return (offset, 60 bytes) for each header that changes."""
    if stream.read(len(MAGIC)) == _THIN_MAGIC:
        msg = "thin archive: its members are other files"
        raise UnknownShapeError(msg)
    fixes: list[tuple[int, bytes]] = []
    offset, count = len(MAGIC), 0
    while offset < end:
        stream.seek(offset)
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size:
            if not header.strip(b"\n\0"):
                break  # padding after the last member
            msg = f"offset {offset}: incomplete member header"
            raise UnknownShapeError(msg)
        fixed, size = _fixed(header, offset)
        if offset + _HEADER.size + size > end:
            msg = f"offset {offset}: member of {size} bytes reaches beyond the end of the archive"
            raise UnknownShapeError(msg)
        if fixed != header:
            fixes.append((offset, fixed))
        offset += _HEADER.size + size + size % 2
        count += 1
        if count > _MAX_MEMBERS:
            msg = f"more than {_MAX_MEMBERS} members"
            raise UnknownShapeError(msg)
    return fixes


def _fixed(header: bytes, offset: int) -> tuple[bytes, int]:
    """Return the canonical header and the size of the member's data."""
    raw_name, mtime, uid, gid, mode, raw_size, end = _HEADER.unpack(header)
    size_text, name = raw_size.rstrip(b" "), raw_name.rstrip(b" ")
    if (
        end != _END
        or not size_text.isdigit()
        or any(text and not text.isdigit() for text in (mtime.strip(), uid.strip(), gid.strip(), mode.strip()))
    ):
        msg = f"offset {offset}: not a member header"
        raise UnknownShapeError(msg)
    if name == _DEBIAN:
        msg = "a Debian package, not a static archive"
        raise UnknownShapeError(msg)
    if name == _LONG_NAMES:
        mtime = uid = gid = mode = b""
    else:
        mtime = uid = gid = b"0"
        mode = b"0" if name in _INDEX_NAMES else b"644"
    fields = (raw_name, mtime.ljust(12), uid.ljust(6), gid.ljust(6), mode.ljust(8), raw_size, end)
    return _HEADER.pack(*fields), int(size_text)
