"""Watches what a build uses: processes, memory, time, and its workspace. The first process of a build does it.

Each look has its cost, and the next look waits for a multiple of it. So watching takes a few per cent at most, however many
processes and files there are.
"""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reprowheel.containment.policy import Limits

__all__ = ["Watch"]

_SHORTEST = 0.1
"""Seconds between two looks at processes."""
_FIRST_WALK = 1.0
"""Seconds before the first walk through the workspace, and the shortest time between two."""
_RATIO = 25
_SLICE = 0.02
"""Seconds of a walk at one time, so that the build's processes are still looked at."""
_AT_ONCE = 1000
_DEEPEST = 4095
"""Characters of the longest path that the kernel takes. Below it nothing can be counted or removed by its path."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Looks at a build from time to time.

    :param mine: returns the numbers of the build's processes.
    :param root: the workspace.
    :param memory_folders: folders of the build that are in memory.
    """

    def __init__(self, limits: Limits, mine: Callable[[], Iterable[str]], root: str, memory_folders: tuple[str, ...]) -> None:
        self._limits, self._mine, self._root, self._in_memory = limits, mine, root, memory_folders
        self._started = time.monotonic()
        self._next = {"processes": self._started + _SHORTEST, "workspace": self._started + _FIRST_WALK}
        self._free = _free(root)
        self._memory = limits.memory_bytes()
        self._walk: Iterator[tuple[int, int, int]] | None = None
        self._cost = 0.0

    def wait(self) -> float:
        """Return the seconds until the next look."""
        return max(0.01, min(self._next.values()) - time.monotonic())

    def exceeded(self) -> tuple[str, int] | None:
        """Look at what is due; return the name of an exceeded limit and its value, else `None`."""
        now = time.monotonic()
        if now - self._started > self._limits.seconds:
            return "seconds", self._limits.seconds
        found = None
        if now >= self._next["processes"]:
            found = self._look_at_processes()
            self._next["processes"] = _later(now, _SHORTEST)
            if self._disk_shrinks():
                self._next["workspace"] = now
        if not found and now >= self._next["workspace"]:
            found = self._look_at_workspace()
        return found

    def _look_at_processes(self) -> tuple[str, int] | None:
        processes = list(self._mine())
        pages = threads = 0
        for process in processes:
            try:
                with open(f"/proc/{process}/stat", "rb") as file:
                    values = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            threads += int(values[17])
            pages += int(values[21])
        if threads > self._limits.processes:
            return "processes", self._limits.processes
        in_files = sum(_used(folder) for folder in self._in_memory)
        if pages * _PAGE + in_files > self._memory and in_files + sum(map(_own_memory, processes)) > self._memory:
            return "memory", self._memory
        return None

    def _disk_shrinks(self) -> bool:
        """Say whether the file system lost so much since the last walk that the build may be over a limit."""
        space, files = _free(self._root)
        return self._free[0] - space > self._limits.disk or self._free[1] - files > self._limits.files

    def _look_at_workspace(self) -> tuple[str, int] | None:
        """Go on with a walk through the workspace for a moment; the next walk waits in proportion to the cost of this one."""
        began = time.monotonic()
        self._walk = self._walk or _walk(self._root)
        for files, used, depth in self._walk:
            for name, found, limit in (
                ("files", files, self._limits.files),
                ("disk", used, self._limits.disk),
                ("depth", depth, _DEEPEST),
            ):
                if found > limit:
                    return name, limit
            if time.monotonic() - began > _SLICE:
                self._cost += time.monotonic() - began
                self._next["workspace"] = time.monotonic() + _SHORTEST
                return None
        self._cost += time.monotonic() - began
        self._next["workspace"] = time.monotonic() + max(_FIRST_WALK, _RATIO * self._cost)
        self._walk, self._cost, self._free = None, 0.0, _free(self._root)
        return None


def _walk(root: str) -> Iterator[tuple[int, int, int]]:
    """Yield files, bytes and length of the path so far, for each folder of a tree that changes meanwhile."""
    used, files, waiting = 0, 0, [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if files % _AT_ONCE == 0:
                        yield files, used, len(folder)
        except OSError as e:
            if e.errno == errno.ENAMETOOLONG:
                yield files, used, _DEEPEST + 1
        yield files, used, len(folder)


def _later(began: float, shortest: float) -> float:
    now = time.monotonic()
    return now + max(shortest, _RATIO * (now - began))


def _free(path: str) -> tuple[int, int]:
    """Return the free bytes and free files of a file system."""
    try:
        found = os.statvfs(path)
    except OSError:
        return 0, 0
    return found.f_bfree * found.f_frsize, found.f_ffree


def _used(folder: str) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _own_memory(process: str) -> int:
    """Return the bytes of memory of a process, with its share of what several have."""
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(b"Pss:"))
    except OSError:
        return 0
