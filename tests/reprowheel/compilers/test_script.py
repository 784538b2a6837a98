"""The shell script in front of the compiler: what it does without an interpreter is what the general wrapper does."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.wrapped_compilers import EPOCH, Tools, fake_compilers, wrappers

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.records import read_headers
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.compilers.wrappers import write_wrappers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

WORDS = [
    *"-c -S -E -shared -r -o -o out.o -oout.o - -x c -I. -I -D__TIME__=1 x.c x.cpp x.C x.S x.o -lm -Wl,--build-id=none".split(),
    *"-Wl,-soname,x -march=native -flto=2 -MD -MF x.d -MMD -MQ -M --coverage @x.rsp @none -fPIC * -O2 --version".split(),
    *("", "x y.c", "-DA='b c'", "-Wp,-MD,x.d", "x.h", "x.hpp", "c++-header", "-xc-header", "-include"),
]
SETTINGS = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def toolchain(folder: Path, kind: str) -> CcToolchain:
    """Return one with flags of every kind around compilers that print their arguments."""
    cc, cxx = fake_compilers(folder)
    return CcToolchain(
        compiler=kind,
        tools={"cc": cc, "cxx": cxx},
        c_flags=("-c1", "-DX=a 'b'"),
        cxx_flags=("-x1", "-D__DATE__=$no"),
        link_shared_flags=("-ls1", "-L*"),
        link_executable_flags=("-le1",),
    )


@pytest.mark.parametrize("kind", ["gcc", "clang"])
@SETTINGS
@given(words=st.lists(st.sampled_from(WORDS), max_size=7), name=st.sampled_from(["cc", "c++"]))
def test_same_command(tmp_path: Path, kind: str, words: Sequence[str], name: str) -> None:
    """Word for word, in the workspace and outside, whatever the arguments."""
    folder = tmp_path / kind
    here = folder / "root" / "src"
    if not folder.exists():
        folder.mkdir()
        tools = wrappers(toolchain(folder / "fake", kind), folder / "root")
        here.mkdir()
        (here / "x.rsp").write_text("-O3 -march=native", encoding="utf-8")
    tools = Tools(folder / "root" / "tools", folder / "root")
    for cwd in (here, folder):
        assert tools.seen(name, *words, cwd=cwd) == general(tools, name, *words, cwd=cwd)


class Started(BaseException):
    """The general wrapper has come to its last act; the argument is the compiler's command."""


def general(tools: Tools, name: str, *words: str, cwd: Path) -> list[str]:
    """Return the command that the general wrapper starts. It runs in this process: the test makes hundreds of calls."""
    program = tools.directory / ".compiler_wrapper.py"

    def started(_: str, command: list[str]) -> None:
        raise Started(command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "execv", started)
        patch.setattr(os, "environ", {"PATH": os.defpath, "PWD": str(cwd)})
        patch.setattr(sys, "argv", [str(program), name, *words])
        patch.chdir(cwd)
        with pytest.raises(Started) as caught:
            exec(_code(program), {"__name__": "__main__"})  # noqa: S102 - our own program
    (command,) = caught.value.args
    return [os.path.basename(command[0]), *command[1:]]


@cache
def _code(program: Path) -> CodeType:
    return compile(program.read_bytes(), program, "exec")


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["-c", "x.c", "-o", "x.o", "-I.", "-DA=1"],
        ["-c", "-MD", "-MF", "x.d", "-MQ", "x.o", "x.cpp", "-o", "x.o"],
        ["-shared", "x.o", "-o", "x.so", "-Wl,-z,now"],
    ],
    ids=" ".join,
)
def test_ordinary_calls_need_no_interpreter(tmp_path: Path, words: list[str]) -> None:
    """There is none here; what needs it fails."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "headers").mkdir()
    write_wrappers(
        toolchain(tmp_path / "fake", "gcc"),
        tmp_path / "tools",
        python=tmp_path / "none",
        root=tmp_path,
        maps=[],
        epoch=EPOCH,
        headers=tmp_path / "headers",
    )
    tools = Tools(tmp_path / "tools", tmp_path)
    assert tools.seen("cc", *words)[0] == "gcc"
    assert tools.run("cc", "-march=native", *words, check=False).returncode == 127


@pytest.mark.parametrize("words", [["x.c"], ["-MD", "-MF", "x.d", "x.c"], ["-march=native", "x.c"]], ids=" ".join)
def test_headers_are_written_down_in_both_ways(tmp_path: Path, words: list[str]) -> None:
    """By the script and by the general wrapper, and the caller's dependencies are its own."""
    headers = tmp_path / "headers"
    headers.mkdir()
    tools = wrappers(find_toolchain(), tmp_path / "root", headers=headers)
    (tmp_path / "x.c").write_text('#include "x.h"\n', encoding="utf-8")
    (tmp_path / "x.h").write_text("int x;\n", encoding="utf-8")
    tools.run("cc", "-c", *words, "-o", "x.o", cwd=tmp_path)
    assert str(tmp_path / "x.h") in read_headers(headers)
    assert (tmp_path / "x.d").exists() == ("-MD" in words)


def test_failure_and_signal_reach_the_caller(tmp_path: Path) -> None:
    """Where the script waits for the compiler, to read its dependencies, exit codes and signals are the compiler's."""
    (tmp_path / "headers").mkdir()
    tools = wrappers(toolchain(tmp_path / "fake", "gcc"), tmp_path / "root", headers=tmp_path / "headers")
    words = ["-c", "-MD", "-MF", "x.d", "x.c"]
    done = tools.run("cc", *words, "--fail", cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (3, "as told\n")
    (tmp_path / "fake" / "gcc").write_text("#!/bin/sh\nkill -TERM $$\n", encoding="utf-8")
    assert tools.run("cc", *words, cwd=tmp_path, check=False).returncode == -15
