"""Writes a tree as an sdist whose bytes depend only on names, contents, executable bits and one time.

The result is a `.tar.gz` without compression, because compressors differ in their output from library to library and from
version to version. Formats: RFC 1951 (stored blocks), RFC 1952 (gzip), POSIX ustar with GNU's long names.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from reprowheel.files import atomic_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Entry", "write_archive"]

_BLOCK = 0xFFFF
"""Most bytes in a stored block (RFC 1951, 3.2.4)."""

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time, no flags, unknown system (RFC 1952, 2.3)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file or a link of the tree.

    :param path: relative posix path; bytes that are not UTF-8 are surrogates (PEP 383).
    :param link: target of a symbolic link, or empty for a file.
    :param read: returns a file's content.
    """

    path: str
    executable: bool = False
    link: str = ""
    read: Callable[[], bytes] = bytes


def write_archive(entries: Iterable[Entry], archive: Path, *, top: str, epoch: int) -> None:
    """Write `archive`, complete or not at all: all members are below the folder `top`, ordered by the bytes of their paths.

    :param epoch: seconds since 1970, the time of every member.
    """
    ordered = sorted(entries, key=lambda entry: entry.path.encode("utf-8", "surrogateescape"))
    with atomic_file(archive) as file:
        stream = _StoredGzip(file)
        with tarfile.open(fileobj=cast("BinaryIO", stream), mode="w|", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
            for entry in ordered:
                _add(tar, entry, f"{top}/{entry.path}", epoch)
        stream.finish()


def _add(tar: tarfile.TarFile, entry: Entry, name: str, epoch: int) -> None:
    info = tarfile.TarInfo(name)
    info.mtime = epoch
    info.mode = 0o755 if entry.executable else 0o644
    if entry.link:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.link, 0o777
        tar.addfile(info)
        return
    content = entry.read()
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


class _StoredGzip:
    """A binary stream that writes gzip without compression, in blocks of a fixed size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pending = bytearray()
        self._checksum = 0
        self._size = 0
        file.write(_GZIP_HEADER)

    def write(self, data: bytes) -> int:
        """Take data, and write the blocks that are full."""
        self._checksum = zlib.crc32(data, self._checksum)
        self._size += len(data)
        self._pending += data
        while len(self._pending) > _BLOCK:
            self._block(final=False)
        return len(data)

    def finish(self) -> None:
        """Write the last block and the trailer."""
        self._block(final=True)
        self._file.write(struct.pack("<II", self._checksum, self._size & 0xFFFFFFFF))

    def _block(self, *, final: bool) -> None:
        data = bytes(self._pending[:_BLOCK])
        del self._pending[:_BLOCK]
        self._file.write(struct.pack("<BHH", int(final), len(data), len(data) ^ 0xFFFF) + data)
