"""Hostile builds reach nothing and leave nothing: as root, as an ordinary user, and where unshare(2) is forbidden."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.hostile import SITUATIONS, Situation, attack, hostile_sdist, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture(params=SITUATIONS, ids=lambda name: name.replace(" ", "-"))
def situation(request: pytest.FixtureRequest) -> Situation:
    """Who builds, and what the kernel allows."""
    return SITUATIONS[request.param]


@pytest.fixture
def directory(short_directory: Path) -> Path:
    """A folder that every user may use."""
    short_directory.chmod(0o1777)
    return short_directory


@contextlib.contextmanager
def listening(family: socket.AddressFamily, address: object) -> Iterator[socket.socket]:
    """A server of the host that accepts nothing but has a queue: a connection to it succeeds."""
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen(16)
        if family == socket.AF_UNIX and not str(address).startswith("\0"):
            os.chmod(str(address), 0o777)
        yield server


def connects(family: socket.AddressFamily, address: object) -> bool:
    """Whether this process reaches a server."""
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        return sock.connect_ex(address) == 0


def test_network(directory: Path, situation: Situation) -> None:
    """No server of the host is reached, by TCP, abstract name, path or another's namespace; all are there (control)."""
    name, path = f"reprowheel-{secrets.token_hex(8)}", directory / "socket"
    with (
        listening(socket.AF_INET, ("127.0.0.1", 0)) as tcp,
        listening(socket.AF_UNIX, f"\0{name}"),
        listening(socket.AF_UNIX, str(path)),
    ):
        port = tcp.getsockname()[1]
        assert connects(socket.AF_INET, ("127.0.0.1", port))
        assert connects(socket.AF_UNIX, f"\0{name}")
        assert connects(socket.AF_UNIX, str(path))
        sdist = hostile_sdist("network", directory, {"port": port, "abstract": name, "path": str(path)})
        code, errors, found = outcome(*attack(sdist, situation, directory))
    assert (code, found) == (0, {"reached": [], "broken": []}), errors


def test_other_processes(directory: Path, situation: Situation) -> None:
    """No process outside is traced or read, and the first process cannot be ended; its environment has a secret (control)."""
    mark = secrets.token_hex(8)
    targets = {"processes": [os.getpid()], "mark": mark, "kill": situation.namespaces}
    sdist = hostile_sdist("ptrace", directory, targets)
    assert Path(f"/proc/{os.getpid()}/environ").read_bytes()
    code, errors, found = outcome(*attack(sdist, situation, directory, variables={"SECRET": mark}))
    assert (code, found) == (0, {"reached": [], "broken": []}), errors


def test_files(directory: Path, situation: Situation) -> None:
    """No secret is read, and nothing is written outside the workspace; both could be done from outside (control)."""
    secret, shared = directory / "secret", directory / "shared"
    secret.write_text("secret", encoding="utf-8")
    shared.mkdir()
    shared.chmod(0o777)
    home = Path.home() / f".reprowheel-{secrets.token_hex(8)}"
    home.write_text("secret", encoding="utf-8")
    package = Path(__file__).parents[3] / "python" / "reprowheel"
    folders = ["/", "/etc", "/usr", "/usr/lib", "/var/tmp", str(directory), str(shared), str(package), "/proc/sys/kernel"]
    files = [str(package / "build.py"), "/etc/passwd", "/usr/bin/env"]
    secrets_ = [str(secret), str(home), "/etc/shadow", "/proc/1/environ"]
    try:
        sdist = hostile_sdist("files", directory, {"secrets": secrets_, "folders": folders, "files": files})
        code, errors, found = outcome(*attack(sdist, situation, directory))
    finally:
        home.unlink()
    assert (code, found) == (0, {"reached": [], "broken": []}), errors
    assert list(shared.iterdir()) == []


def processes_like(folder: Path) -> list[int]:
    """Return the processes whose command line names a folder."""
    found = []
    for path in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if path.name.isdigit() and os.fsencode(folder) in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


@pytest.mark.parametrize("name", ["orphans", "hopping"])
def test_nothing_is_left_running(directory: Path, situation: Situation, name: str) -> None:
    """Hundreds of orphans, and processes that always fork away, end with the command, in a few seconds."""
    sdist = hostile_sdist(name, directory, {"number": 200 if situation.user else 1000})
    process, out = attack(sdist, situation, directory, "--work-root", str(directory))
    code, errors, found = outcome(process, out)
    assert (code, found) == (0, {"reached": [], "broken": []}), errors
    assert processes_like(directory) == []


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("processes", "--max-processes=100", "the build has more than 100 processes and threads"),
        ("memory", "--max-memory=300", "the build takes more than 300 MiB of memory"),
        ("time", "--max-seconds=2", "the build takes longer than 2 seconds"),
        ("many-files", "--max-files=5000", "the build made more than 5000 files"),
        ("bytes", "--max-disk=100", "the build takes more than 100 MiB in its workspace"),
        ("deep-folders", "--max-files=100000", "the build made folders whose path is longer than 4095 characters"),
    ],
    ids=lambda value: value if " " not in value and "=" not in value else "",
)
def test_limits(directory: Path, situation: Situation, name: str, option: str, message: str) -> None:
    """A build that exceeds a limit is ended; the error says which, its value and the option; nothing is left."""
    sdist = hostile_sdist(name, directory)
    process, out = attack(sdist, situation, directory, "--work-root", str(directory), option)
    code, errors, _ = outcome(process, out)
    assert code == 3, errors
    assert f"ERROR tiny==1.0: {message}" in errors
    assert option.partition("=")[0] in errors or name == "deep-folders"
    assert processes_like(directory) == []
    assert {path.name for path in directory.iterdir()} == {"built", sdist.name}


def test_helper_ends_during_a_fork_bomb(directory: Path, situation: Situation) -> None:
    """SIGTERM ends helper and build in a few seconds while processes are started without end."""
    sdist = hostile_sdist("processes", directory)
    process, _ = attack(sdist, situation, directory, "--work-root", str(directory), "--max-processes=400")
    end = time.monotonic() + 30
    while len(processes_like(directory)) < 20 and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM or re.search("more than 400", errors), errors
    assert processes_like(directory) == []


def test_refused_where_processes_cannot_be_contained(directory: Path) -> None:
    """Where unshare(2) is forbidden, the build says what is missing and which option allows it, before anything runs."""
    sdist = hostile_sdist("time", directory)
    for situation in (SITUATIONS["root without unshare"], SITUATIONS["user without unshare"]):
        bare = Situation(user=situation.user, namespaces=False)
        code, errors, _ = outcome(*attack(sdist, bare, directory))
        assert code == 3, errors
        assert "ERROR tiny==1.0: the build cannot be contained on this machine: processes: " in errors
        assert "--allow-uncontained=processes" in errors
        assert 'allow_uncontained = ["processes"]' in errors
