"""Says which crates an unpacked sdist needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reprowheel.backend.build_system import read_build_system
from reprowheel.errors import FetchError
from reprowheel.output.command import command
from reprowheel.rust.agreement import contradiction
from reprowheel.rust.cargo_lock import Crate, read_cargo_lock

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from reprowheel.rust.projects import CargoProject

__all__ = ["HOW_TO_RELOCK", "crates_of", "static_requirements"]

HOW_TO_RELOCK = "Ask its authors for an sdist with a right one; or patch the sdist: run `cargo update --workspace` in it."


def static_requirements(tree: Path, place: str) -> frozenset[str]:
    """Return the normalized names of the build requirements that pyproject.toml has."""
    names = set()
    for text in read_build_system(tree, place=place, error=FetchError).requires:
        try:
            names.add(canonicalize_name(Requirement(text).name))
        except InvalidRequirement:
            continue
    return frozenset(names)


def crates_of(tree: Path, place: str, projects: Collection[CargoProject], *, how_to_lock: str = "") -> tuple[Crate, ...]:
    """Return the crates of all locks of an sdist, sorted; those that lie in the sdist itself are left out.

    :param place: the sdist, for messages.
    :param how_to_lock: what to do if it has no lock; empty: what holds for any caller.
    :raises FetchError: a lock is missing, cannot be read, or is not that of its manifest.
    """
    found: set[Crate] = set()
    for project in projects:
        lock = tree / project.lock
        if project.vendored:
            continue
        text = lock.read_text(encoding="utf-8", errors="replace") if lock.is_file() else ""
        found |= set(read_cargo_lock(text, f"{place}: {project.lock}"))
        problem = contradiction(tree, project, text)
        if problem and not lock.is_file():
            msg = f"{place}: has no {project.lock}, and {project.manifest} asks for crates"
            raise FetchError(msg, tip=how_to_lock or f"Lock them: `{command('lock', 'SDIST', '--out', 'build-lock.json')}`")
        if problem:
            msg = f"{place}: {project.lock}: {problem}, so it is not the lock of this manifest"
            raise FetchError(msg, tip=HOW_TO_RELOCK)
    return tuple(sorted(found))
