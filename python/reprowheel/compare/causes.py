"""Guesses the cause of a difference, and says what to do about it.

First the data is compared with values that are known of the two builds (`KnownValues`), such as the host name. Then patterns
are tried at the place where the two sides differ, such as those of times and paths.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from typing import TYPE_CHECKING, Literal

from reprowheel.compare.model import Cause, Difference

if TYPE_CHECKING:
    from reprowheel.compare.model import Excerpt, KnownValues

__all__ = ["CAUSES", "classify", "remark", "same_parts"]

_DEEP = "build it in deep mode (`--deep`, or `deep = True` in `pip.override`), which fixes this for every process"

CAUSES = {
    cause.name: cause
    for cause in (
        Cause(
            name="build-directory",
            text="the private directory of the build, whose name is random",
            advice="patch the package so that it does not record where it is built; compressed, encoded or hashed, the"
            " path cannot be rewritten",
        ),
        Cause(
            name="path",
            text="a path of this machine",
            advice="patch the package so that it records a relative path, or none",
        ),
        Cause(
            name="time",
            text="a time or date",
            advice=f"let the build use SOURCE_DATE_EPOCH, which is set; if a program other than Python asks the clock, {_DEEP}",
        ),
        Cause(name="host-name", text="the name of the machine", advice=f"{_DEEP}, or patch the package"),
        Cause(name="kernel", text="release or version of the running kernel", advice=f"{_DEEP}, or patch the package"),
        Cause(name="user", text="the user or group that builds", advice=f"{_DEEP}, or patch the package"),
        Cause(
            name="cpus",
            text="the number of CPUs",
            advice=f"{_DEEP}; or give the build a fixed number (`--env` or `--config-setting`)",
        ),
        Cause(
            name="cpu-features",
            text="what this machine's CPU can do",
            advice="switch the package's CPU probing off (`--env` or `--config-setting`), or patch it",
        ),
        Cause(name="locale", text="language or locale", advice="patch the package: the build runs under C.UTF-8"),
        Cause(name="time-zone", text="the time zone", advice="patch the package: the build runs under TZ=UTC"),
        Cause(
            name="order",
            text="the same parts in another order: directory listing, hash table or parallel jobs",
            advice=f"sort in the package; if the order comes from a directory listing, {_DEEP}",
        ),
        Cause(
            name="random",
            text="a random number, identifier or temporary name",
            advice=f"give the package a fixed seed; or {_DEEP}, which seeds what the system calls random",
        ),
        Cause(
            name="digest",
            text="a digest of something that differs",
            advice="find what it was made of: look at the other differences first",
        ),
        Cause(
            name="address",
            text="a memory address, as in the default repr of an object",
            advice="patch the package: write something other than repr() of an object",
        ),
        Cause(
            name="compression",
            text="equal data, compressed by another program or version",
            advice="store the data uncompressed, or compress it by the declared toolchain",
        ),
        Cause(
            name="host-library",
            text="a library that one of the hosts has and the other has not",
            advice="declare it (`--host-library SONAME`, or `host_libraries` in `pip.override`), or switch its use off",
        ),
        Cause(
            name="version",
            text="another version of compiler, interpreter or tool",
            advice="use the same toolchain on both sides; the reports of the two builds name theirs",
        ),
        Cause(
            name="mode",
            text="permission bits: umask, or a file copied with its mode",
            advice="set the mode in the package explicitly",
        ),
        Cause(
            name="missing",
            text="a file that only one of the two has; its name may hold something that differs",
            advice="find what makes the file, and under which condition",
        ),
        Cause(
            name="build-failure",
            text="one of the two builds failed",
            advice="look at what the build that failed says",
        ),
        Cause(name="content", text="not known", advice="find what writes the file; `--diffoscope` shows more of it"),
    )
}
"""All causes, by name."""

_TIMES = re.compile(
    rb"""(?x)
    (?:19|20)\d\d-[01]\d-[0-3]\d(?:[T_ ][0-2]\d[:.][0-5]\d(?:[:.][0-5]\d)?)?
    | (?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[T_-]?[0-2]\d[0-5]\d(?:[0-5]\d)?)?
    | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+\d*\s*(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[\w ,:]*
    | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\s+\d{1,2},?\s+(?:(?:19|20)\d\d|[0-2]\d:[0-5]\d)[\d: ]*
    | (?<!\d)[0-2]\d:[0-5]\d:[0-5]\d(?!\d)
    | (?<!\d)[12]\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?(?!\d)
    """
)
_WORKSPACE = re.compile(rb"/rw[a-z0-9]{16,}|_rw[a-z0-9]{16,}")
_PATH = re.compile(rb"(?:/[\w.+@~-]+){2,}/?")
_ADDRESS = re.compile(rb"0x[0-9a-fA-F]{6,16}")
_UUID = re.compile(rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_TEMPORARY = re.compile(rb"(?:tmp|cc|conf)[A-Za-z0-9_]{6,8}(?![A-Za-z0-9_])")
_DIGEST = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{32,128}(?![0-9a-fA-F])")
_HEX = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{8,31}(?![0-9a-fA-F])")
_CPU = re.compile(rb"-m(?:arch|tune|cpu)=[\w-]+|\b(?:avx\w*|sse\d\w*|aes|fma|bmi[12]|neon|sve)\b", re.IGNORECASE)
_VERSION = re.compile(rb"(?:GCC|clang|GNU [A-Z]\w+|Cython|rustc|Generator)[^\n\x00]{0,80}\d+(?:\.\d+)+")
_LIBRARY = re.compile(rb"lib[\w+.-]+\.so(?:\.\d+)*")
_PATTERNS = (
    ("build-directory", _WORKSPACE),
    ("random", _UUID),
    ("time", _TIMES),
    ("address", _ADDRESS),
    ("random", _TEMPORARY),
    ("digest", _DIGEST),
    ("version", _VERSION),
    ("host-library", _LIBRARY),
    ("cpu-features", _CPU),
    ("path", _PATH),
    ("random", _HEX),
)
_SEPARATORS = re.compile(rb"[\s,;:|\x00]+")
_MIN_FACT = 3
_YEARS = range(2000, 2101)
_PICKLED = 7
_SPACE = b"\t\n\r"
_FIELDS: tuple[tuple[int, Literal["little", "big"]], ...] = ((8, "little"), (8, "big"), (4, "little"))
_SECONDS = range(1_500_000_000, 2_100_000_000)
"""July 2017 to July 2036: a small part of all 32-bit numbers, so two of them are seldom in the data by chance."""


def remark(path: str, kind: str, cause: str, note: str, *, place: str = "") -> Difference:
    """Return a difference that is told in words, without bytes of either side.

    :param cause: a name in `CAUSES`.
    """
    return Difference(path=path, kind=kind, cause=CAUSES[cause], note=note, place=place)


def classify(left: Excerpt | None, right: Excerpt | None, known: KnownValues, *, default: str = "content") -> Cause:
    """Return the likely cause of a difference.

    :param default: name of the cause to return if nothing matches.
    """
    if left is None or right is None:
        return CAUSES[default]
    by_value = _by_known_values(left, right, known)
    if by_value:
        return CAUSES[by_value]
    for name, pattern in _PATTERNS:
        if _match_at(pattern, left) and _match_at(pattern, right):
            return CAUSES[name]
    if same_parts(_SEPARATORS.split(left.data), _SEPARATORS.split(right.data)):
        return CAUSES["order"]
    if _binary_time(left, right):
        return CAUSES["time"]
    return CAUSES[default]


def same_parts(left: list[bytes], right: list[bytes]) -> bool:
    """Say whether two lists have the same parts, at least two, in another order."""
    return left != right and len(left) == len(right) > 1 and Counter(left) == Counter(right)


def _by_known_values(left: Excerpt, right: Excerpt, known: KnownValues) -> str:
    """Return the name of the cause whose known values are at the place of the difference, or an empty string."""
    for name, known_left, known_right in known.values:
        ours, theirs = known_left.encode(), known_right.encode()
        if ours == theirs or not ours or not theirs:
            continue
        if _holds(left, ours) and _holds(right, theirs):
            return name
    return ""


def _holds(excerpt: Excerpt, value: bytes) -> bool:
    """Say whether the value is at the place of the difference; a short value must be the whole word there."""
    if len(value) < _MIN_FACT:
        return _token(excerpt) == value
    at = excerpt.data.find(value)
    while at >= 0:
        if at <= excerpt.end and at + len(value) >= excerpt.start:
            return True
        at = excerpt.data.find(value, at + 1)
    return False


def _token(excerpt: Excerpt) -> bytes:
    """Return the letters and digits around the first difference."""
    start, end, data = excerpt.start, excerpt.start, excerpt.data
    while start and chr(data[start - 1]).isalnum() and data[start - 1] < 0x80:
        start -= 1
    while end < len(data) and chr(data[end]).isalnum() and data[end] < 0x80:
        end += 1
    return data[start:end]


def _match_at(pattern: re.Pattern[bytes], excerpt: Excerpt) -> bool:
    """Say whether the pattern matches at the place of the difference."""
    return any(match.start() <= excerpt.end and match.end() >= excerpt.start for match in pattern.finditer(excerpt.data))


def _binary_time(left: Excerpt, right: Excerpt) -> bool:
    """Say whether both sides may have a time at the same place: seconds since 1970, or a pickled `datetime`."""
    if all(0x20 <= byte < 0x7F or byte in _SPACE for byte in left.data + right.data):
        return False
    for back in range(8):
        a, b = left.start - back, right.start - back
        if a < 0 or b < 0:
            break
        for size, order in _FIELDS:
            fields = left.data[a : a + size], right.data[b : b + size]
            if size <= back or (left.offset + a) % 4 or (right.offset + b) % 4:
                continue
            if all(len(f) == size and int.from_bytes(f, order) in _SECONDS for f in fields):
                return True
        if _floats(left.data[a : a + 8], right.data[b : b + 8]):
            return True
        if _pickled(left.data[a : a + _PICKLED]) and _pickled(right.data[b : b + _PICKLED]):
            return True
    return False


def _floats(*fields: bytes) -> bool:
    """Say whether all fields may be seconds since 1970, as doubles of the same byte order."""
    return any(
        all(len(f) == struct.calcsize(form) and _SECONDS.start < struct.unpack(form, f)[0] < _SECONDS.stop for f in fields)
        for form in ("<d", ">d")
    )


def _pickled(data: bytes) -> bool:
    """Say whether the bytes may be the state of a pickled `datetime`: two for the year, one each for month to second."""
    if len(data) < _PICKLED or int.from_bytes(data[:2], "big") not in _YEARS:
        return False
    month, day, hour, minute, second = data[2:_PICKLED]
    return 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60
