"""Writes split debug files: the stripped sections, under the build-id of the stripped file.

The format is that of `objcopy --only-keep-debug`. All section headers keep their numbers, so that symbols still refer to the
right sections. Allocated sections have no bytes (SHT_NOBITS), except for notes. Program headers have no file contents. Debuggers
find the file by build-id. A `.gnu_debuglink` is not used, because its checksum would make the program depend on the debug file.
See docs/decisions.md, "Debug files by build id".
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING

from reprowheel.files import atomic_file
from reprowheel.normalize.elf.image import PT_LOAD, PT_PHDR, SHT_NOBITS, SHT_NOTE, SHT_SYMTAB, Section, Segment
from reprowheel.normalize.elf.write import align, copy_range, pad_to

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from reprowheel.normalize.elf.image import ElfImage
    from reprowheel.normalize.elf.plan import StripPlan

__all__ = ["has_debug_information", "write_debug_file"]

_DEBUG_PREFIXES = (b".debug", b".zdebug", b".gnu_debugdata", b".stab")
_LINKS = frozenset({b".gnu_debuglink"})
_TEMPORARY_OBJECT = re.compile(rb"(?<=\0cc)[0-9A-Za-z]{6}(?=\.(?:ltrans\d+\.ltrans\.)?o\0)")
"""Random part of the name of a temporary object that GCC compiled and linked in one call; it is a symbol (STT_FILE)."""
_NOTE_PAGE = 64


def has_debug_information(plan: StripPlan) -> bool:
    """Say whether the dropped sections have information for debuggers."""
    return any(section.type == SHT_SYMTAB or section.label.startswith(_DEBUG_PREFIXES) for section in plan.dropped)


def write_debug_file(image: ElfImage, new_ids: dict[int, bytes], path: Path) -> None:
    """Write the debug file of `image`; equal images give equal bytes.

    :param new_ids: file offset in `image` → the build-id at that offset in the stripped file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as out:
        _write(image, new_ids, out)


def _write(image: ElfImage, new_ids: dict[int, bytes], out: BinaryIO) -> None:
    layout = image.layout
    program_headers = align(layout.ehdr.size, layout.word)
    pad_to(out, program_headers + len(image.segments) * layout.phdr.size)
    offsets, runs = _copy_notes(image, new_ids, out)
    end_of_notes = out.tell()
    for section in image.sections[1:]:
        if not section.is_alloc and section.file_size and section.label not in _LINKS:
            pad_to(out, align(out.tell(), section.addralign))
            offsets[section.index] = out.tell()
            copy_range(image, section.offset, section.end, out)
            if section.label == b".strtab":
                _name_temporary_objects(out, offsets[section.index])
    pad_to(out, align(out.tell(), layout.word))
    table = out.tell()
    for section in image.sections:
        out.write(_header(section, offsets, end_of_notes).pack(layout))
    out.seek(0)
    header = dataclasses.replace(image.header, phoff=program_headers if image.segments else 0, shoff=table)
    out.write(header.pack(layout))
    out.seek(program_headers)
    for segment in image.segments:
        out.write(_segment(image, segment, runs, program_headers).pack(layout))


def _copy_notes(image: ElfImage, new_ids: dict[int, bytes], out: BinaryIO) -> tuple[dict[int, int], list[tuple[int, int, int]]]:
    """Copy the allocated notes in the file's order; new and old offsets are equal modulo `_NOTE_PAGE`.

    So notes that follow each other in the original have the same distance in the copy.

    :returns: section index → offset in the debug file; and the ranges that were copied in one piece, as (old start, old end,
        new start - old start), sorted.
    """
    notes = [s for s in image.sections[1:] if s.is_alloc and s.type == SHT_NOTE and s.file_size]
    notes.sort(key=lambda note: (note.offset, note.index))
    offsets: dict[int, int] = {}
    runs: list[tuple[int, int, int]] = []
    for note in notes:
        offset = out.tell() + (note.offset - out.tell()) % _NOTE_PAGE
        pad_to(out, offset)
        offsets[note.index] = offset
        copy_range(image, note.offset, note.end, out)
        shift = offset - note.offset
        if runs and runs[-1][2] == shift:
            runs[-1] = (runs[-1][0], note.end, shift)
        else:
            runs.append((note.offset, note.end, shift))
    end = out.tell()
    for where, build_id in new_ids.items():
        at = bisect_right(runs, (where, sys.maxsize)) - 1
        if at >= 0 and where + len(build_id) <= runs[at][1]:
            out.seek(where + runs[at][2])
            out.write(build_id)
    out.seek(end)
    return offsets, runs


def _name_temporary_objects(out: BinaryIO, start: int) -> None:
    """Give all temporary objects the same name in the string table at the end of `out`."""
    out.seek(start)
    names = out.read()
    for found in _TEMPORARY_OBJECT.finditer(names):
        out.seek(start + found.start())
        out.write(b"XXXXXX")
    out.seek(0, os.SEEK_END)


def _header(section: Section, offsets: dict[int, int], end_of_notes: int) -> Section:
    if section.index == 0:
        return section
    if section.label in _LINKS:
        return Section.empty(section.index)
    if section.index in offsets:
        return dataclasses.replace(section, offset=offsets[section.index])
    kind = SHT_NOBITS if section.is_alloc and section.file_size else section.type
    return dataclasses.replace(section, type=kind, offset=end_of_notes)


def _segment(image: ElfImage, segment: Segment, runs: list[tuple[int, int, int]], program_headers: int) -> Segment:
    """Return the program header; it has file contents only if the debug file has them in one piece."""
    at = bisect_right(runs, (segment.offset, sys.maxsize)) - 1
    if segment.type == PT_PHDR:
        return dataclasses.replace(segment, offset=program_headers)
    if segment.type != PT_LOAD and segment.filesz and at >= 0:
        _, end, shift = runs[at]
        if segment.end <= end:
            return dataclasses.replace(segment, offset=segment.offset + shift)
    if segment.type == PT_LOAD and segment.offset == 0 and image.header.phoff == program_headers:
        # PT_PHDR must be inside a PT_LOAD, so this one keeps the headers, which are loaded
        return dataclasses.replace(segment, filesz=min(segment.filesz, image.segment_table_end))
    # gABI: the offset of a PT_LOAD equals its address modulo its alignment
    offset = segment.vaddr % segment.align if segment.type == PT_LOAD and segment.align else 0
    return dataclasses.replace(segment, offset=offset, filesz=0)
