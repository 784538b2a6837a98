"""Writes the stripped ELF file and its build-ids."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from reprowheel.files import CHUNK_SIZE, chunks
from reprowheel.normalize.elf.image import SHN_LORESERVE, SHN_XINDEX, SHT_STRTAB, Section
from reprowheel.normalize.elf.plan import refers_by_info

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from reprowheel.normalize.elf.image import ElfImage
    from reprowheel.normalize.elf.notes import BuildIdField
    from reprowheel.normalize.elf.plan import StripPlan

__all__ = ["align", "copy_range", "pad_to", "write_build_ids", "write_stripped"]

_MAX_ALIGN = 64
"""Largest alignment of sections that are not loaded: with more, padding could multiply the size of a hostile file."""
_NAMES = b".shstrtab"


def align(offset: int, to: int) -> int:
    """Round `offset` up to a multiple of `to`, but at most of 64; if `to` is no power of two, it counts as 1."""
    if to <= 1 or to & (to - 1):
        return offset
    to = min(to, _MAX_ALIGN)
    return (offset + to - 1) & -to


def copy_range(image: ElfImage, start: int, end: int, out: BinaryIO) -> None:
    """Append bytes `start` to `end` of the file to `out`, in pieces."""
    for at in range(start, end, CHUNK_SIZE):
        out.write(image.data[at : min(at + CHUNK_SIZE, end)])


def pad_to(out: BinaryIO, offset: int) -> None:
    """Append zeros up to `offset`."""
    out.write(bytes(offset - out.tell()))


def write_stripped(image: ElfImage, plan: StripPlan, out: BinaryIO) -> None:
    """Write the file without the dropped sections to the empty `out`."""
    copy_range(image, 0, plan.loaded_end, out)
    offsets = {}
    for section in plan.moved:
        pad_to(out, align(out.tell(), section.addralign))
        offsets[section.index] = out.tell()
        copy_range(image, section.offset, section.end, out)
    table, names = _section_table(image, plan, offsets, names_offset=out.tell())
    out.write(names)
    pad_to(out, align(out.tell(), image.layout.word))
    table_offset = out.tell()
    for section in table:
        out.write(section.pack(image.layout))
    for start, end in plan.zeroed:
        out.seek(start)
        for at in range(start, end, CHUNK_SIZE):
            out.write(bytes(min(CHUNK_SIZE, end - at)))
    count, last = len(table), len(table) - 1
    header = dataclasses.replace(
        image.header,
        shoff=table_offset,
        shnum=count if count < SHN_LORESERVE else 0,
        shstrndx=last if last < SHN_LORESERVE else SHN_XINDEX,
    )
    out.seek(0)
    out.write(header.pack(image.layout))
    for index, section_index in plan.carried.items():
        segment = image.segments[index]
        out.seek(image.header.phoff + index * image.layout.phdr.size)
        offset = offsets.get(section_index, segment.offset)
        out.write(dataclasses.replace(segment, offset=offset).pack(image.layout))


def _section_table(
    image: ElfImage, plan: StripPlan, offsets: dict[int, int], *, names_offset: int
) -> tuple[list[Section], bytes]:
    """Return the new section headers and the bytes of their names; the last header is that of the names."""
    kept = {plan.new_index[section.index]: section for section in image.sections if section.index in plan.new_index}
    count = max(kept) + 2
    names = _Names()
    table = []
    for index in range(1, count - 1):
        section = kept.get(index)
        if section is None:
            table.append(Section.empty(index))
            continue
        table.append(
            dataclasses.replace(
                section,
                index=index,
                name=names.add(section.label),
                offset=offsets.get(section.index, section.offset),
                link=_renumbered(section.link, plan),
                info=_renumbered(section.info, plan) if refers_by_info(section) else section.info,
            )
        )
    name = names.add(_NAMES)
    text = names.text()
    table.append(
        dataclasses.replace(
            Section.empty(count - 1),
            label=_NAMES,
            name=name,
            type=SHT_STRTAB,
            offset=names_offset,
            size=len(text),
            addralign=1,
        )
    )
    first = dataclasses.replace(
        image.sections[0],
        size=count if count >= SHN_LORESERVE else 0,
        link=count - 1 if count - 1 >= SHN_LORESERVE else 0,
    )
    return [first, *table], text


def _renumbered(index: int, plan: StripPlan) -> int:
    return plan.new_index.get(index, 0)


class _Names:
    """A string table that has every name once, in the order of first use."""

    def __init__(self) -> None:
        self._offsets = {b"": 0}
        self._parts = [b"\0"]
        self._size = 1

    def add(self, name: bytes) -> int:
        """Return the offset of `name`, after adding it if it is new."""
        if name not in self._offsets:
            self._offsets[name] = self._size
            self._parts.append(name + b"\0")
            self._size += len(name) + 1
        return self._offsets[name]

    def text(self) -> bytes:
        """Return the table's bytes."""
        return b"".join(self._parts)


def write_build_ids(out: BinaryIO, fields: Sequence[BuildIdField], salt: bytes = b"") -> str:
    """Overwrite all build-ids by a hash of the whole file, in which the build-ids count as zeros.

    :param fields: places of the build-ids; not empty.
    :param salt: bytes that are hashed before the file.
    :returns: the first build-id, hexadecimal.
    """
    for field in fields:
        out.seek(field.offset)
        out.write(bytes(field.size))
    out.seek(0)
    digest = hashlib.sha256(salt)
    for piece in chunks(out):
        digest.update(piece)
    for field in fields:
        out.seek(field.offset)
        out.write(digest.digest()[: field.size])
    return digest.hexdigest()[: 2 * fields[0].size]
