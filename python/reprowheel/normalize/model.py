"""The data classes of file formats: how a format is recognised, normalized and verified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.files import RealTimes
    from reprowheel.normalize.report import FileReport

__all__ = ["HEAD_SIZE", "Candidate", "Format", "Recogniser", "Task", "Verifier", "begins_with"]

HEAD_SIZE = 512
"""Number of bytes at the start of a file that are read to recognise it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A file whose format is to be recognised.

    :param name: posix path in the wheel; empty for data without a name.
    :param head: its first `HEAD_SIZE` bytes, or all if it has fewer.
    :param stream: the whole file, for formats that need more than `head`; a recogniser may change its position.
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
    """Return a recogniser of files with one of the magic numbers at offset `at`, within the first `HEAD_SIZE` bytes."""
    return lambda file: file.head.startswith(magics, at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One file to normalize.

    :param path: path of the file, which is replaced, patched, or left as it is.
    :param name: posix path in the wheel, for the report.
    :param debug_dir: folder for split debug files; `None`: they are not written.
    :param times: tells which times the build has read off a real clock.
    :param verify: verifier of the format, see `Format`.
    """

    path: Path
    name: str
    debug_dir: Path | None
    times: RealTimes
    verify: Verifier | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One line of the table `formats.FORMATS`.

    :param kind: name of the format in reports.
    :param recognise: says whether a file has this format; the first format of the table that does is used.
    :param normalize: normalizes the file. It returns `None` if there is nothing to report. A file that it does not fully
        understand stays unchanged, and the report says why.
    :param verify: compares the result with the original before the file is replaced, and raises `UnknownShapeError` if they
        differ where they must not. `normalize` calls it. `None` for formats in which only single fields are overwritten.
    """

    kind: str
    recognise: Recogniser
    normalize: Callable[[Task], FileReport | None]
    verify: Verifier | None = None
