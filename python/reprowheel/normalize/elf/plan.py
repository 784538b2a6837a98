"""Plans which sections of an ELF file are dropped and where the others go, without moving a loaded byte.

Loaded bytes end with the last segment or allocated section. Everything before this end stays at its offset. Everything after it
is cut off, and sections that are kept are written again. A dropped section may be before the end of the loaded bytes, because
patchelf appends a segment after the debug sections. Such a section is overwritten with zeros.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from reprowheel.normalize.elf.image import (
    PT_LOAD,
    SHF_INFO_LINK,
    SHT_NULL,
    SHT_REL,
    SHT_RELA,
    SHT_STRTAB,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
)
from reprowheel.normalize.patching import UnknownShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reprowheel.normalize.elf.image import ElfImage, Section

__all__ = ["StripPlan", "make_plan", "refers_by_info"]

_DROPPED_NAMES = frozenset(
    {
        b".comment",
        b".ctf",
        b".debug",
        b".gdb_index",
        b".gnu_debugaltlink",
        b".gnu_debugdata",
        b".gnu_debuglink",
        b".GCC.command.line",
        b".line",
        b".note.bolt_info",
        b".note.gnu.gold-version",
        b".strtab",
        b".symtab",
    }
)
_DROPPED_PREFIXES = (
    b".debug_",
    b".zdebug_",
    b".gnu.build.attributes",
    b".gnu.debuglto_",
    b".gnu.lto_",
    b".llvm",
    b".stab",
)
_LINK_TIME_TYPES = frozenset({SHT_SYMTAB, SHT_SYMTAB_SHNDX, SHT_REL, SHT_RELA})
_LLVM_TYPES = range(0x6FFF4C00, 0x6FFF4D00)
_PIECE = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class StripPlan:
    """The changes to one file."""

    dropped: tuple[Section, ...]
    """Sections to drop, in the file's order; never empty."""
    moved: tuple[Section, ...]
    """Kept sections after the loaded bytes; they are written again."""
    loaded_end: int
    """Number of bytes at the start of the file that stay, except for zeroed ranges."""
    zeroed: tuple[tuple[int, int], ...]
    """File ranges (start, end) before `loaded_end` that are overwritten with zeros."""
    new_index: dict[int, int]
    """Old → new index of the kept sections, with section 0."""
    carried: dict[int, int]
    """Program header → section, for segments that are not loaded and consist of one section, with which they move."""


def make_plan(image: ElfImage) -> StripPlan | None:
    """Return the plan for a file, or `None` if there is nothing to drop.

    :raises UnknownShapeError: a byte to drop may be needed by the program, or by data after it.
    """
    _check_sections(image)
    _check_payload(image)
    dropped = _dropped(image)
    if not dropped:
        return None
    gone = {section.index for section in dropped}
    carried = _carried(image)
    loaded_end = _loaded_end(image)
    kept = [section for section in image.sections[1:] if section.index not in gone]
    leaving = [(section.offset, section.end) for section in dropped if section.file_size]
    protected = _protected(image, kept, loaded_end)
    if not _table_is_loaded(image):
        leaving.append((image.header.shoff, image.section_table_end))
    zeroed = []
    for start, end in _merged(leaving):
        if start < loaded_end:
            if _overlaps(protected, start, min(end, loaded_end)):
                msg = f"bytes {start:#x} to {end:#x} are both loaded and part of a section that would be dropped"
                raise UnknownShapeError(msg)
            zeroed.append((start, min(end, loaded_end)))
    for section in kept:
        if section.file_size and section.offset < loaded_end < section.end:
            msg = f"section {section.label!r} lies across the end of the loaded bytes"
            raise UnknownShapeError(msg)
    return StripPlan(
        dropped=tuple(dropped),
        moved=tuple(section for section in kept if section.file_size and section.offset >= loaded_end),
        loaded_end=loaded_end,
        zeroed=tuple(zeroed),
        new_index=_new_index(kept),
        carried=carried,
    )


def _check_sections(image: ElfImage) -> None:
    count = len(image.sections)
    if sum(section.file_size for section in image.sections[1:]) > 2 * image.size:
        msg = "sections overlap: together they are larger than the file"
        raise UnknownShapeError(msg)
    for section in image.sections[1:]:
        if section.link >= count or (refers_by_info(section) and section.info >= count):
            msg = f"damaged: section {section.index} refers to one that does not exist"
            raise UnknownShapeError(msg)


def refers_by_info(section: Section) -> bool:
    """Say whether `sh_info` of a section is the index of another section."""
    return section.type in {SHT_REL, SHT_RELA} or bool(section.flags & SHF_INFO_LINK)


def _dropped(image: ElfImage) -> list[Section]:
    """Return the sections that no running program reads, and the section of names, if it is to be written again."""
    going = {section.index for section in image.sections[1:] if _is_droppable(section)}
    if not going:
        return []
    names = image.sections[image.names_index]
    kept = [section for section in image.sections[1:] if section.index not in going]
    is_rewritten = not names.is_alloc and names.index not in {section.link for section in kept}
    kept_links = {section.link for section in kept if section != names or not is_rewritten}  # written again it has no link
    for section in image.sections[1:]:
        if section.index in going and section.type == SHT_STRTAB and section.index in kept_links:
            going.discard(section.index)
    if not going:
        return []
    if is_rewritten:
        going.add(names.index)
    return [section for section in image.sections if section.index in going]


def _is_droppable(section: Section) -> bool:
    if section.is_alloc or section.type == SHT_NULL:
        return False
    if section.type in _LINK_TIME_TYPES or section.type in _LLVM_TYPES:
        return True
    return section.label in _DROPPED_NAMES or section.label.startswith(_DROPPED_PREFIXES)


def _carried(image: ElfImage) -> dict[int, int]:
    """Return program header → section, for segments that only locate a section, such as PT_RISCV_ATTRIBUTES."""
    loads = _merged((s.offset, s.end) for s in image.segments if s.type == PT_LOAD and s.filesz)
    places = {(s.offset, s.end): s.index for s in image.sections[1:] if s.file_size and not s.is_alloc and not _is_droppable(s)}
    return {
        index: places[segment.offset, segment.end]
        for index, segment in enumerate(image.segments)
        if segment.type != PT_LOAD
        and (segment.offset, segment.end) in places
        and not _overlaps(loads, segment.offset, segment.end)
    }


def _fixed_segments(image: ElfImage) -> list[tuple[int, int]]:
    """Return the file ranges of all segments that must stay at their offsets."""
    carried = _carried(image)
    return [(s.offset, s.end) for index, s in enumerate(image.segments) if s.filesz and index not in carried]


def _table_is_loaded(image: ElfImage) -> bool:
    """Say whether the section headers are in a loaded segment, where patchelf may put them; then their bytes stay."""
    loads = _merged((s.offset, s.end) for s in image.segments if s.type == PT_LOAD and s.filesz)
    return any(start <= image.header.shoff and image.section_table_end <= end for start, end in loads)


def _loaded_end(image: ElfImage) -> int:
    ends = [image.layout.ehdr.size]
    if image.segments:
        ends.append(image.segment_table_end)
    ends.extend(end for _, end in _fixed_segments(image))
    ends.extend(section.end for section in image.sections[1:] if section.is_alloc and section.file_size)
    return max(ends)


def _protected(image: ElfImage, kept: Sequence[Section], loaded_end: int) -> list[tuple[int, int]]:
    """Return the ranges that must not be overwritten, merged and sorted."""
    ranges = [(0, image.layout.ehdr.size)]
    if image.segments:
        ranges.append((image.header.phoff, image.segment_table_end))
    ranges.extend(_fixed_segments(image))
    ranges.extend(
        (section.offset, section.end)
        for section in kept
        if section.file_size and (section.is_alloc or section.offset < loaded_end)
    )
    return _merged(ranges)


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _overlaps(merged: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_right(merged, (start, start)) - 1
    if at >= 0 and merged[at][1] > start:
        return True
    return at + 1 < len(merged) and merged[at + 1][0] < end


def _new_index(kept: Sequence[Section]) -> dict[int, int]:
    """Return old → new section index; up to the last allocated section it stays, because symbols refer to it."""
    last = max((section.index for section in kept if section.is_alloc), default=0)
    numbers = {0: 0}
    following = last + 1
    for section in kept:
        if section.index <= last:
            numbers[section.index] = section.index
        else:
            numbers[section.index] = following
            following += 1
    return numbers


def _check_payload(image: ElfImage) -> None:
    """Raise UnknownShapeError for a payload that no header describes, as in self-extracting programs."""
    ranges = [(0, image.layout.ehdr.size)]
    if image.segments:
        ranges.append((image.header.phoff, image.segment_table_end))
    if image.sections:
        ranges.append((image.header.shoff, image.section_table_end))
    ranges.extend((segment.offset, segment.end) for segment in image.segments if segment.filesz)
    ranges.extend((section.offset, section.end) for section in image.sections[1:] if section.file_size)
    covered = _merged(ranges)
    loaded_end = _loaded_end(image)
    gaps = [(end, following) for (_, end), (following, _) in pairwise(covered)]
    gaps.append((covered[-1][1], image.size))
    for gap_start, end in gaps:
        start = max(gap_start, loaded_end)
        if start < end and not _is_zero(image, start, end):
            msg = f"{end - start} bytes at {start:#x} belong to no section: a payload behind the program"
            raise UnknownShapeError(msg)


def _is_zero(image: ElfImage, start: int, end: int) -> bool:
    return all(not any(image.data[at : min(at + _PIECE, end)]) for at in range(start, end, _PIECE))
