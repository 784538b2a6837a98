"""Recognises times in binary data, where the bytes around them say that they are times.

A number alone is no evidence: a quarter of all words of four letters would be a time, read as a number. So there has to be a
format: the header of a `.pyc` or gzip file, a pickle, or a field of eight bytes whose upper half is empty.
"""

from __future__ import annotations

import datetime as dt
import struct
from typing import TYPE_CHECKING

from reprowheel.compare.causes import CAUSES
from reprowheel.compare.evidence import Finding
from reprowheel.compare.words import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["binary_time"]

_WIDTH = 8
_HALF = 4
_PYC_TIME = 8
_GZIP = b"\x1f\x8b\x08"
_GZIP_TIME = 4
_PICKLED = 7
_YEARS = range(2000, 2101)
_NEAR = 256
_TEXT = range(0x20, 0x7F)


def binary_time(left: bytes, right: bytes, ours: int, theirs: int) -> list[Finding]:
    """Return the cause `time`, if a time is at the place where two pieces of data begin to differ; else an empty list.

    :param ours: offset of the first byte that differs on the left; `theirs` the same on the right.
    """
    for back in range(_WIDTH):
        times = [_time_at(data, at - back, back) for data, at in ((left, ours), (right, theirs))]
        if ours >= back and theirs >= back and times[0] and times[1]:
            return [Finding(cause=CAUSES["time"], evidence=" | ".join(times))]
    return []


def _time_at(data: bytes, start: int, back: int) -> str:
    """Return the time that begins at an offset and reaches the byte `back` after it; empty if there is none."""
    if start < 0:
        return ""
    for size, seconds in _readings(data, start):
        if back < size and SECONDS.start <= seconds < SECONDS.stop:
            return f"{dt.datetime.fromtimestamp(seconds, tz=dt.UTC):%Y-%m-%d %H:%M:%S}"
    return _pickled(data, start) if back < _PICKLED else ""


def _readings(data: bytes, start: int) -> Iterator[tuple[int, float]]:
    """Yield (size, seconds since 1970) for each way to read a time at an offset."""
    field = data[start : start + _WIDTH]
    if len(field) < _WIDTH:
        return
    header = data[2:4] == b"\r\n" and data[4:8] == bytes(_HALF)
    if (start == _PYC_TIME and header) or (start >= _GZIP_TIME and data[start - _GZIP_TIME : start - 1] == _GZIP):
        yield _HALF, int.from_bytes(field[:_HALF], "little")
    if start % _HALF == 0:
        for low, high, order in ((field[:_HALF], field[_HALF:], "little"), (field[_HALF:], field[:_HALF], "big")):
            if not any(high) and not all(byte in _TEXT for byte in low):
                yield _WIDTH, int.from_bytes(low, "little" if order == "little" else "big")
    if data[start - 1 : start] == b"G":  # BINFLOAT of a pickle
        yield _WIDTH, _number(">d", field)
    if start % _WIDTH == 0 and not all(byte in _TEXT for byte in field):
        yield _WIDTH, _number("<d", field)


def _number(form: str, field: bytes) -> float:
    """Return a double; 0 for what is no number."""
    (value,) = struct.unpack(form, field)
    return float(value) if value == value else 0.0  # noqa: PLR0124 - NaN differs from itself


def _pickled(data: bytes, start: int) -> str:
    """Return the time that the state of a pickled `datetime` has: two bytes for the year, one each for month to second."""
    state = data[start : start + _PICKLED]
    if len(state) < _PICKLED or b"datetime" not in data[max(0, start - _NEAR) : start]:
        return ""
    year = int.from_bytes(state[:2], "big")
    try:
        return f"{dt.datetime(year, *state[2:]):%Y-%m-%d %H:%M:%S}" if year in _YEARS else ""  # noqa: DTZ001 - as it is stored
    except ValueError:
        return ""
