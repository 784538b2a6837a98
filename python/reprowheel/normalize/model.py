"""What a file format is to the normalizer: how it is recognised, normalized and verified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.normalize.report import FileReport

__all__ = ["HEAD_SIZE", "Candidate", "Format", "Recogniser", "Task", "Verifier", "begins_with"]

HEAD_SIZE = 512
"""Bytes at a file's start that are read to recognise it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A file whose format is asked for.

    :param name: posix path in the wheel; empty for data that has none.
    :param head: its first `HEAD_SIZE` bytes, or all where there are fewer.
    :param stream: for formats that are told by what lies behind; a recogniser may leave it at any place.
    """

    name: str
    head: bytes
    stream: BinaryIO

    @classmethod
    def read(cls, stream: BinaryIO, name: str = "") -> Candidate:
        """Read the first bytes of a stream."""
        stream.seek(0)
        return cls(name=name, head=stream.read(HEAD_SIZE), stream=stream)


Recogniser = Callable[[Candidate], bool]
Verifier = Callable[..., None]


def begins_with(*magics: bytes, at: int = 0) -> Recogniser:
    """Return what recognises files that have one of the magic numbers at an offset within the first `HEAD_SIZE` bytes."""
    return lambda file: file.head.startswith(magics, at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One file that is to be normalized.

    :param path: where it is; normalizing replaces or patches it, or leaves it as it is.
    :param name: posix path in the wheel, for the report.
    :param debug_dir: where split debug files go; None: they are not written.
    :param epoch: seconds since 1970; later times were made by the build.
    :param verify: the format's own, see `Format`.
    """

    path: Path
    name: str
    debug_dir: Path | None
    epoch: int
    verify: Verifier | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One line of the table `formats.FORMATS`.

    :param kind: as reports name it.
    :param recognise: tells a file of this format; a file is of the first format that recognises it.
    :param normalize: does the work. It returns None where the report has nothing to say. A file that it does not fully
        understand stays byte for byte as it was, and the report says why.
    :param verify: compares the result with the original before the file is replaced, and raises `UnknownShapeError` where
        anything differs that may not. `normalize` calls it, with what it knows of both. None where single fields are
        overwritten in place.
    """

    kind: str
    recognise: Recogniser
    normalize: Callable[[Task], FileReport | None]
    verify: Verifier | None = None
