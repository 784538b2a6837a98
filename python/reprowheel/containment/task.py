"""What the processes of containment share: the task, its refusal, and how they tell the helper."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.containment import kernel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.containment.places import Places
    from reprowheel.containment.policy import Limits

__all__ = ["NAMESPACES", "NOT_STARTED", "USER", "Refused", "Task", "say"]

NAMESPACES = {"files": kernel.NEW_MOUNTS, "network": kernel.NEW_NETWORK, "processes": kernel.NEW_PROCESSES}
"""Kind → the namespace that contains it."""

USER = 1000
"""Number of the user and group of every build, as the build sees it."""

NOT_STARTED = 125


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One command, and how it is contained.

    :param log: descriptor that takes its output.
    :param namespaces: kinds that get a namespace; others are contained by rules alone, or not at all.
    :param allowed: kinds that may stay uncontained.
    :param privileged: this process may make namespaces without a user namespace.
    :param user: user of the command, one that only this build has; `None`: that of the helper.
    :param outside: paths of the host that the command must not see.
    """

    command: Sequence[str]
    cwd: str
    variables: Mapping[str, str]
    log: int
    places: Places
    limits: Limits
    namespaces: frozenset[str]
    allowed: frozenset[str]
    privileged: bool
    user: int | None
    outside: tuple[str, ...]


class Refused(Exception):  # noqa: N818 - it is caught where it is made into a message
    """A kind cannot be contained by the means that were tried; `kinds` maps each to the reason."""

    def __init__(self, kinds: dict[str, str]) -> None:
        super().__init__(str(kinds))
        self.kinds = kinds


def say(status: int, **what: object) -> None:
    """Tell the helper."""
    with contextlib.suppress(OSError):
        os.write(status, json.dumps(what).encode() + b"\n")
