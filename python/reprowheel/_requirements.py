"""Reads a hashed requirements.txt: exact versions, sha256 hashes, markers; every error says file and line.

Format: pip's requirements file format (line continuation, comments, `-r`, `--hash`). Index addresses in the file are
not read: a hash-only lock is valid at any index, and which one to ask is configuration.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["LockedRequirement", "LockedRequirements", "read_requirements", "select_requirements"]

_COMMENT = re.compile(r"(^|\s+)#.*$")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_DEPTH = 16
_IGNORED_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes"})
_IGNORED_VALUES = frozenset(
    {
        "--extra-index-url",
        "--find-links",
        "--index-url",
        "--trusted-host",
        "-f",
        "-i",
    },
)
_REFUSED = {
    "--constraint": "put the constraints into the command that writes this file",
    "--editable": "name every distribution as NAME==VERSION --hash=sha256:…",
    "--only-binary": "leave the hashes of the sdists meant out of the file",
    "-c": "put the constraints into the command that writes this file",
    "-e": "name every distribution as NAME==VERSION --hash=sha256:…",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedRequirement:
    """One line of a requirements file.

    :param name: normalized (PEP 503).
    :param version: as PEP 440 spells it canonically.
    :param sha256s: sorted, lower-case hexadecimal; at least one.
    :param marker: PEP 508 marker, empty where the line has none.
    :param place: `FILE:LINE`, for error messages.
    """

    name: str
    version: str
    sha256s: tuple[str, ...]
    extras: tuple[str, ...]
    marker: str
    place: str

    @property
    def key(self) -> str:
        """Return `name==version`, the key of build locks."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedRequirements:
    """A whole requirements file, nested files included.

    :param no_binary: normalized names, or `:all:`, that a `--no-binary` line in the file gave.
    :param ignored: `FILE:LINE: OPTION` of every option that has no meaning here.
    """

    requirements: tuple[LockedRequirement, ...]
    no_binary: frozenset[str] = field(default_factory=frozenset)
    ignored: tuple[str, ...] = ()


@dataclass(kw_only=True, slots=True)
class _Reader:
    """What has been read so far."""

    requirements: list[LockedRequirement] = field(default_factory=list)
    no_binary: set[str] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)

    def read(self, path: Path, depth: int) -> None:
        for number, line in _logical_lines(path):
            place = f"{path}:{number}"
            if line.startswith("-"):
                self._option(path, place, line, depth)
            else:
                self.requirements.append(_parse(line, place))

    def _option(self, path: Path, place: str, line: str, depth: int) -> None:
        option, _, value = line.partition(" ")
        if "=" in option:
            option, _, value = option.partition("=")
        value = value.strip()
        if option in ("-r", "--requirement"):
            if depth >= _MAX_DEPTH:
                msg = f"{place}: requirements files include each other more than {_MAX_DEPTH} deep"
                raise LockError(msg, tip="remove the line that includes a file which includes this one")
            self.read(path.parent / value, depth + 1)
        elif option == "--no-binary":
            _add_no_binary(self.no_binary, value)
        elif option in _IGNORED_FLAGS or option in _IGNORED_VALUES:
            self.ignored.append(f"{place}: {option}")
        elif option in _REFUSED:
            msg = f"{place}: {option} has no place in a file of hashed pins"
            raise LockError(msg, tip=_REFUSED[option])
        else:
            msg = f"{place}: unknown option {option}"
            raise LockError(msg, tip="remove the line; see pip's requirements file format for what is known")


def read_requirements(path: Path) -> LockedRequirements:
    """Read `path` and the files it includes.

    :raises LockError: the file cannot be read, or a line is not `NAME==VERSION` with sha256 hashes.
    """
    reader = _Reader()
    reader.read(path, 0)
    return LockedRequirements(
        requirements=tuple(reader.requirements),
        no_binary=frozenset(reader.no_binary),
        ignored=tuple(reader.ignored),
    )


def select_requirements(
    requirements: Iterable[LockedRequirement],
    environment: Mapping[str, str],
) -> tuple[LockedRequirement, ...]:
    """Return what applies in a marker environment, sorted by name, each name once.

    :param environment: PEP 508 variables → values, of the interpreter that is locked for.
    :raises LockError: two lines that both apply ask for two versions.
    """
    chosen: dict[str, LockedRequirement] = {}
    for requirement in requirements:
        if requirement.marker and not _applies(requirement, environment):
            continue
        other = chosen.get(requirement.name)
        if other is not None and Version(other.version) != Version(requirement.version):
            msg = f"{requirement.place}: {requirement.key} contradicts {other.key} of {other.place}"
            raise LockError(msg, tip="compile the lock again, or give one of the lines a marker")
        if other is not None:
            merged = sorted({*other.sha256s, *requirement.sha256s})
            extras = sorted({*other.extras, *requirement.extras})
            chosen[requirement.name] = LockedRequirement(
                name=other.name,
                version=other.version,
                sha256s=tuple(merged),
                extras=tuple(extras),
                marker="",
                place=other.place,
            )
        else:
            chosen[requirement.name] = requirement
    return tuple(chosen[name] for name in sorted(chosen))


def _applies(requirement: LockedRequirement, environment: Mapping[str, str]) -> bool:
    marker = Requirement(f"x ; {requirement.marker}").marker
    if marker is None:
        return True
    try:
        return marker.evaluate({**environment, "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName) as e:
        msg = f"{requirement.place}: marker {requirement.marker!r} cannot be evaluated ({e})"
        raise LockError(msg, tip="use only the environment markers of PEP 508") from e


def _logical_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number of the first physical line, text without comment), empty lines left out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        msg = f"{path}: cannot be read ({e})"
        raise LockError(msg, tip="give the path of a requirements.txt with hashes") from e
    start, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), start=1):
        start = start or number
        comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not comment:
            parts.append(raw[:-1])
            continue
        parts.append("" if comment else raw)
        line = _COMMENT.sub("", " ".join(parts)).strip()
        if line:
            yield start, line
        start, parts = 0, []
    line = _COMMENT.sub("", " ".join(parts)).strip()
    if line:
        yield start, line


def _parse(line: str, place: str) -> LockedRequirement:
    """Parse one requirement with its `--hash` options."""
    text, sha256s = _split_hashes(line, place)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as e:
        reason = str(e).splitlines()[0]
        msg = f"{place}: {text!r} is no requirement ({reason})"
        raise LockError(msg, tip="write NAME==VERSION --hash=sha256:…; paths cannot be locked by hash") from e
    if requirement.url is not None:
        msg = f"{place}: {requirement.name} comes from a URL, which a hash-only lock cannot name"
        raise LockError(msg, tip="publish it on an index and write NAME==VERSION --hash=sha256:…")
    name = canonicalize_name(requirement.name)
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator not in ("==", "===") or specifiers[0].version.endswith(".*"):
        found = str(requirement.specifier) or "no version"
        msg = f"{place}: {name} is not pinned ({found}); expected {name}==VERSION"
        raise LockError(msg, tip="compile the file with `pip-compile --generate-hashes` or `uv pip compile`")
    try:
        version = str(Version(specifiers[0].version))
    except InvalidVersion as e:
        msg = f"{place}: {name} has the version {specifiers[0].version!r}, which PEP 440 does not allow"
        raise LockError(msg, tip="pin a version that PEP 440 allows") from e
    if not sha256s:
        msg = f"{place}: {name}=={version} has no sha256 hash; nothing is fetched without one"
        raise LockError(msg, tip="compile the file with `pip-compile --generate-hashes` or `uv pip compile`")
    return LockedRequirement(
        name=name,
        version=version,
        sha256s=tuple(sorted(sha256s)),
        extras=tuple(sorted(canonicalize_name(e) for e in requirement.extras)),
        marker=str(requirement.marker) if requirement.marker else "",
        place=place,
    )


def _split_hashes(line: str, place: str) -> tuple[str, set[str]]:
    """Separate `--hash` (and other per-requirement options) from the requirement's text."""
    text, _, options = line.partition(" --")
    sha256s: set[str] = set()
    if not options:
        return text, sha256s
    words = iter(shlex.split("--" + options))
    for word in words:
        option, _, value = word.partition("=")
        if option != "--hash":
            msg = f"{place}: option {word!r} of a requirement is not supported"
            raise LockError(msg, tip="keep only --hash; build options belong to the rule that builds the wheel")
        algorithm, _, digest = (value or next(words, "")).partition(":")
        if algorithm != "sha256":
            continue
        if not _SHA256.fullmatch(digest.lower()):
            msg = f"{place}: {digest!r} is no sha256; expected 64 hexadecimal digits"
            raise LockError(msg, tip="compile the file again")
        sha256s.add(digest.lower())
    return text, sha256s


def _add_no_binary(names: set[str], value: str) -> None:
    """Apply one `--no-binary` value as pip does: names add up, `:none:` starts again."""
    for name in value.split(","):
        word = name.strip()
        if word == ":none:":
            names.clear()
        elif word:
            names.add(word if word == ":all:" else canonicalize_name(word))
