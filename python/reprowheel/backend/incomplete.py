"""Recognizes a wheel that lacks its compiled part, because the build went on without a program.

Some builds go on if a program is missing: setuptools leaves out an optional extension, a setup.py catches the error. Where the
host has that program, the user should decide, and not the build.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

from reprowheel.normalize.elf.image import is_elf

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["lacking"]

_LOST = re.compile(r'building extension "([^"]+)" failed')
_COMPILED = (b"!<arch>\n", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ", b"\x00asm")


def lacking(wheel: Path, printed: str) -> str:
    """Return what a wheel lacks, or an empty string.

    :param printed: the output of the back end.
    """
    if lost := _LOST.search(printed):
        return f"left out the optional extension {lost[1]}"
    if wheel.name.endswith("-any.whl") or not zipfile.is_zipfile(wheel):
        return ""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                head = member.read(8)
                if is_elf(head) or head.startswith(_COMPILED):
                    return ""
    return "made a wheel for one platform without a compiled file"
