"""What every lock is read into: one requirement with its source, and what of a lock applies in an environment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion, Version

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["LockedRequirement", "LockedRequirements", "marker_holds", "select_requirements"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedRequirement:
    """One distribution of a lock.

    :param name: normalized (PEP 503).
    :param version: as PEP 440 spells it canonically; empty where a lock does not say it (`url`, `git`, `path`).
    :param sha256s: sorted, lower-case hexadecimal; may be empty for `git` and `path`.
    :param filenames: of the locked files, sorted; empty where a lock has only their hashes (requirements.txt).
    :param marker: PEP 508 marker, empty where the line has none.
    :param place: `FILE:LINE` or `FILE: dotted.place`, for error messages.
    :param source: `index`, `url`, `git` or `path`.
    :param url: of the archive or the repository.
    :param commit: full commit (`git`).
    :param subdirectory: the project's folder in the archive or repository.
    :param path: absolute, archive or folder (`path`).
    """

    name: str
    version: str
    sha256s: tuple[str, ...]
    extras: tuple[str, ...]
    marker: str
    place: str
    source: str = "index"
    url: str = ""
    commit: str = ""
    subdirectory: str = ""
    path: Path | None = None
    filenames: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return `name==version`, the key of build locks; without a version the name and where it comes from."""
        if self.version:
            return f"{self.name}=={self.version}"
        return f"{self.name} @ {self.path or self.url}"

    @property
    def origin(self) -> tuple[object, ...]:
        """Return what must be equal for two requirements to be the same distribution."""
        version: object = self.version
        with suppress(InvalidVersion):
            version = Version(self.version)
        return version, self.source, self.url, self.commit, self.subdirectory, self.path


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedRequirements:
    """A whole lock, nested files included.

    :param no_binary: normalized names, or `:all:`, that a `--no-binary` line in the file gave.
    :param only_binary: likewise of `--only-binary`.
    :param ignored: `FILE:LINE: OPTION` of every option that has no meaning here.
    :param names: every name in the lock, whether it applies or not.
    :param has_edges: the lock itself says who needs whom.
    :param choices: what else one hub may be asked for (uv.lock, `dep_group`): for each choice all that it needs.
    :param build_constraints: PEP 508 texts that build requirements must agree with (uv.lock), sorted.
    """

    requirements: tuple[LockedRequirement, ...]
    no_binary: frozenset[str] = field(default_factory=frozenset)
    only_binary: frozenset[str] = field(default_factory=frozenset)
    ignored: tuple[str, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)
    has_edges: bool = False
    choices: tuple[tuple[LockedRequirement, ...], ...] = ()
    build_constraints: tuple[str, ...] = ()


def marker_holds(marker: str, environment: Mapping[str, str], place: str) -> bool:
    """Evaluate a marker, an empty one holds.

    :raises LockError: it cannot be evaluated.
    """
    if not marker:
        return True
    try:
        return Marker(marker).evaluate({"extra": "", **environment})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError) as e:
        msg = f"{place}: marker {marker!r} cannot be evaluated ({e})"
        raise LockError(msg, tip="use only the environment markers of PEP 508") from e


def select_requirements(
    requirements: Iterable[LockedRequirement],
    environment: Mapping[str, str],
) -> tuple[LockedRequirement, ...]:
    """Return what applies in a marker environment, sorted by name, each name once.

    :param environment: PEP 508 variables → values, of the interpreter that is locked for.
    :raises LockError: two lines that both apply ask for two versions, or have no hash in common.
    """
    chosen: dict[str, LockedRequirement] = {}
    for requirement in requirements:
        if not marker_holds(requirement.marker, environment, requirement.place):
            continue
        other = chosen.get(requirement.name)
        if other is None:
            chosen[requirement.name] = requirement
            continue
        if other.origin != requirement.origin:
            msg = f"{requirement.place}: {requirement.key} contradicts {other.key} of {other.place}"
            raise LockError(msg, tip="compile the lock again, or give one of the lines a marker")
        chosen[requirement.name] = _merged(other, requirement)
    return tuple(chosen[name] for name in sorted(chosen))


def _merged(one: LockedRequirement, other: LockedRequirement) -> LockedRequirement:
    """Merge two lines about the same distribution: what both allow may be taken, as pip has it."""
    hashes = set(one.sha256s) & set(other.sha256s) if one.sha256s and other.sha256s else {*one.sha256s, *other.sha256s}
    if not hashes and one.sha256s:
        msg = f"{other.place}: {other.name} is locked in {one.place}, too, and no sha256 is in both lines"
        raise LockError(msg, tip="lock both files together, or remove one line")
    extras = tuple(sorted({*one.extras, *other.extras}))
    return replace(one, sha256s=tuple(sorted(hashes)), extras=extras, marker="")
