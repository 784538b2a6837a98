"""Reads a hashed requirements.txt: exact versions, sha256 hashes, markers; every error says file and line.

Format: pip's requirements file format. Index addresses in the file are not read: a hash-only lock is valid at any index,
and which one to ask is configuration.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprowheel.errors import LockError
from reprowheel.inputs.guess import near_file
from reprowheel.requirements.direct import parse_direct
from reprowheel.requirements.foreign import unreadable
from reprowheel.requirements.locked import LockedRequirement, LockedRequirements
from reprowheel.requirements.options import RequirementOptions, apply_format_option, file_options, requirement_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packaging.specifiers import SpecifierSet

    from reprowheel.requirements.direct import DirectSource

__all__ = ["read_text"]

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VIA = re.compile(r"\s*#\s*via\b")
_VARIABLE = re.compile(r"(\$\{([A-Z0-9_]+)\})")
_DIRECT = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*@\s*(.*)", re.DOTALL)
_EXTRAS = re.compile(r"(.*)\[([^\]]*)\]")
_PIN = re.compile(r"([\w.-]+(?:\[[^\]]*\])?)\s*===?\s*(\S*)")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz")
_MAX_DEPTH = 16
_COMPILE = "compile the file with `pip-compile --generate-hashes` or `uv pip compile`"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Constraint:
    """One line of a constraints file."""

    name: str
    specifier: SpecifierSet
    url: str
    marker: str
    sha256s: frozenset[str]
    place: str


@dataclass(kw_only=True, slots=True)
class _Reader:
    """What has been read so far."""

    requirements: list[LockedRequirement] = field(default_factory=list)
    constraints: list[_Constraint] = field(default_factory=list)
    no_binary: set[str] = field(default_factory=set)
    only_binary: set[str] = field(default_factory=set)
    with_options: set[str] = field(default_factory=set)  # of setup.py: no wheel can take them
    ignored: list[str] = field(default_factory=list)
    explained: set[int] = field(default_factory=set)

    def read(self, path: Path, depth: int, *, constraints: bool = False) -> None:
        for number, line, comment in _logical_lines(path):
            place = f"{path}:{number}"
            if not line:
                pass
            elif line.startswith("-"):
                self._options(path, place, line, depth)
            elif constraints:
                self.constraints.append(_parse_constraint(line, place))
            else:
                body, marker, options = _split(line, place)
                requirement = _parse(body, marker, options, path.parent, place)
                self.requirements.append(requirement)
                if options.global_options or options.build_options:
                    self.with_options.add(requirement.name)
            if _VIA.match(comment):
                self.explained.add(len(self.requirements))

    def _options(self, path: Path, place: str, line: str, depth: int) -> None:
        for option, value in file_options(line, place):
            if option in ("--requirement", "--constraint"):
                if "://" in value:
                    msg = f"{place}: {value} is on a network, where it can change"
                    raise LockError(msg, tip="put the file next to this one")
                if depth >= _MAX_DEPTH:
                    msg = f"{place}: requirements files include each other more than {_MAX_DEPTH} deep"
                    raise LockError(msg, tip="remove the line that includes a file which includes this one")
                included = path.parent / value
                if not included.is_file():
                    found = "is a folder" if included.is_dir() else f"no such file{near_file(included)}"
                    msg = f"{place}: {option} {value}: {found}"
                    raise LockError(msg, tip="write its path relative to the file that has this line, or remove the line")
                self.read(included, depth + 1, constraints=option == "--constraint")
            elif option == "--no-binary":
                apply_format_option(value, self.no_binary, self.only_binary)
            elif option == "--only-binary":
                apply_format_option(value, self.only_binary, self.no_binary)
            else:
                self.ignored.append(f"{place}: {option}")

    def check_constraints(self) -> None:
        """Compare what is locked with each constraint; one with a marker only with lines that have the same marker.

        :raises LockError: they contradict each other.
        """
        for constraint in self.constraints:
            for requirement in self.requirements:
                same_marker = not constraint.marker or constraint.marker == requirement.marker
                if requirement.name == constraint.name and same_marker and _contradicts(constraint, requirement):
                    wanted = constraint.url or str(constraint.specifier) or "with another sha256"
                    msg = f"{requirement.place}: {requirement.key} contradicts {constraint.name} {wanted} of {constraint.place}"
                    raise LockError(msg, tip="lock again with that constraint, or remove it")


def read_text(path: Path) -> LockedRequirements:
    """Read `path` and the files it includes.

    :raises LockError: the file cannot be read, or a line is not locked.
    """
    reader = _Reader()
    reader.read(path, 0)
    reader.check_constraints()
    return LockedRequirements(
        requirements=tuple(reader.requirements),
        no_binary=frozenset(reader.no_binary | reader.with_options),
        only_binary=frozenset(reader.only_binary),
        ignored=tuple(reader.ignored),
        names=frozenset(requirement.name for requirement in reader.requirements),
        has_edges=reader.explained >= set(range(1, len(reader.requirements) + 1)),
    )


def _logical_lines(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield (number of the first physical line, text, comment), empty lines left out, variables in the text replaced."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise unreadable(path, e) from e
    start, parts = 0, list[str]()
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        start = start or number
        comment = raw.lstrip().startswith("#")
        if raw.rstrip().endswith("\\") and not comment:
            parts.append(raw.rstrip().rstrip("\\"))
            continue
        parts.append(f" {raw}" if comment else raw)
        said = _COMMENT.search("".join(parts))
        line = _COMMENT.sub("", "".join(parts)).strip()
        if line or said:
            yield start, _VARIABLE.sub(lambda match: os.environ.get(match[2]) or match[1], line), said[0] if said else ""
        start, parts = 0, []


def _split(line: str, place: str) -> tuple[str, str, RequirementOptions]:
    """Split a line into requirement, marker and options."""
    words = re.split(r"(\s+)", line)
    at = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    text, options = "".join(words[:at]).strip(), "".join(words[at:]).strip()
    direct = "://" in text or "@" in text
    body, marker = text, ""
    for mark in (" ;", "; ") if direct else (";",):
        if mark in text:
            body, _, marker = (part.strip() for part in text.partition(mark))
            break
    if marker:
        try:
            marker = str(Marker(marker))
        except (InvalidMarker, RecursionError) as e:
            msg = f"{place}: {text!r} is no requirement ({str(e).splitlines()[0]})"
            raise LockError(msg, tip="use only the environment markers of PEP 508") from e
    return body, marker, requirement_options(options, place)


def _parse(body: str, marker: str, options: RequirementOptions, folder: Path, place: str) -> LockedRequirement:
    """Parse one requirement."""
    named = _DIRECT.fullmatch(body)
    if named:
        direct = parse_direct(named[3].strip(), name=named[1], folder=folder, place=place)
        return _locked_direct(direct, named[2] or "", marker, options, place)
    if _is_reference(body):
        bare = _EXTRAS.fullmatch(body)
        direct = parse_direct(bare[1] if bare else body, name="", folder=folder, place=place)
        return _locked_direct(direct, bare[2] if bare else "", marker, options, place)
    return _locked_pin(body, marker, options, place)


def _is_reference(body: str) -> bool:
    plain = body.partition("[")[0]
    return (
        "://" in body or body.startswith((".", "/", "file:")) or "/" in plain or ("==" not in plain and plain.endswith(_ARCHIVES))
    )


def _locked_pin(body: str, marker: str, options: RequirementOptions, place: str) -> LockedRequirement:
    try:
        requirement = Requirement(body)
    except (InvalidRequirement, RecursionError) as e:
        pinned = _PIN.fullmatch(body)
        said = f"{pinned[2]!r} is no version" if pinned else str(e).splitlines()[0]
        msg = f"{place}: {body!r} is no requirement ({said})"
        raise LockError(msg, tip="write NAME==VERSION --hash=sha256:…") from e
    name = canonicalize_name(requirement.name)
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator not in ("==", "===") or specifiers[0].version.endswith(".*"):
        found = str(requirement.specifier) or "no version"
        msg = f"{place}: {name} is not pinned ({found}); expected {name}==VERSION"
        raise LockError(msg, tip=_COMPILE)
    try:
        version = str(Version(specifiers[0].version))
    except InvalidVersion as e:
        msg = f"{place}: {name} has the version {specifiers[0].version!r}, which PEP 440 does not allow"
        raise LockError(msg, tip="pin a version that PEP 440 allows") from e
    return LockedRequirement(
        name=name,
        version=version,
        sha256s=_sha256s(options, "", f"{name}=={version}", place, needed=True),
        extras=tuple(sorted(canonicalize_name(e) for e in requirement.extras)),
        marker=marker,
        place=place,
    )


def _locked_direct(direct: DirectSource, extras: str, marker: str, options: RequirementOptions, place: str) -> LockedRequirement:
    return LockedRequirement(
        name=direct.name,
        version=direct.version,
        sha256s=_sha256s(options, direct.sha256, direct.name, place, needed=direct.source == "url"),
        extras=tuple(sorted({canonicalize_name(extra.strip()) for extra in extras.split(",") if extra.strip()})),
        marker=marker,
        place=place,
        source=direct.source,
        url=direct.url,
        commit=direct.commit,
        subdirectory=direct.subdirectory,
        path=direct.path,
    )


def _sha256s(options: RequirementOptions, fragment: str, key: str, place: str, *, needed: bool) -> tuple[str, ...]:
    """Return the sha256 digests of a requirement; other algorithms do not count."""
    checked = requirement_options(f"--hash=sha256:{fragment}", place) if fragment else RequirementOptions()
    sha256s = {*options.hashes.get("sha256", ()), *checked.hashes.get("sha256", ())}
    if not sha256s and (needed or options.hashes):
        others = ", ".join(sorted(options.hashes))
        found = f"only a hash of {others}" if others else "none"
        msg = f"{place}: {key} has no sha256 hash ({found}); nothing is fetched without one"
        raise LockError(msg, tip=_COMPILE)
    return tuple(sorted(sha256s))


def _parse_constraint(line: str, place: str) -> _Constraint:
    body, marker, options = _split(line, place)
    try:
        requirement = Requirement(body)
    except (InvalidRequirement, RecursionError) as e:
        msg = f"{place}: {body!r} is no constraint ({str(e).splitlines()[0]})"
        raise LockError(msg, tip="write a name and versions, such as name<2") from e
    if requirement.extras:
        msg = f"{place}: {body!r} has extras, which a constraint cannot have"
        raise LockError(msg, tip="remove them")
    return _Constraint(
        name=canonicalize_name(requirement.name),
        specifier=requirement.specifier,
        url=requirement.url or "",
        marker=marker,
        sha256s=frozenset(options.hashes.get("sha256", ())),
        place=place,
    )


def _contradicts(constraint: _Constraint, requirement: LockedRequirement) -> bool:
    if constraint.url:
        address = constraint.url.partition("#")[0]
        own = f"git+{requirement.url}@{requirement.commit}" if requirement.source == "git" else requirement.url
        return address != own
    if requirement.version and not constraint.specifier.contains(requirement.version, prereleases=True):
        return True
    return bool(constraint.sha256s and requirement.sha256s and not constraint.sha256s & set(requirement.sha256s))
