"""Reads tar archives from untrusted sources: within limits, forwards only, and to their real end.

The standard `tarfile` has these dangers. It reads long names, pax records and maps of sparse files into memory, and trusts the
size in their header: a few kilobytes of compressed zeros can claim gigabytes, and a negative size means the whole stream. It
keeps what it has read of every member. If it cannot read a header, it silently takes it for the end of the archive. And it does
not look at what follows the end.
"""

from __future__ import annotations

import contextlib
import tarfile
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from reprowheel import limits
from reprowheel.archives.unpacked import open_unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["open_tar", "tar_members"]

_PIECE = 1 << 16


def open_tar(archive: Path) -> tarfile.TarFile:
    """Open a tar archive for reading, plain or compressed by gzip, bzip2 or xz; closing it closes the file, too.

    :raises tarfile.ReadError: it is no tar archive. For damaged data, the decompressors raise errors of their own.
    """
    stream = _BoundedStream(open_unpacked(archive))
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

    :raises limits.LimitError: the headers of a member, or the padding at the end, are too large.
    :raises tarfile.ReadError: other bytes than zeros follow the last member: a header that could not be read, or data that
        no reader of archives would see.
    """
    stream = cast("_BoundedStream", tar.fileobj)
    while True:
        stream.expect_header()
        with _damage():
            info = tar.next()
        if info is None:
            break
        tar.members.clear()  # type: ignore[attr-defined]  # it would keep all of them, with their pax records
        if len(tar.pax_headers) > limits.MAX_GLOBAL_RECORDS:
            message = f"has {len(tar.pax_headers)} global pax records; the limit is {limits.MAX_GLOBAL_RECORDS}"
            raise limits.LimitError(message, "MAX_GLOBAL_RECORDS")
        stream.expect_contents()
        yield info
    if any(stream.last):
        msg = f"no member header at {tar.offset:#x}"
        raise tarfile.ReadError(msg)
    stream.expect_contents()
    _check_end(stream)


def _check_end(stream: _BoundedStream) -> None:
    """Read to the end of the file, where the decompressor checks its checksum; only some zeros may follow the archive."""
    left = limits.MAX_PADDING
    while piece := stream.read(_PIECE):
        if piece.strip(b"\0"):
            msg = "other data follows the end of the archive"
            raise tarfile.ReadError(msg)
        left -= len(piece)
        if left < 0:
            message = f"has more than {limits.MAX_PADDING} bytes of zeros behind its end, which is the limit"
            raise limits.LimitError(message, "MAX_PADDING")


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    """Turn the errors of `tarfile` for headers that are cut off into `tarfile.ReadError`."""
    try:
        yield
    except (LookupError, RecursionError) as error:
        msg = f"damaged header: {error}"
        raise tarfile.ReadError(msg) from error


class _BoundedStream:
    """The methods of a binary stream that `tarfile` uses, forwards, with a limit of bytes; at first a header is expected."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0
        self._left: int | None = limits.MAX_HEADER
        self.last = b""
        """The bytes that the last read returned."""

    def expect_header(self) -> None:
        """Allow `MAX_HEADER` bytes until `expect_contents`."""
        self._left = limits.MAX_HEADER

    def expect_contents(self) -> None:
        """Allow any number of bytes."""
        self._left = None

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer at the end."""
        if size < 0 or (self._left is not None and size > self._left):
            message = f"has a member with headers of more than {limits.MAX_HEADER} bytes, which is the limit"
            raise limits.LimitError(message, "MAX_HEADER")
        self.last = self._stream.read(size)
        self._at += len(self.last)
        if self._left is not None:
            self._left -= len(self.last)
        return self.last

    def seek(self, position: int) -> int:
        """Go forwards to a position, or to the end if that comes first; contents that are passed over are no header."""
        if position < self._at:
            msg = "a member begins inside of another"
            raise tarfile.ReadError(msg)
        while self._at < position and (piece := self._stream.read(min(_PIECE, position - self._at))):
            self._at += len(piece)
        return self._at

    def tell(self) -> int:
        """Return the current position."""
        return self._at

    def close(self) -> None:
        """Close the underlying stream."""
        self._stream.close()
