"""Reads a lock of any format: requirements.txt, pylock.toml, uv.lock; which one, its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.markers import default_environment

from reprowheel.errors import LockError
from reprowheel.requirements.foreign import refuse_foreign
from reprowheel.requirements.locked import LockedRequirement, LockedRequirements, select_requirements
from reprowheel.requirements.text import read_text
from reprowheel.requirements.toml import read_toml

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
    dep_groups: Collection[str] = (),
) -> LockedRequirements:
    """Read a lock and the files it includes.

    :param environment: PEP 508 variables; what of a TOML lock does not apply there is left out.
    :param extras: extras of the locked project that are wanted (TOML locks).
    :param groups: dependency groups that are wanted (TOML locks); `None`: those that the lock calls default.
    :param dep_groups: names of choices that are wanted besides, `:all:` for all of them (uv.lock).
    :raises LockError: the file cannot be read, or something in it is not locked.
    """
    refuse_foreign(path)
    is_uv = path.name == "uv.lock" or path.name.endswith(".uv.lock")
    if dep_groups and not is_uv:
        msg = f"{path}: has no dep_group; only a uv.lock serves several of them"
        raise LockError(msg, tip="name a uv.lock, or leave out --dep-group")
    if is_uv or path.suffix == ".toml":
        environment = environment or {key: str(value) for key, value in default_environment().items()}
        kind = "uv" if is_uv else "pylock"
        return read_toml(path, kind, environment, extras=extras, groups=groups, dep_groups=dep_groups)
    if extras or groups:
        msg = f"{path}: has no extras and no dependency groups"
        raise LockError(msg, tip="name a pylock.toml or a uv.lock")
    return read_text(path)
