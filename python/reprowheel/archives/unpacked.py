"""The plain bytes of a file that is packed by gzip, bzip2 or xz: read forwards, piece by piece, within bounded memory.

The standard modules give xz as much memory as the file asks for, and start again from the beginning to go one byte back.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from reprowheel import limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["open_unpacked"]

_PIECE = 1 << 16


class _Gzip:
    """The decompressor of `zlib`, with the methods of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, size: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, size)


_DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(memlimit=limits.MAX_DICTIONARY),
}
"""First bytes of a file → factory of an object like that of `bz2`."""


def open_unpacked(path: Path) -> BinaryIO:
    """Open a file for reading; what is not packed is read as it is."""
    file = path.open("rb")
    magic = file.read(6)
    file.seek(0)
    for begin, make in _DECOMPRESSORS.items():
        if magic.startswith(begin):
            return io.BufferedReader(_Unpacked(file, make), _PIECE)
    return file


class _Unpacked(io.RawIOBase):
    """A stream of packed streams one after the other; zeros between and behind them are padding."""

    def __init__(self, file: BinaryIO, make: Callable[[], Any]) -> None:
        self._file, self._make = file, make
        self._stream = make()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer of any kind
        size = min(len(buffer), _PIECE)
        while not self._stream.eof or self._begin_next():
            packed, asked = b"", self._stream.needs_input
            if asked:
                packed, self._rest = self._rest or self._file.read(_PIECE), b""
            plain = self._stream.decompress(packed, size)
            if plain:
                buffer[: len(plain)] = plain
                return len(plain)
            if asked and not packed and not self._stream.eof:
                message = "the file ends too early"
                raise EOFError(message)
        return 0

    def _begin_next(self) -> bool:
        """Begin with the stream behind the one that has ended; False if only padding follows."""
        rest: bytes = self._stream.unused_data.lstrip(b"\0")
        while not rest:
            piece = self._file.read(_PIECE)
            if not piece:
                return False
            rest = piece.lstrip(b"\0")
        self._stream, self._rest = self._make(), rest
        return True
