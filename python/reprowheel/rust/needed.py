"""Says which crates an unpacked sdist needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reprowheel.backend.build_system import read_build_system
from reprowheel.errors import FetchError
from reprowheel.rust.cargo_lock import Crate, read_cargo_lock

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from reprowheel.rust.projects import CargoProject

__all__ = ["crates_of", "static_requirements"]


def static_requirements(tree: Path, place: str) -> frozenset[str]:
    """Return the normalized names of the build requirements that pyproject.toml has."""
    names = set()
    for text in read_build_system(tree, place=place, error=FetchError).requires:
        try:
            names.add(canonicalize_name(Requirement(text).name))
        except InvalidRequirement:
            continue
    return frozenset(names)


def crates_of(tree: Path, place: str, projects: Collection[CargoProject]) -> tuple[Crate, ...]:
    """Return the crates of all locks of an sdist, sorted; those that lie in the sdist itself are left out.

    :param place: the sdist, for messages.
    :raises FetchError: a lock cannot be read.
    """
    found: set[Crate] = set()
    for project in projects:
        lock = tree / project.lock
        if lock.is_file() and not project.vendored:
            found |= set(read_cargo_lock(lock.read_text(encoding="utf-8", errors="replace"), f"{place}: {project.lock}"))
    return tuple(sorted(found))
