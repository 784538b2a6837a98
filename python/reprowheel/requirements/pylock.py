"""Reads pylock.toml (PEP 751, lock-version 1.0) for one environment."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from reprowheel.archives.names import archive_identity
from reprowheel.errors import LockError
from reprowheel.requirements.direct import commit_error, is_commit
from reprowheel.requirements.locked import LockedRequirement, LockedRequirements
from reprowheel.requirements.toml import check_python, read_toml, workspace_path

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from reprowheel.requirements.toml import Table

__all__ = ["read_pylock"]

_KINDS = ("archive", "directory", "vcs")


def read_pylock(
    path: Path,
    environment: Mapping[str, str],
    *,
    extras: Collection[str] = (),
    groups: Collection[str] | None = None,
) -> LockedRequirements:
    """Read what of a lock applies in an environment.

    :param extras: extras of the locked project that are wanted.
    :param groups: dependency groups that are wanted; `None`: the lock's `default-groups`.
    :raises LockError: it is no such lock, or not for this environment.
    """
    top = read_toml(path)
    if top.text("lock-version").partition(".")[0] != "1":
        top.fail("lock-version", f"is {top.data.get('lock-version')!r}; expected '1.0'")
    _check_wanted(top, "extras", extras)
    _check_wanted(top, "dependency-groups", groups or ())
    check_python(top.specifier("requires-python"), environment, f"{path}:")
    chosen = top.texts("default-groups") if groups is None else groups
    variables: dict[str, str | frozenset[str]] = {
        **environment,
        "dependency_groups": frozenset(canonicalize_name(name) for name in chosen),
        "extras": frozenset(canonicalize_name(name) for name in extras),
    }
    environments = [top.check_marker("environments", marker) for marker in top.texts("environments")]
    if environments and not any(Marker(marker).evaluate({"extra": "", **environment}) for marker in environments):
        msg = f"{path}: is for the environments {' | '.join(environments)}, none of which is this one"
        raise LockError(msg, tip="lock again for this platform")
    requirements, names, has_edges = list[LockedRequirement](), set[str](), False
    for table in top.tables("packages"):
        names.add(table.name())
        has_edges = has_edges or "dependencies" in table.data
        marker = table.marker()
        requirement = _package(table, path.parent)
        if not marker or Marker(marker).evaluate(variables, context="lock_file"):
            check_python(table.specifier("requires-python"), environment, f"{table.place}: {requirement.name}")
            requirements.append(requirement)
    return LockedRequirements(requirements=tuple(requirements), names=frozenset(names), has_edges=has_edges)


def _check_wanted(top: Table, field: str, names: Collection[str]) -> None:
    known = {canonicalize_name(name) for name in [*top.texts(field), *top.texts("default-groups")]}
    for name in names:
        if canonicalize_name(name) not in known:
            top.fail(field, f"{name!r} is not there; expected one of: {', '.join(sorted(known)) or '(none)'}")


def _package(table: Table, folder: Path) -> LockedRequirement:
    kinds = [kind for kind in _KINDS if kind in table.data]
    if "sdist" in table.data or "wheels" in table.data:
        kinds.append("index")
    if len(kinds) != 1:
        what = f"has {' and '.join(kinds) or 'no source'}; expected exactly one of vcs, directory, archive, or sdist and wheels"
        table.fail("", what)
    if kinds[0] == "index":
        return _index(table)
    return {"archive": _archive, "directory": _directory, "vcs": _vcs}[kinds[0]](table, table.table(kinds[0]), folder)


def _sha256(file: Table) -> str:
    hashes = file.table("hashes")
    return file.checked_sha256("hashes", hashes.data.get("sha256"), list(hashes.data))


def _index(table: Table) -> LockedRequirement:
    files = table.tables("wheels")
    if "sdist" in table.data:
        files.append(table.table("sdist"))
    if not table.text("version"):
        table.fail("version", "is missing; expected the version of the files")
    return LockedRequirement(
        name=table.name(),
        version=table.text("version"),
        sha256s=tuple(sorted({_sha256(file) for file in files})),
        extras=(),
        marker="",
        place=table.place,
        filenames=tuple(sorted({file.filename("name", "path", "url") for file in files})),
    )


def _archive(table: Table, archive: Table, folder: Path) -> LockedRequirement:
    url, version = archive.text("url"), table.text("version")
    identity = archive_identity(unquote(posixpath.basename(urlsplit(url).path or archive.text("path"))))
    if not version and identity is not None and identity[0] == table.name():
        version = identity[1]
    return LockedRequirement(
        name=table.name(),
        version=version,
        sha256s=(_sha256(archive),),
        extras=(),
        marker="",
        place=table.place,
        source="url" if url else "path",
        url=url,
        subdirectory=archive.text("subdirectory"),
        path=None if url else workspace_path(folder, archive, "path"),
    )


def _directory(table: Table, directory: Table, folder: Path) -> LockedRequirement:
    if directory.data.get("editable"):
        tip = "leave it out of the lock: `uv export` does with --no-emit-project or --no-emit-workspace"
        directory.fail("editable", f"{table.name()} is editable, which has no fixed content", tip)
    return LockedRequirement(
        name=table.name(),
        version=table.text("version"),
        sha256s=(),
        extras=(),
        marker="",
        place=table.place,
        source="path",
        subdirectory=directory.text("subdirectory"),
        path=workspace_path(folder, directory, "path"),
    )


def _vcs(table: Table, vcs: Table, _: Path) -> LockedRequirement:
    if vcs.text("type") != "git":
        vcs.fail("type", f"is {vcs.data.get('type')!r}; expected 'git'")
    url, commit = vcs.text("url").removeprefix("git+"), vcs.text("commit-id").lower()
    if not url:
        vcs.fail("url", "is missing; expected the repository's address, as a path is not the same everywhere")
    if not is_commit(commit):
        place = f"{vcs.place}.commit-id"
        raise commit_error(place, table.name(), url, commit or vcs.text("requested-revision"))
    return LockedRequirement(
        name=table.name(),
        version=table.text("version"),
        sha256s=(),
        extras=(),
        marker="",
        place=table.place,
        source="git",
        url=url,
        commit=commit,
        subdirectory=vcs.text("subdirectory"),
    )
