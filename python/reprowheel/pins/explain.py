"""Explains in words why a wheel differs from its pin: which inputs of the build changed, with old and new values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reprowheel.settings import build_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.pins.wheels_lock import Pin

__all__ = ["explain_key", "explain_rest", "short"]

_DIGITS = 12
_LONG_HEX = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_REQUIREMENT = re.compile(r"(?P<name>[^=]+)==(?P<version>\S+) sha256:(?P<sha256>[0-9a-f]+)")
_NAMES = {
    "assembler": "assembler",
    "build_requirements": "build requirement",
    "c_flags": "C flags",
    "compiler": "kind of compiler",
    "cxx_flags": "C++ flags",
    "cxx_version": "C++ compiler",
    "libc": "C library",
    "link_executable_flags": "linker flags of programs",
    "link_shared_flags": "linker flags",
    "target": "compiler's target",
    "version": "compiler",
}


def explain_key(old: Pin, new: Pin, old_toolchain: Mapping[str, Any], new_toolchain: Mapping[str, Any]) -> list[str]:
    """Return a line for each part of the key that changed, with old and new value."""
    moved = old.key.moved(new.key)
    lines = []
    if "sdist" in moved:
        versions = f"{old.version} → {new.version}, " if old.version != new.version else ""
        lines.append(f"sdist: {versions}sha256 {short(old.key.sdist)} → {short(new.key.sdist)}")
    if "python" in moved:
        lines.append(f"Python: {old.key.python} → {new.key.python}")
    if "platform" in moved:
        lines.append(f"platform: {old.key.platform} → {new.key.platform}")
    if "toolchain" in moved:
        lines += [f"toolchain: {text}" for text in _changes(old_toolchain, new_toolchain)]
    if "environment" in moved:
        lines += [f"build environment: {text}" for text in _changes(old.inputs, new.inputs)]
    return lines


def explain_rest(old: Pin, new: Pin) -> list[str]:
    """Return a line for each changed input that is not part of the key; it should not change the bytes, but may have."""
    lines = [f"Python {old.interpreter} → {new.interpreter}"] if old.interpreter != new.interpreter else []
    return lines + ([f"reprowheel itself {old.helper[:_DIGITS]} → {new.helper[:_DIGITS]}"] if old.helper != new.helper else [])


def short(text: str) -> str:
    """Shorten every SHA-256 in a text to its first digits."""
    return _LONG_HEX.sub(r"\1…", text)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return a line for each input that differs, with old and new value."""
    lines = []
    names = _NAMES | {name: setting.words for name, setting in build_settings().items() if setting.words}
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        shown = names.get(name, name.replace("_", " "))
        if name == "build_requirements":
            lines += [f"{shown} {text}" for text in _requirements(before or [], after or [])]
        elif isinstance(before or after, list):
            lines.append(f"{shown} {_list_change(before or [], after or [])}")
        elif isinstance(before or after, dict):
            lines += [f"{shown}: {text}" for text in _changes(before or {}, after or {})]
        else:
            lines.append(f"{shown} {_shown(before)} → {_shown(after)}")
    return lines


def _requirements(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return a line for each build requirement that differs; old and new are paired by name."""
    before, after = _by_name(old), _by_name(new)
    lines = []
    for name in sorted(before.keys() | after.keys()):
        left, right = before.get(name), after.get(name)
        if left == right:
            continue
        if left and right and left[0] == right[0]:
            lines.append(f"{name}=={left[0]}: sha256 {short(left[1])} → {short(right[1])}")
        else:
            lines.append(f"{name}: {left[0] if left else 'none'} → {right[0] if right else 'none'}")
    return lines


def _by_name(requirements: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = [_REQUIREMENT.fullmatch(text) for text in requirements]
    return {match["name"]: (match["version"], match["sha256"]) for match in found if match}


def _list_change(old: Sequence[str], new: Sequence[str]) -> str:
    """Return which items a list lost and got; if none, its order or number differs."""
    lost = [short(str(item)) for item in old if item not in new]
    got = [short(str(item)) for item in new if item not in old]
    parts = ["without " + ", ".join(lost)] if lost else []
    parts += ["with " + ", ".join(got)] if got else []
    return " and ".join(parts) or "in another order or number"


def _shown(value: object) -> str:
    """Return a value as text; an empty one is shown as `none`."""
    return short(str(value)) if value not in (None, "") else "none"
