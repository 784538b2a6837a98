"""Tables of a lock: fields with types, and errors that name the file and the dotted place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from .lock import File
from .marker import MarkerError, check_marker
from .names import is_name, join_path, normalize_name, url_filename

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LockTableError", "Moving", "Table"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMPARISON = re.compile(r"(===|==|!=|<=|>=|~=|<|>)\s*v?\d\S*")
_AGAIN = "lock again"


class Moving(NamedTuple):
    """A git requirement without a full commit.

    :param revision: branch, tag or short commit, empty for none.
    """

    name: str
    url: str
    revision: str


class LockTableError(Exception):
    """Something in a lock cannot be used.

    :param message: one line, `FILE: dotted.place: what`; without the last part where `moving` is given.
    :param tip: what the user can do.
    :param moving: the lock names no commit; each side has words for it, as requirements.txt may do the same.
    """

    def __init__(self, message: str, tip: str = _AGAIN, moving: Moving | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.tip = tip
        self.moving = moving


class Table(NamedTuple):
    """One table of the lock.

    :param place: `FILE: dotted.place`; of the file as a whole `FILE: `.
    """

    data: Mapping[str, Any]
    place: str

    def at(self, field: str) -> str:
        """Return the place of a field."""
        return f"{self.place}{'' if self.place.endswith(' ') else '.'}{field}"

    def fail(self, field: str, what: str, tip: str = _AGAIN) -> NoReturn:
        """Raise the error about a field, or about the table where `field` is empty."""
        place = self.at(field) if field else self.place.removesuffix(": ")
        message = f"{place}: {what}"
        raise LockTableError(message, tip)

    def _value(self, field: str, kind: type, expected: str) -> Any:  # noqa: ANN401 - of the type `kind`
        value = self.data.get(field)
        if value is not None and not isinstance(value, kind):
            self.fail(field, f"is {value!r}; expected {expected}")
        return kind() if value is None else value

    def text(self, field: str) -> str:
        """Return a text, empty where it is missing."""
        value: str = self._value(field, str, "a text")
        return value

    def flag(self, field: str) -> bool:
        """Return a truth value, false where it is missing."""
        value: bool = self._value(field, bool, "true or false")
        return value

    def texts(self, field: str) -> list[str]:
        """Return an array of texts, empty where it is missing."""
        value: list[str] = self._value(field, list, "an array of texts")
        if not all(isinstance(item, str) for item in value):
            self.fail(field, f"is {value!r}; expected an array of texts")
        return value

    def table(self, field: str) -> Table:
        """Return a table, empty where it is missing."""
        return Table(self._value(field, dict, "a table"), self.at(field))

    def tables(self, field: str) -> list[Table]:
        """Return an array of tables, empty where it is missing."""
        value: list[Any] = self._value(field, list, "an array of tables")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.fail(f"{field}[{index}]", f"is {item!r}; expected a table")
        return [Table(item, f"{self.at(field)}[{index}]") for index, item in enumerate(value)]

    def name(self) -> str:
        """Return the normalized field `name`."""
        if not is_name(self.text("name")):
            self.fail("name", f"is {self.data.get('name')!r}; expected a distribution's name")
        return normalize_name(self.text("name"))

    def named(self) -> Table:
        """Return the table of a package with its name in the place."""
        self.name()
        return Table(self.data, f"{self.place} ({self.text('name')})")

    def marker(self, field: str, marker: str, *, lock: bool = False) -> str:
        """Return `marker`, which stands in `field`, checked.

        :param lock: it may ask for what pylock.toml calls `extras` and `dependency_groups`.
        """
        try:
            if marker:
                check_marker(marker, lock=lock)
        except MarkerError as e:
            self.fail(field, str(e))
        return marker

    def specifier(self, field: str) -> str:
        """Return a version specifier; what its versions are, the side says that compares them."""
        specifier = self.text(field)
        if not all(_COMPARISON.fullmatch(part.strip()) for part in specifier.split(",") if part.strip()):
            self.fail(field, f"{specifier!r} is not a version specifier")
        return specifier

    def sha256(self, field: str, digest: object, others: Iterable[str]) -> str:
        """Return a sha256, checked.

        :param others: algorithms that the lock has instead.
        """
        if digest is None:
            found = "only a hash of " + ", ".join(sorted(others)) if others else "no hash"
            self.fail(field, f"has {found}; expected a sha256", "lock again with an index that gives sha256 hashes")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            self.fail(field, f"has the sha256 {digest!r}; expected 64 lower-case hexadecimal digits")
        return digest

    def file(self, sha256: str, name_field: str, base: str, folder: str = "") -> File:
        """Return the file that the table is about, by `url`, `path`, or neither.

        :param name_field: what has the file's name, where it is not that of the address.
        :param base: the lock's path.
        :param folder: folder or `file:` address that paths are in, empty for the lock's.
        """
        url, path = self.text("url"), self.text("path")
        if not url and path:
            path = f"{folder.rstrip('/')}/{path}" if folder and not path.startswith("/") else path
            url = f"file://{path}" if path.startswith("/") else path if path.startswith("file:") else join_path(base, path) or ""
            return File(self.text(name_field) or path.rpartition("/")[2], sha256, url)
        return File(self.text(name_field) or url_filename(url), sha256, url)

    def source_path(self, field: str, base: str) -> str:
        """Return a path in the workspace that the table is about, joined to the lock's folder."""
        text = self.text(field)
        tip = "move it into the workspace"
        if text.startswith("/"):
            self.fail(field, f"{text!r} is an absolute path, which other machines do not have", tip)
        path = join_path(base, text)
        if path is None:
            self.fail(field, f"{text!r} lies outside of the workspace", tip)
        return path
