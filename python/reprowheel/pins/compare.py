"""Makes pins from reports and their wheels, compares them with `wheels.lock`, and records them (docs/wheels-lock.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from reprowheel.errors import PinError, UsageError
from reprowheel.files import file_sha256
from reprowheel.inputs.json_file import misfit, read_object
from reprowheel.pins.contents import read_contents
from reprowheel.pins.explain import explain_key, explain_rest, short
from reprowheel.pins.wheels_lock import Pin, WheelsLock
from reprowheel.report.key import environment_inputs, key_of, toolchain_inputs
from reprowheel.report.read import REPORT, REPORT_TIP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["BuiltWheel", "PinVerdict", "check_wheel", "read_built", "record"]

_HELPER_DIGITS = 16
_NO_COMMAND = "bazel run the target NAME.update of your wheels_lock rule, or reprowheel pin --lock FILE --built REPORT WHEEL"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltWheel:
    """A built wheel in the form of a pin.

    :param name: normalized name.
    :param toolchain: the inputs whose digest is `toolchain` in the key.
    """

    name: str
    pin: Pin
    toolchain: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class PinVerdict:
    """The result of comparing a wheel with the pins.

    :param result: `pinned`: the pin with the same key has the same bytes. `different`: it has other bytes. `unpinned`: no
        pin has the same key.
    :param expected: sha256 of the pin that the wheel was compared with; empty without one.
    :param moved: the parts of the key that changed since that pin, with old and new value.
    :param differs: the parts of the wheel that differ.
    :param message: one line, empty for `pinned`; `tip` says what to do.
    """

    result: str
    name: str
    version: str
    sha256: str
    expected: str = ""
    moved: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    message: str = ""
    tip: str = ""


def read_built(report: Path, wheel: Path) -> BuiltWheel:
    """Read a build's report and its wheel.

    :raises UsageError: the file is no report, or it is the report of another wheel.
    """
    data = read_object(report, REPORT, tip=REPORT_TIP)
    try:
        told, name, version = str(data["wheel"]["sha256"]), canonicalize_name(data["name"]), str(data["version"])
        interpreter, helper = str(data["interpreter"]["version"]), str(data["helper"]["sha256"])
        key = key_of(data)
    except (ValueError, KeyError, TypeError) as e:
        msg = f"{report}: {misfit(e)}; expected {REPORT}"
        raise UsageError(msg, tip=REPORT_TIP) from e
    except UsageError as e:
        msg = f"{report}: {e.message}"
        raise UsageError(msg, tip=e.tip) from e
    if (found := file_sha256(wheel)) != told:
        msg = f"{report}: is the report of a wheel with sha256 {short(told)}; {wheel.name} has {short(found)}"
        raise UsageError(msg, tip="Give each report with the wheel that its build made.")
    pin = Pin(
        version=version,
        filename=data["wheel"]["filename"],
        sha256=found,
        key=key,
        interpreter=interpreter,
        helper=helper[:_HELPER_DIGITS],
        inputs=environment_inputs(data),
        contents=read_contents(wheel),
    )
    return BuiltWheel(name=name, pin=pin, toolchain=toolchain_inputs(data))


def check_wheel(lock: WheelsLock, built: BuiltWheel, lock_name: str) -> PinVerdict:
    """Compare a wheel with the pin of its key; if there is none, explain the difference from the nearest pin."""
    pin, pins = built.pin, lock.wheels.get(built.name, ())
    verdict = PinVerdict(result="unpinned", name=built.name, version=pin.version, sha256=pin.sha256)
    package, command = f"{built.name}=={pin.version}", lock.update or _NO_COMMAND
    if not pins:
        msg = f"{package}: {lock_name} has no pin of {built.name}"
        return replace(verdict, message=msg, tip=f"To record it: {command}")
    nearest = min(pins, key=lambda p: (len(p.key.moved(pin.key)), p.order))
    moved = explain_key(nearest, pin, lock.toolchains.get(nearest.key.toolchain, {}), built.toolchain)
    same = nearest.sha256 == pin.sha256
    differs = () if same else (*nearest.contents.difference(pin.contents),)
    verdict = replace(verdict, expected=nearest.sha256, moved=tuple(moved), differs=differs)
    if moved:
        bytes_ = "the bytes are still those of that pin" if same else f"it differs in {_differing(differs)}"
        msg = f"{package}: {lock_name} has no pin for this build; changed since the nearest pin: {'; '.join(moved)}; {bytes_}"
        return replace(verdict, message=msg, tip=f"If that is meant, record it: {command}")
    if same:
        return replace(verdict, result="pinned")
    rest = explain_rest(nearest, pin)
    cause = f"; changed outside of the key: {'; '.join(rest)}" if rest else ", so the build is not reproducible"
    msg = (
        f"{package}: is not the wheel that {lock_name} records: sha256 {short(pin.sha256)}, expected {short(nearest.sha256)};"
        f" it differs in {_differing(differs)}; the whole key is equal{cause}"
    )
    tip = (
        "To find the cause: reprowheel verify SDIST, or a reproducibility_test of it (both with"
        " --@rules_reprowheel//python/config_settings:wheels_lock=warn in Bazel)."
        f" To record this wheel all the same: {command}"
    )
    return replace(verdict, result="different", message=msg, tip=tip)


def _differing(differs: Sequence[str]) -> str:
    return ", ".join(differs) or "nothing but the archive itself: the order of its members, their headers, or RECORD"


def record(lock: WheelsLock, built: Sequence[BuiltWheel], *, update: str = "", prune: bool = False) -> WheelsLock:
    """Return the lock with the pins of these wheels.

    A new pin replaces the pins of the same distribution with the same Python, platform and toolchain. All other pins stay.

    :param update: the command that writes the lock again; empty: the one in the lock is kept.
    :param prune: drop all pins but those of these wheels.
    :raises PinError: two of the wheels have the same key but different bytes.
    """
    new: dict[str, dict[Any, Pin]] = {}
    for wheel in built:
        mine = new.setdefault(wheel.name, {})
        if (first := mine.setdefault(wheel.pin.key, wheel.pin)).sha256 != wheel.pin.sha256:
            msg = f"{wheel.name}=={wheel.pin.version}: two wheels were built from the same inputs and differ in "
            msg += _differing(first.contents.difference(wheel.pin.contents))
            raise PinError(msg, tip="The build is not reproducible: see reprowheel verify SDIST.")
    wheels: dict[str, tuple[Pin, ...]] = {} if prune else dict(lock.wheels)
    for name, pins in new.items():
        places = {_place(pin) for pin in pins.values()}
        kept = [pin for pin in wheels.get(name, ()) if _place(pin) not in places]
        wheels[name] = tuple(sorted([*kept, *pins.values()], key=lambda p: p.order))
    toolchains = dict(lock.toolchains) | {wheel.pin.key.toolchain: wheel.toolchain for wheel in built}
    return WheelsLock(wheels=wheels, toolchains=toolchains, update=update or lock.update)


def _place(pin: Pin) -> tuple[str, ...]:
    """Return Python, platform and toolchain of a pin; a new pin replaces the old ones with the same values."""
    return pin.key.python, pin.key.platform, pin.key.toolchain
