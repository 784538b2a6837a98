"""Reads uv.lock (version 1) for one environment: what the locked project's dependencies need there."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from reprowheel.errors import LockError
from reprowheel.requirements.direct import commit_error, is_commit
from reprowheel.requirements.locked import LockedRequirement, LockedRequirements
from reprowheel.requirements.toml import check_python, read_toml, workspace_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from reprowheel.requirements.toml import Table

__all__ = ["read_uv_lock"]

_KINDS = ("directory", "editable", "git", "path", "registry", "url", "virtual")
_OWN = ("editable", "virtual")
_EXTRA = re.compile(r'extra (==|!=) "([^"]*)"')
_ALWAYS, _NEVER = 'sys_platform != ""', 'sys_platform == ""'


def read_uv_lock(
    path: Path,
    environment: Mapping[str, str],
    *,
    extras: Collection[str] = (),
    groups: Collection[str] = (),
) -> LockedRequirements:
    """Read what of a lock is needed in an environment.

    :param extras: extras of the locked projects that are wanted.
    :param groups: dependency groups of the locked projects that are wanted.
    :raises LockError: it is no such lock, or not for this environment.
    """
    top = read_toml(path)
    if top.data.get("version") != 1:
        top.fail("version", f"is {top.data.get('version')!r}; expected 1", "lock with a uv that writes version 1")
    check_python(top.specifier("requires-python"), environment, f"{path}:")
    supported = [top.check_marker("supported-markers", marker) for marker in top.texts("supported-markers")]
    if supported and not any(Marker(marker).evaluate({"extra": "", **environment}) for marker in supported):
        msg = f"{path}: is for the environments {' | '.join(supported)}, none of which is this one"
        raise LockError(msg, tip="lock again for this platform, or widen tool.uv.environments")
    packages = tuple(top.tables("package"))
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for index, table in enumerate(packages):
        by_name[table.name()].append(index)
    graph = _Graph(
        packages=packages,
        by_name=by_name,
        environment=environment,
        extras=frozenset(canonicalize_name(name) for name in extras),
        groups=frozenset(canonicalize_name(name) for name in groups),
    )
    return LockedRequirements(
        requirements=tuple(_locked(table, reached, path.parent) for table, reached in graph.needed(top)),
        names=frozenset(table.name() for table in graph.packages if not _is_own(table)),
        has_edges=True,
    )


def _source_kind(table: Table) -> str:
    source = table.table("source")
    kinds = [kind for kind in _KINDS if kind in source.data]
    if len(kinds) != 1:
        table.fail("source", f"is {dict(source.data)!r}; expected one of {', '.join(_KINDS)}")
    return kinds[0]


def _is_own(table: Table) -> bool:
    return _source_kind(table) in _OWN


@dataclass(frozen=True, kw_only=True, slots=True)
class _Graph:
    """The packages of the lock, and what is asked of its projects."""

    packages: tuple[Table, ...]
    by_name: Mapping[str, list[int]]
    environment: Mapping[str, str]
    extras: frozenset[str]
    groups: frozenset[str]

    def needed(self, top: Table) -> Iterator[tuple[Table, tuple[str, ...]]]:
        """Yield each package that is needed, in the lock's order, with the extras that somebody asks for."""
        waiting = list(self._roots(top))
        projects = [table.name() for table in self._projects(top)]
        wanted = {f"extra-{len(p)}-{p}-{extra}" for p in projects for extra in self.extras}
        wanted |= {f"group-{len(p)}-{p}-{group}" for p in projects for group in self.groups}
        reached: dict[int, set[str]] = {}
        while waiting:
            edge = waiting.pop()
            if not self._applies(edge, wanted):
                continue
            for index in self._targets(edge):
                waiting += self._visit(index, edge, reached)
        for index in sorted(reached):
            if not _is_own(self.packages[index]):
                yield self.packages[index], tuple(sorted(reached[index]))

    def _visit(self, index: int, edge: Table, reached: dict[int, set[str]]) -> Iterator[Table]:
        """Yield the dependencies that this edge adds."""
        table = self.packages[index]
        if index not in reached:
            reached[index] = set()
            yield from table.tables("dependencies")
        optional = table.table("optional-dependencies")
        asked = {canonicalize_name(e) for e in [*edge.texts("extra"), *edge.texts("extras")]} - reached[index]
        reached[index] |= asked
        for extra in optional.data:
            if canonicalize_name(extra) in asked:
                yield from optional.tables(extra)

    def _applies(self, edge: Table, wanted: Collection[str]) -> bool:
        """Evaluate an edge's marker; conflicting extras and groups are spelled as extras in it."""
        marker = edge.marker()
        if not marker:
            return True
        answered = _EXTRA.sub(lambda m: _ALWAYS if (m[2] in wanted) == (m[1] == "==") else _NEVER, marker)
        return Marker(answered).evaluate({"extra": "", **self.environment})

    def _targets(self, edge: Table) -> list[int]:
        """Return the packages that an edge means; where the name is not enough, version, source or specifier tell."""
        found = self.by_name.get(edge.name(), [])
        if len(found) > 1 and "version" in edge.data:
            found = [index for index in found if self.packages[index].data.get("version") == edge.data["version"]]
        if len(found) > 1 and "source" in edge.data:
            found = [index for index in found if self.packages[index].data.get("source") == edge.data["source"]]
        if len(found) > 1 and "specifier" in edge.data:
            specifier = edge.specifier("specifier")
            found = [index for index in found if specifier.contains(self.packages[index].text("version"), prereleases=True)]
        return [index for index in found if self._in_fork(self.packages[index])] if len(found) > 1 else found

    def _in_fork(self, table: Table) -> bool:
        markers = [table.check_marker("resolution-markers", marker) for marker in table.texts("resolution-markers")]
        return not markers or any(Marker(marker).evaluate({"extra": "", **self.environment}) for marker in markers)

    def _projects(self, top: Table) -> list[Table]:
        members = {canonicalize_name(name) for name in top.table("manifest").texts("members")}
        if members:
            return [table for table in self.packages if table.name() in members]
        return [table for table in self.packages if _is_own(table) and "." in table.table("source").data.values()]

    def _roots(self, top: Table) -> Iterator[Table]:
        """Yield the dependencies to begin with."""
        manifest = top.table("manifest")
        manifest_groups = manifest.table("dependency-groups")
        projects = self._projects(top)
        known_extras, known_groups = set[str](), {canonicalize_name(name) for name in manifest_groups.data}
        roots = manifest.tables("requirements") + list(_chosen(manifest_groups, self.groups))
        for project in projects:
            optional, development = project.table("optional-dependencies"), project.table("dev-dependencies")
            metadata = project.table("metadata")
            known_extras |= {canonicalize_name(name) for name in [*optional.data, *metadata.texts("provides-extras")]}
            known_groups |= {canonicalize_name(n) for n in [*development.data, *metadata.table("requires-dev").data]}
            roots += project.tables("dependencies")
            roots += [*_chosen(optional, self.extras), *_chosen(development, self.groups)]
        for what, names, known in (("extra", self.extras, known_extras), ("group", self.groups, known_groups)):
            for name in sorted(names - known):
                there = ", ".join(sorted(known)) or "(none)"
                msg = f"{top.place}{name!r} is no {what} of a locked project; expected one of: {there}"
                raise LockError(msg, tip="name one of them")
        if not projects and not roots:
            msg = f"{top.place}has no project of its own and no requirements"
            raise LockError(msg, tip="lock a project, or a script with requirements")
        yield from roots


def _chosen(table: Table, names: Collection[str]) -> Iterator[Table]:
    for name in table.data:
        if canonicalize_name(name) in names:
            yield from table.tables(name)


def _locked(table: Table, extras: tuple[str, ...], folder: Path) -> LockedRequirement:
    """Read source and hashes of a package."""
    kind, source = _source_kind(table), table.table("source")
    files = table.tables("wheels")
    if "sdist" in table.data:
        files.append(table.table("sdist"))
    sha256s = {_sha256(file) for file in files} if kind in ("path", "registry", "url") else set[str]()
    if kind in ("registry", "url") and not sha256s:
        table.fail("", "has neither sdist nor wheels with a hash; expected one")
    url, commit, subdirectory = source.text("url").partition("#")[0], "", source.text("subdirectory")
    if kind == "git":
        url, commit, subdirectory = _git(table, source)
    return LockedRequirement(
        name=table.name(),
        version=table.text("version"),
        sha256s=tuple(sorted(sha256s)),
        extras=extras,
        marker="",
        place=table.place,
        source={"registry": "index", "directory": "path"}.get(kind, kind),
        url=url,
        commit=commit,
        subdirectory=subdirectory,
        path=workspace_path(folder, source, kind) if kind in ("directory", "path") else None,
        filenames=tuple(sorted({file.filename("filename", "path", "url") for file in files})) if kind == "registry" else (),
    )


def _git(table: Table, source: Table) -> tuple[str, str, str]:
    """Return address, commit and subdirectory of a git source: `URL?rev=…&subdirectory=…#COMMIT`."""
    parts = urlsplit(source.text("git").removeprefix("git+"))
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    url = urlunsplit(parts._replace(query="", fragment=""))
    commit = parts.fragment.lower()
    if not is_commit(commit):
        revision = commit or query.get("rev") or query.get("tag") or query.get("branch") or ""
        place = f"{source.place}.git"
        raise commit_error(place, table.name(), url, revision)
    return url, commit, unquote(query.get("subdirectory", ""))


def _sha256(file: Table) -> str:
    algorithm, _, digest = file.text("hash").partition(":")
    known = algorithm == "sha256"
    return file.checked_sha256("hash", digest if known else None, [algorithm] if algorithm and not known else [])
