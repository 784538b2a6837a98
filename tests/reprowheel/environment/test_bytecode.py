"""Bytecode of the build environment is kept for the processes of one build, and the build does not see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import make_wheel

from reprowheel.environment.create import BuildEnvironment, create_environment
from reprowheel.environment.interpreter import probe
from reprowheel.files import RealTimes
from reprowheel.workspace import Workspace, create_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOW = "import json, sys, tiny.part as p; print(json.dumps([p.answer, p.__file__, p.__cached__, sys.dont_write_bytecode]))"


@pytest.fixture
def built_with(tmp_path: Path, short_directory: Path) -> Iterator[tuple[Workspace, BuildEnvironment]]:
    """An environment with one package."""
    wheel = make_wheel(tmp_path, "tiny", "1.0", {"tiny/__init__.py": "", "tiny/part.py": "answer = 'one'\n"})
    with create_workspace(short_directory) as workspace:
        times = RealTimes(epoch=1_600_000_000)
        yield workspace, create_environment(workspace, probe(sys.executable), [wheel], times=times, extra={})


def ask(environment: BuildEnvironment, *options: str) -> list[object]:
    """Run a process of the build; return what it found."""
    command = [environment.python, *options, "-c", SHOW]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(environment.variables))
    found: list[object] = json.loads(run.stdout)
    return found


def change(source: Path, answer: str, *, seconds: int) -> None:
    """Write other text of the same length, made `seconds` later."""
    before = source.stat()
    source.write_text(f"answer = '{answer}'\n", encoding="utf-8")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns + seconds * 10**9))


def test_second_process_does_not_compile(built_with: tuple[Workspace, BuildEnvironment]) -> None:
    """It takes what the first one left, for the same file of the same time, and nothing else."""
    workspace, environment = built_with
    first = ask(environment)
    assert (first[0], first[3]) == ("one", True)
    (source,) = workspace.root.glob("env/lib/python*/site-packages/tiny/part.py")
    change(source, "two", seconds=0)
    assert ask(environment) == first
    assert ask(environment, "-O")[0] == "two"
    change(source, "six", seconds=1)
    assert ask(environment)[0] == "six"
    assert not list(workspace.root.glob("env/**/__pycache__"))


def test_first_process_sees_what_the_next_one_sees(built_with: tuple[Workspace, BuildEnvironment]) -> None:
    """A set among the constants of a module has one order, whether its process compiled the module or found its bytecode."""
    workspace, environment = built_with
    (source,) = workspace.root.glob("env/lib/python*/site-packages/tiny/part.py")
    source.write_text("answer = [number for number in {8, 0}]\n", encoding="utf-8")
    first, second = ask(environment), ask(environment)
    assert first == second
    assert sorted(first[0]) == [0, 8]  # type: ignore[call-overload]


def test_sources_of_the_build_are_always_compiled(built_with: tuple[Workspace, BuildEnvironment]) -> None:
    """Only the environment does not change while a build runs; modules of the sdist may."""
    workspace, environment = built_with
    (workspace.directory("src") / "mine.py").write_text("answer = 'one'\n", encoding="utf-8")
    variables = dict(environment.variables) | {"PYTHONPATH": str(workspace.root / "src")}
    for answer in ("one", "two"):
        change(workspace.root / "src" / "mine.py", answer, seconds=0)
        command = [environment.python, "-c", "import mine; print(mine.answer)"]
        assert subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout == f"{answer}\n"


def test_what_cannot_be_written_is_not_missed(built_with: tuple[Workspace, BuildEnvironment]) -> None:
    """A full disk or a folder that is gone costs time only."""
    workspace, environment = built_with
    workspace.directory("bytecode").rmdir()
    assert ask(environment)[0] == "one"
    (workspace.root / "bytecode").write_text("", encoding="utf-8")
    assert ask(environment)[0] == "one"
