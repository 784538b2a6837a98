"""A build that is killed in the middle leaves no output, no workspace and no process, though one was writing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, make_sdist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKER = """\
import os, time
for n in range(60000):  # a minute, should nobody end it
    os.makedirs("d%d" % (n % 500), exist_ok=True)
    time.sleep(0.001)
"""

SETUP = """\
import os, subprocess, sys, time
process = subprocess.Popen([sys.executable, "worker.py"])
with open(os.environ["MARK"] + ".partial", "w") as file:
    file.write(str(process.pid))
os.rename(os.environ["MARK"] + ".partial", os.environ["MARK"])
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody waits for has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait, and fail when it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextlib.contextmanager
def building(
    directory: Path, work_root: Path, wheel: Path
) -> Iterator[tuple[subprocess.Popen[str], Callable[[], int]]]:
    """Start a build; yields it while its worker writes, and a function that gives the worker's process id."""
    sdist, mark = make_sdist(directory, {"setup.py": SETUP, "worker.py": WORKER}), directory / "mark"
    arguments = ["build", sdist, "--out", directory / "out", "--report", directory / "report.json"]
    more = ["--work-root", work_root, "--build-wheel", wheel, "--env", f"MARK={mark}"]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.fspath(ROOT / "python")}
    heard = ["env", "--default-signal=HUP,INT,TERM"]  # also where whoever runs the tests ignores them
    command = [*heard, sys.executable, "-B", "-m", "reprowheel", *map(str, arguments), *map(str, more)]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)

    def worker() -> int:
        return int(mark.read_text(encoding="ascii"))

    try:
        wait_until(lambda: mark.exists() or process.poll() is not None)
        assert process.poll() is None
        yield process, worker
    finally:
        process.kill()
        process.communicate()
        if mark.exists() and not gone(worker()):
            os.killpg(os.getpgid(worker()), signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
def test_ended_by_a_signal(
    tmp_path: Path,
    short_directory: Path,
    build_wheel: Callable[[str], Path],
    number: signal.Signals,
    again: bool,
) -> None:
    """The exit code is the shells' for that signal, also when impatience sends it more than once."""
    with building(tmp_path, short_directory, build_wheel("setuptools")) as (process, worker):
        assert len(list(short_directory.glob("rw*"))) == 1
        assert not gone(worker())
        process.send_signal(number)
        while again and process.poll() is None:
            process.send_signal(number)
            time.sleep(0.001)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 128 + number, errors
        wait_until(lambda: gone(worker()))
        assert list(short_directory.iterdir()) == []
        assert {path.name for path in tmp_path.iterdir()} == {"mark", "tiny-1.0.tar.gz"}


def test_killed_outright(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """Nobody can remove the workspace after SIGKILL; but there is no output then, and the back end does not go on."""
    with building(tmp_path, short_directory, build_wheel("setuptools")) as (process, worker):
        process.kill()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        wait_until(lambda: gone(worker()))
        assert {path.name for path in tmp_path.iterdir()} == {"mark", "tiny-1.0.tar.gz"}
