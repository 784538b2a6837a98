"""The parts of an ELF file as data: header, program headers (segments), section headers.

All fields are the integers from the file, so a header that is written back only has the intended changes.
Spec: System V gABI, chapters 4 and 5.
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
    "PN_XNUM",
    "PT_LOAD",
    "PT_NOTE",
    "PT_PHDR",
    "SHF_ALLOC",
    "SHF_INFO_LINK",
    "SHN_LORESERVE",
    "SHN_XINDEX",
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
    "Section",
    "Segment",
    "is_elf",
]

_MAGIC = b"\x7fELF"
ET_EXEC, ET_DYN = 2, 3
PT_LOAD, PT_NOTE, PT_PHDR = 1, 4, 6
SHT_NULL, SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_NOTE, SHT_NOBITS, SHT_REL = 0, 2, 3, 4, 7, 8, 9
SHT_SYMTAB_SHNDX = 18
SHF_ALLOC, SHF_INFO_LINK = 0x2, 0x40
SHN_LORESERVE, SHN_XINDEX = 0xFF00, 0xFFFF
PN_XNUM = 0xFFFF


def is_elf(head: bytes) -> bool:
    """Say whether the first four bytes of a file are those of an ELF file."""
    return head.startswith(_MAGIC)


class Layout:
    """The form of numbers in one file: class (32 or 64 bits) and byte order."""

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
    """The ELF header; the fields have their names without `e_`."""

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
        return layout.ehdr.pack(*(getattr(self, name) for name in self.__dataclass_fields__))

    @classmethod
    def unpack(cls, layout: Layout, data: mmap.mmap) -> Header:
        """Read the header at the start of the file."""
        return cls(**dict(zip(cls.__dataclass_fields__, layout.ehdr.unpack_from(data), strict=True)))


_FIELDS_64 = ("type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz", "align")
_FIELDS_32 = ("type", "offset", "vaddr", "paddr", "filesz", "memsz", "flags", "align")


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One program header; the fields have their names without `p_`."""

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
        """File offset after its last byte."""
        return self.offset + self.filesz

    def pack(self, layout: Layout) -> bytes:
        """Return the program header's 32 or 56 bytes."""
        names = _FIELDS_64 if layout.is_64 else _FIELDS_32
        return layout.phdr.pack(*(getattr(self, name) for name in names))

    @classmethod
    def unpack(cls, layout: Layout, data: mmap.mmap, at: int) -> Segment:
        """Read the program header at offset `at`."""
        fields = layout.phdr.unpack_from(data, at)
        names = _FIELDS_64 if layout.is_64 else _FIELDS_32
        return cls(**dict(zip(names, fields, strict=True)))


_SECTION_FIELDS = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "addralign", "entsize")


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section header, with its index and the bytes of its name (`label`); other fields have their names without `sh_`."""

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
        """Whether the section is loaded into memory (SHF_ALLOC)."""
        return bool(self.flags & SHF_ALLOC)

    @property
    def file_size(self) -> int:
        """Number of bytes that it has in the file."""
        return 0 if self.type in {SHT_NULL, SHT_NOBITS} else self.size

    @property
    def end(self) -> int:
        """File offset after its last byte."""
        return self.offset + self.file_size

    def pack(self, layout: Layout) -> bytes:
        """Return the section header's 40 or 64 bytes."""
        return layout.shdr.pack(*(getattr(self, name) for name in _SECTION_FIELDS))

    @classmethod
    def unpack(cls, layout: Layout, data: mmap.mmap, at: int, *, index: int) -> Section:
        """Read the section header at offset `at`; `label` stays empty."""
        fields = dict(zip(_SECTION_FIELDS, layout.shdr.unpack_from(data, at), strict=True))
        return cls(index=index, label=b"", **fields)

    @classmethod
    def empty(cls, index: int) -> Section:
        """Return a section header of type SHT_NULL, all zeros."""
        return cls(index=index, label=b"", **dict.fromkeys(_SECTION_FIELDS, 0))


@dataclass(frozen=True, kw_only=True, slots=True)
class ElfImage:
    """A parsed file; all tables, sections and segments are inside of `data`."""

    data: mmap.mmap
    size: int
    layout: Layout
    header: Header
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    names_index: int
    """Index of the section with the names of sections; 0 if there are no sections."""

    @property
    def section_table_end(self) -> int:
        """File offset after the section header table."""
        return self.header.shoff + len(self.sections) * self.layout.shdr.size

    @property
    def segment_table_end(self) -> int:
        """File offset after the program header table."""
        return self.header.phoff + len(self.segments) * self.layout.phdr.size
