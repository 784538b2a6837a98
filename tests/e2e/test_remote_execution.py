"""Remote execution by BuildGrid and a buildbox worker: nothing runs here, and the bytes are those of a local build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from e2e import bare_root
from e2e.machines import BUILD, BYTECODE, INSTALL, Run
from e2e.remote_worker import USR, Grid, grid
from e2e.remote_workspace import ACTIONS, TARGETS, make_archives, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from e2e.fetching import Workspace


# Without tests, whose own scripts want a shell.
BARE = ("@deps//native", "@deps//native:whl", "@deps//plain", "@deps//plain:whl")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[tuple[Workspace, Run]]:
    """Yield a consumer, and its build on this machine."""
    base = tmp_path_factory.mktemp("executed")
    with start(base / "m", cache / "downloads", make_archives(base / "archives")) as space:
        run = space.machine.bazel("test", "--disk_cache=", *TARGETS, workspace=space.folder)
        assert run.code == 0, run.output
        yield space, run


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grid]:
    """Yield a scheduler that has no worker yet."""
    with grid(tmp_path_factory.mktemp("grid")) as made:
        yield made


def remotely(
    space: Workspace, executor: Grid, targets: tuple[str, ...] = TARGETS, *, command: str = "test", options: Sequence[str] = ()
) -> Run:
    """Build and test with no outputs left, by workers alone."""
    space.machine.forget_outputs()
    remote = ["--disk_cache=", "--nouse_action_cache", f"--remote_executor={executor.server.address}", "--spawn_strategy=remote"]
    remote += ["--noremote_local_fallback", "--noremote_accept_cached"]
    return space.machine.bazel(command, *remote, *options, *targets, workspace=space.folder)


@pytest.mark.parametrize(
    ("runner", "arguments"),
    [("buildbox-run-hosttools", ()), ("buildbox-run-bubblewrap", USR)],
    ids=["host-tools", "inputs-and-usr"],
)
def test_worker_makes_the_same_bytes(
    runner: str, arguments: tuple[str, ...], local: tuple[Workspace, Run], executor: Grid
) -> None:
    """Every action runs remotely, the tests' too; with the worker's tools, and in a root of its inputs and /usr alone."""
    with executor.worker(runner, runner, *arguments):
        run = remotely(local[0], executor)
    assert run.code == 0, run.output
    assert len(run.of(BYTECODE) + run.of(BUILD) + run.of(INSTALL)) == ACTIONS
    assert {spawn.runner for spawn in run.spawns} == {"remote"}
    assert len(run.spawns) == len(local[1].spawns)
    assert run.digests() == local[1].digests()
    assert all(run.digests().values())


def test_second_build_runs_on_a_worker(local: tuple[Workspace, Run], executor: Grid) -> None:
    """`reproducibility_test` builds again there, and nothing here."""
    with executor.worker("again", "buildbox-run-hosttools"):
        run = remotely(local[0], executor, ("//:again_test",))
    assert run.code == 0, run.output
    assert run.of("ReprowheelVerify")
    assert {spawn.runner for spawn in run.spawns} == {"remote"}


def test_worker_without_the_interpreter(local: tuple[Workspace, Run], executor: Grid) -> None:
    """The counter-proof: a root of the inputs alone has no interpreter, which is a path on the host here."""
    with executor.worker("bare", "buildbox-run-bubblewrap"):
        run = remotely(local[0], executor)
    assert run.code != 0
    assert "/usr/bin/python3" in run.output, run.output


def test_worker_with_another_compiler_is_refused(local: tuple[Workspace, Run], executor: Grid, tmp_path: Path) -> None:
    """A worker whose compiler is not the one that the action is keyed with builds nothing, and says so in one line."""
    other = tmp_path / "gcc"
    other.write_text("#!/bin/sh\necho 'gcc (Another) 1.2.3'\n", encoding="utf-8")
    other.chmod(0o755)
    changed = ("bwrap", "--dev-bind", "/", "/", "--ro-bind", str(other), os.path.realpath("/usr/bin/gcc"))
    with executor.worker("changed", "buildbox-run-hosttools", prefix=changed):
        run = remotely(local[0], executor)
    assert run.code != 0
    lines = [line for line in run.output.splitlines() if "is not what the build was keyed with" in line]
    assert lines, run.output
    assert "host tool /usr/bin/" in lines[0]
    assert "found 'gcc (Another) 1.2.3'" in lines[0]
    assert "this executor has another one" in run.output


def test_root_of_the_inputs_alone(local: tuple[Workspace, Run], executor: Grid) -> None:
    """With interpreter and compiler as files of the workspace, builds and installs need nothing of any host."""
    space = local[0]
    build_file = (space.folder / "BUILD.bazel").read_text(encoding="utf-8")
    python = bare_root.copy_tools(space.folder)
    (space.folder / "toolchain.bzl").write_text(bare_root.TOOLCHAIN, encoding="utf-8")
    (space.folder / "BUILD.bazel").write_text(build_file + bare_root.BUILD.format(python=python), encoding="utf-8")
    options = ["--disk_cache=", "--extra_toolchains=//:python", "--extra_toolchains=//:cc", *BARE]
    here = space.machine.bazel("build", *options, workspace=space.folder)
    assert here.code == 0, here.output
    assert {spawn.command[0] for spawn in here.of(BUILD)} == {f"usr/bin/{python}"}
    with executor.worker("inputs", "buildbox-run-bubblewrap"):
        run = remotely(space, executor, command="build", options=options[1:3], targets=BARE)
    assert run.code == 0, run.output
    assert len(run.of(BYTECODE) + run.of(BUILD) + run.of(INSTALL)) == ACTIONS
    assert {spawn.runner for spawn in run.spawns} == {"remote"}
    # debug files alone tell where the compiler's own headers lie: below the execution root here, in the root there
    assert loaded(run) == loaded(here)
    assert any(path.endswith(".so") for path in loaded(run))


def loaded(run: Run) -> dict[str, str]:
    """Return path → digest of all but the debug files."""
    return {path: digest for path, digest in run.digests().items() if not path.endswith(".debug")}
