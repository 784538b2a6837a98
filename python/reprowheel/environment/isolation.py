"""Runs the commands of a build without network, and leaves none of their processes behind.

Between the helper and a command runs a *keeper*: a process that leads a session of its own. It kills all processes of the
command when the command ends. It also does so when the helper is killed by SIGKILL, which the helper cannot catch. Source:
prctl(2), PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["fix_addresses", "leave_network", "run_isolated"]

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_ADDR_NO_RANDOMIZE = 0x0040000


def run_isolated(command: Sequence[str], *, cwd: str, variables: Mapping[str, str], log: Path) -> int:
    """Run a command of the build without network, with umask 022 and no standard input; its output goes to `log`.

    Background processes of the command are killed when it ends, and when this process ends or is killed. Otherwise they would
    go on writing into a workspace that is being removed.

    :returns: the exit code; 128 + N if signal N ended the command.
    """
    helper = os.getpid()

    def enter() -> None:
        _keep(helper)
        leave_network()
        fix_addresses()

    with log.open("ab") as out:
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            umask=0o022,
            start_new_session=True,
            preexec_fn=enter,  # noqa: PLW1509 - the helper has one thread
        )
        try:
            return process.wait()
        finally:
            process.terminate()
            process.wait()


def _keep(helper: int) -> None:
    """Fork: the child returns and becomes the command; the parent leads the session and stays as its keeper."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    command = os.fork()
    if command == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))  # the helper waits on one of them until the command runs
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    if os.getppid() != helper:
        _stop()
    _, status = os.waitpid(command, 0)
    _end_all()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _stop(*_: object) -> NoReturn:
    _end_all()
    os._exit(128 + signal.SIGTERM)


def _end_all() -> None:
    """Kill the children of this process until none is left; it adopts the orphaned children of its children."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in _children():
                os.kill(child, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    """Return the process ids of the children of this process (proc(5), fourth field of `stat`)."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            text = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
            if int(text.rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(entry))
    return found


def fix_addresses() -> None:
    """Turn off address space randomization for the children of this process: personality(2).

    Then tables that are ordered by address, such as Python's sets of objects, always have the same order, and names that are
    made from an address are the same. If the policy of the kernel or container forbids the call, addresses stay random.
    """
    libc = ctypes.CDLL(None)
    current = libc.personality(0xFFFFFFFF)
    if current != -1:
        libc.personality(current | _ADDR_NO_RANDOMIZE)


def leave_network() -> None:
    """Enter an empty network namespace, if the kernel allows it.

    If it does not, either Bazel's sandbox has already done so, or it is impossible here. Even then pip has no index in the
    build, because its configuration says so.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNET) != 0:
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            try:
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
            except OSError:
                pass
    _raise_loopback()


def _raise_loopback() -> None:
    """Bring the interface `lo` up, because some tools talk to themselves over 127.0.0.1."""
    siocgifflags, siocsifflags, iff_up = 0x8913, 0x8914, 0x1
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            request = struct.pack("16sH14s", b"lo", 0, b"")
            flags = struct.unpack("16sH14s", fcntl.ioctl(sock, siocgifflags, request))[1]
            fcntl.ioctl(sock, siocsifflags, struct.pack("16sH14s", b"lo", flags | iff_up, b""))
    except OSError:
        pass
