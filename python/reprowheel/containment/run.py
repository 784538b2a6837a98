"""Runs a command of the build, contained; chooses the means, and makes messages."""

from __future__ import annotations

import json
import os
import select
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprowheel.containment import kernel
from reprowheel.containment.landlock import landlock_version
from reprowheel.containment.places import find_places, others_may_read
from reprowheel.containment.process import start
from reprowheel.containment.task import NAMESPACES, Task
from reprowheel.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.containment.places import Places
    from reprowheel.containment.policy import Containment
    from reprowheel.errors import ReprowheelError

__all__ = ["run_contained"]

_FIRST_USER = 2_000_000_000
"""Users from here on belong to nobody: those of a machine, and those set aside for containers, have lower numbers."""

_LIMITS = {
    "processes": ("has more than {} processes and threads", "--max-processes N", "max_processes", 0),
    "memory": ("takes more than {} MiB of memory", "--max-memory MIB", "max_memory_mb", 20),
    "seconds": ("takes longer than {} seconds", "--max-seconds SECONDS", "max_seconds", 0),
    "disk": ("takes more than {} MiB in its workspace", "--max-disk MIB", "max_disk_mb", 20),
    "files": ("made more than {} files", "--max-files N", "max_files", 0),
    "depth": ("made folders whose path is longer than {} characters", "", "", 0),
}
"""Limit → what a build did, the option and the attribute that raise it, and how many bits its unit has."""

_TICK = 200
"""Milliseconds."""

_refused: dict[str, str] = {}
"""Kind → why it gets no namespace on this machine, as found by an earlier command of this process."""


def run_contained(  # noqa: PLR0913 - keyword-only
    command: Sequence[str],
    *,
    cwd: str,
    variables: Mapping[str, str],
    log: Path,
    containment: Containment,
    place: str = "build",
    error: type[ReprowheelError] = BuildError,
) -> int:
    """Run a command of the build with umask 022 and no standard input; its output goes to `log`.

    Nothing of the command is left when this returns, or when this process is ended or killed.

    :param place: prefix of messages.
    :param error: class of errors.
    :returns: the exit code; 128 + N if signal N ended the command.
    """
    writable = (os.fspath(containment.root), *containment.own, *containment.writable)
    places = find_places(containment.readable, containment.linked, writable)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        task = Task(
            command=command,
            cwd=cwd,
            variables=variables,
            log=descriptor,
            places=places,
            limits=containment.limits,
            namespaces=frozenset(),
            allowed=frozenset(containment.allowed),
            privileged=kernel.has_capability(kernel.CAP_SYS_ADMIN),
            user=None,
            outside=_outside(places),
        )
        answer = _run_strongest(task, containment, place, error)
    finally:
        os.close(descriptor)
    if "limit" in answer:
        raise _exceeded(place, error, *answer["limit"])
    if "errno" in answer:
        raise OSError(answer["errno"], os.strerror(answer["errno"]), answer["filename"])
    if "exit" not in answer:
        msg = f"{place}: the build was ended from outside: {answer.get('failed', 'its first process was killed')}"
        raise error(msg, tip="Was there enough memory? The kernel's log tells.")
    return int(answer["exit"])


def _run_strongest(task: Task, containment: Containment, place: str, error: type[ReprowheelError]) -> dict[str, Any]:
    """Run a task by the strongest means that this machine has; return what its processes told.

    A kind that gets no namespace is tried again by rules, if there are any.
    """
    while True:
        if lacking := _lacking(task.allowed):
            raise _uncontained(place, error, lacking)
        namespaces = frozenset(NAMESPACES) - _refused.keys()
        user = _own_user(containment, task.places, namespaces)
        answer = _wait(replace(task, namespaces=namespaces, user=user))
        missing: dict[str, str] = answer.get("missing", {})
        if not missing:
            return answer
        if not missing.keys() & namespaces:
            raise _uncontained(place, error, missing)
        _refused.update({kind: reason for kind, reason in missing.items() if kind in namespaces})


def _lacking(allowed: frozenset[str]) -> dict[str, str]:
    """Return the kinds that cannot be contained here and are not allowed, each with the reason."""
    return {
        kind: reason
        for kind, reason in _refused.items()
        if kind not in allowed and (kind == "processes" or (kind == "files" and not landlock_version()))
    }


def _wait(task: Task) -> dict[str, Any]:
    """Run a task and return what its processes told; end them if this process is asked to end."""
    guard, said, waiting = start(task)
    ended = False
    shared = "processes" not in task.namespaces  # then the build sees this process: nobody may read its memory meanwhile
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, waiting)
        if shared:
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        told = _read_to_end(said)
        ended = os.waitpid(guard, 0)[0] == guard
    finally:
        os.close(said)
        if shared:
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        if not ended:
            os.kill(guard, signal.SIGTERM)
            os.waitpid(guard, 0)
    answer: dict[str, Any] = {}
    for line in told.splitlines():
        answer |= json.loads(line)
    return answer


def _read_to_end(said: int) -> bytes:
    """Read what the processes tell until the last of them has ended.

    No wait is long: Python calls the handler of a signal between two of them. One that comes right before a call of the system
    that waits without end would be seen only after it.
    """
    told = b""
    poll = select.poll()  # `select` has a limit of 1024 descriptors
    poll.register(said, select.POLLIN)
    while True:
        if poll.poll(_TICK):
            piece = os.read(said, 1 << 16)
            if not piece:
                return told
            told += piece


def _own_user(containment: Containment, places: Places, namespaces: frozenset[str]) -> int | None:
    """Return a user that only this build has, and give it the workspace; `None` if the build keeps the helper's user.

    Only root can do so. What other users may not read, or a folder of the user that the build writes to, prevents it.
    """
    needed = (kernel.CAP_SETUID, kernel.CAP_SETGID, kernel.CAP_CHOWN)
    if os.geteuid() != 0 or containment.writable or not all(map(kernel.has_capability, needed)):
        return None
    owner = os.stat(containment.root).st_uid
    user = owner if owner >= _FIRST_USER else _FIRST_USER + os.getpid()
    way = "files" not in namespaces
    paths = [*places.readable, *([os.path.dirname(containment.root)] if way else [])]
    if not (_exists("uid", user) and _exists("gid", user) and all(others_may_read(path, way=way) for path in paths)):
        return None
    for folder in (os.fspath(containment.root), *containment.own):
        _give(folder, user, again=os.stat(folder).st_uid >= _FIRST_USER)
    return user


def _exists(kind: str, number: int) -> bool:
    """Say whether a user or group can be used in this user namespace."""
    with open(f"/proc/self/{kind}_map", encoding="ascii") as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    return any(first <= number < first + count for first, _, count in ranges)


def _give(folder: str, user: int, *, again: bool) -> None:
    """Make a user the owner of a folder and all in it.

    :param again: a build has run in it: a file with several names may be another's, and stays as it is.
    """
    os.lchown(folder, user, user)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _give(entry.path, user, again=again)
            elif not again or entry.stat(follow_symlinks=False).st_nlink == 1:
                os.lchown(entry.path, user, user)


def _outside(places: Places) -> tuple[str, ...]:
    """Return files of the host that a build must not see: this one, if it is not in a folder that builds read."""
    own = os.path.realpath(__file__)
    shown = (*places.readable, *places.writable)
    return () if any(own.startswith(f"{folder}/") for folder in shown) or not os.path.isfile(own) else (own,)


def _uncontained(place: str, error: type[ReprowheelError], missing: Mapping[str, str]) -> ReprowheelError:
    kinds = ",".join(sorted(missing))
    reasons = "; ".join(f"{kind}: {reason}" for kind, reason in sorted(missing.items()))
    listed = ", ".join(f'"{kind}"' for kind in sorted(missing))
    tip = f"To build anyway: --allow-uncontained={kinds}, or allow_uncontained = [{listed}] for its pip.override."
    return error(f"{place}: the build cannot be contained on this machine: {reasons}", tip=tip)


def _exceeded(place: str, error: type[ReprowheelError], name: str, value: int) -> ReprowheelError:
    text, option, attribute, bits = _LIMITS[name]
    tip = f"If it needs more: {option}, or the attribute {attribute}." if option else "A patch can make it leave them out."
    if option and error is not BuildError:
        tip = "Only builds can raise this limit; patch what its metadata needs so much for."
    return error(f"{place}: the build {text.format(value >> bits)}", tip=tip)
