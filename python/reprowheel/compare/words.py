"""The words that tell what they are: times, paths, digests, addresses and so on, each with the cause that it is evidence for.

A pattern finds candidates. A check drops those that only look alike, such as `confidence` for a temporary name, or a number with
ten digits that is no time of these decades.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SECONDS", "WORDS", "Word"]

SECONDS = range(1_500_000_000, 2_100_000_000)
"""July 2017 to July 2036, in seconds since 1970."""

_DIGITS = 10
_DIGEST_LENGTHS = frozenset({32, 40, 56, 64, 96, 128})
_MONTHS = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAYS = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = rb"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\.\d+)?"
_ZONE = rb"(?:\ ?(?:UTC|GMT|Z\b|[+-][01]\d:?[0-5]\d))?"
_YEAR = rb"(?:19[7-9]\d|20\d\d)"
_DATE = rb"(?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One kind of word: the cause that it is evidence for, its pattern, and a check of each match."""

    cause: str
    pattern: re.Pattern[bytes]
    accepts: Callable[[bytes], bool]


def _always(_: bytes) -> bool:
    return True


def _is_epoch(text: bytes) -> bool:
    """Say whether a number is a time since 1970, in seconds or in a thousandth, millionth or billionth of them."""
    return int(text[:_DIGITS]) in SECONDS


def _is_mixed(text: bytes) -> bool:
    """Say whether a hexadecimal word has digits and letters; else it is a number or an English word."""
    return any(chr(b).isdigit() for b in text) and any(chr(b).isalpha() for b in text)


def _is_digest(text: bytes) -> bool:
    return len(text) in _DIGEST_LENGTHS and _is_mixed(text)


def _is_temporary(text: bytes) -> bool:
    """Say whether a name has random letters: digits, or upper case after lower case."""
    rest = re.sub(rb"^(?:tmp|cc|conf|pip-[a-z-]+-)[._-]?", b"", text)
    return bool(re.search(rb"\d|[a-z_][A-Z]|_.", rest))


def _word(cause: str, pattern: bytes, accepts: Callable[[bytes], bool] = _always, flags: int = 0) -> Word:
    return Word(cause=cause, pattern=re.compile(pattern, re.VERBOSE | flags), accepts=accepts)


WORDS = (
    _word("build-directory", rb"(?:/[\w.+@~-]+)*(?:/|_)rw[a-z0-9]{16,}(?:/[\w.+@~-]+)*"),
    _word("random", rb"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])"),
    _word("time", rb"(?<!\d)" + _YEAR + rb"[-/.]" + _DATE + rb"(?:[T_\ ]+" + _CLOCK + _ZONE + rb")?(?!\d)"),
    _word(
        "time",
        rb"(?<![\d.])"
        + _YEAR
        + rb"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T_-]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?Z?(?![\d.])",
    ),
    _word(
        "time",
        rb"\b(?:"
        + _DAYS
        + rb"[a-z]*,?\ +)?(?:\d{1,2}[\ -])?"
        + _MONTHS
        + rb"[a-z]*[\ -]+(?:\d{1,2},?\ +)?(?:"
        + _CLOCK
        + _ZONE
        + rb"\ +)?"
        + _YEAR
        + rb"(?:,?\ +"
        + _CLOCK
        + _ZONE
        + rb")?(?!\d)",
    ),
    _word("time", rb"\b" + _MONTHS + rb"\ +\d{1,2}\ +" + _CLOCK + rb"(?!\d)"),
    _word("time", rb"(?<![\d:.])(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?![\d:])"),
    _word("time", rb"(?<![\w.-])1[5-9]\d{8}(?:\.\d+|\d{3}|\d{6}|\d{9})?(?![\w])", _is_epoch),
    _word("time", rb"(?<![\w.-])20\d{8}(?:\.\d+|\d{3}|\d{6}|\d{9})?(?![\w])", _is_epoch),
    _word(
        "address",
        rb"(?<=\ at\ )0x[0-9a-fA-F]{6,16}(?![0-9a-fA-F])|(?<![\w])0x(?:0000)?(?:7f|7e|55|56)[0-9a-fA-F]{10}(?![0-9a-fA-F])",
    ),
    _word(
        "random", rb"(?<![\w.])(?:(?:tmp|cc|conf)[._-]?[A-Za-z0-9_]{6,8}|pip-[a-z-]+-[a-z0-9_]{8})(?![A-Za-z0-9_])", _is_temporary
    ),
    _word(
        "digest", rb"(?<![0-9a-zA-Z])[0-9a-f]{32,128}(?![0-9a-zA-Z])|(?<![0-9a-zA-Z])[0-9A-F]{32,128}(?![0-9a-zA-Z])", _is_digest
    ),
    _word("digest", rb"(?<=sha256=)[A-Za-z0-9_-]{43}(?![\w-])"),
    _word(
        "version",
        rb"(?:GCC|gcc|[Cc]lang|LLVM|GNU\ [A-Z]\w+|Cython|rustc|Generator|LLD|mold)\b[^\n\x00]{0,80}?\d+(?:\.\d+)+"
        rb"[^\s\x00\"']*(?:\ \d+(?:\.\d+)+)?",
    ),
    _word("host-library", rb"(?<![\w.+-])lib[\w+-]+\.so(?:\.\d+)*(?![\w.])"),
    _word(
        "cpu-features",
        rb"-m(?:arch|tune|cpu)=[\w.+-]+|(?<![\w-])(?:avx\d*\w*|sse\d\w*|ssse3|fma\d?|bmi[12]|neon|asimd\w*|sve2?)(?![\w])",
        _always,
        re.IGNORECASE,
    ),
    _word("path", rb"(?:(?<![\w.:/@+~-])|(?<=-[BIL]))/(?:[\w.+@~-]+/)+[\w.+@~-]*"),
    _word("random", rb"(?<![0-9a-zA-Z_.-])[0-9a-f]{12,31}(?![0-9a-zA-Z_-])", _is_mixed),
)
"""All kinds, the more telling first: a path that holds a time is a time."""
