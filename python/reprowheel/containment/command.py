"""The last steps before a command of the build runs: its user, its limits, its rules, and a look at whether they hold."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import socket
from typing import TYPE_CHECKING

from reprowheel.containment import kernel
from reprowheel.containment.landlock import landlock_version, restrict_files
from reprowheel.containment.places import DEVICES
from reprowheel.containment.seccomp import install_filter
from reprowheel.containment.task import NOT_STARTED, USER, Refused, say

if TYPE_CHECKING:
    from reprowheel.containment.task import Task

__all__ = ["become_command"]

_COUNTED_PER_NAMESPACE = (5, 14)
"""The first Linux that counts the processes of a user apart in each user namespace."""
_ROOM = 64
"""Processes that the kernel lets a build have above the limit, so that it is told which limit it was."""


def become_command(task: Task, status: int, *, ready: int, go: int, own_ipc: bool) -> int:
    """Become the command of the build; this returns only if it cannot be started.

    :param ready: descriptor to which one byte is written if this process is in a user namespace that still has no map.
    :param go: descriptor that ends when the first process has done its part.
    """
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    for descriptor in (1, 2):
        os.dup2(task.log, descriptor)
    own_user = _enter_user_namespace(task)
    if own_user:
        os.write(ready, b"u")
    os.close(ready)
    os.read(go, 1)
    _become_user(task, own_user=own_user)
    _limit(task, own_user=own_user or (bool(task.namespaces) and not task.privileged))
    kernel.fix_addresses()
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    _set_rules(task, own_ipc=own_ipc)
    _verify(task)
    name = task.cwd
    try:
        os.chdir(name)
        name = task.command[0]
        os.execvpe(task.command[0], list(task.command), dict(task.variables))  # noqa: S606 - it is what is asked for
    except OSError as e:
        say(status, errno=e.errno, filename=name)
    return NOT_STARTED


def _enter_user_namespace(task: Task) -> bool:
    """Enter a user namespace, if the namespaces were made without one: it only gives the user another number."""
    if not task.privileged:
        return False
    with contextlib.suppress(OSError):
        os.setgroups([])
    if not task.namespaces:
        return False
    try:
        kernel.unshare(kernel.NEW_USER)
    except OSError:
        return False
    return True


def _become_user(task: Task, *, own_user: bool) -> None:
    user = USER if own_user else task.user
    if user is not None:
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def _limit(task: Task, *, own_user: bool) -> None:
    """Set the limits of the kernel: no core files; processes, if they are counted for this build alone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2] if part.isdigit())
    if task.user is not None or (own_user and release >= _COUNTED_PER_NAMESPACE):
        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        most = task.limits.processes + _ROOM
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _set_rules(task: Task, *, own_ipc: bool) -> None:
    """Set the rules for files and system calls; a kind that is allowed is contained by namespaces or not at all.

    :raises Refused: the kernel has no such rules.
    """
    own_network = {"files", "network"} <= task.namespaces
    if "files" not in task.namespaces | task.allowed:
        if not landlock_version():
            raise Refused({"files": "no mount namespace and no Landlock"})
        devices = [f"/dev/{name}" for name in DEVICES]
        try:
            restrict_files((*task.places.readable, "/proc"), (*task.places.writable, *devices), network=own_network)
        except OSError as e:
            raise Refused({"files": e.strerror or str(e)}) from e
    try:
        install_filter(network=own_network or "network" in task.allowed, processes=own_ipc)
    except OSError as e:
        kinds = {"processes"} | (set() if own_network else {"network"})
        if kinds - task.allowed:
            raise Refused(dict.fromkeys(sorted(kinds), e.strerror or str(e))) from e


def _verify(task: Task) -> None:
    """Look from inside whether the build is contained.

    :raises Refused: a kind is not.
    """
    checks = {"files": _see_outside, "network": _see_network, "processes": _see_processes}
    wrong = {kind: seen for kind, check in checks.items() if kind not in task.allowed and (seen := check(task))}
    if wrong:
        raise Refused(wrong)


def _see_outside(task: Task) -> str:
    for path in task.outside:
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        except OSError:
            continue
        return f"{path} can be read"
    for folder in ("/", "/etc", "/usr"):
        try:
            os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
        except OSError:
            continue
        return f"{folder} can be written to"
    return ""


def _see_network(task: Task) -> str:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError:
        return ""
    interfaces = kernel.interfaces_up()
    if interfaces != ["lo"]:
        return f"network interfaces {' '.join(interfaces)}"
    for name, skipped in (("route", 1), ("ipv6_route", 0)):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/net/{name}", "rb") as file:
            routes = [line.split() for line in file][skipped:]
            if other := [words for words in routes if b"lo" not in (words[0], words[-1])]:
                return f"a network route: {other[0]!r}"
    return "" if "network" in task.namespaces else "sockets"


def _see_processes(task: Task) -> str:
    if ctypes.CDLL(None, use_errno=True).ptrace(0, 0, None, None) == 0 or ctypes.get_errno() != errno.EPERM:
        return "ptrace is not refused"
    if "processes" not in task.namespaces:
        return "no process namespace"
    if "files" in task.namespaces:
        strangers = {name for name in os.listdir("/proc") if name.isdigit()} - {"1", str(os.getpid())}
        return f"process {min(strangers)} is seen" if strangers else ""
    return "" if os.getppid() == 1 else "the first process is another one"
