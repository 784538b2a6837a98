"""What a build may do: the kinds of containment, what a user may allow, and the limits."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["KINDS", "Containment", "Limits", "allowed_kinds"]

KINDS = ("files", "network", "processes")
"""What is contained. `--allow-uncontained` takes these names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The limits of one build. A build that exceeds one is ended.

    :param processes: processes and threads at one time.
    :param memory: bytes; 0: nine tenths of the machine's memory.
    :param seconds: time of one hook of the back end.
    :param disk: bytes in the workspace.
    :param files: files and folders in the workspace.
    """

    processes: int = 4096
    memory: int = 0
    seconds: int = 24 * 3600
    disk: int = 64 << 30
    files: int = 2_000_000

    def memory_bytes(self) -> int:
        """Return the limit of memory in bytes."""
        return self.memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10 * 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Containment:
    """Where a build may read and write besides the system's folders, and what may stay uncontained.

    :param root: the workspace; the build may write to it.
    :param own: more folders that are this build's alone, such as the unpacked sdist if it is not in the workspace.
    :param readable: declared files and folders, such as the interpreter's.
    :param linked: more of them; what links in these folders lead to is readable, too.
    :param writable: folders of the user that the build may write to, such as that of a compiler cache.
    :param allowed: the kinds that may stay uncontained where the kernel gives no means.
    """

    root: Path
    own: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def allowed_kinds(items: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds in values of `--allow-uncontained`, sorted; a value has one kind or several with commas.

    :raises UsageError: there is no such kind.
    """
    kinds = sorted({kind.strip() for item in items for kind in item.split(",")} - {""})
    for kind in kinds:
        if kind not in KINDS:
            msg = f"--allow-uncontained {kind!r}: expected {', '.join(KINDS)}"
            raise UsageError(msg)
    return tuple(kinds)
