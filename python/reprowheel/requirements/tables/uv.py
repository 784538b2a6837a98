"""uv.lock (version 1): what the locked projects need, and where it comes from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .choices import ALL, Choices, Item
from .graph import Graph, Package
from .lock import Distribution, File, Lock
from .marker import fold_marker
from .names import is_commit, most_common, normalize_name
from .table import LockTableError, Moving

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from .graph import Reached
    from .lock import Request
    from .table import Table

__all__ = ["parse_uv_lock"]


def parse_uv_lock(top: Table, request: Request) -> Lock:
    """Parse a lock.

    :raises LockTableError: it is no such lock, or something in it is not locked.
    """
    if top.data.get("version") != 1:
        top.fail("version", f"is {top.data.get('version')!r}; expected 1", "lock with a uv that writes version 1")
    environments = [top.marker("supported-markers", marker) for marker in top.texts("supported-markers")]
    requires_python = top.specifier("requires-python")
    packages = [Package.read(table) for table in top.tables("package")]
    projects = _projects(top, packages)
    choices = Choices(top, projects)
    base = choices.base(request.extras, request.groups or ())
    if not projects and not choices.roots(base):
        what = 'has no project of its own and no requirements; expected a source of virtual or editable ".", or [manifest]'
        top.fail("", what, "lock a project, or a script with requirements")
    index_url = most_common(package.source.text("registry") for package in packages)
    return Lock(
        entries=_entries(top, packages, choices, base, request, index_url),
        names=tuple(package.name for package in packages if not package.is_own),
        has_edges=True,
        index_url=index_url if "://" in index_url else "",
        requires_python=requires_python,
        environments=tuple(environments),
        choices={
            name: _entries(top, packages, choices, items, request, index_url)
            for name, items in _asked_choices(top, choices.by_name(base), request.choices)
        },
        build_constraints=_build_constraints(top.table("manifest")),
    )


def _projects(top: Table, packages: Sequence[Package]) -> list[Package]:
    """Return the packages that are the locked projects themselves."""
    members = {normalize_name(name) for name in top.table("manifest").texts("members")}
    if members:
        return [package for package in packages if package.name in members]
    return [package for package in packages if package.is_own and "." in package.source.data.values()]


def _asked_choices(
    top: Table,
    known: Mapping[str, frozenset[Item]],
    asked: Collection[str],
) -> list[tuple[str, frozenset[Item]]]:
    if ALL in asked:
        return list(known.items())
    for name in asked:
        if normalize_name(name) not in known:
            what = f"'{name}' is no dep_group; expected one of: {', '.join(known) or '(none)'}"
            top.fail("", what, "name one of them")
    return [(name, known[name]) for name in sorted(set(map(normalize_name, asked)))]


def _build_constraints(manifest: Table) -> tuple[str, ...]:
    """Write `build-constraints` as PEP 508 texts."""
    found = []
    for table in manifest.tables("build-constraints"):
        if "source" in table.data or "url" in table.data:
            table.fail("", f"{table.text('name')} comes from a source of its own", "constrain build requirements by version only")
        marker = table.marker("marker", table.text("marker"))
        # pip takes no extras in a constraint; they do not change which versions are allowed.
        found.append(f"{table.name()}{table.specifier('specifier')}{f' ; {marker}' if marker else ''}")
    return tuple(sorted(found))


def _entries(  # noqa: PLR0913, PLR0917 - what one walk needs
    top: Table,
    packages: Sequence[Package],
    choices: Choices,
    items: frozenset[Item],
    request: Request,
    index_url: str,
) -> tuple[Distribution, ...]:
    """Return the distributions that a choice needs, in the order of the lock."""
    wanted, roots = {item.in_markers for item in items}, choices.roots(items)
    while True:  # an extra that somebody asks for may decide markers; each round knows more of them
        graph = Graph(packages, _answer(wanted, request))
        reached = list(graph.walk(roots))
        more = {item.in_markers for item in _asked_extras(top, reached, choices, items)} - wanted
        if not more:
            break
        wanted |= more
    needed = [one for one in reached if not one.package.is_own]
    return tuple(_distribution(graph, one, request.base, index_url) for one in needed)


def _asked_extras(top: Table, reached: Iterable[Reached], choices: Choices, items: frozenset[Item]) -> Iterator[Item]:
    """Yield the extras that dependencies ask for and that exclude something, as it is these that markers may name."""
    excluding = {item for found in choices.conflicts for item in found}
    for one in reached:
        for extra, marker in one.asked.items():
            item = Item(one.package.name, "extra", extra)
            if item not in excluding or item in items:
                continue
            if marker:
                what = f"{item} excludes other things, and is asked for only where {marker}; expected it everywhere or nowhere"
                top.fail("conflicts", what, "ask for it without a marker, and lock again")
            yield item


def _answer(wanted: set[str], request: Request) -> Callable[[str, tuple[str, ...]], str | None]:
    """Return what answers markers: uv writes projects, extras and groups that exclude each other as extras of long names."""

    @cache
    def answer(marker: str, more: tuple[str, ...]) -> str | None:
        rest = fold_marker(marker, {"extra": wanted.union(more)})
        return request.answer(rest) if rest and request.answer else rest

    return answer


def _distribution(graph: Graph, reached: Reached, base: str, index_url: str) -> Distribution:
    package = reached.package
    sources = {"registry": _registry, "git": _git, "url": _url}
    entry = Distribution(
        name=package.name,
        where=package.table.place,
        version=package.version,
        extras=tuple(reached.asked),
        marker=reached.marker,
        requires_dist=tuple(_requires_dist(graph, package)),
    )
    entry = sources.get(package.kind, _path)(entry, package, base)
    return entry._replace(index_url="" if entry.index_url == index_url else entry.index_url)


def _requires_dist(graph: Graph, package: Package) -> Iterator[str]:
    """Write the dependencies of a package as PEP 508 texts."""
    found = [(edge, "") for edge in package.dependencies]
    for extra, optional in sorted(package.optional.items()):
        found += [(edge, f"extra == '{extra}'") for edge in optional]
    for edge, condition in found:
        if any(graph.packages[index].is_own for index in graph.targets(edge)):
            what = f"needs {edge.name}, which is a project of the workspace itself and no distribution"
            package.table.fail("", what, "lock it as a path that is not editable")
        marker = graph.edge_marker(edge)
        if marker is None:
            continue
        marker = f"({marker}) and {condition}" if marker and condition else marker or condition
        extras = f"[{','.join(sorted(edge.extras))}]" if edge.extras else ""
        version = f"=={edge.version}" if edge.version else ""
        yield f"{edge.name}{extras}{version}{f' ; {marker}' if marker else ''}"


def _sha256(file: Table) -> str:
    algorithm, _, digest = file.text("hash").partition(":")
    known = algorithm == "sha256"
    return file.sha256("hash", digest if known else None, [algorithm] if algorithm and not known else [])


def _files(package: Package, base: str, folder: str = "") -> tuple[File, ...]:
    table = package.table
    tables = [*table.tables("wheels"), *([table.table("sdist")] if "sdist" in table.data else [])]
    return tuple(file.file(_sha256(file), "filename", base, folder) for file in tables)


def _registry(entry: Distribution, package: Package, base: str) -> Distribution:
    registry = package.source.text("registry")
    is_url = "://" in registry or registry.startswith("file:")
    files = _files(package, base, "" if is_url and not registry.startswith("file:") else registry)
    if not files:
        package.table.fail("", "has neither sdist nor wheels; expected a file")
    return entry._replace(
        files=files,
        hashes=tuple(dict.fromkeys(file.sha256 for file in files)),
        index_url=registry if is_url else "",
    )


def _git(entry: Distribution, package: Package, base: str) -> Distribution:  # noqa: ARG001 - as its neighbours
    """Read `URL?rev=…&subdirectory=…#COMMIT`."""
    address, _, commit = package.source.text("git").partition("#")
    url, _, query = address.removeprefix("git+").partition("?")
    asked = {key: unquote(value) for key, _, value in (part.partition("=") for part in query.split("&"))}
    commit = commit.lower()
    if not is_commit(commit):
        revision = commit or asked.get("rev") or asked.get("tag") or asked.get("branch") or ""
        moving = Moving(package.name, url, revision)
        raise LockTableError(package.source.at("git"), moving=moving)
    return entry._replace(commit=commit, source="git", subdirectory=asked.get("subdirectory", ""), url=url)


def _url(entry: Distribution, package: Package, base: str) -> Distribution:
    url = package.source.text("url")
    files = _files(package, base)
    if not files:
        package.table.fail("", f"has no hash of {url}; expected one in sdist or wheels")
    return entry._replace(
        hashes=tuple(file.sha256 for file in files),
        source="url",
        subdirectory=package.source.text("subdirectory"),
        url=url.partition("#")[0],
    )


def _path(entry: Distribution, package: Package, base: str) -> Distribution:
    files = _files(package, base) if package.kind == "path" else ()
    return entry._replace(
        hashes=tuple(file.sha256 for file in files),
        path=package.source.source_path(package.kind, base),
        source="path",
        subdirectory=package.source.text("subdirectory"),
    )
