"""Compiler wrappers outside a build, around real compilers and around one that prints its arguments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.compilers.wrappers import write_wrappers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprowheel.compilers.cache import CompilerCache
    from reprowheel.compilers.toolchain import CcToolchain

EPOCH = 1_600_000_000

FAKE = """\
#!{python} -IS
import json, sys
if sys.argv[1:] == ["-dumpmachine"]: print("x86_64-linux-gnu"); raise SystemExit
if "--fail" in sys.argv: sys.stderr.write("as told\\n"); raise SystemExit(3)
print(json.dumps([sys.argv[0].rpartition("/")[2], *sys.argv[1:]]))
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """A directory of wrappers."""

    directory: Path
    root: Path

    def run(
        self, name: str, *arguments: str | Path, cwd: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a wrapper by its name."""
        env = {"PATH": f"{self.directory}:{os.defpath}", "LC_ALL": "C.UTF-8"}
        command = [self.directory / name, *arguments]
        return subprocess.run(command, cwd=cwd, env=env, check=check, capture_output=True, text=True)

    def seen(self, name: str, *arguments: str | Path, cwd: Path | None = None) -> list[str]:
        """Return the command that a fake compiler got."""
        command: list[str] = json.loads(self.run(name, *arguments, cwd=cwd).stdout)
        return command


def wrappers(
    toolchain: CcToolchain,
    root: Path,
    maps: Sequence[tuple[str, str]] | None = None,
    *,
    headers: Path | None = None,
    cache: CompilerCache | None = None,
) -> Tools:
    """Write wrappers into `root/tools`, which have compilers write down in `headers` what they read."""
    directory = root / "tools"
    directory.mkdir(parents=True)
    maps = [(os.fspath(root), "/reprowheel")] if maps is None else list(maps)
    python = Path(sys.executable)
    write_wrappers(toolchain, directory, python=python, root=root, maps=maps, epoch=EPOCH, headers=headers, cache=cache)
    return Tools(directory, root)


def fake_compilers(directory: Path) -> tuple[str, str]:
    """Write a `gcc` and a `g++` that print their arguments as JSON."""
    directory.mkdir()
    for name in ("gcc", "g++"):
        path = directory / name
        path.write_text(FAKE.format(python=os.path.realpath(sys.executable)), encoding="utf-8")
        path.chmod(0o755)
    return str(directory / "gcc"), str(directory / "g++")
