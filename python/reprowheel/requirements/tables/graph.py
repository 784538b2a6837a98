"""The graph in uv.lock: which packages the locked projects need, with which extras, and under which markers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from .marker import all_of, any_of
from .names import normalize_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .table import Table

    Way = tuple[str, ...]  # the markers of the edges from a project to a package, each once

__all__ = ["Edge", "Graph", "Package", "Reached"]

_KINDS = ("directory", "editable", "git", "path", "registry", "url", "virtual")
# More ways than this to reach a package are not told apart: it is then taken to be needed everywhere.
_MAX_WAYS = 12


class Edge(NamedTuple):
    """A dependency.

    :param source, version: which package is meant, where the name is not enough; `None` and empty for any.
    :param within: the extra that it belongs to; empty for none. Older uvs repeat it in the marker.
    """

    name: str
    extras: tuple[str, ...]
    marker: str
    source: Mapping[str, Any] | None
    version: str
    within: str = ""

    @classmethod
    def read(cls, table: Table, within: str = "") -> Edge:
        """Read a dependency, which has `extra`, or a requirement, which has `extras`."""
        return cls(
            name=table.name(),
            extras=tuple(normalize_name(extra) for extra in table.texts("extra") or table.texts("extras")),
            marker=table.marker("marker", table.text("marker")),
            source=table.table("source").data or None,
            version=table.text("version"),
            within=within,
        )


class Package(NamedTuple):
    """A `[[package]]`.

    :param table: the whole of it; its place has the name.
    :param kind: which of uv's sources it has.
    :param forks: markers, one of which holds where this version is meant.
    :param optional, development: normalized extra or group → what it needs.
    """

    table: Table
    name: str
    version: str
    kind: str
    source: Table
    forks: tuple[str, ...]
    dependencies: tuple[Edge, ...]
    optional: Mapping[str, tuple[Edge, ...]]
    development: Mapping[str, tuple[Edge, ...]]

    @classmethod
    def read(cls, table: Table) -> Package:
        """Read a package, except for its files."""
        table.name()
        source = table.table("source")
        kinds = [kind for kind in _KINDS if kind in source.data]
        if len(kinds) != 1:
            table.fail("source", f"is {source.data!r}; expected one of {', '.join(_KINDS)}")
        source.text(kinds[0])
        named = table.named()
        forks = enumerate(table.texts("resolution-markers"))
        return cls(
            table=named,
            name=table.name(),
            version=table.text("version"),
            kind=kinds[0],
            source=named.table("source"),
            forks=tuple(table.marker(f"resolution-markers[{index}]", marker) for index, marker in forks),
            dependencies=edges(table, "dependencies"),
            optional=edges_by_name(table.table("optional-dependencies"), are_extras=True),
            development=edges_by_name(table.table("dev-dependencies")),
        )

    @property
    def is_own(self) -> bool:
        """Whether it is a project of the locked workspace itself, whose sources are no distribution."""
        return self.kind in ("editable", "virtual")


class Reached(NamedTuple):
    """A package that is needed, with the extras that somebody asks for.

    :param asked: each of these extras → when somebody asks for it, as a marker.
    """

    package: Package
    marker: str
    asked: Mapping[str, str]


def edges(table: Table, field: str, within: str = "") -> tuple[Edge, ...]:
    """Read an array of dependencies."""
    return tuple(Edge.read(edge, within) for edge in table.tables(field))


def edges_by_name(table: Table, *, are_extras: bool = False) -> dict[str, tuple[Edge, ...]]:
    """Read a table of arrays of dependencies."""
    names = {normalize_name(name): name for name in table.data}
    return {normal: edges(table, name, normal if are_extras else "") for normal, name in names.items()}


class Graph:
    """All packages of a lock.

    :param answer: what a marker is without what is known, and with more extras that are wanted; `None` where it never holds.
    """

    def __init__(self, packages: Sequence[Package], answer: Callable[[str, tuple[str, ...]], str | None]) -> None:
        self.packages = packages
        self.answer = answer
        self.by_name: defaultdict[str, list[int]] = defaultdict(list)
        for index, package in enumerate(packages):
            self.by_name[package.name].append(index)

    def targets(self, edge: Edge) -> list[int]:
        """Return the packages that an edge means; where version and source do not tell, their forks do, as in uv."""
        found = self.by_name.get(edge.name, [])
        if len(found) > 1 and edge.version:
            found = [index for index in found if self.packages[index].version == edge.version]
        if len(found) > 1 and edge.source:
            found = [index for index in found if self.packages[index].source.data == edge.source]
        return found

    def walk(self, roots: Iterable[Edge]) -> Iterator[Reached]:
        """Follow all dependencies, and yield the packages that are needed, in the lock's order."""
        ways: defaultdict[tuple[int, str], list[Way]] = defaultdict(list)
        queue: list[tuple[Edge, Way]] = [(edge, ()) for edge in roots]
        for edge, before in queue:  # it grows
            marker = self.edge_marker(edge)
            if marker is None:
                continue
            way = before if not marker or marker in before else (*before, marker)
            found = self.targets(edge)
            for index in found:
                if len(found) > 1 and not self._may_be_meant(self.packages[index]):
                    continue
                for extra in ("", *edge.extras):
                    followed = _add_way(ways[index, extra], way)
                    if followed is not None:
                        queue += [(following, followed) for following in self._edges(index, extra)]
        by_package: defaultdict[int, dict[str, list[Way]]] = defaultdict(dict)
        for index, extra in sorted(ways):
            by_package[index][extra] = ways[index, extra]
        for index, found_ways in by_package.items():
            package_ways = found_ways.pop("")
            asked = {extra: any_of(map(all_of, found)) for extra, found in found_ways.items()}
            yield Reached(self.packages[index], self._marker(self.packages[index], package_ways), asked)

    def edge_marker(self, edge: Edge) -> str | None:
        """Return when a dependency is needed by who has it; an extra that it asks for counts as wanted, as in uv."""
        asked = tuple(f"extra-{len(edge.name)}-{edge.name}-{extra}" for extra in edge.extras)
        return self.answer(edge.marker, (*asked, edge.within) if edge.within else asked)

    def _edges(self, index: int, extra: str) -> tuple[Edge, ...]:
        package = self.packages[index]
        return package.optional.get(extra, ()) if extra else package.dependencies

    def _forks(self, package: Package) -> list[str]:
        """Return the markers of a package's forks, without those that never hold."""
        return [marker for fork in package.forks if (marker := self.answer(fork, ())) is not None]

    def _may_be_meant(self, package: Package) -> bool:
        return not package.forks or bool(self._forks(package))

    def _marker(self, package: Package, ways: Iterable[Way]) -> str:
        """Write when a package is needed; of several versions each has the markers of its fork."""
        forks = self._forks(package) if len(self.by_name[package.name]) > 1 else []
        return all_of([any_of(forks) if forks else "", any_of([all_of(way) for way in ways])])


def _add_way(ways: list[Way], way: Way) -> Way | None:
    """Add a way to a package and drop those that it makes needless; return what is to be followed, if it is new."""
    if any(set(known) <= set(way) for known in ways):
        return None
    if len(ways) >= _MAX_WAYS:
        way = ()
    ways[:] = [known for known in ways if not set(way) <= set(known)] + [way]
    return way
