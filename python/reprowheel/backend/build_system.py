"""Reads from an sdist its build system (PEP 517, PEP 518) and its static metadata (PEP 643, PEP 621)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from reprowheel.archives.metadata import WheelMetadata, metadata_headers, parse_metadata
from reprowheel.errors import LockError, ReprowheelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["BuildSystem", "read_build_system", "read_pkg_info", "static_entry_points"]

_DEFAULT_REQUIRES = ("setuptools>=40.8.0",)


_DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"


_STATIC_SINCE = Version("2.2")


_SCRIPT_TABLES = {"scripts": "console_scripts", "gui-scripts": "gui_scripts"}


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSystem:
    """The `build-system` table, with the defaults of PEP 518.

    :param backend_path: folders in the sdist that hold the back end itself.
    :param project: the `project` table (PEP 621), empty if there is none.
    """

    requires: tuple[str, ...]
    backend: str
    backend_path: tuple[str, ...] = ()
    project: Mapping[str, Any] = field(default_factory=dict)


def read_build_system(tree: Path, *, place: str, error: type[ReprowheelError] = LockError) -> BuildSystem:
    """Read pyproject.toml of an unpacked sdist.

    :param place: the sdist's name, for messages.
    :param error: class of the error to raise, that of the calling stage.
    :raises ReprowheelError: the file is not valid, or its build-system table has no `requires` (PEP 518).
    """
    path = tree / "pyproject.toml"
    if not path.is_file():
        return BuildSystem(requires=_DEFAULT_REQUIRES, backend=_DEFAULT_BACKEND)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as e:
        msg = f"{place}: pyproject.toml cannot be read ({e})"
        raise error(msg, tip="patch the sdist") from e
    project = data.get("project", {})
    table = data.get("build-system")
    if table is None:
        return BuildSystem(requires=_DEFAULT_REQUIRES, backend=_DEFAULT_BACKEND, project=project)
    requires, backend_path = table.get("requires"), table.get("backend-path", [])
    for key, value in (("requires", requires), ("backend-path", backend_path)):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            msg = f"{place}: pyproject.toml: build-system.{key} is {value!r}; expected a list of strings (PEP 518)"
            raise error(msg, tip="patch the sdist's pyproject.toml")
    return BuildSystem(
        requires=tuple(requires),
        backend=str(table.get("build-backend", _DEFAULT_BACKEND)),
        backend_path=tuple(backend_path),
        project=project if isinstance(project, dict) else {},
    )


def read_pkg_info(tree: Path, system: BuildSystem) -> WheelMetadata | None:
    """Return the metadata in PKG-INFO if every wheel of this sdist must have the same, else `None`.

    The dependencies are static if PKG-INFO has metadata version 2.2 or newer and does not list them as dynamic (PEP 643), or
    if the `project` table of pyproject.toml does not list them as dynamic (PEP 621). Entry points are not in PKG-INFO, so
    for them only the `project` table counts.
    """
    path = tree / "PKG-INFO"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8", errors="replace")
    points = static_entry_points(system)
    dynamic = set(system.project.get("dynamic", []))
    if points is None:
        return None
    if {"dependencies", "optional-dependencies", "requires-python"} & dynamic and not _is_static(text):
        return None
    return parse_metadata(text, points)


def static_entry_points(system: BuildSystem) -> Mapping[str, Mapping[str, str]] | None:
    """Return the static entry points in pyproject.toml, or `None` if only the back end knows them (PEP 621)."""
    project = system.project
    if not project or {*_SCRIPT_TABLES, "entry-points"} & set(project.get("dynamic", [])):
        return None
    points = {group: dict(entries) for group, entries in project.get("entry-points", {}).items() if entries}
    for table, group in _SCRIPT_TABLES.items():
        if project.get(table):
            points[group] = dict(project[table])
    return points


def _is_static(text: str) -> bool:
    """Say whether the dependencies in PKG-INFO are static (PEP 643)."""
    headers = metadata_headers(text)
    dynamic = {value.strip().lower() for value in headers.get_all("Dynamic", [])}
    try:
        version = Version(headers.get("Metadata-Version", "0"))
    except InvalidVersion:
        return False
    return version >= _STATIC_SINCE and not dynamic & {"requires-dist", "provides-extra", "requires-python"}
