"""Finds the distributions that need each other, for a lock that has no dependency edges (requirements.txt).

Bazel must know such cycles before it fetches anything. The dependencies of sdists are in the build lock. For wheels, their
own METADATA is read here. Markers are ignored, because a hub may serve several platforms. An extra counts only if some
requirement asks for it.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reprowheel.archives.metadata import metadata_member, requires_dist
from reprowheel.archives.zip_file import open_zip
from reprowheel.errors import FetchError, LockError
from reprowheel.limits import MAX_METADATA, LimitError
from reprowheel.output.address import page_url
from reprowheel.requirements.locked import marker_holds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from reprowheel.fetch.index import Index
    from reprowheel.fetch.page import IndexFile
    from reprowheel.lock.build_lock import BuildLock
    from reprowheel.lock.choose import FileChooser
    from reprowheel.requirements.locked import LockedRequirement, LockedRequirements

__all__ = ["cycles_among", "find_cycles"]

_COMPARISON = re.compile(r'("[^"]*"|[\w.]+) (?:===|==|~=|!=|<=|>=|<|>|not in|in) ("[^"]*"|[\w.]+)')
_ALWAYS = 'sys_platform != ""'


def find_cycles(  # noqa: PLR0913 - one per thing that is asked
    locked: LockedRequirements,
    lock: BuildLock,
    *,
    environment: Mapping[str, str],
    chooser: FileChooser,
    index: Index,
    say: Callable[[str], None],
) -> dict[str, tuple[str, ...]]:
    """Return the table `cycles` of a build lock; empty, and nothing is fetched, if the user's lock has edges.

    :param lock: the build lock, which has the dependencies of sdists.
    :param environment: PEP 508 variables of this interpreter. If a wheel that does not apply here cannot be fetched, it is
        left out.
    :param say: takes one progress line.
    :raises FetchError, LockError: a wheel or its metadata cannot be fetched or read.
    """
    if locked.has_edges:
        return {}
    built = {key.partition("==")[0]: sdist.requires_dist for key, sdist in lock.sdists.items()}
    requires: dict[str, set[str]] = {r.name: set(built.get(r.name, ())) for r in locked.requirements}
    extras: dict[str, set[str]] = {}
    for requirement in locked.requirements:
        extras.setdefault(requirement.name, set()).update(requirement.extras)
    wheels = {r.key: r for r in reversed(locked.requirements) if r.key not in lock.sdists and _may_be_wheel(r)}
    for number, (key, requirement) in enumerate(sorted(wheels.items()), start=1):
        say(f"[{number}/{len(wheels)}] {key}: reading what it needs, to find cycles")
        try:
            requires[requirement.name].update(_requires_dist(requirement, chooser, index))
        except FetchError as e:
            if marker_holds(requirement.marker, environment, requirement.place):
                raise
            say(f"  {e.message}; it is not for this platform, and left aside")
    return cycles_among(requires, extras) if wheels else {}


def cycles_among(
    requires: Mapping[str, Collection[str]],
    extras: Mapping[str, Collection[str]],
) -> dict[str, tuple[str, ...]]:
    """Return for each member of a cycle which other members it needs, as `name` or `name[extra,…]`.

    Markers on `extra` are evaluated here. The reader of the result need not know who asks for which extra.

    :param requires: normalized name → Requires-Dist; dependencies on names that are not keys are ignored.
    :param extras: normalized name → extras that the lock asks for.
    """
    needed = {name: [edge for edge in map(_edge, texts) if edge is not None] for name, texts in requires.items()}
    asked: dict[str, dict[str, set[str]]] = {name: {} for name in requires}
    waiting = [(name, "") for name in requires] + [(name, extra) for name in requires for extra in extras.get(name, ())]
    seen = set[tuple[str, str]]()
    while waiting:
        item = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        name, extra = item
        for other, others, marker in needed[name]:
            if other in requires and _may_hold(marker, extra):
                asked[name].setdefault(other, set()).update(others)
                waiting += [(other, more) for more in others]
    found = {}
    for members in _strong_components(asked):
        for name in members:
            among = {other: sorted(asked[name][other]) for other in sorted(asked[name]) if other in members and other != name}
            found[name] = tuple(f"{other}[{','.join(more)}]" if more else other for other, more in among.items())
    return dict(sorted(found.items()))


def _edge(text: str) -> tuple[str, frozenset[str], str] | None:
    """Read one Requires-Dist as (name, extras, marker); every comparison in the marker but those of `extra` is made true."""
    with suppress(InvalidRequirement):
        requirement = Requirement(text)
        marker = _COMPARISON.sub(lambda m: m[0] if "extra" in m.groups() else _ALWAYS, str(requirement.marker or ""))
        return canonicalize_name(requirement.name), frozenset(map(canonicalize_name, requirement.extras)), marker
    return None


def _may_hold(marker: str, extra: str) -> bool:
    with suppress(InvalidMarker):
        return not marker or Marker(marker).evaluate({"extra": extra})
    return True  # a cycle with one member too many still works in Bazel; with one too few it does not


def _strong_components(graph: Mapping[str, Collection[str]]) -> Iterator[frozenset[str]]:
    """Yield the strongly connected sets of more than one name, by Kosaraju's algorithm without recursion."""
    backwards: dict[str, list[str]] = {name: [] for name in graph}
    for name, others in graph.items():
        for other in others:
            backwards[other].append(name)
    seen = set[str]()
    for start in reversed(_finish_order(graph)):
        members, waiting = set[str](), [start]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                members.add(name)
                waiting += backwards[name]
        if len(members) > 1:
            yield frozenset(members)


def _finish_order(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names in the order in which a depth-first walk leaves them."""
    order, seen = list[str](), set[str]()
    for start in graph:
        stack = [] if start in seen else [(start, iter(graph[start]))]
        seen.add(start)
        while stack:
            name, others = stack[-1]
            other = next((other for other in others if other not in seen), None)
            if other is None:
                order.append(name)
                stack.pop()
            else:
                seen.add(other)
                stack.append((other, iter(graph[other])))
    return order


def _may_be_wheel(requirement: LockedRequirement) -> bool:
    direct = requirement.path.name if requirement.path else urlsplit(requirement.url).path
    return requirement.source == "index" or direct.endswith(".whl")


def _requires_dist(requirement: LockedRequirement, chooser: FileChooser, index: Index) -> list[str]:
    """Read Requires-Dist of a locked wheel: from the METADATA on the index (PEP 658) if it has a hash, else from the wheel."""
    place, key = requirement.place, requirement.key
    if requirement.path is not None:
        try:
            return _of_wheel(requirement.path, f"{place}: {key}: {requirement.path}")
        except OSError as e:
            msg = f"{place}: {key}: {requirement.path} cannot be read ({e.strerror})"
            raise FetchError(msg, tip="correct the path; it is relative to the file that has the line") from e
    url = requirement.url
    if requirement.source == "index":
        file = chooser.locked_wheel(requirement)
        if file is None:
            return []
        text = _offered_metadata(file, index)
        if text is not None:
            return requires_dist(text)
        url = file.url
    with tempfile.TemporaryFile() as wheel:
        digest = index.download(url, wheel)
        if digest not in requirement.sha256s:
            msg = f"{place}: {key}: {page_url(url)} has sha256 {digest}, which is not locked"
            raise FetchError(msg, tip="try again; if it stays, the index or something on the way changes files")
        return _of_wheel(wheel, f"{place}: {key}: {page_url(url)}")


def _offered_metadata(file: IndexFile, index: Index) -> str | None:
    """Return a wheel's METADATA from the index (PEP 658); `None` if there is none or its hash is not the page's."""
    out = BytesIO()
    with suppress(FetchError, UnicodeDecodeError):
        if file.metadata_sha256 and index.download(f"{file.url}.metadata", out, most=MAX_METADATA) == file.metadata_sha256:
            return out.getvalue().decode("utf-8")
    return None


def _of_wheel(wheel: Path | IO[bytes], what: str) -> list[str]:
    try:
        with open_zip(wheel) as archive:
            return requires_dist(archive.read(metadata_member(archive.namelist())).decode("utf-8"))
    except LimitError as e:
        msg = f"{what} {e}"
        raise LockError(msg, tip=e.tip) from e
    except (zipfile.BadZipFile, LookupError, ValueError, NotImplementedError, RuntimeError, zlib.error) as e:
        msg = f"{what} is no wheel with a METADATA that can be read ({type(e).__name__})"
        raise LockError(msg, tip="lock another file of it, or build it: --no-binary") from e
