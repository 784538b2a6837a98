"""The file `wheels.lock` as data: reads and writes it. docs/contracts.md, "Wheels lock", has the format.

Equal content gives equal bytes: sorted keys and pins, two spaces of indent, one newline at the end, ASCII only. An empty file
is a lock without pins.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from reprowheel.errors import LockError
from reprowheel.files import json_sha256
from reprowheel.inputs.json_file import parse_json, read_text
from reprowheel.pins.contents import WheelContents
from reprowheel.report.key import BuildKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["WHEELS_LOCK_VERSION", "Pin", "WheelsLock", "read_wheels_lock"]

WHEELS_LOCK_VERSION = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY_FIELDS = tuple(f.name for f in fields(BuildKey))
_TEXTS = ("version", "filename", "sha256", "interpreter", "helper", *_KEY_FIELDS)
_DIGESTS = ("sha256", "sdist", "toolchain", "environment")
_WHAT = "a lock of wheels (wheels.lock)"
_TIP = "Restore the file, or empty it and record all wheels again."


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """One built wheel, and the inputs that it was built from.

    :param interpreter: full version of the interpreter; not part of the key.
    :param helper: first digits of the helper's digest; not part of the key.
    :param inputs: the inputs whose digest is `environment` in the key.
    """

    version: str
    filename: str
    sha256: str
    key: BuildKey
    interpreter: str
    helper: str
    inputs: Mapping[str, Any]
    contents: WheelContents

    @property
    def order(self) -> tuple[str, ...]:
        """The sort key among the pins of one distribution."""
        return (self.version, self.key.python, self.key.platform, self.key.sdist, self.key.toolchain, self.key.environment)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object for wheels.lock."""
        own = {name: getattr(self, name) for name in ("version", "filename", "sha256", "interpreter", "helper")}
        return own | asdict(self.key) | {"inputs": dict(self.inputs), "contents": self.contents.to_dict()}


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelsLock:
    """All pins of a project.

    :param wheels: normalized name → pins, sorted.
    :param toolchains: digest → the inputs of the toolchain with that digest.
    :param update: the command that writes the file again, for messages.
    """

    wheels: Mapping[str, tuple[Pin, ...]] = field(default_factory=dict)
    toolchains: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    update: str = ""

    def to_json(self) -> str:
        """Return the file's text; toolchains that no pin names are left out."""
        used = {pin.key.toolchain for pins in self.wheels.values() for pin in pins}
        data: dict[str, Any] = {
            "toolchains": {name: dict(inputs) for name, inputs in self.toolchains.items() if name in used},
            "wheels": {
                name: [pin.to_dict() for pin in sorted(pins, key=lambda p: p.order)] for name, pins in self.wheels.items()
            },
            "wheels_lock_version": WHEELS_LOCK_VERSION,
        }
        if self.update:
            data["update"] = self.update
        return json.dumps(data, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_dict(cls, data: object, place: str) -> WheelsLock:
        """Check the parsed JSON of a wheels lock and return it as an object.

        :param place: file name for messages.
        :raises LockError: the content is wrong; the message names every wrong field by its dotted path.
        """
        top = data if isinstance(data, dict) else {}
        if top.get("wheels_lock_version") != WHEELS_LOCK_VERSION:
            msg = f"{place}: wheels_lock_version is {top.get('wheels_lock_version')!r}; expected {WHEELS_LOCK_VERSION}"
            raise LockError(msg, tip=_TIP)
        problems: list[str] = []
        toolchains = _table(top, "toolchains", problems)
        for name, inputs in toolchains.items():
            if not isinstance(inputs, dict) or json_sha256(inputs) != name:
                problems.append(f"toolchains.{name}: does not match its digest")
        wheels = {name: _pins(name, raw, toolchains, problems) for name, raw in sorted(_table(top, "wheels", problems).items())}
        update = top.get("update", "")
        if not isinstance(update, str):
            problems.append("update: expected a string")
        if problems:
            msg = f"{place}: {'; '.join(problems)}"
            raise LockError(msg, tip=_TIP)
        return cls(wheels=wheels, toolchains=toolchains, update=update)


def read_wheels_lock(path: Path) -> WheelsLock:
    """Read the file.

    :raises LockError: the file cannot be read or is no wheels lock.
    """
    text = read_text(path, _WHAT, error=LockError, tip=_TIP)
    empty = {"wheels_lock_version": WHEELS_LOCK_VERSION}
    data = parse_json(text, str(path), _WHAT, error=LockError, tip=_TIP) if text.strip() else empty
    return WheelsLock.from_dict(data, str(path))


def _table(data: Mapping[str, Any], key: str, problems: list[str]) -> dict[str, Any]:
    value = data.get(key, {})
    if isinstance(value, dict):
        return value
    problems.append(f"{key}: expected an object")
    return {}


def _pins(name: str, raw: object, toolchains: Mapping[str, Any], problems: list[str]) -> tuple[Pin, ...]:
    """Convert the pins of one distribution; two pins with the same key are a problem."""
    pins: list[Pin] = []
    if not isinstance(raw, list):
        problems.append(f"wheels.{name}: expected a list")
        return ()
    for number, entry in enumerate(raw):
        where = f"wheels.{name}[{number}]"
        pin = _pin(where, entry, toolchains, problems)
        if pin and (first := _with_key(pins, pin.key)) is not None:
            problems.append(f"{where}: has the key of [{first}]")
        pins += [pin] if pin else []
    return tuple(pins)


def _with_key(pins: Sequence[Pin], key: BuildKey) -> int | None:
    return next((number for number, pin in enumerate(pins) if pin.key == key), None)


def _pin(where: str, entry: object, toolchains: Mapping[str, Any], problems: list[str]) -> Pin | None:
    if not isinstance(entry, dict):
        problems.append(f"{where}: expected an object")
        return None
    wrong = [f"{where}.{name}: expected a string" for name in _TEXTS if not isinstance(entry.get(name), str)]
    wrong += [
        f"{where}.{name}: expected 64 lower-case hexadecimal digits, found {entry[name]!r}"
        for name in _DIGESTS
        if isinstance(entry.get(name), str) and not _DIGEST.fullmatch(entry[name])
    ]
    inputs, contents = entry.get("inputs"), _contents(entry.get("contents"))
    if contents is None:
        wrong.append(f"{where}.contents: expected an object of digests")
    if not isinstance(inputs, dict) or json_sha256(inputs) != entry.get("environment"):
        wrong.append(f"{where}.inputs: does not match the digest in environment")
    if not wrong and entry["toolchain"] not in toolchains:
        wrong.append(f"{where}.toolchain: is not under toolchains")
    problems += wrong
    if wrong or contents is None or not isinstance(inputs, dict):
        return None
    texts = {name: entry[name] for name in ("version", "filename", "sha256", "interpreter", "helper")}
    return Pin(key=BuildKey(**{name: entry[name] for name in _KEY_FIELDS}), inputs=inputs, contents=contents, **texts)


def _contents(raw: object) -> WheelContents | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("elf", {}), dict):
        return None
    elf = raw.get("elf", {})
    groups = {name: raw.get(name, "") for name in ("python", "dist_info", "other")}
    if not all(isinstance(value, str) for value in [*elf.values(), *groups.values()]):
        return None
    return WheelContents(elf=elf, **groups)
