"""Where tests write: `/tmp` is in memory where `./tests/run` found room for it, and on the machine's disk elsewhere.

The two kinds of file system list names in another order, which is what some tests need.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["DISK", "OTHER"]


def _in_memory(folder: str) -> bool:
    """Say whether a file system in memory is mounted at a folder."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    return [mount[2] for mount in mounts if mount[1] == folder][-1:] == ["tmpfs"]


DISK = "/var/tmp" if _in_memory("/tmp") else "/tmp"
"""A folder on the machine's disk."""

OTHER = "/var/tmp" if _in_memory("/tmp") else "/dev/shm"
"""A folder that lists names in another order than `/tmp` does, where there is one."""
