"""Finds build-ids: ELF notes with the owner `GNU` and the type NT_GNU_BUILD_ID.

PT_NOTE segments are searched, because files may have no section headers. Allocated SHT_NOTE sections are searched, too, because
they are not always in a segment.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from reprowheel.normalize.elf.image import PT_NOTE, SHT_NOTE
from reprowheel.normalize.patching import UnknownShapeError

if TYPE_CHECKING:
    from reprowheel.normalize.elf.image import ElfImage

__all__ = ["BuildIdField", "find_build_ids"]

_NT_GNU_BUILD_ID = 3
_OWNER = b"GNU\0"
_HASH_SIZES = frozenset({8, 16, 20, 32})
"""Sizes of computed build-ids: fast (lld), md5 or uuid, sha1, sha256; a build-id of any other size was given by the user."""
_MAX_NOTES = 4096
_EIGHT = 8


@dataclass(frozen=True, order=True, slots=True)
class BuildIdField:
    """Offset and size of a build-id in the file."""

    offset: int
    size: int


def find_build_ids(image: ElfImage) -> list[BuildIdField]:
    """Return the build-ids that the linker computed, sorted by offset; empty and user-given ones are left out.

    :raises UnknownShapeError: there are more notes than any linker makes, or build-ids overlap.
    """
    regions = {(s.offset, s.end, s.align) for s in image.segments if s.type == PT_NOTE and s.filesz}
    regions |= {(s.offset, s.end, s.addralign) for s in image.sections if s.type == SHT_NOTE and s.is_alloc and s.file_size}
    found: set[BuildIdField] = set()
    budget = _MAX_NOTES
    for start, end, alignment in sorted(regions):
        fields, seen = _notes(image, start, end, _EIGHT if alignment == _EIGHT else 4, budget)
        found |= fields
        budget -= seen
    fields_in_order = sorted(found)
    for one, other in pairwise(fields_in_order):
        if one.offset + one.size > other.offset:
            msg = f"damaged: the build-ids at {one.offset:#x} and {other.offset:#x} overlap"
            raise UnknownShapeError(msg)
    return fields_in_order


def _notes(image: ElfImage, start: int, end: int, alignment: int, budget: int) -> tuple[set[BuildIdField], int]:
    """Return the build-ids in one region, and the number of its notes."""
    note = struct.Struct(image.layout.order + "III")
    found: set[BuildIdField] = set()
    at, seen = start, 0
    while at + note.size <= end:
        seen += 1
        if seen > budget:
            msg = f"more than {_MAX_NOTES} notes"
            raise UnknownShapeError(msg)
        name_size, size, kind = note.unpack_from(image.data, at)
        # gABI: the descriptor and the next note are aligned relative to the start of the note
        where = at + _up(note.size + name_size, alignment)
        if where + size > end:
            break  # damaged, or padding: nothing after it can be read
        if kind == _NT_GNU_BUILD_ID and size in _HASH_SIZES:
            owner = image.data[at + note.size : at + note.size + name_size] if name_size == len(_OWNER) else b""
            if owner == _OWNER:
                found.add(BuildIdField(where, size))
        at = where + _up(size, alignment)
    return found, seen


def _up(value: int, alignment: int) -> int:
    return (value + alignment - 1) & -alignment
