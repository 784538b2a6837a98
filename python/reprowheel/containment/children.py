"""The processes of a build without a process namespace: whatever descends from this process.

An orphan becomes a child of this process (PR_SET_CHILD_SUBREAPER). The kernel lists the children of a thread in one file,
so no step looks at other processes of the machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time

__all__ = ["children", "descendants", "end_all"]


_PATIENCE = 30
"""Seconds after which processes that cannot be ended are left, such as those that wait for a broken disk."""


def children(process: int | str) -> list[str]:
    """Return the numbers of the children of a process: proc(5), `children`."""
    found: list[str] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", "rb") as file:
                found += map(bytes.decode, file.read().split())
    return found


def descendants() -> list[str]:
    """Return the numbers of all processes that descend from this one, as /proc has them."""
    found, waiting = [], children("self")
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children(process)
    return found


def end_all(session: int, user: int | None) -> None:
    """Kill and reap all descendants of this process.

    :param session: process group of the command: one call ends all that did not leave it.
    :param user: user that only this build has, if any: one call ends all its processes, so none can fork away.
    """
    with contextlib.suppress(OSError):
        os.killpg(session, signal.SIGKILL)
    if user is not None:
        _end_user(user)
    end = time.monotonic() + _PATIENCE
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            for child in children(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(int(child), signal.SIGKILL)
            if not os.waitpid(-1, os.WNOHANG)[0]:
                time.sleep(0.001)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _end_user(user: int) -> None:
    """Kill all processes of a user, from a process that is of this user: kill(2) with -1 spares only the caller."""
    process = os.fork()
    if process == 0:
        with contextlib.suppress(OSError):
            os.setresuid(user, user, user)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(process, 0)
