"""Normalizes compiled Python files: caches are dropped; in a module without source, the time of the source is zeroed.

Spec: PEP 3147 (`__pycache__`), PEP 552 (the 16 header bytes since Python 3.7: magic, flags, then the source's
modification time and size, or its hash).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from reprowheel.files import atomic_file, canonical_mode, chunks
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

__all__ = ["is_disposable_pyc", "normalize_pyc"]

_HEADER = struct.Struct("<H2sIII")
_FIRST_WITH_FLAGS = 3392  # Python 3.7a4
_AFTER_LAST_KNOWN = 4000  # magic numbers grow by about 50 per release; Python 2 used 20121 and up
_END_OF_MAGIC = b"\r\n"


def is_disposable_pyc(name: str, files: Container[str]) -> bool:
    """Say whether a `.pyc` in an unpacked wheel is a cache, which Python would make again from the source.

    :param name: posix path in the wheel.
    :param files: the posix paths of all files in the wheel.
    """
    folder, _, base = name.rpartition("/")
    if not base.endswith(".pyc"):
        return False
    return folder.rpartition("/")[2] == "__pycache__" or name.removesuffix("c") in files


def normalize_pyc(path: Path, name: str) -> FileReport:
    """Set the modification time of the source to zero in a module without source, if the format of its header is known.

    There is no source, so nothing uses this time. The marshalled code is not changed.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return FileReport.unchanged(name, "pyc", "shorter than a header")
        magic, end, flags, mtime, size = _HEADER.unpack(head)
        if end != _END_OF_MAGIC or not _FIRST_WITH_FLAGS <= magic < _AFTER_LAST_KNOWN:
            return FileReport.unchanged(name, "pyc", "unknown magic number")
        if flags != 0 or mtime == 0:
            return FileReport.unchanged(name, "pyc", "carries no time")
        with atomic_file(path, mode=canonical_mode(path)) as sink:
            sink.write(_HEADER.pack(magic, end, flags, 0, size))
            for piece in chunks(stream):
                sink.write(piece)
    return FileReport(path=name, kind="pyc", action="rewritten", reason="module without source: time set to zero")
