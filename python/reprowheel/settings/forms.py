"""Describes a setting: its options on the command line, and the form of its value in outputs.

A user chooses a setting by options of the command line (`Option`). The report of a build has its value. The pin key, the bill
of materials and the attestation are made from the report. The `Form` of a setting says how its value looks in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reprowheel.errors import UsageError
from reprowheel.files import json_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Files",
    "Form",
    "Lists",
    "Native",
    "Option",
    "Setting",
    "absolute",
    "flag",
    "number",
    "path",
    "paths",
    "split_lists",
    "split_pairs",
    "text",
    "texts",
]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line.

    :param arguments: arguments for `add_argument` besides name and help.
    """

    name: str
    help: str
    arguments: Mapping[str, Any]

    @property
    def attribute(self) -> str:
        """The name of its value among the parsed arguments."""
        return self.name.lstrip("-").replace("-", "_")


def text(name: str, metavar: str, help_: str) -> Option:
    """Return an option with one text; empty if it is not given."""
    return Option(name, help_, {"default": "", "metavar": metavar})


def number(name: str, metavar: str, help_: str, *, default: int | None = 0) -> Option:
    """Return an option with a whole number."""
    return Option(name, help_, {"type": int, "default": default, "metavar": metavar})


def flag(name: str, help_: str) -> Option:
    """Return an option without a value."""
    return Option(name, help_, {"action": "store_true"})


def texts(name: str, metavar: str, help_: str) -> Option:
    """Return an option with a text that can be given several times."""
    return Option(name, help_, {"action": "append", "default": [], "metavar": metavar})


def path(name: str, metavar: str, help_: str) -> Option:
    """Return an option with one path; `None` if it is not given."""
    return Option(name, help_, {"type": Path, "metavar": metavar})


def paths(name: str, metavar: str, help_: str) -> Option:
    """Return an option with a path that can be given several times."""
    return Option(name, help_, {"type": Path, "action": "append", "default": [], "metavar": metavar})


def split_pairs(option: str, items: Sequence[str]) -> dict[str, str]:
    """Split `K=V` items.

    :raises UsageError: an item has no `=`, or nothing before it.
    """
    pairs: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            msg = f"{option} {item!r}: expected KEY=VALUE"
            raise UsageError(msg)
        pairs[key] = value
    return pairs


def split_lists(option: str, items: Sequence[str]) -> dict[str, str | list[str]]:
    """Split `K=V` items; a key given more than once becomes a list, as in PyPA's front ends.

    :raises UsageError: see `split_pairs`.
    """
    settings: dict[str, str | list[str]] = {}
    for item in items:
        key, value = next(iter(split_pairs(option, [item]).items()))
        earlier = settings.get(key)
        settings[key] = value if earlier is None else [*([earlier] if isinstance(earlier, str) else earlier), value]
    return settings


def absolute(items: Sequence[Path]) -> list[Path]:
    """Return the paths made absolute, so that they are valid in every working directory."""
    return [item.absolute() for item in items]


def _itself(value: Any) -> Any:  # noqa: ANN401 - the type depends on the setting
    return value


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a value in outputs; this one keeps the value unchanged in report and key.

    :param json: type of the value in the report.
    """

    json: type

    def told(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value for the report, with the keys of a mapping sorted."""
        if isinstance(value, Mapping):
            return dict(sorted(value.items()))
        return list(value) if self.json is list else value

    def read(self, told: Any) -> Any:  # noqa: ANN401
        """Return the value that a report has, in the same order as `told` returns it.

        :raises TypeError: the value has the wrong type.
        """
        if not isinstance(told, self.json):
            msg = f"{told!r}; expected a {self.json.__name__}"
            raise TypeError(msg)
        return self.told(told)

    def key(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the setting's part of the pin key; the key leaves out empty values."""
        return {name: told}

    def files(self, told: Any) -> list[tuple[str, str]]:  # noqa: ANN401, ARG002
        """Return name and SHA-256 of each file that is part of the value."""
        return []

    def properties(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the setting's properties in a bill of materials."""
        return {name: told}

    def attested(self, told: Any) -> Any:  # noqa: ANN401
        """Return the value in an attestation."""
        return told


@dataclass(frozen=True, slots=True)
class Lists(Form):
    """A mapping of keys to one text or several; the report has a list for every key."""

    json: type = dict

    def told(self, value: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
        """Return the value with a list for every key."""
        return {key: [given] if isinstance(given, str) else list(given) for key, given in sorted(value.items())}


@dataclass(frozen=True, slots=True)
class Files(Form):
    """A list of files; the report has name and digest of each, and the key has `NAME sha256:DIGEST`.

    :param label: key of the file's name in the report.
    """

    json: type = list
    label: str = "path"

    def key(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return one text for each file."""
        return {name: [f"{path} sha256:{digest}" for path, digest in self.files(told)]}

    def files(self, told: Any) -> list[tuple[str, str]]:  # noqa: ANN401
        """Return name and SHA-256 of all files."""
        return [(file[self.label], file["sha256"]) for file in told]

    def properties(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401, ARG002
        """Return an empty mapping, because files are listed as materials."""
        return {}

    def attested(self, told: Any) -> Any:  # noqa: ANN401
        """Return a descriptor for each file."""
        return [{"name": name, "digest": {"sha256": digest}} for name, digest in self.files(told)]


@dataclass(frozen=True, slots=True)
class Native(Form):
    """Native dependencies: `headers` and `libraries` are files, `defines` and `link_flags` are texts; null means none."""

    json: type = dict

    def read(self, told: Any) -> Any:  # noqa: ANN401
        """Return the mapping; empty if there are no native dependencies."""
        return Form.read(self, told or {})

    def key(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return one digest for all headers, because there may be many, a text for each library, and the rest unchanged."""
        native = told or {}
        return {
            f"{name}_headers": json_sha256(native["headers"]) if native.get("headers") else "",
            f"{name}_libraries": [f"{file['path']} sha256:{file['sha256']}" for file in native.get("libraries", ())],
            f"{name}_other": {key: value for key, value in native.items() if key not in ("headers", "libraries")},
        }

    def files(self, told: Any) -> list[tuple[str, str]]:  # noqa: ANN401
        """Return the headers, then the libraries."""
        return [(file["path"], file["sha256"]) for part in ("headers", "libraries") for file in told.get(part, ())]

    def properties(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401, ARG002
        """Return the parts that are no files, under their own names."""
        return {key: told[key] for key in ("defines", "link_flags") if told.get(key)}

    def attested(self, told: Any) -> Any:  # noqa: ANN401
        """Return the parts that are no files; files are listed as dependencies."""
        return self.properties("", told)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """The description of a field of `BuildSettings`.

    :param options: its options on the command line.
    :param make: makes the value of the field from the values of the options.
    :param form: form of the value in the report; `None`: it is not in the report.
    :param measured: the report has the value that the build found, not the user's.
    :param apart: why the value is not in the pin key; empty: it is in the key.
    :param words: name of the setting in messages; empty: its name with spaces.
    :param bill: part of a bill of materials that has the value.
    :param attested: which parameters of an attestation have the value, under its name in camelCase; empty: none.
    """

    options: tuple[Option, ...]
    make: Callable[..., Any] = field(default=_itself)
    form: Form | None
    measured: bool = False
    apart: str = ""
    words: str = ""
    bill: Literal["properties", "parameters", "environmentVars"] = "properties"
    attested: Literal["external", "internal", ""] = "external"
