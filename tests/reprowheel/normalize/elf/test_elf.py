"""Shared objects and programs: what goes, what stays, and that the rest still runs; judged by binutils and the loader."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from support.elf_tools import MAIN, SOURCE, build_id, compile_c, loaded_bytes, loads, run, sections

from reprowheel.normalize.elf.rewrite import normalize_elf
from reprowheel.normalize.elf.write import write_stripped

if TYPE_CHECKING:
    from reprowheel.normalize.elf.image import ElfImage
    from reprowheel.normalize.elf.plan import StripPlan

LAYOUTS = {
    "plain": ("-g",),
    "no-debug": ("-g0",),
    "dwarf4": ("-gdwarf-4",),
    "compressed-debug": ("-g", "-gz"),
    "macros": ("-g3",),
    "lto": ("-g", "-flto", "-ffat-lto-objects"),
    "one-segment": ("-g", "-Wl,-z,noseparate-code"),
    "separate-code": ("-g", "-Wl,-z,separate-code"),
    "no-relro": ("-g", "-Wl,-z,norelro"),
    "relr": ("-g", "-Wl,-z,pack-relative-relocs"),
    "sysv-hash": ("-g", "-Wl,--hash-style=sysv"),
    "emitted-relocations": ("-g", "-Wl,--emit-relocs"),
    "property-note": ("-g", "-fcf-protection=full"),
    "large-pages": ("-g", "-Wl,-z,max-page-size=65536"),
    "recorded-switches": ("-g", "-frecord-gcc-switches"),
    "linker-stripped": ("-Wl,-s",),
    "no-build-id": ("-g", "-Wl,--build-id=none"),
    "md5-build-id": ("-g", "-Wl,--build-id=md5"),
}

CALL = "import ctypes, sys; sys.exit(ctypes.CDLL(sys.argv[1]).add(2, 3) != 5)"
GONE = re.compile(
    r"\.(comment|symtab|strtab|z?debug_.*|gnu_debuglink|gnu\.lto_.*|gnu\.debuglto_.*|GCC\.command\.line|rela?\.(text|data).*)"
)


@pytest.mark.parametrize("flags", list(LAYOUTS.values()), ids=list(LAYOUTS))
def test_loads_and_keeps_every_loaded_byte(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Whatever the compiler's switches, the result runs, has no debug sections, and its segments are as before."""
    original = compile_c(tmp_path, "a.so", *flags)
    result = Path(shutil.copy(original, tmp_path / "result.so"))
    report = normalize_elf(result, "pkg/a.so")
    assert report.action in {"stripped", "rewritten"}, report
    assert not [name for name in sections(result) if GONE.fullmatch(name)]
    assert loads(result) == loads(original)
    assert loaded_bytes(result) == loaded_bytes(original)
    assert report.build_id == (build_id(result) or None)
    assert "arning" not in run("readelf", "-aW", result)
    run(sys.executable, "-c", CALL, result)
    once = result.read_bytes()
    assert normalize_elf(result, "pkg/a.so").action == "unchanged"
    assert result.read_bytes() == once


@pytest.mark.parametrize("flags", [("-g",), ("-g", "-Wl,--emit-relocs"), ("-g", "-no-pie", "-static")])
def test_keeps_what_strip_keeps(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Section names afterwards are those that binutils' strip leaves, but for `.comment`."""
    original = compile_c(tmp_path, "a.out", *flags, source=MAIN, shared="-static" not in flags)
    ours, theirs = (Path(shutil.copy(original, tmp_path / name)) for name in ("ours", "theirs"))
    normalize_elf(ours, "a.out")
    run("strip", "-s", "-R", ".comment", theirs)
    assert sections(ours).keys() == sections(theirs).keys()
    assert {name: value[::2] for name, value in sections(ours).items() if name != ".shstrtab"} == {
        name: value[::2] for name, value in sections(theirs).items() if name != ".shstrtab"
    }


@pytest.mark.parametrize("flags", [("-pie", "-fPIE"), ("-no-pie",), ("-no-pie", "-static"), ("-static-pie", "-fPIE")])
def test_programs_still_run(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Executables of both kinds, static ones included, are stripped, keep their mode and run."""
    program = compile_c(tmp_path, "a.out", "-g", *flags, source=MAIN, shared=False)
    assert normalize_elf(program, "pkg-1.data/scripts/a.out").action == "stripped"
    assert program.stat().st_mode & 0o777 == 0o755
    run(program)


def build_in(folder: Path, *flags: str, source: str = SOURCE) -> tuple[bytes, dict[str, bytes]]:
    """Compile in `folder`, normalize, and return the shared object's and the debug files' bytes."""
    path = compile_c(folder, "a.so", "-g", *flags, source=source)
    normalize_elf(path, "a.so", debug_dir=folder / "debug")
    debug = {p.relative_to(folder / "debug").as_posix(): p.read_bytes() for p in (folder / "debug").rglob("*.debug")}
    assert len(debug) == 1
    return path.read_bytes(), debug


def test_same_bytes_from_another_folder(tmp_path: Path) -> None:
    """With mapped paths the results agree from two folders of different length, debug files included."""
    folders = [tmp_path / "short", tmp_path / "much/longer/than/the/other/one"]
    first, second = (build_in(folder, f"-ffile-prefix-map={folder}=/reprowheel") for folder in folders)
    assert first == second


def test_unmapped_paths_stay_in_the_debug_file(tmp_path: Path) -> None:
    """Without a map the debug files differ, which shows that they are compared; the shared objects still agree."""
    first, second = (build_in(folder) for folder in (tmp_path / "a", tmp_path / "bbbb"))
    assert first[0] == second[0]
    assert list(first[1].values()) != list(second[1].values())
    assert (
        compile_c(tmp_path / "a", "x.so", "-g").read_bytes() != compile_c(tmp_path / "bbbb", "x.so", "-g").read_bytes()
    )


def test_edited_source_gives_other_bytes(tmp_path: Path) -> None:
    """A change of one operator changes the code and the build-id."""
    first, second = build_in(tmp_path / "a"), build_in(tmp_path / "b", source=SOURCE.replace("a + b", "a - b"))
    assert first[0] != second[0]
    assert first[1].keys() != second[1].keys()


def test_random_build_ids_become_equal(tmp_path: Path) -> None:
    """`--build-id=uuid` differs with each link; what is computed anew does not."""
    paths = [compile_c(tmp_path / name, "a.so", "-g", "-Wl,--build-id=uuid") for name in "ab"]
    assert build_id(paths[0]) != build_id(paths[1])
    for path in paths:
        normalize_elf(path, "a.so")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(build_id(paths[0])) == 32


def test_build_id_given_by_hand_stays(tmp_path: Path) -> None:
    """An id that someone chose is no hash of anything, so it is kept."""
    path = compile_c(tmp_path, "a.so", "-g", "-Wl,--build-id=0xdeadbeef")
    report = normalize_elf(path, "a.so")
    assert (build_id(path), report.build_id) == ("deadbeef", None)


def test_build_id_is_found_without_section_headers(shared_object: Path) -> None:
    """A file without section headers still gets its build-id from what is left, through PT_NOTE."""
    normalize_elf(shared_object, "a.so")
    end = max(offset + size for offset, _, size, _ in loads(shared_object))
    data = bytearray(shared_object.read_bytes()[:end])
    data[40:48], data[58:64] = bytes(8), bytes(6)
    before = build_id(shared_object)
    shared_object.write_bytes(data)
    report = normalize_elf(shared_object, "a.so")
    assert report.action == "rewritten"
    assert report.build_id == build_id(shared_object) != before
    run(sys.executable, "-c", CALL, shared_object)


@pytest.mark.parametrize("operations", [1, 3])
def test_patched_file_is_zeroed_in_place(shared_object: Path, tmp_path: Path, operations: int) -> None:
    """patchelf puts a segment behind the debug sections: these turn into zeros, nothing moves, and it still runs."""
    for number in range(operations):
        run("patchelf", "--set-rpath", "/some/where/" + "x" * 300 * (number + 1), shared_object)
        run("patchelf", "--add-needed", "libm.so.6", shared_object)
    original = Path(shutil.copy(shared_object, tmp_path / "original.so"))
    assert max(loads(original))[0] > sections(original)[".debug_info"][1]
    report = normalize_elf(shared_object, "a.so", debug_dir=tmp_path / "debug")
    assert report.action == "zeroed"
    assert loaded_bytes(shared_object) == loaded_bytes(original)
    assert not [name for name in sections(shared_object) if GONE.fullmatch(name)]
    assert b"sample.c" not in shared_object.read_bytes().replace(b"sample.c\0", b"", 1)  # __FILE__ itself stays
    assert "arning" not in run("readelf", "-aW", shared_object)
    run(sys.executable, "-c", CALL, shared_object)
    once = shared_object.read_bytes()
    normalize_elf(shared_object, "a.so")
    assert shared_object.read_bytes() == once


def test_payload_behind_the_program_is_kept(shared_object: Path) -> None:
    """A self-extracting program reads its own file, so it is left alone, with the reason."""
    with shared_object.open("ab") as stream:
        stream.write(b"PK payload")
    before = shared_object.read_bytes()
    report = normalize_elf(shared_object, "a.so")
    assert report.action == "unchanged"
    assert "payload" in report.reason
    assert shared_object.read_bytes() == before


def test_relocatable_object_is_kept(tmp_path: Path) -> None:
    """An object file needs its symbols to be linked."""
    path = compile_c(tmp_path, "a.o", "-g", "-c", shared=False)
    before = path.read_bytes()
    report = normalize_elf(path, "a.o")
    assert (report.action, "linking" in report.reason) == ("unchanged", True)
    assert path.read_bytes() == before


def test_failed_write_leaves_the_file(shared_object: Path) -> None:
    """An error half-way leaves the original and no temporary file."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before, files = shared_object.read_bytes(), sorted(shared_object.parent.iterdir())
    with pytest.raises(OSError, match="No space"):
        normalize_elf(shared_object, "a.so", verify=fail)
    assert shared_object.read_bytes() == before
    assert sorted(shared_object.parent.iterdir()) == files


@pytest.mark.parametrize("place", [0x58, 0x1000], ids=["program-header", "code"])
def test_self_check_refuses_a_changed_byte(shared_object: Path, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """If the writer ever damaged a loaded byte, the comparison would keep the original."""

    def write_badly(image: ElfImage, plan: StripPlan, out: BinaryIO) -> None:
        write_stripped(image, plan, out)
        out.seek(place)
        out.write(b"\xcc")

    monkeypatch.setattr("reprowheel.normalize.elf.rewrite.write_stripped", write_badly)
    before = shared_object.read_bytes()
    report = normalize_elf(shared_object, "a.so")
    assert (report.action, "self-check" in report.reason) == ("unchanged", True)
    assert shared_object.read_bytes() == before


MEASURED = """\
import pathlib, re, sys
sys.path[:] = sys.argv[2:]
from reprowheel.normalize.elf.rewrite import normalize_elf
path = pathlib.Path(sys.argv[1])
report = normalize_elf(path, "a.so", debug_dir=path.parent / "debug")
status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
print(report.action, re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
"""
"""Prints the peak of its own memory; getrusage would count that of the process that started it, too."""


def test_memory_stays_below_twice_the_file(tmp_path: Path) -> None:
    """A file of 200 MB, half of it debug information, is stripped and split in far less than 400 MB."""
    half = 100 << 20
    source = SOURCE + f'__asm__(".section .rodata\\n.zero {half}\\n.text\\n");\n'
    path = compile_c(tmp_path, "a.so", "-g", source=source)
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(half)
    run("objcopy", "--add-section", f".debug_big={tmp_path / 'big'}", path)
    size = path.stat().st_size
    assert size > 2 * half
    action, peak = run(sys.executable, "-c", MEASURED, path, *sys.path).split()
    assert action == "stripped"
    assert int(peak) * 1024 < 1.5 * size
    (debug,) = (tmp_path / "debug").rglob("*.debug")
    assert half < path.stat().st_size < half + (1 << 20) < debug.stat().st_size + (2 << 20)
