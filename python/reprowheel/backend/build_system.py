"""Reads from an sdist its build system (PEP 517, PEP 518) and its static metadata (PEP 643, PEP 621)."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from reprowheel.archives.metadata import WheelMetadata, metadata_headers, parse_metadata
from reprowheel.errors import LockError, ReprowheelError
from reprowheel.untrusted import UntrustedFileError, read_untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["BuildSystem", "read_build_system", "read_pkg_info", "requirement_problem", "static_entry_points"]

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
    except (ValueError, OSError, RecursionError) as e:
        why = "it is nested too deeply" if isinstance(e, RecursionError) else " ".join(str(e).split())
        msg = f"{place}: pyproject.toml cannot be read ({why})"
        raise error(msg, tip="patch the sdist") from e
    project = data.get("project", {})
    project = project if _is_project(project) else {}  # its back end will say what is wrong with it
    table = data.get("build-system")
    if table is None:
        return BuildSystem(requires=_DEFAULT_REQUIRES, backend=_DEFAULT_BACKEND, project=project)
    if problem := _problem(table):
        msg = f"{place}: pyproject.toml: {problem}"
        raise error(msg, tip="patch the sdist's pyproject.toml")
    return BuildSystem(
        requires=tuple(table["requires"]),
        backend=table.get("build-backend", _DEFAULT_BACKEND),
        backend_path=tuple(table.get("backend-path", [])),
        project=project,
    )


def _problem(table: Any) -> str:  # noqa: ANN401 - any value of TOML
    """Return what is wrong with the `build-system` table; empty if it is as PEP 517 and PEP 518 say."""
    if not isinstance(table, dict):
        return f"build-system is {_short(table)}; expected a table (PEP 518)"
    for key, value in (("requires", table.get("requires")), ("backend-path", table.get("backend-path", []))):
        if not _are_texts(value):
            return f"build-system.{key} is {_short(value)}; expected a list of strings (PEP 518)"
    if problem := requirement_problem(table["requires"]):
        return f"build-system.requires: {problem}"
    backend = table.get("build-backend", _DEFAULT_BACKEND)
    if not isinstance(backend, str) or not backend.isprintable() or not re.fullmatch(r"[^\s:]+(?::[^\s:]+)?", backend):
        return f"build-system.build-backend is {_short(backend)}; expected the name of a module (PEP 517)"
    for folder in table.get("backend-path", []):
        inside = os.path.normpath(folder)
        if os.path.isabs(inside) or inside.split("/")[0] == ".." or "\0" in inside:
            return f"build-system.backend-path names {_short(folder)}; expected a folder in the sdist (PEP 517)"
    return ""


def requirement_problem(requirements: Iterable[str]) -> str:
    """Return what is wrong with the first requirement that is not valid (PEP 508); empty if all are."""
    for text in requirements:
        try:
            marker = Requirement(text).marker
            if marker:
                marker.evaluate({"extra": ""})
        except (ValueError, UndefinedComparison, UndefinedEnvironmentName, RecursionError) as e:
            why = " ".join(str(e).split("\n", 1)[0].split())
            return f"{_short(text)} is not valid as a requirement ({why[:200]})"
    return ""


def _short(value: object) -> str:
    """Return a value as one short line."""
    try:
        return repr(value)[:200]
    except RecursionError:
        return f"a deeply nested {type(value).__name__}"


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_project(project: object) -> bool:
    """Say whether what is read of the `project` table has the types of PEP 621."""
    if not isinstance(project, dict) or not _are_texts(project.get("dynamic", [])):
        return False
    groups = project.get("entry-points", {})
    tables = [project.get(table, {}) for table in _SCRIPT_TABLES]
    tables += groups.values() if isinstance(groups, dict) else [None]
    return all(isinstance(table, dict) and all(isinstance(text, str) for text in table.values()) for table in tables)


def read_pkg_info(tree: Path, system: BuildSystem) -> WheelMetadata | None:
    """Return the metadata in PKG-INFO if every wheel of this sdist must have the same, else `None`.

    The dependencies are static if PKG-INFO has metadata version 2.2 or newer and does not list them as dynamic (PEP 643), or
    if the `project` table of pyproject.toml does not list them as dynamic (PEP 621). Entry points are not in PKG-INFO, so
    for them only the `project` table counts.
    """
    try:
        text = read_untrusted(tree, "PKG-INFO").decode(errors="replace")  # a hook has already run in this folder
    except UntrustedFileError:
        return None
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
