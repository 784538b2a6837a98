"""Reads pylock.toml and uv.lock for one environment: what the tables say, its markers answered by packaging."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from reprowheel.errors import LockError
from reprowheel.requirements.direct import commit_error
from reprowheel.requirements.locked import LockedRequirement, LockedRequirements, marker_holds
from reprowheel.requirements.tables.lock import Request
from reprowheel.requirements.tables.read import read_tables
from reprowheel.requirements.tables.table import LockTableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reprowheel.requirements.tables.lock import Distribution, Lock

__all__ = ["read_toml"]


def read_toml(  # noqa: PLR0913 - as the verb `lock` has them
    path: Path,
    kind: str,
    environment: Mapping[str, str],
    *,
    extras: Collection[str] = (),
    groups: Collection[str] | None = None,
    dep_groups: Collection[str] = (),
) -> LockedRequirements:
    """Read what of a lock is needed in an environment.

    :param kind: `uv` or `pylock`.
    :param extras: extras of the locked projects that are wanted.
    :param groups: dependency groups of the locked projects that are wanted; `None`: those that the lock calls default.
    :param dep_groups: names of choices that are wanted besides (uv.lock), `:all:` for all of them.
    :raises LockError: it is no such lock, or not for this environment.
    """

    @cache
    def answer(marker: str) -> str | None:
        return "" if marker_holds(marker, environment, str(path)) else None

    request = Request(
        where=str(path), base=os.path.abspath(path), extras=extras, groups=groups, choices=dep_groups, answer=answer
    )
    try:
        lock = read_tables(str(path), kind, request)
    except LockTableError as e:
        if e.moving:
            raise commit_error(e.message, *e.moving) from e
        raise LockError(e.message, tip=e.tip) from e
    _check_environment(lock, environment, path)
    return LockedRequirements(
        requirements=tuple(_requirement(entry) for entry in lock.entries),
        names=frozenset(lock.names),
        has_edges=lock.has_edges,
        choices=tuple(tuple(map(_requirement, entries)) for entries in lock.choices.values()),
        build_constraints=lock.build_constraints,
    )


def _check_environment(lock: Lock, environment: Mapping[str, str], path: Path) -> None:
    _check_python(lock.requires_python, environment, f"{path}:")
    if lock.environments and not any(marker_holds(marker, environment, str(path)) for marker in lock.environments):
        msg = f"{path}: is for the environments {' | '.join(lock.environments)}, none of which is this one"
        raise LockError(msg, tip="lock again for this platform, or widen what it is for (uv: tool.uv.environments)")
    for entry in lock.entries:
        _check_python(entry.requires_python, environment, f"{entry.where}: {entry.name}")


def _check_python(text: str, environment: Mapping[str, str], what: str) -> None:
    """Compare a lock's `requires-python` with the Python that is locked for."""
    version = environment.get("python_full_version", "")
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier as e:
        msg = f"{what} requires-python: {text!r} is not a version specifier"
        raise LockError(msg, tip="lock again") from e
    if version and not specifier.contains(version, prereleases=True):
        msg = f"{what} is for Python {specifier}; this is {version}"
        raise LockError(msg, tip="name another interpreter with --python, or lock again")


def _requirement(entry: Distribution) -> LockedRequirement:
    return LockedRequirement(
        name=entry.name,
        version=entry.version,
        sha256s=tuple(sorted(entry.hashes)),
        extras=entry.extras,
        marker="",
        place=entry.where,
        source=entry.source,
        url=entry.url,
        commit=entry.commit,
        subdirectory=entry.subdirectory,
        path=Path(entry.path).resolve() if entry.source == "path" else None,
        filenames=tuple(sorted({file.filename for file in entry.files})) if entry.source == "index" else (),
    )
