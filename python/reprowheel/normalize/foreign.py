"""Recognises programs of other systems, so that reports name them; the files are left as they are."""

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
"""A Java class has the magic number of a fat Mach-O. Then it has its version, and Mach-O the number of architectures."""
_PE_OFFSET = slice(60, 64)


def is_mach_o(file: Candidate) -> bool:
    """Say whether a file is a Mach-O file of one or several architectures."""
    if file.head.startswith(_FAT_MACH_O):
        return int.from_bytes(file.head[4:8], "big") < _FIRST_JAVA_MAJOR
    return file.head.startswith(_MACH_O)


def is_pe(file: Candidate) -> bool:
    """Say whether a file is a Windows program or library; unlike a DOS program, it has a second header (PE)."""
    if not file.head.startswith(b"MZ") or len(file.head) < _PE_OFFSET.stop:
        return False
    file.stream.seek(int.from_bytes(file.head[_PE_OFFSET], "little"))
    return file.stream.read(4) == b"PE\0\0"


def left_alone(kind: str) -> Callable[[Task], FileReport]:
    """Return a normalizer that does nothing and says so."""
    reason = f"{kind} files are left as they are"
    return lambda task: FileReport.unchanged(task.name, kind, reason)
