"""Compiler wrappers outside a build, around real compilers and around one that prints its arguments."""

from __future__ import annotations

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
#!/bin/sh
[ "$*" = -dumpmachine ] && echo x86_64-linux-gnu && exit
for word; do [ "$word" != --fail ] || { echo "as told" >&2; exit 3; }; done
printf '%s\\0' "$#" "${0##*/}" "$@"
"""
"""A compiler that prints the number of its arguments, its name and its arguments. In `sh`, which starts faster than Python."""


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
        (command,) = commands_of(self.run(name, *arguments, cwd=cwd).stdout)
        return command


def commands_of(printed: str) -> list[list[str]]:
    """Return the commands that fake compilers printed, name first."""
    words, commands = printed.split("\0")[:-1], []
    while words:
        end = int(words[0]) + 2
        commands.append(words[1:end])
        del words[:end]
    return commands


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
    """Write a `gcc` and a `g++` that print their arguments."""
    directory.mkdir()
    for name in ("gcc", "g++"):
        path = directory / name
        path.write_text(FAKE, encoding="utf-8")
        path.chmod(0o755)
    return str(directory / "gcc"), str(directory / "g++")
