"""Compares a built wheel's METADATA with what its lock recorded (D14): the graph was made from the lock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reprowheel._top_level import TOP_LEVEL_FILE, top_level_names
from reprowheel.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["ExpectedMetadata", "check_metadata"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedMetadata:
    """What the lock recorded; a field that is `None` was not recorded and is not compared."""

    requires_dist: tuple[str, ...] | None
    provides_extra: tuple[str, ...] | None
    top_level: tuple[str, ...] | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ExpectedMetadata:
        """Read a build-lock entry, or any object with its fields."""
        fields = {key: data.get(key) for key in ("requires_dist", "provides_extra", "top_level")}
        return cls(**{key: None if value is None else tuple(value) for key, value in fields.items()})

    @classmethod
    def read(cls, path: Path) -> ExpectedMetadata:
        """Read a JSON file with such an object.

        :raises UsageError: it is not one.
        """
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, AttributeError, TypeError) as e:
            msg = f"{path}: not a JSON object with the locked metadata ({e})"
            raise UsageError(msg) from e


def check_metadata(package: str, tree: Path, expected: ExpectedMetadata | None) -> None:
    """Raise if the wheel unpacked in `tree` requires or offers something other than the lock says.

    :raises RefusedError: the lock is stale.
    """
    if expected is None:
        return
    metadata = next(tree.glob("*.dist-info/METADATA"), None)
    if metadata is None:
        msg = f"{package}: the built wheel has no METADATA"
        raise RefusedError(msg)
    headers = HeaderParser().parsestr(metadata.read_text(encoding="utf-8"))
    built: dict[str, list[str]] = {
        "requires_dist": _normalized(headers.get_all("Requires-Dist", [])),
        "provides_extra": sorted(canonicalize_name(e) for e in headers.get_all("Provides-Extra", [])),
        "top_level": _top_level(tree, metadata.parent),
    }
    locked: dict[str, list[str] | None] = {
        "requires_dist": None if expected.requires_dist is None else _normalized(expected.requires_dist),
        "provides_extra": None
        if expected.provides_extra is None
        else sorted(canonicalize_name(e) for e in expected.provides_extra),
        "top_level": None if expected.top_level is None else sorted(expected.top_level),
    }
    for key, value in built.items():
        wanted = locked[key]
        if wanted is not None and wanted != value:
            difference = sorted(set(value) ^ set(wanted))
            msg = f"{package}: the build lock is stale: its {key} and the built wheel's differ in {', '.join(difference)}"
            raise RefusedError(msg, tip="Lock its build requirements again: reprowheel lock REQUIREMENTS --out FILE.")


def _top_level(tree: Path, dist_info: Path) -> list[str]:
    """Return the names that can be imported from an unpacked wheel."""
    said = dist_info / TOP_LEVEL_FILE
    text = said.read_text(encoding="utf-8") if said.is_file() else None
    files = (path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()) if text is None else ()
    return list(top_level_names(files, text))


def _normalized(requirements: Iterable[str]) -> list[str]:
    """Return requirements in one spelling, sorted."""
    result = []
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            result.append(text)
        else:
            requirement.name = canonicalize_name(requirement.name)
            result.append(str(requirement))
    return sorted(result)
