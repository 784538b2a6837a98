"""Compares two ELF files section by section; places are named by section, symbol and offset in the file."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.dynamic import DynamicSection
from elftools.elf.sections import SymbolTableSection

from reprowheel.compare.causes import CAUSES, remark
from reprowheel.compare.data import compare_data
from reprowheel.normalize.elf.reader import DamagedElfError, read_elf

if TYPE_CHECKING:
    from reprowheel.compare.model import Difference, Excerpt, KnownValues

__all__ = ["compare_elf"]

_IDENTITY = (".note.gnu.build-id", ".gnu_debuglink", ".gnu_debugaltlink")
"""Sections with digests of the rest of the file."""
_LINKED = (
    ".dynsym",
    ".rela",
    ".rel.",
    ".gnu.hash",
    ".hash",
    ".eh_frame",
    ".symtab",
    ".got",
    ".plt",
    ".dynamic",
    ".init",
)
"""Sections with addresses, which change when another section grows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Section:
    name: str
    type: str
    offset: int
    address: int
    data: bytes
    size: int
    strings: tuple[str, ...]
    code: bool


def compare_elf(path: str, left: bytes, right: bytes, known: KnownValues) -> list[Difference]:
    """Return the differences of two ELF files; damaged files are compared as plain data."""
    try:
        ours, theirs = _sections(left), _sections(right)
    except DamagedElfError:
        return [replace(d, note="not a readable ELF file") for d in compare_data(path, left, right, known)]
    if not ours or not theirs:
        return [replace(d, note="ELF without sections") for d in compare_data(path, left, right, known)]
    found: list[Difference] = []
    symbols = _Symbols(left)
    alike = {key: section.size for key, section in ours.items()} == {key: section.size for key, section in theirs.items()}
    for key in list(dict.fromkeys([*ours, *theirs])):
        a, b = ours.get(key), theirs.get(key)
        if a is None or b is None:
            found.append(_only(path, a, b))
        elif a.data != b.data or a.size != b.size:
            found += [d if alike else _unordered(d) for d in _section_differences(path, a, b, symbols, known)]
    return _ranked(found) or [replace(d, place=d.place or "between the sections") for d in compare_data(path, left, right, known)]


def _sections(data: bytes) -> dict[tuple[str, int], _Section]:
    """Return (name, number) → section; the number counts sections with the same name."""
    found: dict[tuple[str, int], _Section] = {}
    seen: dict[str, int] = {}
    with read_elf(io.BytesIO(data)) as elf:
        for section in elf.iter_sections():
            name, kind = str(section.name), str(section["sh_type"])
            if kind == "SHT_NULL":
                continue
            start, size = section["sh_offset"], section["sh_size"]
            found[name, seen.setdefault(name, 0)] = _Section(
                name=name,
                type=kind,
                offset=start,
                address=section["sh_addr"],
                data=b"" if kind == "SHT_NOBITS" else data[start : start + size],
                size=size,
                strings=_dynamic_strings(section),
                code=bool(section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR),
            )
            seen[name] += 1
    return found


def _dynamic_strings(section: Any) -> tuple[str, ...]:  # noqa: ANN401 - pyelftools has no types
    """Return the entries of a dynamic section that have strings, such as `DT_NEEDED libx.so`."""
    if not isinstance(section, DynamicSection):
        return ()
    fields = {"DT_NEEDED": "needed", "DT_SONAME": "soname", "DT_RPATH": "rpath", "DT_RUNPATH": "runpath"}
    return tuple(
        f"{tag.entry.d_tag} {getattr(tag, fields[tag.entry.d_tag])}" for tag in section.iter_tags() if tag.entry.d_tag in fields
    )


def _only(path: str, left: _Section | None, right: _Section | None) -> Difference:
    section = left or right
    assert section is not None  # noqa: S101 - one of the two has it
    side = "left" if left else "right"
    note = f"only on the {side}, {section.size} bytes"
    return remark(path, "missing", "content", note, place=f"section {section.name}")


def _section_differences(path: str, a: _Section, b: _Section, symbols: _Symbols, known: KnownValues) -> list[Difference]:
    place = f"section {a.name}"
    if a.strings != b.strings:
        ours, theirs = set(a.strings) - set(b.strings), set(b.strings) - set(a.strings)
        note = f"left: {', '.join(sorted(ours)) or 'none'}; right: {', '.join(sorted(theirs)) or 'none'}"
        changed = ours | theirs
        why = "host-library" if all("DT_NEEDED" in text for text in changed) else "content"
        if all("PATH" in tag and "/" in value for tag, _, value in (text.partition(" ") for text in changed)):
            why = "path"
        if not ours and not theirs:
            why, note = "order", "the same entries in another order"
        return [remark(path, "content", why, note, place=place)]
    if a.type == "SHT_NOBITS":
        note = f"{a.size} bytes on the left, {b.size} on the right"
        return [remark(path, "content", "content", note, place=place)]
    note = "" if a.size == b.size else f"{a.size} bytes on the left, {b.size} on the right"
    found = []
    for d in compare_data(path, a.data, b.data, known, place=place):
        symbol = symbols.at(a.address + d.left.offset + d.left.start) if d.left and a.address else ""
        told = not (a.code or a.name.startswith(_LINKED + _IDENTITY))  # instructions, addresses and checksums look like anything
        cause, evidence = (d.cause, d.evidence) if told else (CAUSES["content"], "")
        left, right = _in_file(d.left, a.offset), _in_file(d.right, b.offset)
        notes = "; ".join(filter(None, (d.note, note)))
        found.append(replace(d, left=left, right=right, symbol=symbol, note=notes, cause=cause, evidence=evidence))
    return found


def _in_file(excerpt: Excerpt | None, offset: int) -> Excerpt | None:
    return replace(excerpt, offset=excerpt.offset + offset) if excerpt else None


def _unordered(difference: Difference) -> Difference:
    """Do not say that the order is the cause: if sizes differ, the compiler made something else, and put it elsewhere."""
    return replace(difference, cause=CAUSES["content"], evidence="") if difference.cause.name == "order" else difference


class _Symbols:
    """The symbols of an ELF file by address, read on first use."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._symbols: list[tuple[int, int, str]] | None = None

    def at(self, address: int) -> str:
        """Return the name of the symbol at an address, or an empty string."""
        if self._symbols is None:
            self._symbols = self._read()
        return next((name for start, size, name in self._symbols if start <= address < start + size), "")

    def _read(self) -> list[tuple[int, int, str]]:
        with suppress(DamagedElfError), read_elf(io.BytesIO(self._data)) as elf:
            return [
                (symbol["st_value"], symbol["st_size"], symbol.name)
                for section in elf.iter_sections()
                if isinstance(section, SymbolTableSection)
                for symbol in section.iter_symbols()
                if symbol["st_size"] and symbol["st_info"]["type"] in {"STT_FUNC", "STT_OBJECT"}
            ]
        return []


def _ranked(found: list[Difference]) -> list[Difference]:
    """Sort differences by how much they explain, and mark those that follow from others."""

    def rank(difference: Difference) -> int:
        """Return 0 if the cause is known, 1 for other content, 2 for addresses, 3 for digests of the file."""
        section = difference.place.removeprefix("section ")
        if section.startswith(_IDENTITY):
            return 3
        if difference.cause.name == "content":
            return 2 if section.startswith(_LINKED) else 1
        return 0

    ranked = sorted(found, key=rank)
    first = rank(ranked[0]) if ranked else 0
    return [replace(d, follows=True) if rank(d) > max(first, 1) else d for d in ranked]
