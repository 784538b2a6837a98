"""Core metadata: parses METADATA and PKG-INFO, and the files beside METADATA in a `.dist-info` folder.

Spec: "Core metadata specifications" and "Entry points specification", packaging.python.org.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprowheel import limits
from reprowheel.archives.zip_file import open_zip
from reprowheel.errors import UsageError
from reprowheel.inputs.json_file import misfit, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from email.message import Message
    from pathlib import Path

__all__ = [
    "TOP_LEVEL_FILE",
    "ExpectedMetadata",
    "WheelMetadata",
    "metadata_headers",
    "metadata_member",
    "parse_metadata",
    "read_dist_info",
    "read_metadata",
    "read_wheel",
    "requires_dist",
    "stated_identity",
    "top_level_names",
]

TOP_LEVEL_FILE = "top_level.txt"
"""File in `.dist-info` in which setuptools lists the names that can be imported."""

_MODULES = (".py", ".so", ".pyd")


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelMetadata:
    """The part of a wheel's metadata that a build lock records.

    :param name: normalized (PEP 503).
    :param version: canonical (PEP 440).
    :param top_level: names that can be imported, sorted; `None`: only a build can tell.
    """

    name: str
    version: str
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    requires_python: str
    entry_points: Mapping[str, Mapping[str, str]]
    top_level: tuple[str, ...] | None = None


def read_dist_info(directory: Path) -> WheelMetadata:
    """Read METADATA, entry_points.txt and top_level.txt of a `.dist-info` folder."""
    points, names = directory / "entry_points.txt", directory / TOP_LEVEL_FILE
    text = read_metadata(points) if points.is_file() else ""
    metadata = parse_metadata(read_metadata(directory / "METADATA"), _entry_points(text))
    return replace(metadata, top_level=top_level_names((), read_metadata(names))) if names.is_file() else metadata


def read_metadata(path: Path, *, errors: str = "strict") -> str:
    """Return the text of METADATA, PKG-INFO or a file beside them.

    :raises limits.LimitError: it is too large.
    """
    with path.open("rb") as file:
        data = file.read(limits.MAX_METADATA + 1)
    if len(data) > limits.MAX_METADATA:
        message = f"has a {path.name} of more than {limits.MAX_METADATA} bytes, which is the limit"
        raise limits.LimitError(message, "MAX_METADATA")
    return data.decode("utf-8", errors)


def read_wheel(wheel: Path) -> WheelMetadata:
    """Read the same files from a built wheel; `top_level` is never `None` in the result."""
    with open_zip(wheel) as archive:
        names = archive.namelist()
        metadata = metadata_member(names)
        texts = {
            name: archive.read(path).decode("utf-8")
            for name in ("METADATA", "entry_points.txt", TOP_LEVEL_FILE)
            if (path := metadata.removesuffix("METADATA") + name) in names
        }
    found = parse_metadata(texts["METADATA"], _entry_points(texts.get("entry_points.txt", "")))
    return replace(found, top_level=top_level_names(names, texts.get(TOP_LEVEL_FILE)))


def metadata_headers(text: str) -> Message:
    """Parse METADATA or PKG-INFO, which have the form of e-mail headers (core metadata specification)."""
    return HeaderParser().parsestr(text)


def metadata_member(names: Iterable[str]) -> str:
    """Return the name of the METADATA member in a wheel's list of names.

    :raises LookupError: the wheel has no METADATA.
    """
    for name in names:
        if name.count("/") == 1 and name.endswith(".dist-info/METADATA"):
            return name
    msg = "no METADATA"
    raise LookupError(msg)


def requires_dist(text: str) -> list[str]:
    """Return the values of Requires-Dist in METADATA, unchanged and in its order."""
    return [str(value) for value in metadata_headers(text).get_all("Requires-Dist", [])]


def stated_identity(text: str) -> tuple[str, str]:
    """Return Name and Version of METADATA or PKG-INFO, unchanged; empty if they are missing."""
    headers = metadata_headers(text)
    return str(headers.get("Name") or ""), str(headers.get("Version") or "")


def parse_metadata(text: str, entry_points: Mapping[str, Mapping[str, str]]) -> WheelMetadata:
    """Parse METADATA or PKG-INFO, and return it together with entry points that the caller has read."""
    headers = metadata_headers(text)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedMetadata:
    """The metadata that the build lock recorded; a field that is `None` was not recorded and is not compared."""

    requires_dist: tuple[str, ...] | None
    provides_extra: tuple[str, ...] | None
    top_level: tuple[str, ...] | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ExpectedMetadata:
        """Read a build-lock entry, or any JSON object with some of its fields."""
        fields = {key: data.get(key) for key in ("requires_dist", "provides_extra", "top_level")}
        return cls(**{key: None if value is None else tuple(value) for key, value in fields.items()})

    @classmethod
    def read(cls, path: Path) -> ExpectedMetadata:
        """Read a JSON file with such an object.

        :raises UsageError: the file cannot be read or has no such object.
        """
        what = "the metadata of a lock"
        data = read_object(path, what)
        try:
            return cls.from_dict(data)
        except (AttributeError, TypeError) as e:
            msg = f"{path}: {misfit(e)}; expected {what}"
            raise UsageError(msg) from e


def top_level_names(files: Iterable[str], text: str | None) -> tuple[str, ...]:
    """Return the importable top-level names of a wheel: its modules and packages, sorted.

    :param files: paths in the wheel, with `/`.
    :param text: content of its top_level.txt; `None`: it has none.
    """
    if text is not None:
        return tuple(sorted({line.strip() for line in text.splitlines() if line.strip()}))
    names = set()
    for path in files:
        parts = path.split("/")
        if parts[0].endswith(".data") and len(parts) > 2:
            parts = parts[2:] if parts[1] in ("purelib", "platlib") else [""]
        name = parts[0] if len(parts) > 1 else parts[0].partition(".")[0]
        if parts[-1].endswith(_MODULES) and name.isidentifier():
            names.add(name)
    return tuple(sorted(names))
