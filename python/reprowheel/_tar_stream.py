"""Tar archives opened so that no single read can be absurdly large, and read to their real end.

`tarfile` reads long names and pax records into memory in one piece, of the size that their header claims; a few
kilobytes of compressed zeros can claim gigabytes, and a negative size means all there is. A header that it cannot read it takes for the end of the archive, silently.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_READ", "check_end", "open_tar"]

MAX_READ = 16 << 20
"""Most bytes that one read may ask for; members' contents are read in smaller pieces."""


def open_tar(archive: Path) -> tarfile.TarFile:
    """Open a tar archive for reading, plain or compressed by gzip, bzip2 or xz; closing it closes all of it.

    :raises tarfile.ReadError: if it is no tar archive; the decompressors' own errors for damaged data.
    """
    stream = _BoundedStream(_decompressed(archive))
    try:
        tar = tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:")  # noqa: SIM115 - the caller closes it
    except BaseException:
        stream.close()
        raise
    tar._extfileobj = False  # type: ignore[attr-defined]
    return tar


def check_end(tar: tarfile.TarFile) -> None:
    """Check, right behind the last member, that the archive ends there: by zeros, or because there is nothing more.

    :raises tarfile.ReadError: for anything else, which `tarfile` could not read as a header.
    """
    stream = cast("object", tar.fileobj)
    if isinstance(stream, _BoundedStream) and any(stream.last):
        msg = f"no member header at {tar.offset:#x}"
        raise tarfile.ReadError(msg)


def _decompressed(archive: Path) -> IO[bytes]:
    with archive.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(archive))
    if magic.startswith(b"BZh"):
        return bz2.open(archive)
    if magic == b"\xfd7zXZ\0":
        return lzma.open(archive)
    return archive.open("rb")


class _BoundedStream:
    """The part of a binary stream that `tarfile` uses."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.last = b""
        """What the last read returned."""

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer at the end."""
        if not 0 <= size <= MAX_READ:
            msg = f"a header of {size} bytes; the limit is {MAX_READ}"
            raise tarfile.ReadError(msg)
        self.last = self._stream.read(size)
        return self.last

    def seek(self, position: int) -> int:
        """Go to a position; backwards may mean to read all again."""
        return self._stream.seek(position)

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell()

    def close(self) -> None:
        """Close the stream beneath."""
        self._stream.close()
