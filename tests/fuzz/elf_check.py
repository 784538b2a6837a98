"""The ELF target: what may change in a program and what may not, by a reader of its own.

Reads with `struct` and the gABI's tables; nothing of it comes from the code under test or from pyelftools.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuzz.check import ensure

from reprowheel.normalize.elf.rewrite import normalize_elf

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["run_elf"]

_MAGIC = b"\x7fELF"
_BUILD_ID_SIZES = (8, 16, 20, 32)
_PT_LOAD, _PT_NOTE, _SHT_STRTAB, _SHT_NOTE, _SHT_NOBITS, _PN_XNUM = 1, 4, 3, 7, 8, 0xFFFF


def run_elf(data: bytes, folder: Path) -> None:
    """Normalize `data` (its first bytes made an ELF file's) and check the result, its debug file and a second run."""
    data = _MAGIC + data[len(_MAGIC) :]
    path, debug = folder / "x.so", folder / "debug"
    path.write_bytes(data)
    report = normalize_elf(path, "x.so", debug_dir=debug)
    after = path.read_bytes()
    ensure({entry.name for entry in folder.iterdir()} <= {"x.so", "debug"}, "temporary files are left")
    ensure("self-check" not in report.reason, f"planned and written differ: {report.reason}")
    if report.action == "unchanged":
        ensure(after == data, f"changed although the report says it is not: {report.reason}")
        ensure(not debug.exists(), "a debug file without anything split off")
        return
    check_same_program(data, after)
    for file in (path, *debug.rglob("*.debug")):
        ensure(file.stat().st_size <= 6 * len(data) + 4096, f"{file.name} has {file.stat().st_size} bytes")
    again = normalize_elf(path, "x.so", debug_dir=debug)
    ensure(path.read_bytes() == after, f"a second run changes it again: {report} {again}")
    ensure(again.action == "unchanged", f"a second run says {again.action}")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """Where the fields of one class and byte order are."""

    order: str
    is_64: bool

    @classmethod
    def of(cls, data: bytes) -> _Form:
        return cls(order="<" if data[5] == 1 else ">", is_64=data[4] == 2)

    @property
    def header_size(self) -> int:
        return 64 if self.is_64 else 52

    @property
    def free(self) -> list[tuple[int, int]]:
        """Header fields that may change: e_shoff, e_shnum, e_shstrndx."""
        return [(40, 48), (60, 64)] if self.is_64 else [(32, 36), (48, 52)]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Segment:
    at: int
    kind: int
    offset: int
    filesz: int
    rest: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Section:
    name: bytes
    kind: int
    flags: int
    addr: int
    offset: int
    size: int


def check_same_program(before: bytes, after: bytes) -> None:
    """Check that segments and remaining sections are those of the original, byte for byte, build-ids aside."""
    form = _Form.of(before)
    old, new = _segments(before, form), _segments(after, form)
    ensure(len(old) == len(new), f"{len(old)} segments became {len(new)}")
    free = [*form.free, *_build_ids(before, form)]
    for one, other in zip(old, new, strict=True):
        ensure((one.kind, one.filesz, one.rest) == (other.kind, other.filesz, other.rest), f"segment {one} to {other}")
        ensure(one.offset == other.offset or one.kind != _PT_LOAD, f"{one} moved to {other.offset:#x}")
        if one.offset != other.offset:
            free.append((one.at, one.at + (56 if form.is_64 else 32)))
    ensure(before[: form.free[0][0]] == after[: form.free[0][0]], "the ELF header differs")
    masked_before, masked_after = _masked(before, free), _masked(after, free)
    for one, other in zip(old, new, strict=True):
        contents = masked_before[one.offset : one.offset + one.filesz]
        ensure(contents == masked_after[other.offset : other.offset + other.filesz], f"bytes of segment {one} differ")
    kept = Counter(_contents(masked_after, _sections(after, form)))
    had = Counter(_contents(masked_before, _sections(before, form)))
    extra = kept - had
    names = [section for section in extra if section[0] == b".shstrtab"]
    ensure(len(names) <= 1 and extra.total() == len(names), f"sections that were not there: {list(extra)[:3]!r:.500}")


def _masked(data: bytes, free: list[tuple[int, int]]) -> bytes:
    result = bytearray(data)
    for start, end in free:
        result[start:end] = bytes(max(0, min(end, len(data)) - start))
    return bytes(result)


def _build_ids(data: bytes, form: _Form) -> list[tuple[int, int]]:
    """Return every place in a note that looks like a build-id of a size that linkers compute."""
    notes = [(s.offset, s.offset + s.filesz) for s in _segments(data, form) if s.kind == _PT_NOTE]
    notes += [(s.offset, s.offset + s.size) for s in _sections(data, form) if s.kind == _SHT_NOTE]
    found = []
    for size in _BUILD_ID_SIZES:
        head = struct.pack(form.order + "III", 4, size, 3) + b"GNU\0"
        at = data.find(head)
        while at != -1:
            place = (at + len(head), at + len(head) + size)
            if any(start <= at and place[1] <= end for start, end in notes):
                found.append(place)
            at = data.find(head, at + 1)
    return found


def _numbers(data: bytes, at: int, form: _Form, *, wide: str) -> tuple[int, ...]:
    """Read fields at `at`; Q stands for the width of an address."""
    return struct.unpack_from(form.order + (wide if form.is_64 else wide.replace("Q", "I")), data, at)


def _tables(data: bytes, form: _Form) -> tuple[int, int, int, int, int]:
    """Return phoff, phnum, shoff, shnum and shstrndx, the extended forms resolved."""
    phoff, shoff = _numbers(data, 28 if not form.is_64 else 32, form, wide="QQ")
    phnum, _, shnum, shstrndx = struct.unpack_from(form.order + "HHHH", data, form.header_size - 8)
    if shoff:
        entry = _section_fields(data, shoff, form)
        phnum = entry[7] if phnum == _PN_XNUM else phnum
        shnum = shnum or entry[5]
        shstrndx = entry[6] if shstrndx == 0xFFFF else shstrndx
    return phoff, phnum, shoff, shnum if shoff else 0, shstrndx


def _section_fields(data: bytes, at: int, form: _Form) -> tuple[int, ...]:
    """Return name, type, flags, addr, offset, size, link, info, addralign, entsize."""
    return _numbers(data, at, form, wide="IIQQQQIIQQ")


def _segments(data: bytes, form: _Form) -> list[_Segment]:
    phoff, phnum, *_ = _tables(data, form)
    found = []
    for index in range(phnum):
        at = phoff + index * (56 if form.is_64 else 32)
        if form.is_64:
            kind, flags, offset, vaddr, paddr, filesz, memsz, align = _numbers(data, at, form, wide="IIQQQQQQ")
        else:
            kind, offset, vaddr, paddr, filesz, memsz, flags, align = _numbers(data, at, form, wide="IIIIIIII")
        rest = (flags, vaddr, paddr, memsz, align)
        found.append(_Segment(at=at, kind=kind, offset=offset, filesz=filesz, rest=rest))
    return found


def _sections(data: bytes, form: _Form) -> list[_Section]:
    _, _, shoff, shnum, shstrndx = _tables(data, form)
    size = 64 if form.is_64 else 40
    raw = [_section_fields(data, shoff + index * size, form) for index in range(shnum)]
    found = []
    for name, kind, flags, addr, offset, length, *_ in raw[1:]:
        if kind:
            start = raw[shstrndx][4] + name
            label = data[start : data.index(b"\0", start)]
            found.append(_Section(name=label, kind=kind, flags=flags, addr=addr, offset=offset, size=length))
    return found


def _contents(data: bytes, sections: list[_Section]) -> list[tuple[bytes, int, int, int, int, bytes]]:
    return [
        (s.name, s.kind, s.flags, s.addr, s.size, b"" if s.kind == _SHT_NOBITS else data[s.offset : s.offset + s.size])
        for s in sections
    ]
