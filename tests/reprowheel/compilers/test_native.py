"""What is added to an sdist's build: patches, native dependencies, a CPU baseline, a number of jobs."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import Conditions, build, c_module, extension_sdist, helper, make_sdist, members

from reprowheel.cli.arguments import make_request
from reprowheel.cli.build import add_arguments
from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.native import NativeInputs, place_native, read_native
from reprowheel.compilers.toolchain import CcToolchain, with_cpu_baseline
from reprowheel.errors import UsageError
from reprowheel.files import file_sha256
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

SETUP = """\
from setuptools import Extension, setup
setup(name="tiny", version="1.0", py_modules=[], ext_modules=[Extension("tiny", ["tiny.c"], libraries=["outer"])])
"""


def archive(folder: Path, name: str, source: str, *flags: str) -> Path:
    """Compile a static library, as somebody else would have, with the path of this place in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.c").write_text(source, encoding="utf-8")
    subprocess.run(["gcc", "-fPIC", *flags, "-c", f"{name}.c", "-o", f"{name}.o"], cwd=folder, check=True)
    library = folder / f"lib{name}.pic.a"
    subprocess.run(["ar", "rcs", library, f"{name}.o"], cwd=folder, check=True)
    return library


def run_extension(wheel: Path, folder: Path) -> object:
    """Unpack a wheel and call its extension module."""
    with zipfile.ZipFile(wheel) as bundle:
        bundle.extractall(folder)
    path = next(folder.glob("tiny.*.so"))
    spec = importlib.util.spec_from_file_location("tiny", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.answer()


def test_native_library_is_linked_in(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """Header and library, also one that the library needs itself, are found; places of origin do not matter, content does."""
    source = c_module("return PyLong_FromLong(outer());", head="#include <outer/outer.h>\n#ifndef GIVEN\n#error\n#endif")
    sdist = extension_sdist(tmp_path, source, setup=SETUP)
    wheels = []
    for place, value in (("one", 6), ("a/longer/place", 6), ("other", 9)):
        folder = tmp_path / place
        outer = archive(folder, "outer", "int inner(void); int outer(void) { return 7 * inner(); }")
        inner = archive(folder, "inner", f"int inner(void) {{ return {value}; }}")
        (folder / "include/outer").mkdir(parents=True)
        (folder / "include/outer/outer.h").write_text("int outer(void);\n", encoding="utf-8")
        description = folder / "native.json"
        description.write_text(
            f'{{"headers": {{"outer": "{folder}/include/outer"}}, "libraries": ["{outer}", "{inner}"],'
            ' "link_flags": ["-lm"], "defines": ["GIVEN=1"]}',
            encoding="utf-8",
        )
        built = build(sdist, [build_wheel("setuptools")], folder / "out", Conditions(cwd=folder), f"--native={description}")
        wheels.append(built.wheel)
        libraries = built.report["native"]["libraries"]
        assert [library["path"] for library in libraries] == ["lib/libouter.a", "lib/libinner.a"]
        assert [header["path"] for header in built.report["native"]["headers"]] == ["outer/outer.h"]
    assert wheels[0].read_bytes() == wheels[1].read_bytes() != wheels[2].read_bytes()
    assert run_extension(wheels[0], tmp_path / "run") == 42
    assert b"native" not in b"".join(data for name, data in members(wheels[0]).items() if name.endswith(".so"))


def test_patch_is_part_of_the_build(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """A patched sdist gives the bytes of one that had the change already; the report names patch and files."""
    body, changed = "return PyLong_FromLong(42);", "return PyLong_FromLong(43);"
    line = "static PyObject *answer(PyObject *self, PyObject *args) { %s }"
    patch = tmp_path / "answer.patch"
    text = c_module(body).splitlines()
    number = text.index(line % body) + 1
    patch.write_text(f"--- a/tiny.c\n+++ b/tiny.c\n@@ -{number} +{number} @@\n-{line % body}\n+{line % changed}\n")
    wheel = build_wheel("setuptools")
    left = build(
        extension_sdist(tmp_path / "l", c_module(body)),
        [wheel],
        tmp_path / "left",
        Conditions(cwd=tmp_path),
        f"--patch={patch}",
        "--patch-strip=1",
        "--jobs=2",
        f"--wheel-file={tmp_path / 'named/tiny-1.0-cp3-none-any.whl'}",
    )
    right = build(extension_sdist(tmp_path / "r", c_module(changed)), [wheel], tmp_path / "right", Conditions(cwd=tmp_path))
    assert left.wheel.read_bytes() == right.wheel.read_bytes()
    assert left.wheel.read_bytes() == (tmp_path / "named/tiny-1.0-cp3-none-any.whl").read_bytes()
    assert [(p["filename"], p["files"]) for p in left.report["patches"]] == [("answer.patch", ["tiny.c"])]
    assert right.report["patches"] == []
    run = helper(["build", tmp_path / "r/tiny-1.0.tar.gz", "--out", tmp_path / "x", f"--patch={patch}", "--patch-strip=1"])
    assert run.returncode == 3
    assert f"answer.patch:3: hunk 1 does not fit tiny.c at line {number}: line {number} is " in run.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("libx.so", b"\x7fELF\x02\x01\x01\x00", "libx.so: is a shared library; expected a static", id="shared"),
        pytest.param("libx.a", b"hello", "libx.a: is no static library; expected a static library", id="text"),
        pytest.param("libx.a", None, "libx.a: No such file or directory", id="missing"),
    ],
)
def test_refused_libraries(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """Only what a wheel can carry is linked."""
    library = tmp_path / name
    if content is not None:
        library.write_bytes(content)
    with create_workspace() as workspace, pytest.raises(UsageError) as caught:
        place_native(NativeInputs(headers={}, libraries=(library,)), workspace, find_toolchain())
    assert message in str(caught.value)


def test_headers_and_equal_names(tmp_path: Path) -> None:
    """Libraries of one name are kept apart; two different headers of one name are an error, as is one that leads out."""
    one, two = archive(tmp_path / "1", "x", "int a;"), archive(tmp_path / "2", "x", "int b;")
    header, other = tmp_path / "d/h.h", tmp_path / "other.h"
    header.parent.mkdir()
    header.write_text("1", encoding="utf-8")
    other.write_text("2", encoding="utf-8")
    toolchain = CcToolchain(compiler="gcc", tools={"cc": "/usr/bin/gcc"}, c_flags=("-O2",))
    with create_workspace() as workspace:
        placed = place_native(NativeInputs(headers={"h.h": header}, libraries=(one, two)), workspace, toolchain)
        assert [entry["path"] for entry in placed.report["libraries"]] == ["lib/libx.a", "lib/2/libx.a"]
        assert placed.toolchain.c_flags == ("-O2", "-isystem", f"{workspace.root}/native/include")
        assert placed.variables == {"CMAKE_PREFIX_PATH": f"{workspace.root}/native"}
    with create_workspace() as workspace, pytest.raises(UsageError, match=r"two different headers are named d/h\.h"):
        place_native(NativeInputs(headers={"d": header.parent, "d/h.h": other}, libraries=()), workspace, toolchain)
    with create_workspace() as workspace, pytest.raises(UsageError, match=r"header \.\./h\.h .* leads out of the include"):
        place_native(NativeInputs(headers={"../h.h": header}, libraries=()), workspace, toolchain)


def test_reading(tmp_path: Path) -> None:
    """Nothing is nothing; folders are taken file by file; what is no description says so."""
    assert read_native(None, [], []) is None
    (tmp_path / "include/a").mkdir(parents=True)
    (tmp_path / "include/a/b.h").write_text("", encoding="utf-8")
    native = read_native(None, [tmp_path / "include"], [tmp_path / "libc.a"])
    assert native == NativeInputs(headers={"a/b.h": tmp_path / "include/a/b.h"}, libraries=(tmp_path / "libc.a",))
    with pytest.raises(UsageError, match="--native-include .*/none: no such folder"):
        read_native(None, [tmp_path / "none"], [])
    (tmp_path / "bad.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.json: is a list; expected a description of native dependencies"):
        read_native(tmp_path / "bad.json", [], [])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of CPUs")
def test_cpu_baseline(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """Code is made for the baseline, also where a package asks for this machine's CPU; an unknown one is an error."""
    import platform

    value, macro = {"x86_64": ("x86-64-v3", "__AVX2__"), "aarch64": ("armv8.2-a", "__ARM_FEATURE_ATOMICS")}[platform.machine()]
    source = c_module(f"\n#ifdef {macro}\nreturn PyLong_FromLong(1);\n#else\nreturn PyLong_FromLong(0);\n#endif\n")
    for number, flags in enumerate(([], ["-march=native"])):
        setup = SETUP.replace('libraries=["outer"]', f"extra_compile_args={flags}")
        sdist = extension_sdist(tmp_path / str(number), source, setup=setup)
        for given, expected in ((value, 1), ("", 0)):
            out = tmp_path / f"out{number}{given}"
            built = build(sdist, [build_wheel("setuptools")], out, Conditions(cwd=tmp_path), f"--cpu-baseline={given}")
            assert built.report["cpu_baseline"] == given
            assert run_extension(built.wheel, tmp_path / f"run{number}{given}") == expected
    with pytest.raises(UsageError, match=r"CPU baseline 'pdp-11': the compiler does not know it \(-m(arch|cpu)=pdp-11\)"):
        with_cpu_baseline(find_toolchain(), "pdp-11")
    with pytest.raises(UsageError, match="CPU baseline 'x y'"):
        with_cpu_baseline(find_toolchain(), "x y")


def test_jobs_reach_builders(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """Builders are told how many jobs they may run; without a number nothing is said."""
    setup = "import os\nfrom setuptools import setup\nopen('jobs.py', 'w').write(repr(os.environ.get('MAKEFLAGS')))\n"
    sdist = make_sdist(tmp_path, {"setup.py": f"{setup}setup(name='tiny', version='1.0', py_modules=['jobs'])\n"})
    for jobs, expected in ((0, b"None"), (3, b"'-j3'")):
        out = tmp_path / f"out{jobs}"
        built = build(sdist, [build_wheel("setuptools")], out, Conditions(cwd=tmp_path), f"--jobs={jobs}")
        assert built.members()["jobs.py"] == expected


EXTENSIONS = """\
import sys, threading
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

class Together(build_ext):
    both = threading.Barrier(2)
    def build_extension(self, ext):
        if self.parallel and ext.name in ("tiny1", "tiny2"):
            self.both.wait(timeout=120)
        super().build_extension(ext)

extensions = [Extension(f"tiny{n}", [f"tiny{n % 3}.c"], define_macros=[("N", str(n))]) for n in range(4)]
setup(name="tiny", version="1.0", ext_modules=extensions, cmdclass={"build_ext": Together})
"""
ENUMERATED = """\
#include <Python.h>
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, TEXT(JOIN(tiny, N)), __FILE__, -1, NULL};
PyMODINIT_FUNC JOIN(PyInit_tiny, N)(void) { return PyModule_Create(&module); }
"""


def test_extensions_are_built_at_once(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """With more than one job, two extensions of setuptools are built at the same time, to the bytes of one after the other.

    Each waits until another one is being built, too: a build that takes turns fails. The first and the last share a source,
    and so an object file, which they compile to different bytes: they take turns.
    """
    sources = {f"tiny{n}.c": ENUMERATED for n in range(3)}
    sdist = make_sdist(tmp_path, {"setup.py": EXTENSIONS, **sources})
    digests = set()
    for jobs in (1, 2):
        built = build(sdist, [build_wheel("setuptools")], tmp_path / f"{jobs}", Conditions(cwd=tmp_path), f"--jobs={jobs}")
        assert len([name for name in built.members() if name.endswith(".so")]) == 4
        digests.add(file_sha256(built.wheel))
    assert len(digests) == 1
    broken = EXTENSIONS.replace("if self.parallel and", "if")
    sdist = make_sdist(tmp_path, {"setup.py": broken.replace("=120", "=1"), **sources})
    with pytest.raises(AssertionError, match="BrokenBarrierError"):
        build(sdist, [build_wheel("setuptools")], tmp_path / "control", Conditions(cwd=tmp_path), "--jobs=1")


def test_paths_hold_in_another_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` builds elsewhere with the request it has made here: whatever a request names is absolute."""
    monkeypatch.chdir(tmp_path)
    Path("native.json").write_text('{"headers": {"a.h": "x/a.h"}, "libraries": ["x/liba.a"]}', encoding="utf-8")
    Path("include").mkdir()
    Path("include/b.h").write_text("", encoding="utf-8")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = ["--patch=p/a.patch", "--native=native.json", "--native-include=include", "--native-library=libb.a"]
    request = make_request(parser.parse_args(["s.tar.gz", "--out=out", *options]))
    assert request.patches == [tmp_path / "p/a.patch"]
    assert request.native is not None
    assert request.native.headers == {"a.h": tmp_path / "x/a.h", "b.h": tmp_path / "include/b.h"}
    assert request.native.libraries == (tmp_path / "x/liba.a", tmp_path / "libb.a")
