"""The compiler that a build sees: arguments arrive as they were meant, with what is added."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.wrapped_compilers import Tools, wrappers

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.compilers.wrapper import command_arguments, expand

if TYPE_CHECKING:
    from collections.abc import Callable

QUOTED = [
    '-D__DATE__="redacted"',
    "-DSPACE=a b  c",
    "-DQUOTE='x'",
    "-DBACK=\\n",
    "-DDOLLAR=$HOME`id`",
    "-DEMPTY=",
    "",
    "-Dü=é",
]


@pytest.mark.parametrize("argument", QUOTED, ids=repr)
def test_arguments_survive(fake: Callable[..., Tools], argument: str) -> None:
    """Quotes, spaces, dollars: what the caller passes is what the compiler gets."""
    seen = fake().seen("cc", "-c", argument, "x.c")
    assert seen[:4] == ["gcc", "-c", argument, "x.c"]


@pytest.mark.parametrize("argument", QUOTED, ids=repr)
def test_toolchain_flags_survive(fake: Callable[..., Tools], argument: str) -> None:
    """So do the flags of the toolchain, which stand before the caller's, so that the caller's win."""
    seen = fake(c_flags=(argument, "-O1")).seen("cc", "-c", "-O2", "x.c")
    assert seen[:6] == ["gcc", argument, "-O1", "-c", "-O2", "x.c"]


def test_flags_go_where_they_belong(fake: Callable[..., Tools]) -> None:
    """C flags to C, C++ flags to C++, by driver or by suffix; link flags when it links, by what it links."""
    tools = fake(c_flags=("-c1",), cxx_flags=("-x1",), link_shared_flags=("-ls1",), link_executable_flags=("-le1",))
    flags = {"-c1", "-x1", "-ls1", "-le1"}

    def given(name: str, *arguments: str) -> set[str]:
        return flags & set(tools.seen(name, *arguments))

    assert given("cc", "-c", "x.c") == {"-c1"}
    assert given("cc", "-c", "x.cpp") == {"-x1"}
    assert given("c++", "-c", "x.c") == {"-x1"}
    assert given("cc", "-S", "x.c") == given("cc", "-E", "x.c") == {"-c1"}
    assert given("cc", "x.c", "-o", "x") == {"-c1", "-le1"}
    assert given("cc", "x.o", "-o", "x.c") == {"-le1"}
    assert given("cc", "-shared", "x.o") == {"-ls1"}
    assert given("g++", "-shared", "x.o", "y.cc") == {"-x1", "-ls1"}


QUERIES = [["--version"], ["-v"], ["-dumpmachine"], ["-print-prog-name=ld"], ["-print-multiarch"], ["-qversion"], []]


@pytest.mark.parametrize("query", [q for q in QUERIES if q != ["-dumpmachine"]], ids=" ".join)
def test_queries_get_no_flags(fake: Callable[..., Tools], query: list[str]) -> None:
    """A question to the compiler is passed on as it is."""
    assert fake(c_flags=("-c1",), link_executable_flags=("-l1",)).seen("cc", *query) == ["gcc", *query]


@pytest.mark.parametrize(
    "query", [["--version"], ["-dumpmachine"], ["-print-prog-name=ld"], ["-dumpspecs"]], ids=" ".join
)
def test_queries_are_answered_as_by_gcc(real: Callable[[str], Tools], query: list[str]) -> None:
    """The answer is the compiler's own."""
    gcc, env = find_toolchain().tools["cc"], {"PATH": os.defpath}
    answers = [
        subprocess.run([compiler, *query], check=True, capture_output=True, text=True, env=env).stdout
        for compiler in (gcc, real("r").directory / "cc")
    ]
    assert answers[0] == answers[1] != ""


def test_no_input_is_the_compilers_own_error(real: Callable[[str], Tools]) -> None:
    """An empty command fails as it does without us."""
    done = real("r").run("gcc", check=False)
    assert done.returncode == 1
    assert "no input files" in done.stderr


def test_exit_code_and_output_are_passed_on(fake: Callable[..., Tools]) -> None:
    """What the compiler says and how it ends is the wrapper's, too."""
    done = fake().run("cc", "--fail", check=False)
    assert (done.returncode, done.stderr) == (3, "as told\n")


def test_compiler_that_is_gone(fake: Callable[..., Tools], tmp_path: Path) -> None:
    """One line, and the code that shells use."""
    tools = fake()
    (tmp_path / "fake" / "gcc").unlink()
    done = tools.run("cc", "-c", "x.c", check=False)
    assert done.returncode == 127
    assert re.fullmatch(r"cc: .*/fake/gcc: No such file or directory\n", done.stderr)


def test_every_name_is_there(real: Callable[[str], Tools]) -> None:
    """Under every name that a build may call them by, with and without the target's triplet."""
    tools = real("r")
    target = tools.run("cc", "-dumpmachine").stdout.strip()
    for name in (
        "cc",
        "gcc",
        "clang",
        "c++",
        "g++",
        "clang++",
        "ar",
        "ranlib",
        "nm",
        "ld",
        "objcopy",
        "strip",
        "readelf",
    ):
        for alias in (name, f"{target}-{name}"):
            assert tools.run(alias, "--version").stdout, alias


RESPONSE_FILES = {
    "plain": "-DA=1 -DB=2\n-DC=3\t-DD=4",
    "double quotes": '-DA="two words" "-DB=x y"',
    "single quotes": "-DA='two words' '-DB=\"q\"'",
    "backslashes": r"-DA=a\ b -DB=\"q\" -DC=\\",
    "escaped inside quotes": r'''"-DA=\"q\"" "-DB=\\"''',
    "empty values": "-DA='' -DB=\"\"",
    "joined": '-D"A"=\'1\'2"3"',
    "line ends": "-DA=1\r\n-DB=2\f\v-DC=3",
    "nothing": " \n",
}


@pytest.mark.parametrize("text", RESPONSE_FILES.values(), ids=RESPONSE_FILES.keys())
def test_response_files_are_read_as_gcc_reads_them(tmp_path: Path, text: str) -> None:
    """GCC, told to print the command it would run, shows the same words as our reading of the file."""
    (tmp_path / "r").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "x.c").touch()
    gcc = find_toolchain().tools["cc"]
    ours = expand([f"@{tmp_path}/r"])  # type: ignore[no-untyped-call]

    def printed(arguments: list[str]) -> str:
        words = [word for word in arguments if word]
        done = subprocess.run(
            [gcc, "-###", "-E", *words, "x.c"], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return "\n".join(line for line in done.stderr.splitlines() if line.startswith(" ") and "-quiet" in line)

    assert printed(ours) == printed([f"@{tmp_path}/r"]) != ""


def test_nested_response_files(tmp_path: Path) -> None:
    """A file may name another; one that does not exist is an ordinary argument."""
    (tmp_path / "a").write_text(f"-DA @{tmp_path}/b -DC", encoding="utf-8")
    (tmp_path / "b").write_text("-DB", encoding="utf-8")
    words = expand(["-x", f"@{tmp_path}/a", "@none", "x.c"])  # type: ignore[no-untyped-call]
    assert words == ["-x", "-DA", "-DB", "-DC", "@none", "x.c"]


def test_response_files_stay_files(fake: Callable[..., Tools], tmp_path: Path) -> None:
    """Versions of GCC differ in single quotes, and a command line has a limit: the compiler reads the file itself."""
    (tmp_path / "r").write_text("-c x.cc '-DA=\\'", encoding="utf-8")
    seen = fake(cxx_flags=("-x1",)).seen("cc", f"@{tmp_path}/r")
    assert seen[:3] == ["g" + "cc", "-x1", f"@{tmp_path}/r"]


def test_flags_inside_response_files_count(fake: Callable[..., Tools], tmp_path: Path) -> None:
    """What stands in a response file is treated like what stands on the command line."""
    (tmp_path / "r").write_text("-c x.cc -march=native", encoding="utf-8")
    seen = fake(cxx_flags=("-x1",)).seen("cc", f"@{tmp_path}/r")
    assert "-x1" in seen
    assert "-march=native" not in seen
    assert f"@{tmp_path}/r" not in seen
    assert any(arg.startswith("-frandom-seed=") for arg in seen)


@pytest.mark.parametrize("flag", ["-march=native", "-mtune=native", "-mcpu=native"])
def test_native_becomes_the_baseline(fake: Callable[..., Tools], flag: str) -> None:
    """No `native` reaches the compiler; a named CPU does."""
    tools = fake()
    seen = tools.seen("cc", flag, "-march=haswell", "-c", "x.c")
    assert flag not in seen
    assert next(arg for arg in seen if arg.startswith(flag.partition("=")[0] + "=")) != flag
    assert "-march=haswell" in seen


@pytest.mark.parametrize("defined", ["__DATE__", "__TIME__", "__TIMESTAMP__"])
def test_a_definition_of_the_toolchain_stays(fake: Callable[..., Tools], defined: str) -> None:
    """A toolchain or package that defines one of the macros keeps its value; the other two are ours."""
    seen = fake(c_flags=(f'-D{defined}="redacted"',)).seen("cc", "-c", "x.c")
    given = [arg for arg in seen if arg.startswith(("-D__DATE__", "-D__TIME__", "-D__TIMESTAMP__"))]
    assert f'-D{defined}="redacted"' in given
    assert sorted(arg.split("=")[0] for arg in given) == ["-D__DATE__", "-D__TIMESTAMP__", "-D__TIME__"]


def test_seed_differs_between_translation_units() -> None:
    """Two files of one build have two seeds, the same file at two places one: symbols of LTO and coverage need both."""
    config = {"driver": {}, "flags": {"c": [], "cxx": []}, "maps": [], "macros": [], "gnu": True, "zig": None, "baseline": {}}

    def seed(root: str, *arguments: str) -> str:
        given: list[str] = command_arguments(  # type: ignore[no-untyped-call]
            "cc", ["-c", *arguments], config | {"root": root}
        )
        return next(arg for arg in given if arg.startswith("-frandom-seed="))

    one = seed("/tmp/aaa", "/tmp/aaa/src/x.c", "-I/tmp/aaa/include")
    assert one == seed("/tmp/bbb", "/tmp/bbb/src/x.c", "-I/elsewhere")
    assert one != seed("/tmp/aaa", "/tmp/aaa/src/y.c")
    assert one != seed("/tmp/aaa", "/tmp/aaa/src/x.c", "-o", "/tmp/aaa/second.o")
    assert one != seed("/tmp/aaa", "/tmp/aaa/src/x.c", "-osecond.o")


def test_cxx_sibling_is_found(fake: Callable[..., Tools], tmp_path: Path) -> None:
    """A toolchain that gives the C driver for both uses the C++ driver beside it."""
    tools = fake()
    shutil.rmtree(tools.root)
    gcc = str(tmp_path / "fake" / "gcc")
    tools = wrappers(CcToolchain(compiler="gcc", tools={"cc": gcc, "cxx": gcc}), tools.root)
    assert tools.seen("c++", "x.o")[0] == "g++"
    assert tools.seen("cc", "x.o")[0] == "gcc"


def test_standard_input_is_a_source(real: Callable[[str], Tools]) -> None:
    """`cc -E -` reads the caller's input with the build's macros."""
    tools = real("r")
    done = subprocess.run(
        [tools.directory / "cc", "-E", "-P", "-"], input="__DATE__", check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == '"Sep 13 2020"'


def test_wrapper_does_not_depend_on_the_callers_python(real: Callable[[str], Tools]) -> None:
    """PYTHONPATH, PYTHONHOME and the like of a build do not break its compiler."""
    tools = real("r")
    env = {"PATH": os.defpath, "PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONSTARTUP": "/nowhere"}
    done = subprocess.run([tools.directory / "cc", "--version"], env=env, check=True, capture_output=True, text=True)
    assert done.stdout
