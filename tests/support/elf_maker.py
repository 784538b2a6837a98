"""ELF files made from nothing, for what no compiler here makes: other word sizes, byte orders, odd and huge tables.

Independent of the code under test: it lays bytes out by the gABI's tables and nothing else.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

__all__ = ["Made", "Part", "make_elf", "note"]

ALLOC = 2
PROGBITS, SYMTAB, STRTAB, NOTE, NOBITS = 1, 2, 3, 7, 8


@dataclass
class Part:
    """One section to be made; loaded ones (`ALLOC`) come first in the file and form the one PT_LOAD."""

    name: str
    data: bytes = b""
    kind: int = PROGBITS
    flags: int = 0
    link: int = 0
    info: int = 0
    align: int = 1
    entsize: int = 0


@dataclass
class Made:
    """The file, and where its parts are."""

    data: bytes
    offsets: dict[str, int] = field(default_factory=dict)
    loaded_end: int = 0


def note(order: str, owner: bytes, kind: int, descriptor: bytes, *, align: int = 4) -> bytes:
    """Return an ELF note."""
    head = struct.pack(order + "III", len(owner), len(descriptor), kind) + owner
    head += bytes(-len(head) % align)
    return head + descriptor + bytes(-len(descriptor) % align)


def make_elf(
    parts: list[Part],
    *,
    is_64: bool = True,
    order: str = "<",
    elf_type: int = 3,
    more_segments: int = 0,
    covered: str = "",
) -> Made:
    """Lay the parts out one after the other, then the section names, then the section headers.

    :param more_segments: so many PT_NULL program headers are added.
    :param covered: name of a part that the first of them describes, as PT_RISCV_ATTRIBUTES does.
    """
    ehdr_size, phdr_size, shdr_size = (64, 56, 64) if is_64 else (52, 32, 40)
    phnum = 2 + more_segments
    body = bytearray(ehdr_size + phnum * phdr_size)
    names = bytearray(b"\0")
    headers = [b""]
    made = Made(b"")
    note_range = (0, 0)
    for part in parts:
        body += bytes(-len(body) % part.align)
        offset = len(body)
        made.offsets[part.name] = offset
        if part.kind != NOBITS:
            body += part.data
        if part.flags & ALLOC:
            made.loaded_end = len(body)
        if part.kind == NOTE and part.flags & ALLOC:
            note_range = (offset, len(part.data))
        headers.append(
            _shdr(
                is_64,
                order,
                len(names),
                part.kind,
                part.flags,
                offset if part.flags & ALLOC else 0,
                offset,
                len(part.data),
                part.link,
                part.info,
                part.align,
                part.entsize,
            )
        )
        names += part.name.encode() + b"\0"
    names_at = len(names)
    names += b".shstrtab\0"
    made.offsets[".shstrtab"] = len(body)
    headers.append(_shdr(is_64, order, names_at, STRTAB, 0, 0, len(body), len(names), 0, 0, 1, 0))
    body += names
    body += bytes(-len(body) % 8)
    shoff, count = len(body), len(headers)
    big, many = count >= 0xFF00, phnum >= 0xFFFF
    headers[0] = _shdr(
        is_64, order, 0, 0, 0, 0, 0, count if big else 0, count - 1 if big else 0, phnum if many else 0, 0, 0
    )
    for header in headers:
        body += header
    body[:ehdr_size] = struct.pack(
        order + ("16sHHIQQQIHHHHHH" if is_64 else "16sHHIIIIIHHHHHH"),
        b"\x7fELF" + bytes([2 if is_64 else 1, 1 if order == "<" else 2, 1]) + bytes(9),
        elf_type, 243 if covered else 0, 1, 0, ehdr_size, shoff, 0x1234, ehdr_size, phdr_size,
        0xFFFF if many else phnum, shdr_size, 0 if big else count, 0xFFFF if big else count - 1,
    )  # fmt: skip
    loads = [
        (1, 5, 0, 0, made.loaded_end, made.loaded_end, 0x1000),
        (4, 4, note_range[0], note_range[0], note_range[1], note_range[1], 4),
    ]
    loads += [(0, 0, 0, 0, 0, 0, 0)] * more_segments
    if covered:
        size = next(len(part.data) for part in parts if part.name == covered)
        loads[2] = (0x70000003, 4, made.offsets[covered], 0, size, 0, 1)
    for index, segment in enumerate(loads):
        at = ehdr_size + index * phdr_size
        body[at : at + phdr_size] = _phdr(is_64, order, *segment)
    made.data = bytes(body)
    return made


def _phdr(
    is_64: bool, order: str, kind: int, flags: int, offset: int, vaddr: int, filesz: int, memsz: int, align: int
) -> bytes:
    if is_64:
        return struct.pack(order + "IIQQQQQQ", kind, flags, offset, vaddr, vaddr, filesz, memsz, align)
    return struct.pack(order + "IIIIIIII", kind, offset, vaddr, vaddr, filesz, memsz, flags, align)


def _shdr(is_64: bool, order: str, *fields: int) -> bytes:
    return struct.pack(order + ("IIQQQQIIQQ" if is_64 else "IIIIIIIIII"), *fields)
