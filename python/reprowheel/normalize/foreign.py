"""Formats of other systems' programs: recognised, so that reports name them, and left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprowheel.normalize.model import Candidate, Task

__all__ = ["is_mach_o", "is_pe", "left_alone"]

_MACH_O = (b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
_FAT_MACH_O = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_FIRST_JAVA_MAJOR = 45
"""A Java class starts with the magic number of a fat Mach-O, then its version, where that has the number of parts."""
_PE_OFFSET = slice(60, 64)


def is_mach_o(file: Candidate) -> bool:
    """Tell a Mach-O file of one or several architectures."""
    if file.head.startswith(_FAT_MACH_O):
        return int.from_bytes(file.head[4:8], "big") < _FIRST_JAVA_MAJOR
    return file.head.startswith(_MACH_O)


def is_pe(file: Candidate) -> bool:
    """Tell a Windows program or library from one of DOS: behind the header of DOS it has another."""
    if not file.head.startswith(b"MZ") or len(file.head) < _PE_OFFSET.stop:
        return False
    file.stream.seek(int.from_bytes(file.head[_PE_OFFSET], "little"))
    return file.stream.read(4) == b"PE\0\0"


def left_alone(kind: str) -> Callable[[Task], FileReport]:
    """Return a normalizer that does nothing and says so."""
    reason = f"{kind} files are left as they are"
    return lambda task: FileReport.unchanged(task.name, kind, reason)
