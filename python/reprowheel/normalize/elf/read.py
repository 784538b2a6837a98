"""Parses an ELF file and checks every table and range; `verify` later checks the result again, with pyelftools."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from reprowheel.normalize.elf.image import (
    PN_XNUM,
    SHN_LORESERVE,
    SHN_XINDEX,
    SHT_NULL,
    SHT_STRTAB,
    ElfImage,
    Header,
    Layout,
    Section,
    Segment,
    is_elf,
)
from reprowheel.normalize.patching import UnknownShapeError

if TYPE_CHECKING:
    import mmap

__all__ = ["parse_elf"]

_CLASS_32, _CLASS_64 = 1, 2
_LITTLE, _BIG = 1, 2
_IDENT = 16
_MAX_HEADERS = 1 << 17
"""Most program headers, and most section headers; more than the 16 bits in the ELF header can count."""
_MAX_NAME = 255


def parse_elf(data: mmap.mmap) -> ElfImage:
    """Read the header, all program headers and all section headers.

    :raises UnknownShapeError: a table or range ends after the end of the file, or has a size that the specification forbids.
    """
    layout = _layout(data)
    if len(data) < layout.ehdr.size:
        msg = "damaged: shorter than an ELF header"
        raise UnknownShapeError(msg)
    header = Header.unpack(layout, data)
    if header.version != 1 or header.ehsize != layout.ehdr.size:
        msg = f"header of version {header.version} and {header.ehsize} bytes"
        raise UnknownShapeError(msg)
    first = _first_section(data, layout, header)
    segments = _segments(data, layout, header, first)
    sections, names_index = _sections(data, layout, header, first)
    return ElfImage(
        data=data,
        size=len(data),
        layout=layout,
        header=header,
        segments=segments,
        sections=sections,
        names_index=names_index,
    )


def _layout(data: mmap.mmap) -> Layout:
    ident = data[:_IDENT]
    if len(ident) < _IDENT or not is_elf(ident):
        msg = "damaged: shorter than an ELF header"
        raise UnknownShapeError(msg)
    bits, order, version = ident[4:7]
    if bits not in {_CLASS_32, _CLASS_64} or order not in {_LITTLE, _BIG} or version != 1:
        msg = f"ELF class {bits}, byte order {order}, version {version}"
        raise UnknownShapeError(msg)
    return Layout(is_64=bits == _CLASS_64, is_little=order == _LITTLE)


def _check_table(what: str, place: tuple[int, int, int], *, expected: int, size: int, limit: int) -> None:
    """Check one table of headers; `place` is (offset, count, bytes per entry)."""
    offset, count, entry = place
    if entry != expected:
        msg = f"{what} headers of {entry} bytes; expected {expected}"
        raise UnknownShapeError(msg)
    if count > limit:
        msg = f"{count} {what} headers; the limit is {limit}"
        raise UnknownShapeError(msg)
    if offset + count * entry > size:
        msg = f"damaged: the {what} headers reach beyond the end of the file"
        raise UnknownShapeError(msg)


def _first_section(data: mmap.mmap, layout: Layout, header: Header) -> Section | None:
    """Return section header 0, which has the counts that do not fit into the ELF header."""
    if header.shoff == 0:
        return None
    place = (header.shoff, 1, header.shentsize)
    _check_table("section", place, expected=layout.shdr.size, size=len(data), limit=_MAX_HEADERS)
    return Section.unpack(layout, data, header.shoff, index=0)


def _segments(data: mmap.mmap, layout: Layout, header: Header, first: Section | None) -> tuple[Segment, ...]:
    count = header.phnum
    if count == PN_XNUM:
        if first is None:
            msg = "damaged: the number of program headers is in a section header that does not exist"
            raise UnknownShapeError(msg)
        count = first.info
    if count == 0:
        return ()
    if header.phoff < layout.ehdr.size:
        msg = "the program headers overlap the ELF header"  # and some bytes of the ELF header are written again
        raise UnknownShapeError(msg)
    place = (header.phoff, count, header.phentsize)
    _check_table("program", place, expected=layout.phdr.size, size=len(data), limit=_MAX_HEADERS)
    found = []
    for index in range(count):
        segment = Segment.unpack(layout, data, header.phoff + index * layout.phdr.size)
        if segment.filesz and segment.end > len(data):
            msg = f"damaged: program header {index} reaches beyond the end of the file"
            raise UnknownShapeError(msg)
        found.append(segment)
    return tuple(found)


def _sections(data: mmap.mmap, layout: Layout, header: Header, first: Section | None) -> tuple[tuple[Section, ...], int]:
    """Return all section headers, and the index of the section with their names."""
    if first is None:
        return (), 0
    count = header.shnum or first.size
    names_index = first.link if header.shstrndx == SHN_XINDEX else header.shstrndx
    place = (header.shoff, count, header.shentsize)
    _check_table("section", place, expected=layout.shdr.size, size=len(data), limit=_MAX_HEADERS)
    if count == 0 or first.type != SHT_NULL:
        msg = "damaged: no section header 0"
        raise UnknownShapeError(msg)
    if header.shnum >= SHN_LORESERVE or not 0 < names_index < count:
        msg = "damaged: the sections have no names"
        raise UnknownShapeError(msg)
    raw = [first]
    for index in range(1, count):
        section = Section.unpack(layout, data, header.shoff + index * layout.shdr.size, index=index)
        if section.file_size and section.end > len(data):
            msg = f"damaged: section {index} reaches beyond the end of the file"
            raise UnknownShapeError(msg)
        raw.append(section)
    names = raw[names_index]
    if names.type != SHT_STRTAB:
        msg = "damaged: the sections' names are not in a string table"
        raise UnknownShapeError(msg)
    return (first, *(_named(data, names, section) for section in raw[1:])), names_index


def _named(data: mmap.mmap, names: Section, section: Section) -> Section:
    start, end = names.offset + section.name, names.end
    at = data.find(b"\0", start, min(end, start + _MAX_NAME + 1)) if start < end else -1
    if at == -1:
        msg = f"damaged: section {section.index} has no name, or one longer than {_MAX_NAME} bytes"
        raise UnknownShapeError(msg)
    label = bytes(data[start:at])
    if not label.isascii():
        msg = f"damaged: the name of section {section.index} is not ASCII"
        raise UnknownShapeError(msg)
    return dataclasses.replace(section, label=label)
