"""Options in requirements files: of the whole file, and behind one requirement; a table says what becomes of each."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RequirementOptions", "apply_format_option", "file_options", "requirement_options"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_IGNORED_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes"})
_IGNORED_VALUES = frozenset(
    {
        "--all-releases",
        "--extra-index-url",
        "--find-links",
        "--index-url",
        "--only-final",
        "--trusted-host",
        "--use-feature",
    },
)
_USED = frozenset({"--constraint", "--no-binary", "--only-binary", "--requirement"})
_SHORT = {
    "-C": "--config-settings",
    "-c": "--constraint",
    "-e": "--editable",
    "-f": "--find-links",
    "-i": "--index-url",
    "-r": "--requirement",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementOptions:
    """Options behind one requirement.

    :param hashes: algorithm → digests.
    :param config_settings: `KEY=VALUE` texts; checked, and used by what builds the wheel.
    :param global_options: for `setup.py` in front of its command; `build_options`: for its command `bdist_wheel`.
    """

    hashes: dict[str, list[str]] = field(default_factory=dict)
    config_settings: tuple[str, ...] = ()
    global_options: tuple[str, ...] = ()
    build_options: tuple[str, ...] = ()


def _words(text: str, place: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as e:
        msg = f"{place}: {text!r} has a quote that does not end"
        raise LockError(msg, tip="close it") from e


def _options(words: list[str], with_value: frozenset[str], place: str) -> Iterator[tuple[str, str]]:
    """Yield (long name, value) of each option; the value is empty for a flag."""
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            option, equals, value = word.partition("=")
        else:
            option, value = _SHORT.get(word[:2], word), word[2:]
            equals = value
            option = option if word[:2] in _SHORT else word
        option = "--index-url" if option == "--pypi-url" else option
        if option in with_value and not equals:
            value = next(rest, "")
            if not value:
                msg = f"{place}: {option} has no value"
                raise LockError(msg, tip="see pip's requirements file format")
        yield option, value


def file_options(line: str, place: str) -> Iterator[tuple[str, str]]:
    """Yield (option, value) of a line of options; ignored ones have the value `None`'s stand-in, an empty text.

    :raises LockError: an option that is refused or unknown.
    """
    for option, value in _options(_words(line, place), _USED | _IGNORED_VALUES, place):
        if option == "--editable":
            msg = f"{place}: --editable is refused: an editable install has no fixed content"
            tip = "build the path without -e, or depend on the sources; `uv export` has --no-emit-project, --no-editable"
            raise LockError(msg, tip=tip)
        if option not in _USED | _IGNORED_VALUES | _IGNORED_FLAGS:
            msg = f"{place}: unknown option {option}"
            raise LockError(msg, tip="remove the line; see pip's requirements file format for what is known")
        yield option, value


def requirement_options(text: str, place: str) -> RequirementOptions:
    """Parse the options behind a requirement.

    :raises LockError: an option that is refused or unknown, or a hash that is none.
    """
    hashes: dict[str, list[str]] = {}
    settings: list[str] = []
    legacy: dict[str, list[str]] = {"--global-option": [], "--build-option": []}
    known = frozenset({"--hash", "--config-settings", "--config-setting", *legacy})
    for option, value in _options(_words(text, place), known, place):
        if option not in known:
            msg = f"{place}: option {option} of a requirement is not supported"
            raise LockError(msg, tip="keep --hash, --config-settings, --global-option, --build-option")
        if option in legacy:
            legacy[option].append(value)
            continue
        if option != "--hash":
            if not value.partition("=")[1] or value.startswith("="):
                msg = f"{place}: {value!r} is no config setting"
                raise LockError(msg, tip="write --config-settings KEY=VALUE")
            settings.append(value)
            continue
        algorithm, _, digest = value.partition(":")
        if algorithm == "sha256" and not _SHA256.fullmatch(digest.lower()):
            msg = f"{place}: {digest!r} is no sha256; expected 64 hexadecimal digits"
            raise LockError(msg, tip="compile the file again")
        hashes.setdefault(algorithm, []).append(digest.lower())
    return RequirementOptions(
        hashes=hashes,
        config_settings=tuple(settings),
        global_options=tuple(legacy["--global-option"]),
        build_options=tuple(legacy["--build-option"]),
    )


def apply_format_option(value: str, target: set[str], other: set[str]) -> None:
    """Apply one `--no-binary` or `--only-binary` as pip does: the later one wins, `:none:` starts again."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    while ":all:" in names:
        target.clear()
        other.clear()
        target.add(":all:")
        del names[: names.index(":all:") + 1]
        if ":none:" not in names:
            return
    for name in names:
        if name == ":none:":
            target.clear()
            continue
        other.discard(canonicalize_name(name))
        target.add(canonicalize_name(name))
