"""Reads a lock of any format: requirements.txt, pylock.toml, uv.lock; which one, its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.markers import default_environment

from reprowheel.errors import LockError
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
) -> LockedRequirements:
    """Read a lock and the files it includes.

    :param environment: PEP 508 variables; what of a TOML lock does not apply there is left out.
    :param extras: extras of the locked project that are wanted (TOML locks).
    :param groups: dependency groups that are wanted (TOML locks); `None`: those that the lock calls default.
    :raises LockError: the file cannot be read, or something in it is not locked.
    """
    is_uv = path.name == "uv.lock" or path.name.endswith(".uv.lock")
    if is_uv or path.suffix == ".toml":
        environment = environment or {key: str(value) for key, value in default_environment().items()}
        return read_toml(path, "uv" if is_uv else "pylock", environment, extras=extras, groups=groups)
    if extras or groups:
        msg = f"{path}: has no extras and no dependency groups"
        raise LockError(msg, tip="name a pylock.toml or a uv.lock")
    return read_text(path)
