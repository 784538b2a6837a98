"""Protobuf's wire format, as much of it as execution logs use (protobuf.dev, "Encoding").

Fields come as (number, value): an int for a varint, bytes for what has a length. Fixed 32 and 64 bit values, which no
field that is read here has, are skipped. An unknown field is the caller's to ignore, so a newer Bazel's log can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from execlog.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Value", "data", "delimited", "fields", "number", "numbers", "text"]

Value = int | bytes
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_CHUNK = 1 << 20
_LARGEST = (1 << 31) - 1  # protobuf's own limit


def varint(message: bytes, position: int) -> tuple[int, int]:
    """Return the number at a position, and the position behind it."""
    result = shift = 0
    start = position
    while position < len(message):
        byte = message[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
        if shift > 63:
            raise WireError(start, "a number of more than ten bytes")
    raise WireError(start, "a number is cut off")


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field of a message."""
    position, size = 0, len(message)
    while position < size:
        start = position
        key = message[position]
        position += 1
        if key >= 0x80:
            key, position = varint(message, start)
        kind = key & 7
        if kind == _LENGTH:
            length, begin = varint(message, position)
            position = begin + length
            if position > size:
                raise WireError(start, f"field {key >> 3} has {length} bytes, {size - begin} are left")
            yield key >> 3, message[begin:position]
        elif kind == _VARINT:
            value, position = varint(message, position)
            yield key >> 3, value
        elif kind in (_FIXED32, _FIXED64):
            position += 4 if kind == _FIXED32 else 8
            if position > size:
                raise WireError(start, f"field {key >> 3} is cut off")
        else:
            raise WireError(start, f"wire type {kind}, which protobuf does not write")


def number(value: Value) -> int:
    """Return the value of a field that has to be a varint."""
    if not isinstance(value, int):
        raise WireError(0, "bytes where a number belongs")
    return value


def data(value: Value) -> bytes:
    """Return the value of a field that has to be bytes or a message."""
    if not isinstance(value, bytes):
        raise WireError(0, "a number where bytes belong")
    return value


def text(value: Value) -> str:
    """Return the value of a field that has to be a string; file names need not be UTF-8."""
    return data(value).decode("utf-8", "surrogateescape")


def numbers(value: Value) -> list[int]:
    """Return the values of a repeated number: packed, or one of them."""
    if isinstance(value, int):
        return [value]
    found, position = [], 0
    while position < len(value):
        entry, position = varint(value, position)
        found.append(entry)
    return found


def delimited(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of each message that its length precedes; `WireError` has an offset in the stream."""
    buffer, position, base = b"", 0, 0
    while True:
        if len(buffer) - position < 10:  # a length may be cut off
            base += position
            buffer, position = buffer[position:] + stream.read(_CHUNK), 0
            if not buffer:
                return
        try:
            length, begin = varint(buffer, position)
        except WireError as e:
            raise WireError(base + position, str(e)) from e
        if length > _LARGEST:
            raise WireError(base + position, f"a message of {length} bytes, more than protobuf allows")
        missing = begin + length - len(buffer)
        if missing > 0:
            base += position
            buffer, begin, position = buffer[position:] + stream.read(max(missing, _CHUNK)), begin - position, 0
            if begin + length > len(buffer):
                raise WireError(base, f"a message of {length} bytes, {len(buffer) - begin} are left")
        yield base + begin, buffer[begin : begin + length]
        position = begin + length
