"""Opens zip archives from untrusted sources: a bounded directory, members that are unpacked piece by piece.

The standard `zipfile` reads the directory in one piece, and makes an object of each entry before anybody can count them. It gives
bzip2 and xz no limit for what comes out of one piece, and `ZipFile.read` gives none to deflate: a member that declares a hundred
bytes can unpack to gigabytes before it is cut.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, cast

from reprowheel import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["open_zip"]

_PIECE = 1 << 20
_SMALL_PIECE = 1 << 12
"""Packed bytes at a time for methods that do not bound what comes out: bzip2 then has at most 100 MB at once."""


@contextmanager
def open_zip(archive: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive for reading; a file that is open already stays open.

    :raises limits.LimitError: it has too many members; or, when it is read in one piece, a member is too large for that.
    :raises zipfile.BadZipFile: it is no zip archive.
    """
    with ExitStack() as stack:
        file = stack.enter_context(archive.open("rb")) if isinstance(archive, Path) else archive
        bounded = _BoundedFile(file)
        opened = stack.enter_context(_BoundedZip(cast("IO[bytes]", bounded)))
        bounded.limit = None
        count = len(opened.infolist())
        if count > limits.MAX_MEMBERS:
            message = f"has {count} members; the limit is {limits.MAX_MEMBERS}"
            raise limits.LimitError(message, "MAX_MEMBERS")
        yield opened


class _BoundedFile:
    """The methods of a file that `zipfile` uses; while the archive is opened, no read may exceed the limit."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.limit: int | None = limits.MAX_DIRECTORY
        self.seek, self.tell, self.name = file.seek, file.tell, getattr(file, "name", None)

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, or all that follow."""
        if self.limit is None:
            return self._file.read(size)
        data = b"" if size > self.limit else self._file.read(self.limit + 1 if size < 0 else size)
        if max(size, len(data)) > self.limit:
            message = f"has a directory of more than {self.limit} bytes, which is the limit"
            raise limits.LimitError(message, "MAX_DIRECTORY")
        return data

    def seekable(self) -> bool:
        """Say that the file can be read in any order."""
        return True


class _BoundedZip(zipfile.ZipFile):
    """A zip archive whose members are unpacked in small pieces, however they are read."""

    def open(  # type: ignore[override]  # only for reading
        self, name: str | zipfile.ZipInfo, mode: Literal["r"] = "r", pwd: bytes | None = None, *, force_zip64: bool = False
    ) -> IO[bytes]:
        """Open a member for reading."""
        stream = super().open(name, mode, pwd, force_zip64=force_zip64)
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        return cast("IO[bytes]", _Member(stream, info))


class _Member(io.RawIOBase):
    """The content of one member; one read returns at most one piece."""

    def __init__(self, stream: IO[bytes], info: zipfile.ZipInfo) -> None:
        self._stream, self._info = stream, info
        self._piece = _PIECE if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) else _SMALL_PIECE

    def readable(self) -> bool:
        """Say that it is for reading."""
        return True

    def close(self) -> None:
        """Close the member, not the archive."""
        self._stream.close()
        super().close()

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer of any kind
        """Unpack the next piece into a buffer."""
        data = self._stream.read(min(len(buffer), self._piece))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """Return all that follows.

        :raises limits.LimitError: that is too much for one piece.
        """
        if self._info.file_size > limits.MAX_IN_MEMORY:
            what = f"has the member {self._info.filename[:200]!r} with {self._info.file_size} bytes"
            message = f"{what}; the limit is {limits.MAX_IN_MEMORY} for what is read in one piece"
            raise limits.LimitError(message, "MAX_IN_MEMORY")
        return b"".join(iter(lambda: self._stream.read(self._piece), b""))
