"""Commands of a build: contained, with what they were given, and nothing of them is left afterwards."""

from __future__ import annotations

import os
import secrets
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT

from reprowheel.containment import KINDS, Containment, Limits, allowed_kinds, run_contained
from reprowheel.containment import run as running
from reprowheel.errors import BuildError, LockError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

VARIABLES = {"PATH": os.defpath}


@pytest.fixture
def root(short_directory: Path) -> Path:
    """The workspace."""
    folder = short_directory / "w"
    folder.mkdir()
    return folder


def run(command: Sequence[str], root: Path, *, variables: Mapping[str, str] = VARIABLES, **more: object) -> tuple[int, str]:
    """Run a command in a workspace; return its exit code and what it printed."""
    log = root.parent / f"log-{secrets.token_hex(4)}"
    containment = Containment(root=root, **more)  # type: ignore[arg-type]
    code = run_contained(command, cwd=os.fspath(root), variables=variables, log=log, containment=containment)
    return code, log.read_text(encoding="utf-8")


def sleepers(seconds: str) -> list[int]:
    """The processes that sleep for a time that only one test names."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and (path / "cmdline").read_bytes() == f"sleep\0{seconds}\0".encode():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, and fail when it takes too long."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_exit_code_and_surroundings(root: Path) -> None:
    """Exit code, working directory, log in order, umask 022, no input, whatever the caller has."""
    script = 'pwd; umask; cat; echo error >&2; echo "$X"; touch made; exit 7'
    before = os.umask(0o077)
    try:
        code, printed = run(["sh", "-c", script], root, variables=VARIABLES | {"X": "y"})
    finally:
        os.umask(before)
    assert code == 7
    assert printed.splitlines() == [str(root), "0022", "error", "y"]
    assert stat.S_IMODE((root / "made").stat().st_mode) == 0o644


def test_the_log_is_appended_to(root: Path) -> None:
    """What a hook prints does not replace what the one before has printed."""
    log = root / "log"
    for word in ("one", "two"):
        command = ["echo", word]
        run_contained(command, cwd=str(root), variables=VARIABLES, log=log, containment=Containment(root=root))
    assert log.read_text(encoding="utf-8") == "one\ntwo\n"


def test_exit_code_of_a_signal(root: Path) -> None:
    """As shells say it: 128 and the signal's number."""
    assert run(["sh", "-c", "kill -SEGV $$"], root)[0] == 128 + signal.SIGSEGV


def test_program_that_does_not_exist(root: Path) -> None:
    """It is an error like that of `subprocess`."""
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        run(["no-such-program"], root)


def test_no_network_but_itself(root: Path) -> None:
    """The only network interface is a loopback that is up; the caller has another network namespace (control)."""
    code = (
        "import os, socket; print(os.readlink('/proc/self/ns/net'), [n for _, n in socket.if_nameindex()])\n"
        "with socket.create_server(('127.0.0.1', 0)) as s: socket.create_connection(s.getsockname(), 5).close()\n"
    )
    status, printed = run(["/usr/bin/python3", "-c", code], root)
    assert status == 0, printed
    namespace, interfaces = printed.split(" ", 1)
    assert namespace != os.readlink("/proc/self/ns/net")
    assert interfaces.strip() == "['lo']"


def test_every_build_has_the_same_user(root: Path) -> None:
    """User, group, their names and the host's name are the same on all machines; there are no rights and no way to get some."""
    script = "id -u; id -g; id -un; id -gn; uname -n; grep -E '^(Cap(Eff|Prm|Bnd)|NoNewPrivs|Seccomp):' /proc/self/status"
    code, printed = run(["sh", "-c", script], root)
    assert code == 0
    lines = printed.split("\n")
    assert lines[:5] == ["1000", "1000", "reprowheel", "reprowheel", "localhost"]
    rights = dict(line.split(":\t") for line in lines[5:] if line)
    assert {int(rights[f"Cap{name}"], 16) for name in ("Eff", "Prm", "Bnd")} == {0}
    assert (rights["NoNewPrivs"], rights["Seccomp"]) == ("1", "2")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("shared", [False, True], ids=["nothing", "a cache"])
def test_root_becomes_another_user(root: Path, shared: bool) -> None:
    """Outside, root's build has a number that nobody has; it stays root, without rights, to write to a cache of root's."""
    cache = root.parent / "cache"
    cache.mkdir()
    code, _ = run(["sh", "-c", f"touch mine; touch {cache}/x"], root, writable=(str(cache),) if shared else ())
    assert (code == 0, (cache / "x").exists()) == (shared, shared)
    assert ((root / "mine").stat().st_uid == 0) == shared
    assert ((root / "mine").stat().st_uid >= 2_000_000_000) != shared


def test_what_is_declared_is_seen(root: Path, tmp_path: Path) -> None:
    """A declared file, a link to it, and what links in a declared folder lead to are seen; their neighbours are not."""
    real = tmp_path / "real" / "tools"
    (real / "bin").mkdir(parents=True)
    for name in ("bin/cc", "bin/ld", "data"):
        (real / name).write_text(name, encoding="utf-8")
    farm = tmp_path / "sandbox" / "tools"
    (farm / "bin").mkdir(parents=True)
    (farm / "bin" / "cc").symlink_to(real / "bin" / "cc")
    (tmp_path / "single").write_text("single", encoding="utf-8")
    (tmp_path / "link").symlink_to("single")
    (tmp_path / "other").write_text("other", encoding="utf-8")
    script = f"cat {farm}/bin/cc {tmp_path}/link {real}/bin/ld; cat {tmp_path}/other || ls {tmp_path}; touch {real}/new"
    code, printed = run(["sh", "-c", script], root, linked=(str(farm),), readable=(str(tmp_path / "link"),))
    assert code != 0
    assert printed.startswith("bin/ccsinglebin/ld")
    assert "other\n" not in printed.splitlines()
    assert "Read-only file system" in printed


def test_a_folder_around_the_workspace_is_not_shown(root: Path) -> None:
    """It would show other workspaces, and make this one read-only."""
    (root.parent / "neighbour").mkdir()
    code, printed = run(["sh", "-c", f"touch mine; ls {root.parent}"], root, readable=(str(root.parent),))
    assert (code, printed) == (0, "w\n")


def test_without_a_view_of_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no /proc may be mounted, rules for paths take over; limits count the processes of the build, not the machine's."""
    monkeypatch.setattr(running, "_refused", {"files": "no mount"})
    for folder in (root.parent, root):
        folder.chmod(0o755)
    secret = root.parent / "secret"
    secret.write_text("secret", encoding="utf-8")
    code, printed = run(["sh", "-c", f"touch mine; cat {secret} || touch {secret}.2"], root, limits=Limits(processes=20))
    assert (code, (root / "mine").exists(), "secret\n" in printed) == (1, True, False)
    assert printed.count("Permission denied") == 2
    with pytest.raises(BuildError, match="more than 20 processes and threads"):
        run(["sh", "-c", "for i in $(seq 40); do sleep 5 & done; wait"], root, limits=Limits(processes=20))


@pytest.mark.parametrize("session", ["its own", "another"])
def test_nothing_is_left_running(root: Path, session: str) -> None:
    """What a command started and did not wait for ends with it, also where it made a session of its own."""
    seconds = f"60{secrets.randbelow(10**6):06}"
    before = "setsid " if session == "another" else ""
    assert run(["sh", "-c", f"{before}sleep {seconds} & sleep 0.1"], root)[0] == 0
    assert sleepers(seconds) == []


def started(root: Path, command: str, before: str) -> subprocess.Popen[bytes]:
    """Start a process that runs a line of Python, and then a contained command of the shell."""
    code = (
        "import os, signal, sys; from pathlib import Path; from reprowheel.containment import Containment, run_contained\n"
        f"root = {os.fspath(root)!r}; {before}\n"
        f"containment = Containment(root=Path(root))\n"
        f"command, log = ['sh', '-c', {command!r}], Path(root, 'log')\n"
        f"run_contained(command, cwd=root, variables={VARIABLES!r}, log=log, containment=containment)\n"
    )
    env = VARIABLES | {"PYTHONPATH": os.pathsep.join([f"{ROOT}/python", *filter(None, sys.path)])}
    return subprocess.Popen([sys.executable, "-B", "-c", code], env=env, stderr=subprocess.DEVNULL)


def test_signal_while_a_process_is_made(root: Path) -> None:
    """Ctrl-C is not lost in the moment in which Python calls what modules have registered for a fork."""
    seconds = f"60{secrets.randbelow(10**6):06}"
    send = "me = os.getpid(); os.register_at_fork(after_in_parent=lambda: os.getpid() == me and os.kill(me, signal.SIGINT))"
    caller = started(root, f"sleep {seconds}", send)
    try:
        assert caller.wait(timeout=60) == -signal.SIGINT
    finally:
        caller.kill()
    wait_until(lambda: not sleepers(seconds))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_caller_is_ended(root: Path, number: signal.Signals) -> None:
    """Whoever waits for a command can be killed outright: the command and all it has started ends as well."""
    seconds = f"60{secrets.randbelow(10**6):06}"
    caller = started(root, f"setsid sleep {seconds} & sleep {seconds}", "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))")
    wait_until(lambda: len(sleepers(seconds)) == 2)
    caller.send_signal(number)
    caller.wait(timeout=30)
    wait_until(lambda: not sleepers(seconds))


def test_first_process_is_killed_from_outside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the kernel or an administrator kills it, the error says so; it is not taken for a success."""
    start = running.start

    def start_and_kill(task: object) -> tuple[int, int, set[int]]:
        guard, said, waiting = start(task)  # type: ignore[arg-type]
        wait_until(lambda: Path(f"/proc/{guard}/task/{guard}/children").read_text(encoding="ascii").strip() != "")
        first = int(Path(f"/proc/{guard}/task/{guard}/children").read_text(encoding="ascii").split()[0])
        os.kill(first, signal.SIGKILL)
        return guard, said, waiting

    monkeypatch.setattr(running, "start", start_and_kill)
    with pytest.raises(BuildError, match="build: the build was ended from outside"):
        run(["sleep", "20"], root)


def test_limit_names_no_option_that_a_lock_lacks(root: Path) -> None:
    """`reprowheel lock` has no options for limits, so its message does not tell any."""
    limits = Limits(seconds=0)
    with pytest.raises(LockError, match="x==1: the build takes longer than 0 seconds") as caught:
        run_contained(
            ["sleep", "9"],
            cwd=str(root),
            variables=VARIABLES,
            log=root / "log",
            containment=Containment(root=root, limits=limits),
            place="x==1",
            error=LockError,
        )
    assert "--max" not in caught.value.tip


def test_kinds_that_may_stay_uncontained() -> None:
    """Commas and several options mean the same, in any order; a kind that does not exist is an error."""
    assert allowed_kinds(["processes,files", "network"]) == KINDS
    assert allowed_kinds([]) == ()
    with pytest.raises(UsageError, match="--allow-uncontained 'clock': expected files, network, processes"):
        allowed_kinds(["files,clock"])
