"""Commands of a build: without network, with what they were given, and nothing of them is left afterwards."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT

from reprowheel.environment.isolation import run_isolated

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLES = {"PATH": os.defpath}
DAEMON = "setsid sh -c 'echo $$ >daemon; exec sleep 600' & while ! [ -s daemon ]; do sleep 0.01; done"


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, and fail when it takes too long."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_exit_code_and_surroundings(tmp_path: Path) -> None:
    """Exit code, working directory, log in order, umask 022, no input, whatever the caller has."""
    log, script = tmp_path / "log", 'pwd; umask; cat; echo error >&2; echo "$X"; touch made; exit 7'
    before = os.umask(0o077)
    try:
        code = run_isolated(["sh", "-c", script], cwd=os.fspath(tmp_path), variables=VARIABLES | {"X": "y"}, log=log)
        again = run_isolated(["sh", "-c", "echo more"], cwd="/", variables=VARIABLES, log=log)
    finally:
        os.umask(before)
    assert (code, again) == (7, 0)
    assert log.read_text(encoding="utf-8").splitlines() == [str(tmp_path), "0022", "error", "y", "more"]
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o644


def test_exit_code_of_a_signal(tmp_path: Path) -> None:
    """As shells say it: 128 and the signal's number."""
    log = tmp_path / "log"
    assert run_isolated(["sh", "-c", "kill -SEGV $$"], cwd="/", variables=VARIABLES, log=log) == 128 + signal.SIGSEGV


def test_program_that_does_not_exist(tmp_path: Path) -> None:
    """It is an error like that of `subprocess`, and no process stays."""
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        run_isolated(["no-such-program"], cwd="/", variables=VARIABLES, log=tmp_path / "log")


def test_no_network_but_itself(tmp_path: Path) -> None:
    """The only network interface is a loopback that is up; the caller has another network namespace (control)."""
    log = tmp_path / "log"
    code = (
        "import os, socket; print(os.readlink('/proc/self/ns/net'), [n for _, n in socket.if_nameindex()])\n"
        "with socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname(), 5).close()\n"
    )
    command = [sys.executable, "-c", code]
    assert run_isolated(command, cwd="/", variables=VARIABLES, log=log) == 0, log.read_text(encoding="utf-8")
    namespace, interfaces = log.read_text(encoding="utf-8").split(" ", 1)
    assert namespace != os.readlink("/proc/self/ns/net")
    assert interfaces.strip() == "['lo']"


@pytest.mark.parametrize("session", ["its own", "another"])
def test_nothing_is_left_running(tmp_path: Path, session: str) -> None:
    """What a command started and did not wait for ends with it, also where it made a session of its own."""
    script = "sleep 600 & echo $! >daemon" if session == "its own" else DAEMON
    assert run_isolated(["sh", "-c", script], cwd=os.fspath(tmp_path), variables=VARIABLES, log=tmp_path / "log") == 0
    assert gone(int((tmp_path / "daemon").read_text(encoding="ascii")))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_caller_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    """Whoever waits for a command can be killed outright: the command and all it has started ends as well."""
    code = (
        "import signal, sys; from pathlib import Path; from reprowheel.environment.isolation import run_isolated\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))\n"
        f"command = ['sh', '-c', {DAEMON!r} + '; echo $$ >command; sleep 600']\n"
        f"run_isolated(command, cwd={os.fspath(tmp_path)!r}, variables={VARIABLES!r}, log=Path('log'))\n"
    )
    env = VARIABLES | {"PYTHONPATH": os.pathsep.join([f"{ROOT}/python", *filter(None, sys.path)])}
    caller = subprocess.Popen([sys.executable, "-B", "-c", code], cwd=tmp_path, env=env)
    marks = [tmp_path / "daemon", tmp_path / "command"]
    wait_until(lambda: all(mark.exists() and mark.stat().st_size for mark in marks))
    numbers = [int(mark.read_text(encoding="ascii")) for mark in marks]
    assert not any(map(gone, numbers))
    caller.send_signal(number)
    caller.wait(timeout=30)
    wait_until(lambda: all(map(gone, numbers)))
