"""pylock.toml (PEP 751, lock-version 1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lock import Distribution, File, Lock
from .marker import fold_marker
from .names import archive_version, is_commit, most_common, normalize_name
from .table import LockTableError, Moving

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .lock import Request
    from .table import Table

__all__ = ["parse_pylock"]

_KINDS = ("archive", "directory", "vcs")


def parse_pylock(top: Table, request: Request) -> Lock:
    """Parse a lock.

    :raises LockTableError: it is no such lock, or something in it is not locked.
    """
    if top.text("lock-version").partition(".")[0] != "1":
        top.fail("lock-version", f"is {top.data.get('lock-version')!r}; expected '1.0'")
    environments = [top.marker("environments", marker) for marker in top.texts("environments")]
    requires_python = top.specifier("requires-python")
    _check_wanted(top, "extras", request.extras)
    _check_wanted(top, "dependency-groups", request.groups or ())
    chosen = top.texts("default-groups") if request.groups is None else request.groups
    wanted = {
        "dependency_groups": {normalize_name(name) for name in chosen},
        "extras": {normalize_name(name) for name in request.extras},
    }
    packages = top.tables("packages")
    index_url = most_common(package.text("index") for package in packages)
    entries = [_package(package, request, wanted, index_url) for package in packages]
    return Lock(
        entries=tuple(entry for entry in entries if entry is not None),
        names=tuple(package.name() for package in packages),
        has_edges=any("dependencies" in package.data for package in packages),
        index_url=index_url,
        requires_python=requires_python,
        environments=tuple(environments),
    )


def _check_wanted(top: Table, field: str, names: Collection[str]) -> None:
    known = {normalize_name(name) for name in [*top.texts(field), *top.texts("default-groups")]}
    for name in names:
        if normalize_name(name) not in known:
            top.fail(field, f"'{name}' is not there; expected one of: {', '.join(sorted(known)) or '(none)'}")


def _package(package: Table, request: Request, wanted: Mapping[str, set[str]], index_url: str) -> Distribution | None:
    """Read one package; `None` for one that is never needed."""
    table = package.named()
    marker = fold_marker(table.marker("marker", table.text("marker"), lock=True), wanted)
    requires_python = table.specifier("requires-python")
    kinds = [kind for kind in _KINDS if kind in table.data]
    if "sdist" in table.data or "wheels" in table.data:
        kinds.append("index")
    if len(kinds) != 1:
        found = " and ".join(kinds) or "no source"
        table.fail("", f"has {found}; expected exactly one of vcs, directory, archive, or sdist and wheels")
    entry = Distribution(table.name(), table.place, table.text("version"), requires_python=requires_python)
    if kinds[0] == "index":
        entry = _index(entry, table, request.base, index_url)
    else:
        read = {"archive": _archive, "directory": _directory, "vcs": _vcs}[kinds[0]]
        entry = read(entry, table.table(kinds[0]), request.base)
    entry = entry._replace(requires_dist=_edges(table))
    if marker and request.answer:
        marker = request.answer(marker)
    return None if marker is None else entry._replace(marker=marker)


def _file(table: Table, base: str) -> File:
    hashes = table.table("hashes").data
    file = table.file(table.sha256("hashes", hashes.get("sha256"), list(hashes)), "name", base)
    if not file.filename:
        table.fail("", "has neither name nor url nor path; expected one of them")
    return file


def _index(entry: Distribution, table: Table, base: str, index_url: str) -> Distribution:
    tables = [*table.tables("wheels"), *([table.table("sdist")] if "sdist" in table.data else [])]
    files = [_file(file, base) for file in tables]
    if not entry.version:
        table.fail("version", "is missing; expected the version of the files")
    index = table.text("index")
    return entry._replace(
        files=tuple(files),
        hashes=tuple(dict.fromkeys(file.sha256 for file in files)),
        index_url="" if index == index_url else index,
    )


def _archive(entry: Distribution, archive: Table, base: str) -> Distribution:
    file = _file(archive, base)
    entry = entry._replace(
        hashes=(file.sha256,),
        subdirectory=archive.text("subdirectory"),
        version=entry.version or archive_version(entry.name, file.filename),
    )
    if ":" in file.url.partition("/")[0]:
        return entry._replace(files=(file,), source="url", url=file.url)
    return entry._replace(path=archive.source_path("path", base), source="path")


def _vcs(entry: Distribution, vcs: Table, base: str) -> Distribution:  # noqa: ARG001 - as its neighbours
    if vcs.text("type") != "git":
        vcs.fail("type", f"is {vcs.data.get('type')!r}; expected 'git'")
    url, commit = vcs.text("url").removeprefix("git+"), vcs.text("commit-id").lower()
    if not url:
        vcs.fail("url", "is missing; expected the repository's address, as a path is not the same everywhere")
    if not is_commit(commit):
        moving = Moving(entry.name, url, commit or vcs.text("requested-revision"))
        raise LockTableError(vcs.at("commit-id"), moving=moving)
    return entry._replace(commit=commit, source="git", subdirectory=vcs.text("subdirectory"), url=url)


def _directory(entry: Distribution, directory: Table, base: str) -> Distribution:
    if directory.flag("editable"):
        what = f"{entry.name} is editable: it points into a source tree, which has no fixed content"
        tip = (
            "depend on its sources as a Bazel target and leave it out of the lock ('uv export' does with --no-emit-project or "
            "--no-emit-workspace)"
        )
        directory.fail("editable", what, tip)
    return entry._replace(
        path=directory.source_path("path", base),
        source="path",
        subdirectory=directory.text("subdirectory"),
    )


def _edges(table: Table) -> tuple[str, ...] | None:
    """Write `dependencies` as PEP 508 texts; `None` where the lock has none of them."""
    if "dependencies" not in table.data:
        return None
    edges = []
    for edge in table.tables("dependencies"):
        edge.name()
        version = edge.text("version")
        edges.append(edge.text("name") + (f"=={version}" if version else ""))
    return tuple(edges)
