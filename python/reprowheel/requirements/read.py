"""Reads a lock of any format: requirements.txt, pylock.toml, uv.lock; which one, its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.markers import default_environment

from reprowheel.errors import LockError
from reprowheel.requirements.locked import LockedRequirement, LockedRequirements, select_requirements
from reprowheel.requirements.pylock import read_pylock
from reprowheel.requirements.text import read_text
from reprowheel.requirements.uv_lock import read_uv_lock

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["LockedRequirement", "LockedRequirements", "read_requirements", "select_requirements"]


def read_requirements(
    path: Path,
    environment: Mapping[str, str] | None = None,
    *,
    extras: Collection[str] = (),
    groups: Collection[str] | None = None,
) -> LockedRequirements:
    """Read a lock and the files it includes.

    :param environment: PEP 508 variables; what of a TOML lock does not apply there is left out.
    :param extras: extras of the locked project that are wanted (TOML locks).
    :param groups: dependency groups that are wanted (TOML locks); `None`: those that the lock calls default.
    :raises LockError: the file cannot be read, or something in it is not locked.
    """
    if path.name == "uv.lock" or path.name.endswith(".uv.lock"):
        return read_uv_lock(path, environment or _default_environment(), extras=extras, groups=groups or ())
    if path.suffix == ".toml":
        return read_pylock(path, environment or _default_environment(), extras=extras, groups=groups)
    if extras or groups:
        msg = f"{path}: has no extras and no dependency groups"
        raise LockError(msg, tip="name a pylock.toml or a uv.lock")
    return read_text(path)


def _default_environment() -> dict[str, str]:
    return {key: str(value) for key, value in default_environment().items()}
