"""Checks a rewritten ELF file: pyelftools must read it, and every loaded byte must be that of the original."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, cast

from reprowheel.files import CHUNK_SIZE
from reprowheel.normalize.patching import UnknownShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from elftools.elf.elffile import ELFFile

    from reprowheel.normalize.elf.image import ElfImage
    from reprowheel.normalize.elf.notes import BuildIdField
    from reprowheel.normalize.elf.plan import StripPlan

__all__ = ["check_result"]

_FREE_HEADER_FIELDS = frozenset({"e_shoff", "e_shnum", "e_shstrndx"})


def check_result(image: ElfImage, plan: StripPlan | None, fields: Sequence[BuildIdField], out: BinaryIO) -> None:
    """Compare the new file in `out` with the one it was made from.

    :raises UnknownShapeError: the original must stay, because pyelftools cannot read one of the two files, or because they
        differ in more than section headers, dropped sections and build-ids.
    """
    out.flush()
    with mmap.mmap(out.fileno(), 0, access=mmap.ACCESS_READ) as new:  # pyelftools reads field by field
        try:
            _read_all(image)
            _check_structure(image, plan, new)
        except UnknownShapeError:
            raise
        except Exception as error:  # pyelftools has no common error class for damaged files
            msg = f"damaged: pyelftools cannot read it: {' '.join(str(error).split())[:200] or type(error).__name__}"
            raise UnknownShapeError(msg) from error
        _check_bytes(image, plan, fields, new)


def _check_bytes(image: ElfImage, plan: StripPlan | None, fields: Sequence[BuildIdField], new: mmap.mmap) -> None:
    """Compare the loaded bytes, except for those that may differ."""
    end = image.size if plan is None else plan.loaded_end
    excused = [(field.offset, field.offset + field.size) for field in fields]
    excused.append((0, image.layout.ehdr.size))
    if plan is not None:
        excused.extend(plan.zeroed)
        size = image.layout.phdr.size
        excused.extend((at, at + size) for at in (image.header.phoff + index * size for index in plan.carried))
    start = 0
    for left_out_start, left_out_end in sorted(excused):
        _check_range(image, new, start, left_out_start)
        start = max(start, left_out_end)
    _check_range(image, new, start, end)


def _read_all(image: ElfImage) -> None:
    """Read every header of the original with pyelftools; if it fails, the file is not fully understood."""
    original = _opened(image.data)
    for index in range(original.num_segments()):
        original.get_segment(index)
    for index in range(original.num_sections()):
        original.get_section(index)


def _opened(data: object) -> ELFFile:
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - `reader.py` says why

    return ELFFile(cast("BinaryIO", data))


def _check_structure(image: ElfImage, plan: StripPlan | None, out: mmap.mmap) -> None:
    ours = _opened(out)
    _check_header(image, ours)
    _check_segments(image, plan, ours)
    if plan is None:
        return
    gone = {section.index for section in plan.dropped}
    moved = {section.index for section in plan.moved}
    for section in image.sections[1:]:
        if section.index in gone:
            continue
        new = ours.get_section(plan.new_index[section.index])
        header = new.header
        if new.name.encode() != section.label or (
            header.sh_addr,
            header.sh_size,
            header.sh_flags,
            header.sh_addralign,
        ) != (section.addr, section.size, section.flags, section.addralign):
            _fail(f"section {section.label!r}")
        if section.index in moved:
            _check_range(image, out, section.offset, section.end, shift=header.sh_offset - section.offset)
        elif header.sh_offset != section.offset:
            _fail(f"place of section {section.label!r}")


def _check_segments(image: ElfImage, plan: StripPlan | None, ours: ELFFile) -> None:
    if ours.num_segments() != len(image.segments):
        _fail("number of segments")
    for index, segment in enumerate(image.segments):
        header = ours.get_segment(index).header
        offset = segment.offset
        if plan is not None and index in plan.carried:
            offset = ours.get_section(plan.new_index[plan.carried[index]]).header.sh_offset
        expected = (offset, segment.filesz, segment.vaddr, segment.memsz, segment.flags, segment.align)
        names = ("p_offset", "p_filesz", "p_vaddr", "p_memsz", "p_flags", "p_align")
        if tuple(header[name] for name in names) != expected:
            _fail(f"segment {index}")


def _check_header(image: ElfImage, ours: ELFFile) -> None:
    ours.stream.seek(0)
    new = image.layout.ehdr.unpack(ours.stream.read(image.layout.ehdr.size))
    names = image.header.__dataclass_fields__
    for name, value in zip(names, new, strict=True):
        if f"e_{name}" not in _FREE_HEADER_FIELDS and value != getattr(image.header, name):
            _fail(f"e_{name}")


def _check_range(image: ElfImage, new: mmap.mmap, start: int, end: int, *, shift: int = 0) -> None:
    for at in range(start, end, CHUNK_SIZE):
        stop = min(at + CHUNK_SIZE, end)
        if new[at + shift : stop + shift] != image.data[at:stop]:
            _fail(f"bytes {at:#x} to {stop:#x}")


def _fail(what: str) -> None:
    msg = f"self-check: {what} would have changed"
    raise UnknownShapeError(msg)
