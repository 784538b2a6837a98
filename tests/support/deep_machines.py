"""What the tests of deep mode share: workspaces whose processes are preloaded, and programs that call the C library."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.compilers.describe import find_toolchain
from reprowheel.containment.kernel import fix_addresses
from reprowheel.deep.preload import deep_variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.workspace import Workspace

EPOCH = 1_600_000_000
ENTRIES = "dbeac"


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """A workspace; `variables` is the environment of its processes, without deep mode's own for a control."""

    workspace: Workspace
    variables: Mapping[str, str]

    def run(self, command: str | Sequence[str | Path], *, plain: bool = False, status: int = 0) -> str:
        """Run a command (a text is the shell's) in the directory `src` and return what it printed on both streams.

        :param plain: without the library, the control.
        """
        variables = {k: v for k, v in self.variables.items() if not plain or k not in ("LD_PRELOAD", "REPROWHEEL_DEEP")}
        done = subprocess.run(
            ["/bin/sh", "-c", command] if isinstance(command, str) else [os.fspath(word) for word in command],
            cwd=self.workspace.directory("src"),
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            preexec_fn=None if plain else fix_addresses,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def values(self, command: Sequence[str | Path], *, plain: bool = False) -> dict[str, str]:
        """Run a program that prints `name=value` lines."""
        lines = self.run(command, plain=plain).splitlines()
        return dict(line.split("=", 1) for line in lines)


def make_machine(workspace: Workspace, *, epoch: int = EPOCH) -> Machine:
    """Prepare a workspace; its `src/entries` holds the files a to e, made in another order, and `new`."""
    directory = workspace.directory("src") / "entries"
    directory.mkdir()
    for name in ENTRIES:
        (directory / name).touch()
    os.utime(directory / "a", (epoch - 1000, epoch - 1000))
    variables = {
        "HOME": os.fspath(workspace.directory("home")),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    variables["TMPDIR"] = os.fspath(workspace.directory("tmp"))
    variables |= deep_variables(workspace, find_toolchain(), epoch=epoch)
    (directory / "new").touch()
    return Machine(workspace=workspace, variables=variables)


def compile_program(name: str, directory: Path, *flags: str) -> Path:
    """Compile `tests/reprowheel/deep/NAME.c`."""
    program = directory / name
    source = Path(__file__).parents[1] / "reprowheel" / "deep" / f"{name}.c"
    subprocess.run(
        ["gcc", "-O2", "-w", *flags, "-o", program, source, "-ldl", "-lpthread"],
        check=True,
        capture_output=True,
        text=True,
    )
    return program
