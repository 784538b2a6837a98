"""The build lock as data: reads, compares and writes it. docs/contracts.md, "Build lock", has the format.

Equal content gives equal bytes: sorted keys, two spaces of indent, one newline at the end, ASCII only.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reprowheel.errors import LockError
from reprowheel.inputs.json_file import parse_json, read_text
from reprowheel.lock.fields import file_of, table_of, text_of, texts_of
from reprowheel.lock.rust_entries import LockedCrate, LockedRust, crate_of, rust_data, rust_of
from reprowheel.output.command import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["BUILD_LOCK_VERSION", "BuildLock", "LockedSdist", "LockedWheel", "difference", "read_build_lock"]

BUILD_LOCK_VERSION = 1
_RESTORE = "Restore it, as it was before somebody changed it; or remove it, and write it again with `reprowheel lock`."
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_KEY = re.compile(rf"{_NAME.pattern}==\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedWheel:
    """A build requirement that is used as a wheel of the index.

    :param seed: the lock is one from source, and this wheel breaks a cycle of sdists that build each other.
    """

    filename: str
    sha256: str
    seed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedSdist:
    """An archive that is built, the requirements of its build, and the metadata of its wheel.

    :param build_requirements: `name==version`, the transitive closure, sorted; each is a key of `wheels` or `sdists`.
    :param requires_dist: PEP 508 strings as the back end writes them, sorted.
    :param requires_python: PEP 440 specifier, or empty.
    :param entry_points: group → name → object reference.
    :param top_level: names that can be imported, sorted; empty if only a build can tell.
    :param host_tools: programs of the host that its hooks ran while it was locked, as they were declared, sorted.
    :param rust: what it needs besides a Rust toolchain; `None`: it uses no Rust.
    """

    sha256: str
    filename: str
    build_backend: str
    build_requirements: tuple[str, ...]
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    requires_python: str
    entry_points: Mapping[str, Mapping[str, str]]
    top_level: tuple[str, ...] = ()
    host_tools: tuple[str, ...] = ()
    rust: LockedRust | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildLock:
    """A whole build lock; keys are `normalized-name==version`.

    A key may be in both tables. Then the user's lock asks for the distribution as an sdist, and the build of another
    sdist uses its wheel. As a build requirement the key means the wheel, so it cannot be part of a cycle.

    :param sdists: archives to build, with their build requirements.
    :param wheels: build requirements that are used as wheels of the index.
    :param cycles: distributions that need each other, if the user's lock has no dependency edges. By normalized name:
        the members of the cycle that this one needs, as `name` or `name[extra,…]`, sorted.
    :param build_constraints: what the user's lock constrains build requirements to, as PEP 508 texts, sorted.
    :param before: everything that was chosen from an index was there before this date, or date and time; empty: not told.
    :param crates: crates of all sdists, by `name==version`, and ` (source)` if it is not cargo's default registry.
    """

    sdists: Mapping[str, LockedSdist] = field(default_factory=dict)
    wheels: Mapping[str, LockedWheel] = field(default_factory=dict)
    cycles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    build_constraints: tuple[str, ...] = ()
    before: str = ""
    crates: Mapping[str, LockedCrate] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: object, place: str, text: str = "") -> BuildLock:
        """Check the parsed JSON of a build lock and return it as an object.

        :param place: file name for messages.
        :param text: the file's text, for the number of the line in messages.
        :raises LockError: the content is wrong; the message names every wrong field by its dotted path.
        """
        problems: list[str] = []
        top = data if isinstance(data, dict) else {}
        if top.get("build_lock_version") != BUILD_LOCK_VERSION:
            raise _version_error(top, _at(place, text, "build_lock_version"))
        raw_sdists, raw_wheels = table_of(top, "sdists", "", problems), table_of(top, "wheels", "", problems)
        crates = {key: crate_of(key, raw, problems) for key, raw in sorted(table_of(top, "crates", "", problems).items())}
        sdists = {key: _sdist(key, raw, crates, problems) for key, raw in sorted(raw_sdists.items())}
        wheels = {key: _wheel(key, raw, problems) for key, raw in sorted(raw_wheels.items())}
        problems += [f"{key!r}: is no NAME==VERSION" for key in [*sdists, *wheels] if not _KEY.fullmatch(key)]
        raw_cycles = table_of(top, "cycles", "", problems)
        cycles = {name: texts_of(raw_cycles, name, "cycles.", problems) for name in sorted(raw_cycles)}
        problems += [f"cycles: {name!r} is no normalized name" for name in cycles if not _NAME.fullmatch(name)]
        constraints, before = texts_of(top, "build_constraints", "", problems), text_of(top, "before", "", problems)
        for key, sdist in sdists.items():
            missing = [r for r in sdist.build_requirements if r not in wheels and r not in sdists]
            problems += [f"sdists.{key}.build_requirements: {r} is under neither wheels nor sdists" for r in missing]
        if problems:
            wrong = [key for key in (*sdists, *wheels, *crates) if f".{key}" in problems[0] or repr(key) in problems[0]]
            msg = f"{_at(place, text, max(wrong, key=len, default=''))}: {'; '.join(problems)}"
            raise LockError(msg, tip=_RESTORE)
        return cls(sdists=sdists, wheels=wheels, cycles=cycles, build_constraints=constraints, before=before, crates=crates)

    def to_json(self) -> str:
        """Return the file's text."""
        data = {
            "build_lock_version": BUILD_LOCK_VERSION,
            "sdists": {key: _sdist_data(sdist) for key, sdist in self.sdists.items()},
            "wheels": {key: _only_said(asdict(wheel), "seed") for key, wheel in self.wheels.items()},
            **({"crates": {k: _only_said(asdict(crate), "source") for k, crate in self.crates.items()}} if self.crates else {}),
            **({"cycles": dict(self.cycles)} if self.cycles else {}),
            **({"build_constraints": self.build_constraints} if self.build_constraints else {}),
            **({"before": self.before} if self.before else {}),
        }
        return json.dumps(data, indent=2, sort_keys=True) + "\n"

    @property
    def is_from_source(self) -> bool:
        """Say whether builds use nothing but sdists and seeds."""
        needed = {key for sdist in self.sdists.values() for key in sdist.build_requirements}
        return bool(needed) and all(wheel.seed for wheel in self.wheels.values())

    def needed_by(self, roots: Iterable[str]) -> BuildLock:
        """Return a lock of `roots`, their build requirements and crates only; what the resolver tried and dropped is left out."""
        sdists: dict[str, LockedSdist] = {}
        wheels: dict[str, LockedWheel] = {}
        waiting = list(roots)
        while waiting:
            key = waiting.pop()
            if key in sdists:
                continue
            sdists[key] = self.sdists[key]
            for requirement in self.sdists[key].build_requirements:
                if requirement in self.wheels:
                    wheels[requirement] = self.wheels[requirement]
                else:
                    waiting.append(requirement)
        used = {key for sdist in sdists.values() if sdist.rust for key in sdist.rust.crates}
        return BuildLock(sdists=sdists, wheels=wheels, crates={k: crate for k, crate in self.crates.items() if k in used})


def read_build_lock(path: Path, write: str = "") -> BuildLock:
    """Read a build lock.

    :param write: the command that writes it, for messages; empty: unknown.
    :raises LockError: the file cannot be read or is no build lock.
    """
    write = write or command("lock", "REQUIREMENTS", "--out", path)
    what = "a build lock"
    text = read_text(path, what, error=LockError, tip=f"Write it: `{write}`" if not path.exists() else "")
    data = parse_json(text, str(path), what, error=LockError, tip=_RESTORE)
    return BuildLock.from_dict(data, str(path), text)


def _at(place: str, text: str, key: str) -> str:
    """Return `FILE:LINE` of a key; the file alone if its line is not known."""
    quoted = json.dumps(key)
    line = next((number for number, line in enumerate(text.splitlines(), 1) if key and quoted in line), 0)
    return f"{place}:{line}" if line else place


def _version_error(top: Mapping[str, Any], place: str) -> LockError:
    found = top.get("build_lock_version")
    if found is None:
        return LockError(f"{place}: has no build_lock_version, so it is no build lock", tip="`reprowheel lock` writes one.")
    newer = isinstance(found, int) and found > BUILD_LOCK_VERSION
    tip = "A newer reprowheel wrote it: use that one, or remove it and write it again with `reprowheel lock`."
    return LockError(f"{place}: build_lock_version is {found!r}; expected {BUILD_LOCK_VERSION}", tip=tip if newer else _RESTORE)


def difference(old: str, new: str, path: Path, *, what: str = "as it should be") -> tuple[str, ...]:
    """Return the lines of a unified diff, empty when both texts are equal.

    :param what: describes the new text in the header of the diff.
    """
    lines = difflib.unified_diff(
        old.splitlines(),
        new.splitlines(),
        fromfile=f"{path} (as it is)",
        tofile=f"{path} ({what})",
        lineterm="",
    )
    return tuple(lines)


def _sdist(key: str, raw: object, crates: Mapping[str, LockedCrate], problems: list[str]) -> LockedSdist:
    where = f"sdists.{key}."
    data, sha256, filename = file_of(raw, where, problems)
    groups = table_of(data, "entry_points", where, problems)
    points = {}
    for group in sorted(groups):
        names = table_of(groups, group, f"{where}entry_points.", problems)
        points[group] = {name: text_of(names, name, f"{where}entry_points.{group}.", problems) for name in names}
    return LockedSdist(
        sha256=sha256,
        filename=filename,
        build_backend=text_of(data, "build_backend", where, problems),
        build_requirements=texts_of(data, "build_requirements", where, problems),
        requires_dist=texts_of(data, "requires_dist", where, problems),
        provides_extra=texts_of(data, "provides_extra", where, problems),
        requires_python=text_of(data, "requires_python", where, problems),
        entry_points=points,
        top_level=texts_of(data, "top_level", where, problems),
        host_tools=texts_of(data, "host_tools", where, problems),
        rust=rust_of(data, where, crates, problems),
    )


def _sdist_data(sdist: LockedSdist) -> dict[str, Any]:
    """Return the JSON of an sdist; a field `rust` says that it uses Rust, even if it is empty."""
    data = _only_said(asdict(replace(sdist, rust=None)), "host_tools", "top_level")
    del data["rust"]
    return data if sdist.rust is None else {**data, "rust": rust_data(sdist.rust)}


def _wheel(key: str, raw: object, problems: list[str]) -> LockedWheel:
    where = f"wheels.{key}."
    data, sha256, filename = file_of(raw, where, problems)
    seed = data.get("seed", False)
    if not isinstance(seed, bool):
        problems.append(f"{where}seed: expected true or false, found {seed!r}")
    return LockedWheel(filename=filename, sha256=sha256, seed=seed is True)


def _only_said(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave out those of `names` that are empty or false."""
    return {key: value for key, value in entry.items() if value or key not in names}
