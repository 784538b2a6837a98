"""Compares a Cargo.lock with the manifests that it locks: a lock that lacks what a manifest asks for locks something else.

What a lock has too much is no contradiction: an sdist often has one member of a workspace, and the lock of all. So cargo's own
`--locked`, which refuses any difference, would refuse many sdists that build. See docs/decisions.md, "Locks that contradict their
manifest".
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprowheel.rust.cargo_lock import read_cargo_lock
from reprowheel.rust.requirements import allows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reprowheel.rust.projects import CargoProject

__all__ = ["changed_crates", "contradiction"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dependency:
    """What a manifest asks for.

    :param folder: for a path dependency, its folder in the tree; else empty.
    """

    name: str
    requirement: str
    folder: str
    optional: bool


def contradiction(tree: Path, project: CargoProject, text: str) -> str:
    """Return what a Cargo.lock lacks of what a project's manifests ask for, as part of a sentence; empty if it lacks nothing.

    :param text: the content of the lock, which can be read.
    """
    versions: dict[str, list[str]] = {}
    for package in tomllib.loads(text).get("package", []):
        versions.setdefault(str(package.get("name")), []).append(str(package.get("version")))
    root = _manifest(tree, os.path.join(os.path.dirname(project.lock), "Cargo.toml"))
    waiting, seen = [(project.manifest, True)], {project.manifest}
    while waiting:
        place, member = waiting.pop(0)
        for asked in _dependencies(
            _manifest(tree, place), root, os.path.dirname(place), os.path.dirname(project.lock), member=member
        ):
            if asked.optional and not member:
                continue
            if asked.folder:
                inner = os.path.join(asked.folder, "Cargo.toml")
                if inner not in seen and not inner.startswith(".."):
                    seen.add(inner)
                    waiting.append((inner, False))
                continue
            if asked.name not in versions:
                return f"does not have {asked.name}, which {place} asks for ({asked.requirement})"
            if not any(allows(asked.requirement, version) for version in versions[asked.name]):
                return f"has {asked.name} {', '.join(versions[asked.name])}; {place} asks for {asked.requirement}"
    return ""


def changed_crates(before: str, after: str, place: str) -> tuple[str, ...]:
    """Return the crates that a Cargo.lock has after a build and did not have before it, `NAME VERSION`, sorted.

    :param place: package and file, for messages.
    """
    known = set(read_cargo_lock(before, place))
    return tuple(f"{crate.name} {crate.version}" for crate in read_cargo_lock(after, place) if crate not in known)


def _manifest(tree: Path, place: str) -> Mapping[str, Any]:
    """Return a manifest; empty if there is none, or cargo will say what is wrong with it."""
    try:
        return tomllib.loads((tree / place).read_text(encoding="utf-8", errors="replace"))
    except (ValueError, OSError, RecursionError):
        return {}


def _dependencies(
    manifest: Mapping[str, Any], root: Mapping[str, Any], folder: str, root_folder: str, *, member: bool
) -> Iterator[_Dependency]:
    """Return what a manifest asks for on any platform.

    :param root: manifest of the workspace, which has what members inherit.
    :param folder: the manifest's, in the tree; paths are relative to it.
    :param member: it is what is built, so it is locked with what its tests need.
    """
    kinds = ("dependencies", "build-dependencies", *(("dev-dependencies",) if member else ()))
    targets = _table(manifest, "target").values()
    shared = _table(_table(root, "workspace"), "dependencies")
    for kind in kinds:
        for table in (_table(manifest, kind), *(_table(target, kind) for target in targets)):
            for key, value in sorted(table.items()):
                spec = value if isinstance(value, dict) else {"version": value}
                base = folder
                if spec.get("workspace") is True:
                    inherited = shared.get(key, "*")
                    optional = spec.get("optional")
                    spec = {**(inherited if isinstance(inherited, dict) else {"version": inherited}), "optional": optional}
                    base = root_folder
                path = spec.get("path")
                yield _Dependency(
                    name=str(spec.get("package", key)),
                    requirement=str(spec.get("version", "*")),
                    folder=os.path.normpath(os.path.join(base, path)) if isinstance(path, str) else "",
                    optional=spec.get("optional") is True,
                )


def _table(data: Any, key: str) -> dict[str, Any]:  # noqa: ANN401 - parsed TOML
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}
