"""Split debug files: found by build-id and usable by the tools that people have, none of which is ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.elf_tools import MAIN, build_id, compile_c, run, sections

from reprowheel.normalize.elf.rewrite import normalize_elf

FLAGS = {
    "plain": ("-g",),
    "dwarf4": ("-gdwarf-4",),
    "compressed": ("-g", "-gz"),
    "property-note": ("-g", "-fcf-protection=full"),
    "one-segment": ("-g", "-Wl,-z,noseparate-code"),
    "relr": ("-g", "-Wl,-z,pack-relative-relocs"),
}
each_layout = pytest.mark.parametrize("flags", list(FLAGS.values()), ids=list(FLAGS))


def split(path: Path) -> Path:
    """Normalize `path` and return its debug file."""
    folder = path.parent / "debug"
    report = normalize_elf(path, path.name, debug_dir=folder)
    assert report.debug
    return folder / report.debug


def address_of(path: Path, symbol: str) -> str:
    """Return nm's address of a symbol."""
    return next(line.split()[0] for line in run("nm", path).splitlines() if line.endswith(f" {symbol}"))


@each_layout
def test_addr2line_finds_file_and_line(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """The address of a function gives its source line, from the debug file alone."""
    path = compile_c(tmp_path, "a.so", f"-ffile-prefix-map={tmp_path}=/reprowheel", *flags)
    address = address_of(path, "add")
    debug = split(path)
    printed = run("addr2line", "-f", "-e", debug, address).split()
    assert printed[0] == "add"
    assert printed[1] in {"/reprowheel/sample.c:11", "/reprowheel/sample.c:12"}


@each_layout
def test_same_sections_as_objcopy(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Names, addresses and sizes are those of `objcopy --only-keep-debug`, and readelf has nothing to warn of."""
    path = compile_c(tmp_path, "a.so", *flags)
    theirs = tmp_path / "theirs.debug"
    run("objcopy", "--only-keep-debug", path, theirs)
    ours = split(path)
    assert {n: v[::2] for n, v in sections(ours).items()} == {n: v[::2] for n, v in sections(theirs).items()}
    assert "arning" not in run("readelf", "-aW", ours)
    assert run("readelf", "-sW", ours).split("\n", 4)[-1] == run("readelf", "-sW", theirs).split("\n", 4)[-1]


@pytest.mark.parametrize("flags", [("-pie", "-fPIE"), ("-no-pie",), ("-no-pie", "-static")])
def test_debug_files_of_programs(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """readelf finds no fault with a program's debug file that it does not find with objcopy's, and lines are found."""
    program = compile_c(tmp_path, "a.out", "-g", *flags, source=MAIN, shared=False)
    address = address_of(program, "add")
    theirs = tmp_path / "theirs.debug"
    run("objcopy", "--only-keep-debug", program, theirs)
    debug = split(program)
    ours, others = (
        {line for line in run("readelf", "-hlSW", path).splitlines() if line.startswith("readelf:")} for path in (debug, theirs)
    )
    assert ours <= others
    assert "sample.c:1" in run("addr2line", "-e", debug, address)


def test_named_by_the_build_id_of_the_result(shared_object: Path) -> None:
    """The path spells the id that both files carry; the stripped file has no link that depends on the debug file."""
    debug = split(shared_object)
    folder, name = debug.parts[-2:]
    assert f"{folder}{name.removesuffix('.debug')}" == build_id(debug) == build_id(shared_object)
    assert ".gnu_debuglink" not in sections(shared_object)


def test_same_code_with_other_debug_information(tmp_path: Path) -> None:
    """Two files of the same code keep both debug files, each found by its build-id, in any two runs; a copy shares one."""
    results = []
    for run_number in range(2):
        folder = tmp_path / str(run_number)
        folder.mkdir()
        debug = folder / "debug"
        made = [compile_c(folder, f"{name}.so", "-g", f"-ffile-prefix-map={tmp_path}/{run_number}=/{name}") for name in "ab"]
        made.append(Path(shutil.copyfile(made[0], folder / "c.so")))
        reports = [normalize_elf(path, path.name, debug_dir=debug) for path in made]
        assert [bool(report.reason) for report in reports] == [False, True, False]
        assert "other debug information" in reports[1].reason
        assert len({report.debug for report in reports}) == 2
        for path, report in zip(made, reports, strict=True):
            assert report.debug == f".build-id/{build_id(path)[:2]}/{build_id(path)[2:]}.debug"
            assert build_id(debug / report.debug) == build_id(path) == report.build_id
            wanted = "/b/sample.c" if path.name == "b.so" else "/a/sample.c"
            assert wanted in run("addr2line", "-e", debug / report.debug, address_of(debug / report.debug, "add"))
        files = [*made, *(debug / report.debug for report in reports if report.debug)]
        results.append([path.read_bytes() for path in files])
        assert not list(debug.glob(".new*"))
    assert results[0] == results[1]


def test_named_by_the_path_without_build_id(tmp_path: Path) -> None:
    """Linkers that give no id still get a debug file, beside its shared object's path."""
    path = compile_c(tmp_path, "a.so", "-g", "-Wl,--build-id=none")
    assert split(path) == tmp_path / "debug/a.so.debug"


def test_none_when_there_is_nothing_to_keep(tmp_path: Path) -> None:
    """A file that the linker stripped has only a comment to lose, so there is no debug file."""
    path = compile_c(tmp_path, "a.so", "-g", "-Wl,-s")
    report = normalize_elf(path, "a.so", debug_dir=tmp_path / "debug")
    assert (report.dropped, report.debug) == ((".comment",), None)
    assert not (tmp_path / "debug").exists()


def test_old_debug_link_is_in_neither_file(shared_object: Path, tmp_path: Path) -> None:
    """A link made before would point at a file that does not match any more."""
    run("objcopy", "--only-keep-debug", shared_object, tmp_path / "old.debug")
    run("objcopy", f"--add-gnu-debuglink={tmp_path / 'old.debug'}", shared_object)
    assert ".gnu_debuglink" in sections(shared_object)
    debug = split(shared_object)
    assert ".gnu_debuglink" not in sections(shared_object).keys() | sections(debug).keys()
    assert b"old.debug" not in shared_object.read_bytes() + debug.read_bytes()


def test_gdb_finds_it_and_shows_lines(tmp_path: Path) -> None:
    """gdb, given a program without symbols and the debug folder, knows a function by name and its line."""
    program = compile_c(tmp_path, "a.out", "-g", f"-ffile-prefix-map={tmp_path}=/reprowheel", source=MAIN, shared=False)
    debug = split(program)
    assert "no symbols" in run("nm", program)
    folder = debug.parents[2]
    shown = run("gdb", "-nx", "-batch", "-iex", f"set debug-file-directory {folder}", "-ex", "info line add", program)
    assert 'Line 12 of "sample.c"' in shown or 'Line 11 of "sample.c"' in shown


@pytest.mark.elfutils
@each_layout
def test_elfutils_accepts_both_files(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """eu-elflint finds no fault that the linker's output had not, and eu-unstrip joins both to what has all symbols."""
    path = compile_c(tmp_path, "a.so", *flags)
    address = address_of(path, "helper")
    before = lint(path)  # empty, but for an elfutils that does not know RELR yet
    debug = split(path)
    assert lint(path) <= before
    assert lint(debug, "-d") <= before
    assert build_id(debug) in run("eu-unstrip", "-n", "-e", debug)
    joined = tmp_path / "joined.so"
    run("eu-unstrip", path, debug, "-o", joined)
    assert address_of(joined, "helper") == address
    run(sys.executable, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1]).add", joined)


@pytest.mark.elfutils
def test_elfutils_finds_no_new_fault_after_patchelf(shared_object: Path) -> None:
    """patchelf's own faults aside, eu-elflint has nothing to say that it did not say before."""
    run("patchelf", "--set-rpath", "/some/where/" + "x" * 300, shared_object)
    before = lint(shared_object)
    debug = split(shared_object)
    assert lint(shared_object) <= before
    assert {fault for fault in lint(debug, "-d") if "_DYNAMIC" not in fault} <= before


def lint(path: Path, *options: str) -> set[str]:
    """Return what eu-elflint complains about, without section numbers."""
    if shutil.which("eu-elflint") is None:
        pytest.fail("eu-elflint is needed as an independent reference: install the package elfutils")
    done = subprocess.run(["eu-elflint", "--gnu", *options, path], capture_output=True, text=True, check=False)
    return {line.split("]", 1)[-1] for line in done.stdout.splitlines() if line != "No errors"}
