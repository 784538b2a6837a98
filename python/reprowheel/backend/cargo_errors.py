"""Says in one line why cargo failed, and what to do: from its output, in which what a back end says comes later."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CargoError", "cargo_error"]

_NEWER = "Build with a newer Rust: --rust-toolchain DIR; in Bazel, toolchains.rust in MODULE.bazel."
_LOCK = "A build has the crates of its Cargo.lock, and no others: lock the sdist (reprowheel lock), or patch its lock."
_UNSUPPORTED = re.compile(r"error: (rustc \S+) is not supported by the following packages?:")
_REQUIRES = re.compile(r"\s+(\S+)@(\S+) requires (rustc \S+)")
_PACKAGE_REQUIRES = re.compile(
    r"error: package `(\S+) v(\S+)[^`]*` cannot be built because it requires (rustc \S+) or newer, while the currently active"
    r" rustc version is (\S+)"
)
_SCRIPT = re.compile(r"error: failed to run custom build command for `(\S+) v([^`\s]+)")
_PANIC = re.compile(r"\s+thread '.*' .*panicked at (.*)")
_AFTER = 60
_OTHERS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\s*(this version of Cargo is older than the `\w+` edition)"), _NEWER),
    (re.compile(r"\s*(supported edition values are .*)"), _NEWER),
    (re.compile(r"\s*(feature `edition\w+` is required)"), _NEWER),
    (re.compile(r"\s*(?:error: )?(lock ?file version `?\d+`? .*)"), _NEWER),
    (re.compile(r"error: (no matching package named `[^`]+` found)"), _LOCK),
    (re.compile(r"error: (no matching package found)"), _LOCK),
    (re.compile(r"error: (failed to select a version for .*)"), _LOCK),
    (re.compile(r"error: (the lock file \S+ needs to be updated but --locked was passed.*)"), _LOCK),
    (re.compile(r"error: (cannot update the lock file \S+ because --locked was passed.*)"), _LOCK),
    (re.compile(r"error: reprowheel: (.*)"), "Leave it out: patch the sdist, or set what its build asks for."),
)


class CargoError(NamedTuple):
    """Why cargo failed, in one line, and what to do; both empty if it did not, or says something else."""

    why: str
    tip: str


def cargo_error(lines: Sequence[str]) -> CargoError:
    """Return the first error of cargo itself, or of a build script that it ran.

    :param lines: the output, with the workspace's path replaced.
    """
    for number, line in enumerate(lines):
        following = lines[number + 1 : number + _AFTER]
        for recognize in _SEVERAL:
            if found := recognize(line, following):
                return found
        for pattern, tip in _OTHERS:
            if match := pattern.match(line):
                return CargoError(match[1].strip(), tip)
    for number, line in enumerate(lines):
        if found := _caused(line, lines[number + 1 : number + _AFTER]):
            return found
    return CargoError("", "")


def _too_old(line: str, following: Sequence[str]) -> CargoError | None:
    """Recognize that a crate needs a newer rustc."""
    if match := _PACKAGE_REQUIRES.match(line):
        return CargoError(f"crate {match[1]} {match[2]} requires {match[3]} or newer; this is rustc {match[4]}", _NEWER)
    if match := _UNSUPPORTED.match(line):
        for text in following:
            if needed := _REQUIRES.match(text):
                return CargoError(f"crate {needed[1]} {needed[2]} requires {needed[3]} or newer; this is {match[1]}", _NEWER)
    return None


def _build_script(line: str, following: Sequence[str]) -> CargoError | None:
    """Recognize that a build script failed."""
    match = _SCRIPT.match(line)
    if not match:
        return None
    told = [text.strip() for text in following if text.startswith("  ") and text.strip()]
    panics = [number for number, text in enumerate(told) if _PANIC.match(f"  {text}")]
    inner = [text for text in told if text.startswith(("error", "ERROR", "fatal error"))]
    if panics:
        place = _PANIC.match(f"  {told[panics[0]]}")
        at = place[1] if place else ""
        said = next((text for text in told[panics[0] + 1 :] if not text.startswith("note:")), "")
        message = f"{at} {said}".strip() if at.endswith(":") else at  # older compilers have all of it in one line
    else:
        message = inner[0] if inner else next((text for text in reversed(told) if not text.startswith("note:")), "")
    return CargoError(f"the build script of crate {match[1]} {match[2]} failed: {message}", "")


def _caused(line: str, following: Sequence[str]) -> CargoError | None:
    """Recognize an error of which cargo gives a chain of causes; the last two say most."""
    causes: list[str] = []
    for before, text in pairwise(following) if line.startswith("error: ") else ():
        if before and not before.startswith((" ", "Caused by:")):
            break
        if before == "Caused by:":
            causes.append(text.strip())
    return CargoError(": ".join([line.removeprefix("error: "), *causes[-2:]]), "") if causes else None


_SEVERAL: Sequence[Callable[[str, Sequence[str]], CargoError | None]] = (_too_old, _build_script)
