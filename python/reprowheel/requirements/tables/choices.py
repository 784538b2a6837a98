"""Which extras and dependency groups of a uv.lock are wanted together, and which of them exclude each other.

A hub serves several *choices* of one lock. The base is what `lock_extras` and `lock_groups` name. Each other choice adds one
dependency group, or one extra, to it; what conflicts with that (`conflicts` in the lock) gives way.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from .graph import edges, edges_by_name
from .names import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from .graph import Edge, Package
    from .table import Table

__all__ = ["ALL", "Choices", "Item"]

# Stands for all choices of a lock.
ALL = ":all:"


class Item(NamedTuple):
    """What can be wanted of a project.

    :param package: the project; empty for what `[manifest]` has.
    :param kind: `project` (its dependencies), `extra` or `group`.
    :param name: of the extra or the group; empty for `project`.
    """

    package: str
    kind: str
    name: str = ""

    @property
    def in_markers(self) -> str:
        """Return how uv writes it in markers: as an extra with a long name."""
        return "-".join([self.kind, str(len(self.package)), self.package, *([self.name] if self.name else [])])

    def __str__(self) -> str:
        """Return it in words."""
        if self.kind == "project":
            return f"the project {self.package}"
        what = f"the {'dependency group' if self.kind == 'group' else self.kind} {self.name}"
        return f"{what} of {self.package}" if self.package else what


class Choices:
    """Everything that can be wanted of a lock.

    :param top: the lock.
    :param projects: the locked projects.
    """

    def __init__(self, top: Table, projects: Sequence[Package]) -> None:
        self._top = top
        self._projects = projects
        self.conflicts = [frozenset(_conflict(table)) for table in _conflict_tables(top)]
        self._edges = dict(self._read(top.table("manifest")))

    def _read(self, manifest: Table) -> Iterator[tuple[Item, tuple[Edge, ...]]]:
        yield Item("", "project"), edges(manifest, "requirements")
        for name, found in edges_by_name(manifest.table("dependency-groups")).items():
            yield Item("", "group", name), found
        for project in self._projects:
            yield Item(project.name, "project"), project.dependencies
            metadata = project.table.table("metadata")
            for name in map(normalize_name, metadata.texts("provides-extras")):
                yield Item(project.name, "extra", name), ()
            for name in map(normalize_name, metadata.table("requires-dev").data):
                yield Item(project.name, "group", name), ()
            for name, found in project.optional.items():
                yield Item(project.name, "extra", name), found
            for name, found in project.development.items():
                yield Item(project.name, "group", name), found

    def roots(self, items: AbstractSet[Item]) -> list[Edge]:
        """Return the dependencies to begin with, in the order of the lock."""
        return [edge for item, found in self._edges.items() if item in items for edge in found]

    def base(self, extras: Iterable[str], groups: Iterable[str]) -> frozenset[Item]:
        """Return what is wanted without a choice: all projects, and the extras and groups that somebody names.

        Projects that exclude each other are left out: each is a choice of its own.

        :raises LockTableError: there is no such extra or group, or two of them exclude each other.
        """
        wanted = {item for item in self._edges if item.kind == "project"}
        for what, kind, names in (("extra", "extra", extras), ("dependency group", "group", groups)):
            for name in map(normalize_name, names):
                found = self._named(kind, name)
                if not found:
                    there = ", ".join(sorted({item.name for item in self._edges if item.kind == kind})) or "(none)"
                    message = f"'{name}' is no {what} of a locked project; expected one of: {there}"
                    self._top.fail("", message, "name one of them")
                wanted |= found
        for one, other in self._contradictions(wanted):
            if one.kind == other.kind == "project":
                wanted -= {one, other}
            else:
                tip = "name one of them, and choose the other by the flag dep_group"
                self._top.fail("conflicts", f"{one} and {other} exclude each other, and both are wanted", tip)
        return frozenset(wanted)

    def by_name(self, base: AbstractSet[Item]) -> Mapping[str, frozenset[Item]]:
        """Return the choices by name, sorted: groups, extras that no group is named like, then projects.

        A project is a choice where it excludes something.
        """
        items = sorted(
            (item for item in self._edges if item.kind != "project"), key=lambda item: ("group", "extra").index(item.kind)
        )
        found: dict[str, frozenset[Item]] = {}
        for item in items:
            if item.name not in found:
                found[item.name] = self._with(base, self._named(item.kind, item.name))
        for item in sorted({item for items in self.conflicts for item in items if item.kind == "project"}):
            found.setdefault(item.package, self._with(base, {item}))
        return {name: chosen for name, chosen in sorted(found.items()) if not self._contradictions(chosen)}

    def _named(self, kind: str, name: str) -> frozenset[Item]:
        return frozenset(item for item in self._edges if item.kind == kind and item.name == name)

    def _with(self, base: AbstractSet[Item], chosen: AbstractSet[Item]) -> frozenset[Item]:
        """Add to the base what is chosen, with the projects that have it; what excludes it gives way."""
        owners = {Item(item.package, "project") for item in chosen}
        chosen = chosen | (owners - self._excluded_by(chosen))
        return frozenset((base - self._excluded_by(chosen)) | chosen)

    def _excluded_by(self, chosen: AbstractSet[Item]) -> set[Item]:
        return {item for items in self.conflicts if items & chosen for item in items - chosen}

    def _contradictions(self, items: AbstractSet[Item]) -> list[tuple[Item, Item]]:
        return [pair for found in self.conflicts for pair in combinations(sorted(found & items), 2)]


def _conflict_tables(top: Table) -> Iterator[list[Table]]:
    found = top.data.get("conflicts", [])
    if not isinstance(found, list) or not all(isinstance(items, list) for items in found):
        top.fail("conflicts", f"is {found!r}; expected an array of arrays of tables")
    for index, items in enumerate(found):
        yield type(top)({f"conflicts[{index}]": items}, top.place).tables(f"conflicts[{index}]")


def _conflict(tables: Iterable[Table]) -> Iterator[Item]:
    for table in tables:
        package = normalize_name(table.text("package"))
        kind = next((kind for kind in ("extra", "group") if kind in table.data), "project")
        yield Item(package, kind, normalize_name(table.text(kind)) if kind != "project" else "")
