"""Opens ELF files with pyelftools for reading; all its errors for damaged files become one.

It is imported when the first file is opened: it takes a fifth of the start of a build, and most wheels have no ELF file.
"""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reprowheel.normalize.elf.image import is_elf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile

__all__ = ["DamagedElfError", "dynamic_segments", "open_elf", "read_elf"]

_DAMAGE = (
    struct.error,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    TypeError,
)
"""Errors of pyelftools for damaged files besides its own; it does not check them before it reads."""


class DamagedElfError(ValueError):
    """An ELF file that cannot be read."""


@contextmanager
def read_elf(stream: BinaryIO) -> Iterator[ELFFile]:
    """Read an ELF file from a stream.

    :raises DamagedElfError: it cannot be read; also if that is found only later, inside the block.
    """
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - see above
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    try:
        yield ELFFile(stream)
    except (ELFError, *_DAMAGE) as error:
        msg = "damaged ELF file"
        raise DamagedElfError(msg) from error


@contextmanager
def open_elf(path: Path) -> Iterator[ELFFile | None]:
    """Open an ELF file; yield `None` for other files.

    :raises DamagedElfError: as `read_elf` does.
    :raises OSError: the file cannot be opened.
    """
    with path.open("rb") as stream:
        if is_elf(stream.read(4)):
            with read_elf(stream) as elf:
                yield elf
        else:
            yield None


def dynamic_segments(elf: ELFFile) -> Iterator[DynamicSegment]:
    """Yield the dynamic segments; the loader reads these, and they exist without section headers, too."""
    from elftools.elf.dynamic import DynamicSegment  # noqa: PLC0415 - see above

    yield from (segment for segment in elf.iter_segments() if isinstance(segment, DynamicSegment))
