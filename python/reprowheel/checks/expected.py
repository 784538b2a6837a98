"""Compares a built wheel's METADATA with the build lock, because the dependency graph was made from the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reprowheel.archives.metadata import TOP_LEVEL_FILE, ExpectedMetadata, metadata_headers, top_level_names
from reprowheel.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["check_metadata"]


def check_metadata(package: str, tree: Path, expected: ExpectedMetadata | None) -> None:
    """Raise if requirements, extras or importable names of the wheel in `tree` differ from the build lock.

    :raises RefusedError: the lock is stale.
    """
    if expected is None:
        return
    metadata = next(tree.glob("*.dist-info/METADATA"), None)
    if metadata is None:
        msg = f"{package}: the built wheel has no METADATA"
        raise RefusedError(msg)
    headers = metadata_headers(_text(package, metadata))
    built: dict[str, list[str]] = {
        "requires_dist": _normalized(headers.get_all("Requires-Dist", [])),
        "provides_extra": sorted(canonicalize_name(e) for e in headers.get_all("Provides-Extra", [])),
        "top_level": _top_level(package, tree, metadata.parent),
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


def _text(package: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        msg = f"{package}: {path.name} of the built wheel is not UTF-8 ({e.reason} at byte {e.start})"
        raise RefusedError(msg, tip="Patch the package, so that its metadata is UTF-8.") from e


def _top_level(package: str, tree: Path, dist_info: Path) -> list[str]:
    """Return the names that can be imported from an unpacked wheel."""
    said = dist_info / TOP_LEVEL_FILE
    text = _text(package, said) if said.is_file() else None
    files = (path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()) if text is None else ()
    return list(top_level_names(files, text))


def _normalized(requirements: Iterable[str]) -> list[str]:
    """Return requirements in their canonical spelling, sorted."""
    result = []
    for text in requirements:
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, RecursionError):
            result.append(text)
        else:
            requirement.name = canonicalize_name(requirement.name)
            result.append(str(requirement))
    return sorted(result)
