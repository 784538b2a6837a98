"""Reads tar archives from untrusted sources: with a limit for the size of headers, and to their real end.

The standard `tarfile` has two dangers. It reads long names, pax records and maps of sparse files into memory, and trusts the
size in their header: a few kilobytes of compressed zeros can claim gigabytes, and a negative size means the whole stream.
And if it cannot read a header, it silently takes it for the end of the archive.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import tarfile
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MAX_HEADER", "open_tar", "tar_members"]

MAX_HEADER = 16 << 20
"""Most bytes that the headers of one member may have together."""


def open_tar(archive: Path) -> tarfile.TarFile:
    """Open a tar archive for reading, plain or compressed by gzip, bzip2 or xz; closing it closes the file, too.

    :raises tarfile.ReadError: it is no tar archive. For damaged data, the decompressors raise errors of their own.
    """
    stream = _BoundedStream(_decompressed(archive))
    try:
        with _damage():
            tar = tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:", encoding="utf-8")  # noqa: SIM115 - the caller closes it
    except BaseException:
        stream.close()
        raise
    tar._extfileobj = False  # type: ignore[attr-defined]  # noqa: SLF001 - so that it closes the stream
    return tar


def tar_members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members of an archive that `open_tar` opened; the caller reads a member's content before the next one.

    :raises tarfile.ReadError: the headers of a member exceed `MAX_HEADER`; or other bytes than zeros follow the last
        member, which means that they are a header that could not be read.
    """
    stream = cast("_BoundedStream", tar.fileobj)
    members = iter(tar)
    while True:
        stream.expect_header()
        with _damage():
            info = next(members, None)
        if info is None:
            break
        stream.expect_contents()
        yield info
    if any(stream.last):
        msg = f"no member header at {tar.offset:#x}"
        raise tarfile.ReadError(msg)
    stream.expect_contents()


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """Turn the errors of `tarfile` for headers that are cut off into `tarfile.ReadError`."""
    try:
        yield
    except LookupError as error:
        msg = f"damaged header: {error}"
        raise tarfile.ReadError(msg) from error


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
    """The methods of a binary stream that `tarfile` uses, with a limit of bytes; at first a header is expected."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left: int | None = MAX_HEADER
        self.last = b""
        """The bytes that the last read returned."""

    def expect_header(self) -> None:
        """Allow `MAX_HEADER` bytes until `expect_contents`."""
        self._left = MAX_HEADER

    def expect_contents(self) -> None:
        """Allow any number of bytes."""
        self._left = None

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer at the end."""
        if size < 0 or (self._left is not None and size > self._left):
            msg = f"headers of one member with more than {MAX_HEADER} bytes"
            raise tarfile.ReadError(msg)
        self.last = self._stream.read(size)
        if self._left is not None:
            self._left -= len(self.last)
        return self.last

    def seek(self, position: int) -> int:
        """Go to a position; going backwards in a compressed stream unpacks it again from the start."""
        return self._stream.seek(position)

    def tell(self) -> int:
        """Return the current position."""
        return self._stream.tell()

    def close(self) -> None:
        """Close the underlying stream."""
        self._stream.close()
