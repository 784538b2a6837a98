"""Root causes: what differs between two builds by itself, not because something before it does."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from execlog.explain.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SPREAD", "TITLES", "Root", "changed_arguments", "package_of_label", "package_of_path"]

TITLES = {
    "nondeterministic": "NOT DETERMINISTIC",
    "result": "ANOTHER RESULT",
    "source": "SOURCE FILE",
    "input": "INPUT",
    "argument": "COMMAND LINE",
    "environment": "ENVIRONMENT",
    "platform": "PLATFORM",
    "timeout": "TIMEOUT",
    "configuration": "CONFIGURATION",
    "outputs": "OUTPUTS",
    "written": "WRITTEN BY BAZEL",
    "unlogged": "ACTION NOT IN BOTH LOGS",
    "runfiles": "RUNFILES",
    "action": "ACTION",
    **FACTS,
}
SPREAD = ("argument", "outputs", "timeout", *FACTS)  # one difference, in whichever package it is
_MOST = 50  # arguments kept of a difference


@dataclass(slots=True)
class Root:
    """One root cause.

    :param kind: a key of `TITLES`.
    :param package: where it is: `@@repository` for what is not in the main one, else `//package`; empty for several.
    :param subject: file, variable, property or output; may be empty.
    :param left: what A has; `None` for nothing at all. `right` is B's.
    :param first: the pair that it was first seen in.
    :param tool: the first spawn that has it uses it as a tool.
    :param here: spawns that have it by themselves.
    :param spawns: spawns with other inputs because of it (without itself, if it is not deterministic).
    :param alone: those of them with no other root cause.
    :param missed: those of them that were no cache hit in B.
    :param details: more that differs: (path or what, in A, in B).
    :param paths: other files with the same change.
    :param unread: what differs in the file is not known: its contents are not at hand.
    """

    kind: str
    package: str
    subject: str
    left: str | None
    right: str | None
    first: int
    tool: bool = False
    here: int = 0
    spawns: int = 0
    alone: int = 0
    missed: int = 0
    details: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    unread: bool = False


def package_of_label(label: str) -> str:
    """Return the repository of a label, or the package where it is the main one."""
    repository, slashes, rest = label.partition("//")
    if not slashes:
        return label or "(no label)"
    return repository if repository.strip("@") else "//" + rest.partition(":")[0]


def package_of_path(path: str) -> str:
    """Return the same for a file; where packages of the main repository begin, no log tells: its folder."""
    parts = path.split("/")
    if parts[0] == "bazel-out" and len(parts) > 3:
        parts = parts[3:]
    if parts[0] == "external" and len(parts) > 2:
        return "@@" + parts[1]
    return "//" + "/".join(parts[:-1])


def changed_arguments(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, str]:
    """Return what only the one and only the other command line has; both of it, if only the order differs."""
    left_count, right_count = Counter(left), Counter(right)
    removed, added = list((left_count - right_count).elements()), list((right_count - left_count).elements())
    if not removed and not added:
        start = _alike(left, right)
        removed, added = list(left[start:]), list(right[start:])
    if len(removed) == len(added) == 1 and len(removed[0]) > 80:
        return _around(removed[0], added[0])
    return _joined(removed), _joined(added)


def _joined(arguments: list[str]) -> str:
    more = f" … and {len(arguments) - _MOST} more" if len(arguments) > _MOST else ""
    return " ".join(arguments[:_MOST]) + more


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many begin both."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(left, right, strict=False)))


def _around(left: str, right: str) -> tuple[str, str]:
    """Return two long arguments, without the words at both ends that are the same."""
    words = [re.findall(r"\S+\s*|\s+", text) for text in (left, right)]
    begin = _alike(*words)
    rest = [w[begin:] for w in words]
    end = _alike(*(r[::-1] for r in rest))
    cut = ["".join(r[: len(r) - end]).strip() for r in rest]
    first, last = cut
    before, after = "… " if begin else "", " …" if end else ""
    return f"{before}{first}{after}", f"{before}{last}{after}"
