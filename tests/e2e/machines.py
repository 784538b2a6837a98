"""A *machine*: a checkout of this repository with its own path, home, user, locale, umask and Bazel output.

Runs `bazelw` there and reads Bazel's execution log: which actions ran, where their bytes came from, and their digests.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from support import fast_servers
from support.fast_servers import startup

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", "bazel-*", "__pycache__", "*.pyc", ".venv", "dist")
BUILD, INSTALL, WHEELHOUSE = "ReprowheelBuild", "ReprowheelInstall", "ReprowheelWheelhouse"
BYTECODE = "ReprowheelBytecode"
_ALL = (BUILD, BYTECODE, INSTALL, WHEELHOUSE)
HELLO = "//examples/hello"
EXAMPLE = (HELLO, "//examples/hello:wheelhouse")
_CLASSES = os.environ.get("REPROWHEEL_TEST_CLASSES", "")
SHORT_LIVED = tuple(startup(*fast_servers.SHORT_LIVED, *([_CLASSES] if _CLASSES else [])))
"""Startup options for servers that live for a few builds.

The suite names an option with Bazel's classes as they are once loaded: that saves two more seconds for each server.
"""


@dataclass(frozen=True, kw_only=True)
class Spawn:
    """One action of a build.

    :param runner: how it ran, such as `linux-sandbox` or `disk cache hit`.
    :param outputs: path below the execution root → digest.
    """

    mnemonic: str
    label: str
    runner: str
    cached: bool
    outputs: dict[str, str]
    command: list[str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished Bazel command."""

    code: int
    output: str
    spawns: list[Spawn] = field(default_factory=list)

    def of(self, mnemonic: str) -> list[Spawn]:
        """Return the actions of one kind."""
        return [s for s in self.spawns if s.mnemonic == mnemonic]

    def digests(self) -> dict[str, str]:
        """Return path → digest of all that our actions make: wheels, reports, debug files, installed files, bytecode."""
        return {p: d for s in self.spawns if s.mnemonic in _ALL for p, d in s.outputs.items()}


class Machine:
    """See the module's docstring.

    :param checkout: where the repository is copied to.
    :param state: folder for the home directory and Bazel's output.
    :param downloads: repository cache; machines may share it, since everything in it is named by its hash.
    :param variables: more environment, such as TZ.
    """

    def __init__(self, checkout: Path, state: Path, downloads: Path, *, umask: int = 0o022, **variables: str) -> None:
        self.checkout, self.state, self.umask = checkout, state, umask
        shutil.copytree(snapshot(), checkout, symlinks=True)
        (state / "home").mkdir(parents=True)
        kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "BAZEL", "SSL_", "REQUESTS_", "CURL_"))}
        kept |= {"PATH": os.environ["PATH"], "HOME": str(state / "home")}
        self.environment = kept | variables
        self.output_root = state / "output"
        self._downloads = downloads
        self._runs = 0

    def bazel(
        self,
        command: str,
        *arguments: str,
        prefix: tuple[str, ...] = (),
        workspace: Path | None = None,
        timeout: int = 1500,
    ) -> Run:
        """Run one Bazel command, in the checkout or another workspace; its execution log is read if it builds."""
        self._runs += 1
        log = self.state / f"execution-{self._runs}.json"
        options = [f"--repository_cache={self._downloads}"] if command in ("build", "run", "fetch", "query", "test") else []
        if command in ("build", "run", "test"):
            options += [f"--execution_log_json_file={log}", "--experimental_convenience_symlinks=ignore"]
            options.append("--remote_download_outputs=all")  # tests open outputs that came from the disk cache
        run = subprocess.run(
            [*prefix, *self.command(), command, *options, *arguments],
            cwd=workspace or self.checkout,
            env=self.environment,
            umask=self.umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(code=run.returncode, output=run.stdout, spawns=read_log(log))

    def command(self) -> list[str]:
        """Return the program and its startup options."""
        return [str(self.checkout / "bazelw"), f"--output_user_root={self.output_root}", *SHORT_LIVED]

    def output_base(self) -> Path:
        """Return Bazel's output base."""
        return Path(self.bazel("info", "output_base").output.strip().splitlines()[-1])

    def kill_server(self) -> None:
        """Kill the server, its actions and its sandboxes, as a power cut would."""
        for pid_file in self.output_root.glob("*/server/server.pid.txt"):
            for pid in reversed(_family(int(pid_file.read_text(encoding="ascii")))):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    def forget_outputs(self) -> None:
        """Delete all outputs, as `bazel clean` does, but not what the server knows of packages and targets.

        With `--nouse_action_cache`, the next command runs every action again, or takes it from a remote cache.
        """
        for folder in self.output_root.glob("*/execroot/_main/bazel-out/[!_]*/"):
            subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
            shutil.rmtree(folder)

    def remove(self) -> None:
        """Stop the server and delete everything."""
        self.bazel("shutdown")
        for path in (self.checkout, self.state):
            subprocess.run(["chmod", "-R", "u+rwX", str(path)], check=False)
            shutil.rmtree(path, ignore_errors=True)


@cache
def snapshot() -> Path:
    """Return a copy of the repository, the same for all machines of a run even if somebody edits it meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="reprowheel-e2e-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copytree(REPOSITORY, folder / "snapshot", ignore=LEFT_OUT, symlinks=True))


def read_log(path: Path) -> list[Spawn]:
    """Read an execution log in JSON: one object after another."""
    if not path.exists():
        return []
    text, decoder, position, spawns = path.read_text(encoding="utf-8"), json.JSONDecoder(), 0, []
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        entry, position = decoder.raw_decode(text, position)
        spawns.append(_spawn(entry))
    return spawns


def _spawn(entry: dict[str, Any]) -> Spawn:
    return Spawn(
        mnemonic=entry.get("mnemonic", ""),
        label=entry.get("targetLabel", ""),
        runner=entry.get("runner", ""),
        cached=bool(entry.get("cacheHit")),
        outputs={o["path"]: o.get("digest", {}).get("hash", "") for o in entry.get("actualOutputs", [])},
        command=entry.get("commandArgs", []),
    )


def _family(pid: int) -> list[int]:
    """Return a process and its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return family
