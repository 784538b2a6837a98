"""uv.lock (version 1): what the locked projects need, and where it comes from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .graph import Graph, Package, edges, edges_by_name
from .lock import Distribution, File, Lock
from .marker import fold_marker
from .names import is_commit, most_common, normalize_name
from .table import LockTableError, Moving

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from .graph import Edge, Reached
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
    extras = [normalize_name(name) for name in request.extras]
    groups = [normalize_name(name) for name in request.groups or ()]
    projects = _projects(top, packages)
    roots = _roots(top, projects, extras, groups)
    graph = Graph(packages, _answer(projects, extras, groups, request))
    index_url = most_common(package.source.text("registry") for package in packages)
    needed = [reached for reached in graph.walk(roots) if not reached.package.is_own]
    return Lock(
        entries=tuple(_distribution(graph, reached, request.base, index_url) for reached in needed),
        names=tuple(package.name for package in packages if not package.is_own),
        has_edges=True,
        index_url=index_url if "://" in index_url else "",
        requires_python=requires_python,
        environments=tuple(environments),
    )


def _projects(top: Table, packages: Sequence[Package]) -> list[Package]:
    """Return the packages that are the locked projects themselves."""
    members = {normalize_name(name) for name in top.table("manifest").texts("members")}
    if members:
        return [package for package in packages if package.name in members]
    return [package for package in packages if package.is_own and "." in package.source.data.values()]


def _roots(top: Table, projects: Sequence[Package], extras: Collection[str], groups: Collection[str]) -> list[Edge]:
    """Return the dependencies to begin with."""
    manifest = top.table("manifest")
    manifest_groups = edges_by_name(manifest.table("dependency-groups"))
    known_extras, known_groups = set[str](), set(manifest_groups)
    roots = [*edges(manifest, "requirements"), *_chosen(manifest_groups, groups)]
    for project in projects:
        metadata = project.table.table("metadata")
        known_extras |= {*project.optional, *map(normalize_name, metadata.texts("provides-extras"))}
        known_groups |= {*project.development, *map(normalize_name, metadata.table("requires-dev").data)}
        roots += [*project.dependencies, *_chosen(project.optional, extras), *_chosen(project.development, groups)]
    for what, names, known in (("extra", extras, known_extras), ("dependency group", groups, known_groups)):
        for name in names:
            if name not in known:
                there = ", ".join(sorted(known)) or "(none)"
                top.fail("", f"'{name}' is no {what} of a locked project; expected one of: {there}", "name one of them")
    if not projects and not roots:
        what = 'has no project of its own and no requirements; expected a source of virtual or editable ".", or [manifest]'
        top.fail("", what, "lock a project, or a script with requirements")
    return roots


def _chosen(table: Mapping[str, tuple[Edge, ...]], names: Collection[str]) -> Iterator[Edge]:
    for name, found in table.items():
        if name in names:
            yield from found


def _answer(
    projects: Iterable[Package],
    extras: Iterable[str],
    groups: Iterable[str],
    request: Request,
) -> Callable[[str], str | None]:
    """Return what answers markers: uv writes extras and groups that exclude each other as extras of long names."""
    wanted = set[str]()
    for project in projects:
        name = f"{len(project.name)}-{project.name}"
        wanted |= {f"extra-{name}-{extra}" for extra in extras} | {f"group-{name}-{group}" for group in groups}

    @cache
    def answer(marker: str) -> str | None:
        rest = fold_marker(marker, {"extra": wanted})
        return request.answer(rest) if rest and request.answer else rest

    return answer


def _distribution(graph: Graph, reached: Reached, base: str, index_url: str) -> Distribution:
    package = reached.package
    sources = {"registry": _registry, "git": _git, "url": _url}
    entry = Distribution(
        name=package.name,
        where=package.table.place,
        version=package.version,
        extras=reached.extras,
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
        marker = graph.answer(edge.marker)
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
