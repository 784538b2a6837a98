"""Makes a build lock from source: every build requirement is an sdist, but for the seeds that break cycles.

While the lock is written, wheels of the index stand in for the wheels that builds will make of the sdists of the same
versions. pip reads the metadata of these wheels, and back ends run with them. So the whole graph is known before anything
is built. Then the smallest set of wheels that breaks all cycles is chosen: the seeds. Only the seeds get into the lock.
See docs/decisions.md, "Locks from source".
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import combinations, islice
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reprowheel.archives.names import archive_identity
from reprowheel.errors import LockError
from reprowheel.requirements.locked import marker_holds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from reprowheel.fetch.page import IndexFile
    from reprowheel.lock.build_lock import BuildLock, LockedSdist

    _Graph = Mapping[str, Collection[str]]

__all__ = ["build_order", "choose_seeds", "with_sdists", "without_wheels"]

_MAX_TRIES = 2_000
"""How many sets are tried for one group of cycles; after that, the distribution that most others need becomes a seed."""


def with_sdists(files: Collection[IndexFile]) -> tuple[IndexFile, ...]:
    """Return the wheels of those versions of a project that also have an sdist."""
    versions = {id(file): archive_identity(file.filename) for file in files}
    built = {(v[0], v[1]) for v in versions.values() if v and not v[2]}
    return tuple(f for f in files if (v := versions[id(f)]) and v[2] and (v[0], v[1]) in built)


def without_wheels(
    lock: BuildLock, roots: Iterable[str], environment: Mapping[str, str], say: Callable[[str], None]
) -> BuildLock:
    """Return a lock in which the only wheels are seeds.

    :param lock: has an sdist of every build requirement; its `wheels` are the candidates for seeds.
    :param roots: keys of the sdists that the user's lock asks for.
    :param environment: PEP 508 variables of the interpreter that is locked for.
    :param say: takes one progress line.
    :raises LockError: no wheel breaks a cycle, or an sdist requires more than the wheel that stood in for it.
    """
    graph = {key: sdist.build_requirements for key, sdist in lock.sdists.items()}
    seeds = choose_seeds(graph, lock.wheels)
    wheels = {key: replace(lock.wheels[key], seed=True) for key in seeds}
    result = replace(lock, wheels=wheels).needed_by(roots)
    for key in sorted(result.wheels):
        say(f"seed: {key} is taken as a wheel, since {' → '.join(seeds[key])}")
    for key, sdist in result.sdists.items():
        _check_closure(key, sdist, result, environment)
    order = build_order({key: set(graph[key]) - set(result.wheels) for key in result.sdists})
    say(f"from source, in this order: {' '.join(order) or 'nothing'}; {len(result.wheels)} seeds")
    return result


def _check_closure(key: str, sdist: LockedSdist, lock: BuildLock, environment: Mapping[str, str]) -> None:
    """Raise if the sdist of a build requirement of `key` requires more than the wheel that pip read in its place."""
    versions = dict(need.split("==", 1) for need in sdist.build_requirements)
    for need in sdist.build_requirements:
        for text in lock.sdists[need].requires_dist if need in lock.sdists and need not in lock.wheels else ():
            requirement = Requirement(text)
            if requirement.marker and not marker_holds(str(requirement.marker), environment, need):
                continue
            version = versions.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                msg = f"{key}: build requirement {need}: its sdist requires {text}, and its wheel on the index does not say so"
                raise LockError(msg, tip="take another version of it with --upgrade, or lock without --from-source")


def choose_seeds(graph: _Graph, wheels: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the smallest set of wheels that breaks all cycles; of several such sets, the one that sorts first.

    :param graph: key of an sdist → keys that its build needs.
    :param wheels: keys that have a wheel.
    :returns: seed → one shortest cycle that it breaks.
    :raises LockError: a cycle of sdists that have no wheels.
    """
    seeds: dict[str, tuple[str, ...]] = {}
    left = {key: sorted({need for need in needs if need in graph}) for key, needs in graph.items()}
    while cycles := _cyclic_parts(left):
        part = cycles[0]
        inner = {key: [need for need in left[key] if need in part] for key in part}
        own = [key for key in sorted(part) if key in inner[key]]
        chosen = own if own and set(own) <= set(wheels) else _smallest_cut(inner, wheels)
        for key in chosen:
            seeds[key] = _shortest_cycle(inner, key)
        left = {k: [need for need in needs if need not in chosen] for k, needs in left.items()}
    return seeds


def build_order(graph: _Graph) -> tuple[str, ...]:
    """Return the keys of an acyclic graph in build order: each after all that it needs; of several, by name."""
    waiting = {key: {need for need in needs if need in graph} for key, needs in graph.items()}
    order: list[str] = []
    while waiting:
        ready = min(key for key, needs in waiting.items() if not needs)
        order.append(ready)
        del waiting[ready]
        for needs in waiting.values():
            needs.discard(ready)
    return tuple(order)


def _cyclic_parts(graph: _Graph) -> list[frozenset[str]]:
    """Return the strongly connected sets of keys, and single keys that need themselves, sorted by name."""
    reached = {key: _reached(graph, key) for key in graph}
    parts = {frozenset(o for o in found if key in reached[o]) for key, found in reached.items() if key in found}
    return sorted(parts, key=min)


def _reached(graph: _Graph, start: str) -> frozenset[str]:
    """Return the keys that `start` needs, directly or not; `start` is one of them only if it is in a cycle."""
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(graph[key])
    return frozenset(found)


def _smallest_cut(part: _Graph, wheels: Collection[str]) -> tuple[str, ...]:
    """Return the smallest set of keys with wheels whose removal leaves no cycle in `part`."""
    candidates = sorted(key for key in part if key in wheels)
    if _is_cyclic(part, candidates):
        cycle = _any_cycle({k: [n for n in needs if n not in candidates] for k, needs in part.items() if k not in candidates})
        msg = f"build requirements form a cycle, and none of them has a wheel that fits: {' → '.join(cycle)}"
        raise LockError(msg, tip="one of them needs a wheel on the index, or the back end in its own sdist")
    sets = (chosen for size in range(1, len(candidates) + 1) for chosen in combinations(candidates, size))
    for chosen in islice(sets, _MAX_TRIES):
        if not _is_cyclic(part, chosen):
            return chosen
    users = {key: sum(key in needs for needs in part.values()) for key in candidates}
    return (min(candidates, key=lambda key: (-users[key], key)),)


def _is_cyclic(graph: _Graph, removed: Collection[str]) -> bool:
    left = {key: [need for need in needs if need not in removed] for key, needs in graph.items() if key not in removed}
    while ready := [key for key, needs in left.items() if not any(need in left for need in needs)]:
        for key in ready:
            del left[key]
    return bool(left)


def _any_cycle(graph: _Graph) -> tuple[str, ...]:
    """Return a shortest cycle of a graph that has one."""
    cycles = (_shortest_cycle(graph, key) for part in _cyclic_parts(graph) for key in sorted(part))
    return min(cycles, key=lambda cycle: (len(cycle), cycle))


def _shortest_cycle(graph: _Graph, start: str) -> tuple[str, ...]:
    """Return a shortest path from `start` back to `start`; both ends are in it."""
    waiting: deque[tuple[str, ...]] = deque([(start,)])
    seen: set[str] = set()
    while waiting:
        way = waiting.popleft()
        for need in graph[way[-1]]:
            if need == start:
                return (*way, start)
            if need in graph and need not in seen:
                seen.add(need)
                waiting.append((*way, need))
    return (start,)
