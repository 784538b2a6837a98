"""What an sdist says of itself: its build system (PEP 517, 518) and the metadata its wheel will have (PEP 643, 621)."""

from __future__ import annotations

import configparser
import tomllib
import zipfile
from dataclasses import dataclass, field, replace
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprowheel._top_level import TOP_LEVEL_FILE, top_level_names
from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "BuildSystem",
    "WheelMetadata",
    "read_build_system",
    "read_dist_info",
    "read_pkg_info",
    "read_wheel",
    "static_entry_points",
]

_DEFAULT_REQUIRES = ("setuptools>=40.8.0",)
_DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"
_STATIC_SINCE = Version("2.2")
_SCRIPT_TABLES = {"scripts": "console_scripts", "gui-scripts": "gui_scripts"}


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSystem:
    """The `build-system` table, with the defaults of PEP 518.

    :param backend_path: folders in the sdist that hold the back end itself.
    :param project: the `project` table, empty where there is none.
    """

    requires: tuple[str, ...]
    backend: str
    backend_path: tuple[str, ...] = ()
    project: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelMetadata:
    """The part of a wheel's metadata that a build lock records.

    :param name: normalized. :param version: canonical.
    :param top_level: names that can be imported, sorted; `None`: they are not known without building.
    """

    name: str
    version: str
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    requires_python: str
    entry_points: Mapping[str, Mapping[str, str]]
    top_level: tuple[str, ...] | None = None


def read_build_system(tree: Path, *, place: str) -> BuildSystem:
    """Read pyproject.toml of an unpacked sdist.

    :param place: the sdist's name, for messages.
    :raises LockError: the file is not valid, or has a build-system table without `requires` (PEP 518).
    """
    path = tree / "pyproject.toml"
    if not path.is_file():
        return BuildSystem(requires=_DEFAULT_REQUIRES, backend=_DEFAULT_BACKEND)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as e:
        msg = f"{place}: pyproject.toml cannot be read ({e})"
        raise LockError(msg, tip="patch the sdist") from e
    project = data.get("project", {})
    table = data.get("build-system")
    if table is None:
        return BuildSystem(requires=_DEFAULT_REQUIRES, backend=_DEFAULT_BACKEND, project=project)
    requires, backend_path = table.get("requires"), table.get("backend-path", [])
    for key, value in (("requires", requires), ("backend-path", backend_path)):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            msg = f"{place}: pyproject.toml: build-system.{key} is {value!r}; expected a list of strings (PEP 518)"
            raise LockError(msg, tip="patch the sdist's pyproject.toml")
    return BuildSystem(
        requires=tuple(requires),
        backend=str(table.get("build-backend", _DEFAULT_BACKEND)),
        backend_path=tuple(backend_path),
        project=project if isinstance(project, dict) else {},
    )


def read_dist_info(directory: Path) -> WheelMetadata:
    """Read METADATA, entry_points.txt and top_level.txt of a `.dist-info` folder."""
    points, names = directory / "entry_points.txt", directory / TOP_LEVEL_FILE
    text = points.read_text(encoding="utf-8") if points.is_file() else ""
    metadata = _metadata((directory / "METADATA").read_text(encoding="utf-8"), _entry_points(text))
    return replace(metadata, top_level=top_level_names((), names.read_text(encoding="utf-8"))) if names.is_file() else metadata


def read_wheel(wheel: Path) -> WheelMetadata:
    """Read the same out of a built wheel, which always says what can be imported."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(n for n in names if n.count("/") == 1 and n.endswith(".dist-info/METADATA"))
        texts = {
            name: archive.read(path).decode("utf-8")
            for name in ("METADATA", "entry_points.txt", TOP_LEVEL_FILE)
            if (path := metadata.removesuffix("METADATA") + name) in names
        }
    found = _metadata(texts["METADATA"], _entry_points(texts.get("entry_points.txt", "")))
    return replace(found, top_level=top_level_names(names, texts.get(TOP_LEVEL_FILE)))


def read_pkg_info(tree: Path, system: BuildSystem) -> WheelMetadata | None:
    """Read what PKG-INFO says if every wheel of this sdist must say the same, or return None.

    It must where PKG-INFO is of version 2.2 or newer and does not call a field dynamic (PEP 643), and where
    pyproject.toml has a `project` table that does not (PEP 621). PKG-INFO lacks entry points: there only that counts.
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
    return _metadata(text, points)


def static_entry_points(system: BuildSystem) -> Mapping[str, Mapping[str, str]] | None:
    """Return the entry points that pyproject.toml promises, or None where it leaves them to the back end (PEP 621)."""
    project = system.project
    if not project or {*_SCRIPT_TABLES, "entry-points"} & set(project.get("dynamic", [])):
        return None
    points = {group: dict(entries) for group, entries in project.get("entry-points", {}).items() if entries}
    for table, group in _SCRIPT_TABLES.items():
        if project.get(table):
            points[group] = dict(project[table])
    return points


def _is_static(text: str) -> bool:
    """Say whether PKG-INFO itself promises its dependencies (PEP 643)."""
    headers = HeaderParser().parsestr(text)
    dynamic = {value.strip().lower() for value in headers.get_all("Dynamic", [])}
    try:
        version = Version(headers.get("Metadata-Version", "0"))
    except InvalidVersion:
        return False
    return version >= _STATIC_SINCE and not dynamic & {"requires-dist", "provides-extra", "requires-python"}


def _metadata(text: str, entry_points: Mapping[str, Mapping[str, str]]) -> WheelMetadata:
    headers = HeaderParser().parsestr(text)
    return WheelMetadata(
        name=canonicalize_name(headers.get("Name", "")),
        version=_version(headers.get("Version", "")),
        requires_dist=tuple(sorted({" ".join(r.split()) for r in headers.get_all("Requires-Dist", [])})),
        provides_extra=tuple(sorted({e.strip() for e in headers.get_all("Provides-Extra", [])})),
        requires_python=headers.get("Requires-Python", "").strip(),
        entry_points={group: dict(entries) for group, entries in entry_points.items() if entries},
    )


def _version(text: str) -> str:
    try:
        return str(Version(text))
    except InvalidVersion:
        return text


def _entry_points(text: str) -> dict[str, dict[str, str]]:
    """Parse entry_points.txt; object references keep their case and spelling."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, default_section="", strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {group: dict(parser.items(group)) for group in parser.sections()}
