"""Runs the commands of a build cut off from the network, and leaves none of their processes behind.

Between the helper and a command stands a keeper: a process of its own session that ends all of it when the command
ends, and also when the helper is killed outright, which the helper itself could not answer. Sources: prctl(2),
PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER.
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

    What the command leaves running ends with it, also when this process is told to end or is killed: it would go on
    writing into a workspace that is being removed, or that nobody waits for.

    :returns: the exit code; 128 + N where signal N ended the command.
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
    """Fork: the child returns and becomes the command; the parent, which leads the session, stays as its keeper."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    command = os.fork()
    if command == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))  # the helper reads from one of them until the command runs
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
    """Kill this process's children until there is none; the children of those that end become its own."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in _children():
                os.kill(child, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    """Return the process ids of this process's children (proc(5), the fourth field of `stat`)."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            text = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
            if int(text.rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(entry))
    return found


def fix_addresses() -> None:
    """Load programs at the same addresses each time, for this process's children: personality(2).

    Tables that are ordered by address, such as Python's sets of objects, are so in one order, and names that are made of
    an address are the same. Where the kernel's policy forbids it, as containers may, addresses stay random.
    """
    libc = ctypes.CDLL(None)
    current = libc.personality(0xFFFFFFFF)
    if current != -1:
        libc.personality(current | _ADDR_NO_RANDOMIZE)


def leave_network() -> None:
    """Enter an empty network namespace where the kernel lets us.

    Where it does not, Bazel's sandbox has done it already, or nothing can; the build then still has no index, since pip
    is told so, and no name service is needed by any declared input.
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
    """Bring `lo` up: tools talk to themselves over 127.0.0.1."""
    siocgifflags, siocsifflags, iff_up = 0x8913, 0x8914, 0x1
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            request = struct.pack("16sH14s", b"lo", 0, b"")
            flags = struct.unpack("16sH14s", fcntl.ioctl(sock, siocgifflags, request))[1]
            fcntl.ioctl(sock, siocsifflags, struct.pack("16sH14s", b"lo", flags | iff_up, b""))
    except OSError:
        pass
