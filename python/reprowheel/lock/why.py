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
    from collections.abc import Mapping, Sequence

    from reprowheel.lock.build_lock import BuildLock

__all__ = ["Resolution", "Why", "read_resolution"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """What pip answered for the build requirements of one sdist.

    :param wanted: what the sdist asks for, as PEP 508 texts.
    :param versions: name → version of each distribution of the answer.
    :param edges: name → what the distribution asks for; only what applies here.
    """

    wanted: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    edges: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)


def read_resolution(wanted: Sequence[str], report: Mapping[str, Any], markers: Mapping[str, str]) -> Resolution:
    """Read pip's report of an installation.

    :param markers: PEP 508 environment.
    """
    versions: dict[str, str] = {}
    edges: dict[str, tuple[Requirement, ...]] = {}
    for item in report["install"]:
        metadata = item["metadata"]
        name = canonicalize_name(metadata["name"])
        extras = ["", *item.get("requested_extras", ())]
        asked = [Requirement(text) for text in metadata.get("requires_dist", ())]
        versions[name] = str(metadata["version"])
        edges[name] = tuple(r for r in asked if not r.marker or any(r.marker.evaluate({**markers, "extra": e}) for e in extras))
    return Resolution(wanted=tuple(wanted), versions=versions, edges=edges)


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
    found = []
    seen: set[str] = set()
    waiting: list[tuple[tuple[str, ...], tuple[Requirement, ...]]] = [((place,), tuple(map(Requirement, resolution.wanted)))]
    while waiting:
        way, asked = waiting.pop(0)
        for requirement in sorted(asked, key=str):
            needed = canonicalize_name(requirement.name)
            step = (*way, _shown(requirement))
            if needed == name:
                found.append(step)
            elif needed not in seen:
                seen.add(needed)
                waiting.append((step, resolution.edges.get(needed, ())))
    return found


def _shown(requirement: Requirement) -> str:
    """Return a requirement without its marker, which is true."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"
