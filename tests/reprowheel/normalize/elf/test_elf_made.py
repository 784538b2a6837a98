"""ELF files of other machines and of absurd size, made from nothing (`elf_maker`) and judged by readelf."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest
from support.elf_maker import ALLOC, NOTE, PROGBITS, STRTAB, SYMTAB, Part, make_elf, note
from support.elf_tools import build_id, run, sections

from reprowheel.normalize.elf.rewrite import normalize_elf

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.normalize import FileReport

CODE = bytes(range(256)) * 4


def parts(order: str, *, id_size: int = 20) -> list[Part]:
    """Return a small but complete set of sections."""
    return [
        Part(".note.gnu.build-id", note(order, b"GNU\0", 3, b"\xaa" * id_size), NOTE, ALLOC, align=4),
        Part(".text", CODE, PROGBITS, ALLOC, align=16),
        Part(".comment", b"GCC: (nobody) 1.2\0"),
        Part(".debug_info", b"\x01debug" * 20),
        Part(".ARM.attributes", b"Akeep\0", 0x70000003),
        Part(".symtab", bytes(48), SYMTAB, link=7, align=8, entsize=24),
        Part(".strtab", b"\0name\0", STRTAB),
    ]


def normalized(tmp_path: Path, data: bytes) -> tuple[Path, FileReport]:
    """Write `data`, normalize it and return path and report."""
    path = tmp_path / "made.so"
    path.write_bytes(data)
    shutil.rmtree(tmp_path / "debug", ignore_errors=True)
    return path, normalize_elf(path, "made.so", debug_dir=tmp_path / "debug")


@pytest.mark.parametrize(("is_64", "order", "kind"), list(itertools.product([True, False], "<>", [2, 3])))
def test_every_class_and_byte_order(tmp_path: Path, is_64: bool, order: str, kind: int) -> None:
    """32 and 64 bits, both byte orders, programs and shared objects; attributes sections move but stay."""
    made = make_elf(parts(order), is_64=is_64, order=order, elf_type=kind)
    path, report = normalized(tmp_path, made.data)
    assert report.dropped == (".comment", ".debug_info", ".symtab", ".strtab")
    assert list(sections(path)) == [".note.gnu.build-id", ".text", ".ARM.attributes", ".shstrtab"]
    _, offset, size = sections(path)[".ARM.attributes"]
    assert path.read_bytes()[offset : offset + size] == b"Akeep\0"
    assert path.read_bytes().count(CODE) == 1
    assert build_id(path) == report.build_id != "aa" * 20
    assert "arning" not in run("readelf", "-hlSW", path)
    assert report.debug
    debug = tmp_path / "debug" / report.debug
    assert build_id(debug) == report.build_id
    assert [line for line in run("readelf", "-SW", debug).splitlines() if " .text " in line and "NOBITS" in line]


@pytest.mark.parametrize("size", [8, 16, 20, 32])
def test_build_id_keeps_its_size(tmp_path: Path, size: int) -> None:
    """Ids of all the sizes that linkers compute are overwritten in place."""
    path, report = normalized(tmp_path, make_elf(parts("<", id_size=size)).data)
    assert len(build_id(path)) == 2 * size
    assert build_id(path) == report.build_id


def test_notes_aligned_to_eight(tmp_path: Path) -> None:
    """A build-id behind a property note in a segment with 8-byte alignment is found."""
    some = parts("<")
    some[0].data = note("<", b"GNU\0", 5, bytes(12), align=8) + note("<", b"GNU\0", 3, b"\xaa" * 20, align=8)
    some[0].align = 8
    path, report = normalized(tmp_path, make_elf(some).data)
    assert build_id(path) == report.build_id


def test_more_sections_than_the_header_can_count(tmp_path: Path) -> None:
    """Above 0xff00 sections the counts move to section header 0 (SHN_XINDEX), and back when they fit again."""
    many = [*parts("<"), *(Part(f".debug_{n}", b"d") for n in range(0x10100))]
    path, report = normalized(tmp_path, make_elf(many).data)
    assert len(report.dropped) == 4 + 0x10100
    assert list(sections(path)) == [".note.gnu.build-id", ".text", ".ARM.attributes", ".shstrtab"]
    kept = [*parts("<"), *(Part(f".keep_{n}", b"d") for n in range(0x10100))]
    path, report = normalized(tmp_path, make_elf(kept).data)
    assert report.dropped == (".comment", ".debug_info", ".symtab", ".strtab")
    header = run("readelf", "-hW", path)
    assert f"({4 + 0x10100})" in header
    assert "arning" not in header
    assert len(sections(path)) == 3 + 0x10100 + 1 - 0


def test_more_segments_than_the_header_can_count(tmp_path: Path) -> None:
    """PN_XNUM: the number of program headers is in section header 0 and stays there."""
    path, report = normalized(tmp_path, make_elf(parts("<"), is_64=False, more_segments=0x10000).data)
    assert report.action == "stripped"
    assert f"({0x10002})" in run("readelf", "-hW", path)


def test_segment_that_moves_with_its_section(tmp_path: Path) -> None:
    """PT_RISCV_ATTRIBUTES only says where a section is; it moves with it, whatever stood in front."""
    results = []
    for size in (20, 2000):
        some = parts("<")
        some[3].data = bytes(size)
        some[4].name = ".riscv.attributes"
        path, report = normalized(tmp_path, make_elf(some, more_segments=1, covered=".riscv.attributes").data)
        assert report.action == "stripped"
        _, offset, length = sections(path)[".riscv.attributes"]
        (line,) = [line for line in run("readelf", "-lW", path).splitlines() if "RISCV_ATTRIBUT" in line]
        assert [int(number, 16) for number in (line.split()[1], line.split()[4])] == [offset, length]
        results.append(path.read_bytes())
    assert results[0] == results[1]


def test_kept_sections_still_refer_to_each_other(tmp_path: Path) -> None:
    """What moves keeps its alignment, and the numbers of the sections it refers to follow; lost ones become 0."""
    some = [
        *parts("<"),
        Part(".keep_strings", b"\0odd\0", STRTAB),
        Part(".keep_table", b"12345", flags=0x40, link=8, info=10, align=16),
        Part(".keep_more", b"1234567", link=6, info=3, align=32),
    ]
    path, _ = normalized(tmp_path, make_elf(some).data)
    rows = [line.split("]", 1)[1].split() for line in run("readelf", "-SW", path).splitlines() if "] .keep" in line]
    numbers = {name: number for number, name in enumerate(sections(path), 1)}
    strings, table, more = rows
    assert (int(table[-3]), int(table[-2])) == (numbers[".keep_strings"], numbers[".keep_more"])
    assert (int(more[-3]), int(more[-2])) == (0, 3)  # .symtab is gone; an info that is no section's number stays
    assert int(table[3], 16) % 16 == int(more[3], 16) % 32 == 0
    assert int(strings[4], 16) == 5


def test_debug_section_inside_a_segment(tmp_path: Path) -> None:
    """A section that looks droppable but is loaded without being marked so is left, with the reason."""
    some = [Part(".debug_x", b"read at run time"), *parts("<")]
    made = make_elf(some)
    path, report = normalized(tmp_path, made.data)
    assert report.action == "unchanged"
    assert "loaded" in report.reason
    assert path.read_bytes() == made.data


def test_allocated_debug_section_stays(tmp_path: Path) -> None:
    """`.debug_gdb_scripts` and the like are loaded data where the compiler says so."""
    some = [Part(".debug_gdb_scripts", b"\x01x.py\0", PROGBITS, ALLOC), *parts("<")]
    some[-2].link = 8
    path, report = normalized(tmp_path, make_elf(some).data)
    assert report.action == "stripped"
    assert ".debug_gdb_scripts" in sections(path)


@pytest.mark.parametrize(("link", "info", "flags"), [(200, 0, 0), (0, 200, 0x40)])
def test_reference_to_no_section(tmp_path: Path, link: int, info: int, flags: int) -> None:
    """A section that refers to one beyond the table makes the file damaged, not ours to repair."""
    data = make_elf([*parts("<"), Part(".odd", b"x", link=link, info=info, flags=flags)]).data
    path, report = normalized(tmp_path, data)
    assert (report.action, "damaged" in report.reason) == ("unchanged", True)
    assert path.read_bytes() == data


@pytest.mark.parametrize("length", [4, 15, 40, 63, 64, 100, 300])
def test_truncated_file_is_left(tmp_path: Path, length: int) -> None:
    """However short the file is cut, it stays and the reason is given."""
    data = make_elf(parts("<")).data[:length]
    path, report = normalized(tmp_path, data)
    assert report.action == "unchanged"
    assert "damaged" in report.reason
    assert path.read_bytes() == data
