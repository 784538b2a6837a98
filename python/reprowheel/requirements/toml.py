"""Reads TOML locks: tables with typed fields, whose errors name the file and the dotted place."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Table", "check_python", "read_toml", "workspace_path"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_AGAIN = "lock again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of the lock.

    :param place: `FILE: dotted.place`.
    """

    data: Mapping[str, Any]
    place: str

    def fail(self, field: str, what: str, tip: str = _AGAIN) -> NoReturn:
        """Raise the error about a field, or about the table where `field` is empty."""
        separator = "" if not field or self.place.endswith(" ") else "."
        msg = f"{self.place.rstrip() if not field else self.place}{separator}{field}: {what}"
        raise LockError(msg, tip=tip)

    def text(self, field: str) -> str:
        """Return a text, empty where it is missing."""
        value = self.data.get(field, "")
        if not isinstance(value, str):
            self.fail(field, f"is {value!r}; expected a text")
        return value

    def texts(self, field: str) -> list[str]:
        """Return an array of texts."""
        value = self.data.get(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(field, f"is {value!r}; expected an array of texts")
        return value

    def table(self, field: str) -> Table:
        """Return a table, empty where it is missing."""
        separator = "" if self.place.endswith(" ") else "."
        return _table(self.data.get(field, {}), f"{self.place}{separator}{field}")

    def tables(self, field: str) -> list[Table]:
        """Return an array of tables."""
        value = self.data.get(field, [])
        if not isinstance(value, list):
            self.fail(field, f"is {value!r}; expected an array of tables")
        separator = "" if self.place.endswith(" ") else "."
        return [_table(item, f"{self.place}{separator}{field}[{index}]") for index, item in enumerate(value)]

    def name(self) -> str:
        """Return the normalized field `name`."""
        name = self.text("name")
        if not _NAME.fullmatch(name):
            self.fail("name", f"is {name!r}; expected a distribution's name")
        return canonicalize_name(name)

    def marker(self, field: str = "marker") -> str:
        """Return a marker, checked."""
        return self.check_marker(field, self.text(field))

    def check_marker(self, field: str, marker: str) -> str:
        """Return `marker`.

        :raises LockError: it is none.
        """
        try:
            return marker and str(Marker(marker))
        except InvalidMarker as e:
            self.fail(field, f"{marker!r} is no marker ({str(e).splitlines()[0]})")

    def specifier(self, field: str) -> SpecifierSet:
        """Return a version specifier."""
        try:
            return SpecifierSet(self.text(field))
        except InvalidSpecifier:
            self.fail(field, f"{self.text(field)!r} is no version specifier")

    def filename(self, *fields: str) -> str:
        """Return the last part of the first of these fields that is there: a name, a path or a URL."""
        value = next((text for text in map(self.text, fields) if text), "")
        return unquote(urlsplit(value).path.rpartition("/")[2])

    def checked_sha256(self, field: str, digest: object, others: list[str]) -> str:
        """Return a sha256.

        :param others: algorithms that the lock has besides.
        """
        if digest is None:
            found = f"only a hash of {', '.join(sorted(others))}" if others else "no hash"
            self.fail(field, f"has {found}; expected a sha256", "lock again with an index that gives sha256 hashes")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            self.fail(field, f"has the sha256 {digest!r}; expected 64 lower-case hexadecimal digits")
        return digest


def _table(value: object, place: str) -> Table:
    if not isinstance(value, dict):
        msg = f"{place}: is {value!r}; expected a table"
        raise LockError(msg, tip=_AGAIN)
    return Table(data=value, place=place)


def read_toml(path: Path) -> Table:
    """Read a TOML file.

    :raises LockError: it cannot be read or is not TOML.
    """
    try:
        return Table(data=tomllib.loads(path.read_text(encoding="utf-8")), place=f"{path}: ")
    except (OSError, ValueError) as e:
        msg = f"{path}: cannot be read as TOML ({e})"
        raise LockError(msg, tip="give the path of a pylock.toml or uv.lock") from e


def check_python(specifier: SpecifierSet, environment: Mapping[str, str], what: str) -> None:
    """Compare a lock's `requires-python` with the Python that is locked for.

    :param what: what the message begins with.
    :raises LockError: it does not fit.
    """
    version = environment.get("python_full_version", "")
    if version and not specifier.contains(version, prereleases=True):
        msg = f"{what} is for Python {specifier}; this is {version}"
        raise LockError(msg, tip="name another interpreter with --python, or lock again")


def workspace_path(folder: Path, table: Table, field: str) -> Path:
    """Return a path that a lock names, relative to the folder of the lock."""
    text = table.text(field)
    if Path(text).is_absolute():
        table.fail(field, f"{text!r} is an absolute path, which other machines do not have", "move it into the workspace")
    return (folder.absolute() / text).resolve()
