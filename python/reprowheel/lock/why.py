"""Says why a build requirement is locked: the ways from sdists to who asks for it.

A build lock has the closure of each sdist and no edges. The edges are in what pip answered while it resolved, so the ways are
told by a run that locks, and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprowheel.lock.build_lock import BuildLock

__all__ = ["Resolution", "Why", "read_resolution"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """What pip answered for the build requirements of one sdist.

    :param wanted: what the sdist asks for, as PEP 508 texts.
    :param versions: name → version of each distribution of the answer.
    :param edges: name → what the distribution asks for, with markers.
    :param markers: PEP 508 environment.
    """

    wanted: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    markers: Mapping[str, str] = field(default_factory=dict)

    def asked_by(self, requirement: Requirement) -> list[Requirement]:
        """Return what a distribution asks for here if it is wanted with the extras of `requirement`, sorted."""
        asked = map(Requirement, self.edges.get(canonicalize_name(requirement.name), ()))
        return self.applying(asked, requirement.extras)

    def applying(self, asked: Iterable[Requirement], extras: Iterable[str] = ()) -> list[Requirement]:
        """Return what applies here, with these extras, sorted."""
        known = [{**self.markers, "extra": extra} for extra in ("", *extras)]
        return sorted((r for r in asked if not r.marker or any(r.marker.evaluate(one) for one in known)), key=str)


def read_resolution(wanted: Sequence[str], report: Mapping[str, Any], markers: Mapping[str, str]) -> Resolution:
    """Read pip's report of an installation."""
    metadata = {str(canonicalize_name(item["metadata"]["name"])): item["metadata"] for item in report["install"]}
    return Resolution(
        wanted=tuple(wanted),
        versions={name: str(one["version"]) for name, one in metadata.items()},
        edges={name: tuple(one.get("requires_dist", ())) for name, one in metadata.items()},
        markers=markers,
    )


class Why:
    """The question why a build requirement is locked.

    :param name: its name, in any spelling.
    """

    def __init__(self, name: str) -> None:
        self.name = canonicalize_name(name)
        self.versions: tuple[str, ...] = ()
        """What is locked of it."""
        self.ways: tuple[tuple[str, ...], ...] = ()
        """The ways to it: an sdist, what it asks for, what that asks for, and so on."""

    def concerns(self, lock: BuildLock, key: str) -> bool:
        """Say whether an sdist may need it, by what a lock knows; one that the lock does not have may."""
        if key not in lock.sdists:
            return True
        needed = lock.needed_by([key])
        return any(found.partition("==")[0] == self.name for found in (*needed.wheels, *needed.sdists) if found != key)

    def answer(self, resolutions: Mapping[str, Resolution]) -> None:
        """Take what pip answered for each sdist."""
        self.versions = tuple(sorted({r.versions[self.name] for r in resolutions.values() if self.name in r.versions}))
        self.ways = tuple(way for place, found in sorted(resolutions.items()) for way in _ways(place, found, self.name))


def _ways(place: str, resolution: Resolution, name: str) -> list[tuple[str, ...]]:
    """Return the shortest way to each that asks for `name`."""
    found: list[tuple[str, ...]] = []
    seen: set[tuple[str, frozenset[str]]] = set()
    first = resolution.applying(map(Requirement, resolution.wanted))
    waiting: list[tuple[tuple[str, ...], list[Requirement]]] = [((place,), first)]
    while waiting:
        way, asked = waiting.pop(0)
        for requirement in asked:
            needed = canonicalize_name(requirement.name), frozenset(requirement.extras)
            step = (*way, _shown(requirement))
            if needed[0] == name:
                found.append(step)
            elif needed not in seen:
                seen.add(needed)
                waiting.append((step, resolution.asked_by(requirement)))
    return found


def _shown(requirement: Requirement) -> str:
    """Return a requirement without its marker, which is true."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
