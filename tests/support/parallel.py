"""How the tests are shared out among processes of pytest-xdist, and what is made once for all of them.

A *unit* is the tests that one process runs one after the other: a file, since a file's fixtures are made once; several
files that look at one machine; or one test of a file whose tests share nothing. Long units come first, so that at the
end short ones are left to share out.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Any

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

_FIRST = ("two_machines", "verify", "wheelhouse", "wheels")
_KEPT = ("git", "host_tools", "indexes", "inputs", "locks")
TOGETHER = {f"tests/e2e/test_{name}.py": "the example's machine" for name in _FIRST}
TOGETHER |= {f"tests/e2e/test_{name}.py": "one workspace" for name in _KEPT}
"""File → name of its unit, for files that ask for one fixture of the session that is dear: `first`, `kept` of `tests/e2e`."""

APART = ("tests/reproducibility/test_causes.py",)
"""Files whose tests are units of their own."""

BAZEL = ("tests/e2e/", "tests/bazelw/test_real", "tests/docs/", "tests/execlogs/test_bazel_logs", "tests/execlogs/test_our_logs")
"""Begin the names of files that start Bazel, or that build whole packages."""

FIRST = ("remote_cache", "two_machines", "offline", "from_source", "remote_execution", "git", "failures", "lock_targets", "hub")
"""The longest files of `tests/e2e`, longest first. A wrong order costs time and nothing else."""


def file_of(nodeid: str) -> str:
    """Return the file of a test."""
    return nodeid.partition("::")[0]


def unit_of(nodeid: str) -> str:
    """Return the name of a test's unit."""
    file = file_of(nodeid)
    return nodeid if file in APART else TOGETHER.get(file, file)


def place_of(nodeid: str) -> tuple[int, int]:
    """Return what tests are sorted by: those that start Bazel, the longest first; then files; then single tests."""
    file = file_of(nodeid)
    if file in APART:
        return 2, 0
    if not file.startswith(BAZEL):
        return 1, 0
    unit = unit_of(nodeid)
    longest = [unit_of(f"tests/e2e/test_{name}.py") for name in FIRST]
    return 0, longest.index(unit) if unit in longest else len(longest)


class Units(LoadScopeScheduling):  # type: ignore[misc]
    """Hands whole units to the processes, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of this run have, and no other run."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first process to ask has filled; the others wait for it, and must not change it.

    :param make: fills an empty folder; when it fails, the next process tries again.
    """
    folder = shared_folder(factory)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for number in range(100):
            made = folder / f"{name}-{number}"
            if (done := made.with_suffix(".done")).exists():
                return made
            if not made.exists():
                made.mkdir()
                make(made)
                done.touch()
                return made
    msg = f"{name} could not be made in {folder}"
    raise AssertionError(msg)
