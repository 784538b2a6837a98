"""Reading an ELF file: its header, segments and sections as plain numbers, with every range checked.

Fields are kept as the integers in the file, so that what is written back differs only where it is meant to; pyelftools
reads each result afterwards as a second opinion (`elf_verify`). Spec: System V gABI, chapters 4 and 5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mmap

__all__ = [
    "ET_DYN",
    "ET_EXEC",
    "MAGIC",
    "PT_LOAD",
    "PT_NOTE",
    "SHF_ALLOC",
    "SHF_INFO_LINK",
    "SHT_NOBITS",
    "SHT_NOTE",
    "SHT_NULL",
    "SHT_REL",
    "SHT_RELA",
    "SHT_STRTAB",
    "SHT_SYMTAB",
    "SHT_SYMTAB_SHNDX",
    "ElfImage",
    "Header",
    "Layout",
    "NotUnderstoodError",
    "Section",
    "Segment",
    "parse_elf",
]

MAGIC = b"\x7fELF"
ET_EXEC, ET_DYN = 2, 3
PT_LOAD, PT_NOTE = 1, 4
SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_NOTE, SHT_NOBITS, SHT_REL = 0, 2, 3, 4, 7, 8, 9
SHT_SYMTAB_SHNDX = 18
SHF_ALLOC, SHF_INFO_LINK = 0x2, 0x40

_CLASS_32, _CLASS_64 = 1, 2
_LITTLE, _BIG = 1, 2
_SHN_LORESERVE, _SHN_XINDEX = 0xFF00, 0xFFFF
_PN_XNUM = 0xFFFF
_MAX_SECTIONS = 1 << 20
_MAX_SEGMENTS = 1 << 16
_MAX_NAME = 255


class NotUnderstoodError(ValueError):
    """The file is damaged or has a shape that we do not rewrite; the message is the reason for the report."""


class Layout:
    """How the numbers of one file are stored: class (32 or 64 bits) and byte order."""

    __slots__ = ("ehdr", "is_64", "order", "phdr", "shdr")

    def __init__(self, *, is_64: bool, is_little: bool) -> None:
        self.is_64 = is_64
        self.order = "<" if is_little else ">"
        self.ehdr = struct.Struct(self.order + ("16sHHIQQQIHHHHHH" if is_64 else "16sHHIIIIIHHHHHH"))
        self.phdr = struct.Struct(self.order + ("IIQQQQQQ" if is_64 else "IIIIIIII"))
        self.shdr = struct.Struct(self.order + ("IIQQQQIIQQ" if is_64 else "IIIIIIIIII"))

    @property
    def word(self) -> int:
        """Alignment of the section header table in bytes."""
        return 8 if self.is_64 else 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """The ELF header, fields as in the file (`e_` left off)."""

    ident: bytes
    type: int
    machine: int
    version: int
    entry: int
    phoff: int
    shoff: int
    flags: int
    ehsize: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int

    def pack(self, layout: Layout) -> bytes:
        """Return the header's 52 or 64 bytes."""
        return layout.ehdr.pack(*(getattr(self, field) for field in _HEADER_FIELDS))


_HEADER_FIELDS = tuple(Header.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One program header (`p_` left off)."""

    type: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int

    @property
    def end(self) -> int:
        """File offset behind its last byte."""
        return self.offset + self.filesz

    def pack(self, layout: Layout) -> bytes:
        """Return the program header's 32 or 56 bytes."""
        if layout.is_64:
            fields = (self.type, self.flags, self.offset, self.vaddr, self.paddr, self.filesz, self.memsz, self.align)
        else:
            fields = (self.type, self.offset, self.vaddr, self.paddr, self.filesz, self.memsz, self.flags, self.align)
        return layout.phdr.pack(*fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section header (`sh_` left off), with its index and its name's bytes."""

    index: int
    label: bytes
    name: int
    type: int
    flags: int
    addr: int
    offset: int
    size: int
    link: int
    info: int
    addralign: int
    entsize: int

    @property
    def is_alloc(self) -> bool:
        """Whether it is part of the running program."""
        return bool(self.flags & SHF_ALLOC)

    @property
    def file_size(self) -> int:
        """How many bytes it has in the file."""
        return 0 if self.type in {SHT_NULL, SHT_NOBITS} else self.size

    @property
    def end(self) -> int:
        """File offset behind its last byte."""
        return self.offset + self.file_size

    def pack(self, layout: Layout) -> bytes:
        """Return the section header's 40 or 64 bytes."""
        return layout.shdr.pack(
            self.name,
            self.type,
            self.flags,
            self.addr,
            self.offset,
            self.size,
            self.link,
            self.info,
            self.addralign,
            self.entsize,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ElfImage:
    """A parsed file: every table and every range of a section or segment lies inside `data`."""

    data: mmap.mmap | bytes
    size: int
    layout: Layout
    header: Header
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    names_index: int
    """Index of the section that holds the sections' names; 0 if there are no sections."""

    @property
    def section_table_end(self) -> int:
        """File offset behind the section header table."""
        return self.header.shoff + len(self.sections) * self.layout.shdr.size

    @property
    def segment_table_end(self) -> int:
        """File offset behind the program header table."""
        return self.header.phoff + len(self.segments) * self.layout.phdr.size


def parse_elf(data: mmap.mmap | bytes) -> ElfImage:
    """Read the header, all program headers and all section headers.

    :raises NotUnderstoodError: if anything reaches beyond the file, or has a size the specification does not give.
    """
    size = len(data)
    layout = _layout(data)
    if size < layout.ehdr.size:
        msg = "shorter than an ELF header"
        raise NotUnderstoodError(msg)
    header = Header(**dict(zip(_HEADER_FIELDS, layout.ehdr.unpack_from(data), strict=True)))
    if header.version != 1 or header.ehsize != layout.ehdr.size:
        msg = f"header of version {header.version} and {header.ehsize} bytes"
        raise NotUnderstoodError(msg)
    first = _first_section(data, size, layout, header)
    segments = _segments(data, size, layout, header, first)
    sections, names_index = _sections(data, size, layout, header, first)
    return ElfImage(
        data=data,
        size=size,
        layout=layout,
        header=header,
        segments=segments,
        sections=sections,
        names_index=names_index,
    )


def _layout(data: mmap.mmap | bytes) -> Layout:
    ident = data[:7]
    if len(ident) < 7 or ident[:4] != MAGIC:  # noqa: PLR2004 (e_ident up to EI_VERSION)
        msg = "shorter than an ELF header"
        raise NotUnderstoodError(msg)
    if ident[4] not in {_CLASS_32, _CLASS_64} or ident[5] not in {_LITTLE, _BIG} or ident[6] != 1:
        msg = f"ELF class {ident[4]}, byte order {ident[5]}, version {ident[6]}"
        raise NotUnderstoodError(msg)
    return Layout(is_64=ident[4] == _CLASS_64, is_little=ident[5] == _LITTLE)


def _check_table(what: str, offset: int, count: int, entry: int, *, expected: int, size: int, limit: int) -> None:
    if entry != expected:
        msg = f"{what} headers of {entry} bytes; expected {expected}"
        raise NotUnderstoodError(msg)
    if count > limit:
        msg = f"{count} {what} headers; the limit is {limit}"
        raise NotUnderstoodError(msg)
    if offset + count * entry > size:
        msg = f"damaged: the {what} headers reach beyond the end of the file"
        raise NotUnderstoodError(msg)


def _first_section(data: mmap.mmap | bytes, size: int, layout: Layout, header: Header) -> Section | None:
    """Return section header 0, which holds the counts that do not fit into the ELF header."""
    if header.shoff == 0:
        return None
    _check_table(
        "section", header.shoff, 1, header.shentsize, expected=layout.shdr.size, size=size, limit=_MAX_SECTIONS
    )
    return _section(data, layout, header.shoff, 0)


def _section(data: mmap.mmap | bytes, layout: Layout, offset: int, index: int) -> Section:
    name, kind, flags, addr, where, size, link, info, addralign, entsize = layout.shdr.unpack_from(data, offset)
    return Section(
        index=index,
        label=b"",
        name=name,
        type=kind,
        flags=flags,
        addr=addr,
        offset=where,
        size=size,
        link=link,
        info=info,
        addralign=addralign,
        entsize=entsize,
    )


def _segments(
    data: mmap.mmap | bytes, size: int, layout: Layout, header: Header, first: Section | None
) -> tuple[Segment, ...]:
    count = header.phnum
    if count == _PN_XNUM:
        if first is None:
            msg = "damaged: the number of program headers is in a section header that does not exist"
            raise NotUnderstoodError(msg)
        count = first.info
    if count == 0:
        return ()
    _check_table(
        "program", header.phoff, count, header.phentsize, expected=layout.phdr.size, size=size, limit=_MAX_SEGMENTS
    )
    found = []
    for index in range(count):
        fields = layout.phdr.unpack_from(data, header.phoff + index * layout.phdr.size)
        if layout.is_64:
            kind, flags, offset, vaddr, paddr, filesz, memsz, align = fields
        else:
            kind, offset, vaddr, paddr, filesz, memsz, flags, align = fields
        segment = Segment(
            type=kind, flags=flags, offset=offset, vaddr=vaddr, paddr=paddr, filesz=filesz, memsz=memsz, align=align
        )
        if segment.filesz and segment.end > size:
            msg = f"damaged: program header {index} reaches beyond the end of the file"
            raise NotUnderstoodError(msg)
        found.append(segment)
    return tuple(found)


def _sections(
    data: mmap.mmap | bytes, size: int, layout: Layout, header: Header, first: Section | None
) -> tuple[tuple[Section, ...], int]:
    if first is None:
        return (), 0
    count = header.shnum or first.size
    names_index = first.link if header.shstrndx == _SHN_XINDEX else header.shstrndx
    _check_table(
        "section", header.shoff, count, header.shentsize, expected=layout.shdr.size, size=size, limit=_MAX_SECTIONS
    )
    if count == 0 or first.type != SHT_NULL:
        msg = "damaged: no section header 0"
        raise NotUnderstoodError(msg)
    if header.shnum >= _SHN_LORESERVE or not 0 < names_index < count:
        msg = "damaged: the sections have no names"
        raise NotUnderstoodError(msg)
    raw = [_section(data, layout, header.shoff + index * layout.shdr.size, index) for index in range(count)]
    for section in raw[1:]:
        if section.file_size and section.end > size:
            msg = f"damaged: section {section.index} reaches beyond the end of the file"
            raise NotUnderstoodError(msg)
    names = raw[names_index]
    if names.type != SHT_STRTAB:
        msg = "damaged: the sections' names are not in a string table"
        raise NotUnderstoodError(msg)
    return tuple(_named(data, names, section) for section in raw), names_index


def _named(data: mmap.mmap | bytes, names: Section, section: Section) -> Section:
    if section.index == 0:
        return section
    start, end = names.offset + section.name, names.end
    at = data.find(b"\0", start, min(end, start + _MAX_NAME + 1)) if start < end else -1
    if at == -1:
        msg = f"damaged: section {section.index} has no name, or one longer than {_MAX_NAME} bytes"
        raise NotUnderstoodError(msg)
    # dataclasses.replace would re-check every field; this runs once per section of files with thousands of them
    values = {field: getattr(section, field) for field in _SECTION_FIELDS}
    values["label"] = bytes(data[start:at])
    return Section(**values)


_SECTION_FIELDS = tuple(Section.__dataclass_fields__)
