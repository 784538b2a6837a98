"""One sdist that records all it can see, built under conditions that share nothing: the same bytes, and they work."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from support.builds import ROOT, Built, Conditions, build, differing, make_sdist, members, plain_build, unpack_requirements
from support.places import OTHER

from reprowheel.files import file_sha256
from reprowheel.workspace import CANONICAL_ROOT, MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACTS = ROOT / "tests" / "sdists" / "facts"


def facts_files() -> dict[str, str | bytes]:
    """Return the files of the sdist `facts`."""
    paths = sorted(path for path in FACTS.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(FACTS).as_posix(): path.read_bytes() for path in paths}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two builds of one sdist, and under which conditions."""

    sdist: Path
    left: Built
    right: Built
    conditions: tuple[Conditions, Conditions]
    wheel: Path


@pytest.fixture(scope="module")
def other_file_system() -> Iterator[Path]:
    """A short directory on a file system that lists names in another order, where there is one."""
    base = OTHER if os.access(OTHER, os.W_OK | os.X_OK) else "/tmp"
    directory = Path(tempfile.mkdtemp(prefix="rt", dir=base))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, other_file_system: Path, build_wheel: Callable[[str], Path]) -> Pair:
    """`facts`, built by two people on what might be two machines."""
    top = tmp_path_factory.mktemp("pair")
    wheel = build_wheel("setuptools")
    sdist = make_sdist(top, facts_files(), name="facts")
    places = [top / "l", top / "a-much-longer-directory-name"]
    for place in places:
        (place / "home").mkdir(parents=True)
    left = Conditions(
        cwd=places[0],
        umask=0o022,
        env={"HOME": str(places[0] / "home"), "TZ": "UTC", "LANG": "C.UTF-8", "USER": "ann", "PYTHONHASHSEED": "1"},
    )
    right = Conditions(
        cwd=places[1],
        work_root=other_file_system,
        umask=0o077,
        env={
            "HOME": str(places[1] / "home"),
            "TZ": "Asia/Kolkata",
            "LANG": "tr_TR.UTF-8",
            "LC_ALL": "C",
            "USER": "bob",
            "LOGNAME": "bob",
            "PYTHONHASHSEED": "77",
            "CFLAGS": "-O0 -DNOISE",
            "LDFLAGS": "-s",
            "TMPDIR": str(places[1]),
            "SOURCE_DATE_EPOCH": "1",
            "CPATH": "/nowhere",
            "MAKEFLAGS": "-j9",
            "PIP_INDEX_URL": "https://index.example.org",
            "GCC_COLORS": "error=01",
            "COLUMNS": "20",
        },
    )
    builds = [
        build(sdist, [wheel], place / "out", conditions)
        for place, conditions in zip(places, (left, right), strict=True)
    ]
    return Pair(sdist=sdist, left=builds[0], right=builds[1], conditions=(left, right), wheel=wheel)


def test_same_bytes_under_other_conditions(pair: Pair) -> None:
    """Path, umask, zone, home, locale, user, seed, noise, file system: the wheel, debug files and report are equal."""
    assert differing(pair.left.members(), pair.right.members()) == []
    assert pair.left.wheel.read_bytes() == pair.right.wheel.read_bytes()
    assert pair.left.wheel.name == pair.right.wheel.name
    assert pair.left.debug_files() == pair.right.debug_files()
    assert pair.left.report_bytes == pair.right.report_bytes


def test_plain_builds_differ(pair: Pair, tmp_path: Path, other_file_system: Path) -> None:
    """Control: PyPA's front end gives two wheels, and nearly every recorded fact differs between them."""
    requirements = unpack_requirements([pair.wheel], tmp_path / "requirements")
    places = [tmp_path / "plain", other_file_system / "plain-builds-here"]
    left, right = (
        members(
            plain_build(
                pair.sdist, requirements, place, replace(there, env={**there.env, "TMPDIR": str(tmp_path)}), check=True
            )
        )
        for place, there in zip(places, pair.conditions, strict=True)
    )
    native = next(name for name in left if name.endswith(".so"))
    assert {native, "facts/facts.txt"} <= set(differing(left, right))
    facts = [dict(line.split(": ", 1) for line in w["facts/facts.txt"].decode().splitlines()) for w in (left, right)]
    same = {name for name in facts[0] if facts[0][name] == facts[1][name]}
    expected = {
        "here",
        "cwd",
        "environment",
        "time",
        "datetime",
        "user",
        "umask",
        "hashes",
        "random",
        "temporary",
        "modes",
    }
    assert expected & same == set()


def test_facts_are_ours(pair: Pair) -> None:
    """The recorded facts are the build's declared ones, not this machine's."""
    text = pair.left.members()["facts/facts.txt"].decode()
    facts = dict(line.split(": ", 1) for line in text.splitlines())
    assert ast.literal_eval(facts["here"]) == f"{CANONICAL_ROOT}/src/facts-1.0"
    assert ast.literal_eval(facts["user"]) == ("reprowheel", f"{CANONICAL_ROOT}/home")
    assert ast.literal_eval(facts["umask"]) == 0o022
    assert ast.literal_eval(facts["cpus"]) == (2, 2)
    assert facts["datetime"].startswith("('2020-09-13T12:26:40.")
    assert ast.literal_eval(facts["listdir"]) == sorted(ast.literal_eval(facts["listdir"]))
    assert all(arg.startswith(CANONICAL_ROOT) for arg in ast.literal_eval(facts["argv"]) if arg.startswith("/"))
    environment = dict(ast.literal_eval(facts["environment"]))
    assert {"CFLAGS", "PIP_INDEX_URL", "COLUMNS", "CPATH"}.isdisjoint(environment)


def test_order_of_the_archive_does_not_count(pair: Pair, tmp_path: Path, other_file_system: Path) -> None:
    """The same files in another order, so that the file system lists them in another: the same wheel."""
    reversed_files = dict(reversed(facts_files().items()))
    sdist = make_sdist(tmp_path, reversed_files, name="facts")
    assert file_sha256(sdist) != pair.left.report["sdist"]["sha256"]
    other = build(sdist, [pair.wheel], tmp_path / "out", replace(pair.conditions[0], work_root=other_file_system))
    assert differing(pair.left.members(), other.members()) == []
    assert other.wheel.read_bytes() == pair.left.wheel.read_bytes()


def test_one_changed_byte_changes_the_digest(pair: Pair, tmp_path: Path) -> None:
    """What is compiled counts: one digit in one source file gives another extension and another digest."""
    files = facts_files()
    source = files["src/part_a.c"]
    assert isinstance(source, bytes)
    files["src/part_a.c"] = source.replace(b"97", b"98")
    other = build(make_sdist(tmp_path, files, name="facts"), [pair.wheel], tmp_path / "out", pair.conditions[0])
    assert other.report["wheel"]["sha256"] != pair.left.report["wheel"]["sha256"]
    changed = differing(pair.left.members(), other.members())
    assert [name for name in changed if not name.endswith(".so")] == ["facts-1.0.dist-info/RECORD"]
    assert len(changed) == 2


def native(built: Built, directory: Path) -> Path:
    """Unpack a wheel and return its extension module."""
    with zipfile.ZipFile(built.wheel) as archive:
        archive.extractall(directory)
    (path,) = directory.glob("facts/*.so")
    return path


def test_no_host_path(pair: Pair, tmp_path: Path) -> None:
    """`strings -a` and `readelf` find in no binary where it was built, nor where the interpreter is."""
    (debug,) = pair.left.debug.rglob("*.debug")
    host = {
        str(pair.left.wheel.parent.parent),
        str(Path.home()),
        os.getcwd(),
        "/tmp/",
        "/dev/shm",
        "/var/tmp",
        "pytest",
    }
    host |= {f"{sys.base_prefix}/{name}" for name in ("include/python", "lib/python", "bin/python")}
    for path in (native(pair.left, tmp_path / "tree"), debug):
        dumps: list[list[str | Path]] = [
            ["strings", "-a", path],
            ["readelf", "-Wp", ".debug_line_str", path],
            ["readelf", "-dW", path],
        ]
        text = "".join(subprocess.run(dump, check=True, capture_output=True, text=True).stdout for dump in dumps)
        assert [place for place in host if place in text] == []
        assert MAPPED_ROOT in text


def test_debug_file_gives_file_and_line(pair: Pair, tmp_path: Path) -> None:
    """`addr2line` on the split debug file finds where a function is; the build-ids of both files match."""
    (debug,) = pair.left.debug.rglob("*.debug")
    with debug.open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(symbols, SymbolTableSection)
        (symbol,) = symbols.get_symbol_by_name("where") or []
        address = symbol["st_value"]
    run = subprocess.run(["addr2line", "-f", "-e", debug, hex(address)], check=True, capture_output=True, text=True)
    lines = (FACTS / "src" / "native.c").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "*where(" in text)
    assert run.stdout.splitlines() == ["where", f"{MAPPED_ROOT}/src/facts-1.0/src/native.c:{line}"]
    extension = native(pair.left, tmp_path / "tree")
    notes = [
        subprocess.run(["readelf", "-n", f], check=True, capture_output=True, text=True).stdout
        for f in (extension, debug)
    ]
    ids = [re.findall(r"Build ID: (\w+)", note) for note in notes]
    assert ids[0] == ids[1] == [debug.parent.name + debug.stem]
    with extension.open("rb") as file:
        assert ELFFile(file).get_section_by_name(".symtab") is None


def test_wheel_works(pair: Pair, tmp_path: Path) -> None:
    """The extension is imported and called; what it was compiled with is mapped, rewritten or fixed."""
    native(pair.left, tmp_path)
    code = "import facts._native as n; print(n.where(7))"
    run = subprocess.run([sys.executable, "-B", "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    file, header, place, flag, when, date, total = ast.literal_eval(run.stdout)
    assert (file, header) == ("src/native.c", "src/checked.h")
    assert place == flag == f"{CANONICAL_ROOT}/src/facts-1.0"
    assert when.startswith("1600000000.")
    assert date == "Sep 13 2020 12:26:40 Sun Sep 13 12:26:40 2020"
    assert total == sum(map(ord, "abcd"))


def test_failed_assertion_names_the_mapped_file(pair: Pair, tmp_path: Path) -> None:
    """`assert` is alive in the fixture, so the path in it had to be mapped."""
    native(pair.left, tmp_path)
    code = "import facts._native as n; n.where(12345)"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert run.returncode < 0
    assert "src/native.c:" in run.stderr


def test_report_tells_the_inputs(pair: Pair) -> None:
    """Digests in the report are those of the files; it holds no path of this machine and no time of this build."""
    report = pair.left.report
    assert report["sdist"] == {"filename": pair.sdist.name, "sha256": file_sha256(pair.sdist)}
    assert report["wheel"] == {"filename": pair.left.wheel.name, "sha256": file_sha256(pair.left.wheel)}
    assert report["build_requirements"] == [
        {"name": "setuptools", "version": pair.wheel.name.split("-")[1], "sha256": file_sha256(pair.wheel)}
    ]
    assert report["epoch"] == 1600000000
    assert {entry["path"] for entry in report["leaks_rewritten"]} == {
        "facts/facts.txt",
        next(name for name in pair.left.members() if name.endswith(".so")),
    }
    text = pair.left.report_bytes.decode()
    assert [place for place in ("/tmp", "/usr", str(Path.home()), sys.base_prefix, "/rw") if place in text] == []


def test_output_directory_holds_only_the_wheel(pair: Pair) -> None:
    """One file, readable by all whatever the umask; nothing beside it but what was asked for; no workspace left."""
    for built, conditions in zip((pair.left, pair.right), pair.conditions, strict=True):
        assert [path.name for path in built.wheel.parent.iterdir()] == [built.wheel.name]
        assert built.wheel.stat().st_mode & 0o777 == 0o644
        beside = {path.name for path in built.wheel.parent.parent.iterdir()}
        assert beside == {"home", "out", "out.debug", "out.json"}
        if conditions.work_root:
            assert [path.name for path in conditions.work_root.iterdir() if path.name.startswith("rw")] == []
