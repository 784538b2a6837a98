"""Finds the Rust projects of an sdist: the manifests that its back end builds, and the Cargo.lock of each.

maturin and setuptools-rust name their manifests in pyproject.toml. Where a manifest is named in Python code only (setup.py), all
outermost manifests of the tree count that make a library for Python or a program. Specs: the Cargo book, "Workspaces" and
"Source replacement"; the documentation of maturin and setuptools-rust.
"""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["CargoProject", "compiles_without_cargo", "find_projects"]

_RUST_TOOLS = re.compile(r"(?:.*-)?(?:maturin|rust|rs|cargo|pyo3)(?:-.*)?")
"""Names of build requirements that build Rust, such as setuptools-rust and hatch-rs. Without a manifest a name does not count."""

_MESON_RUST = re.compile(r"""\b(?:project|add_languages)\s*\([^)]*['"]rust['"]""")
_MESON_FOLDER = re.compile(r"""\bsubdir\s*\(\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True, kw_only=True, slots=True)
class CargoProject:
    """One manifest that is built; paths are posix paths in the sdist's tree.

    :param manifest: its Cargo.toml.
    :param lock: the Cargo.lock of its workspace; the file may not exist.
    :param vendored: the sdist has the crates itself, and a configuration of cargo that says where.
    """

    manifest: str
    lock: str
    vendored: bool = False


def find_projects(tree: Path, requirements: Collection[str], *, asked: bool = False) -> tuple[CargoProject, ...]:
    """Return the projects that a build of the sdist compiles; empty if it uses no Rust.

    :param requirements: normalized names of the build requirements.
    :param asked: somebody says that it uses Rust, though nothing in pyproject.toml does.
    """
    if not asked and not uses_rust(tree, requirements):
        return ()
    vendored = _vendored_folders(tree)
    manifests = _named_manifests(tree, requirements) or _outermost_manifests(tree, vendored)
    projects = []
    for manifest in manifests:
        lock = _workspace_root(tree, manifest) / "Cargo.lock"
        projects.append(CargoProject(manifest=manifest.as_posix(), lock=lock.as_posix(), vendored=bool(vendored)))
    return tuple(sorted(projects, key=lambda project: project.manifest))


def uses_rust(tree: Path, requirements: Collection[str]) -> bool:
    """Say whether a build of the sdist compiles Rust.

    :param requirements: normalized names of the build requirements.
    """
    return any(_RUST_TOOLS.fullmatch(name) for name in requirements) or compiles_without_cargo(tree)


def compiles_without_cargo(tree: Path) -> bool:
    """Say whether an sdist is a Meson project that compiles Rust, which calls rustc itself: it needs no manifest of cargo."""
    waiting, seen = [tree], {tree}
    while waiting:
        folder = waiting.pop()
        try:
            text = (folder / "meson.build").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if _MESON_RUST.search(text):
            return True
        inner = {Path(os.path.normpath(folder / name)) for name in _MESON_FOLDER.findall(text)}
        waiting += sorted(path for path in inner - seen if path.is_relative_to(tree))
        seen |= inner
    return False


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; empty if there is none, or cargo will say what is wrong with it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else {}
    except (ValueError, OSError, RecursionError):
        return {}


def _table(data: Any, *keys: str) -> dict[str, Any]:  # noqa: ANN401 - parsed TOML
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _vendored_folders(tree: Path) -> list[PurePosixPath]:
    """Return the folders of vendored crates that cargo's configuration in the sdist names."""
    found = []
    for name in ("config.toml", "config"):
        sources = _table(_read(tree / ".cargo" / name), "source")
        for source in sources.values():
            folder = source.get("directory") if isinstance(source, dict) else None
            if isinstance(folder, str) and (tree / folder).is_dir():
                found.append(PurePosixPath(os.path.normpath(folder)))
    return found


def _named_manifests(tree: Path, requirements: Collection[str]) -> list[PurePosixPath]:
    """Return the manifests that pyproject.toml names, or that are the back end's default."""
    data = _read(tree / "pyproject.toml")
    backend = _table(data, "build-system").get("build-backend", "")
    named: list[Any] = []
    if isinstance(backend, str) and backend.partition(".")[0] == "maturin":
        named.append(_table(data, "tool", "maturin").get("manifest-path", "Cargo.toml"))
    elif "setuptools-rust" in requirements:
        rust = _table(data, "tool", "setuptools-rust")
        tables = [*_list(rust.get("ext-modules")), *_list(rust.get("bins"))]
        named += [table.get("path", "Cargo.toml") for table in tables if isinstance(table, dict)]
    paths = [PurePosixPath(os.path.normpath(path)) for path in named if isinstance(path, str)]
    return [path for path in dict.fromkeys(paths) if (tree / path).is_file() and ".." not in path.parts]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _outermost_manifests(tree: Path, vendored: list[PurePosixPath]) -> list[PurePosixPath]:
    """Return the manifests that lie in no other's folder; those that make no library for Python only if there are no others."""
    found = list(_manifests_below(tree, PurePosixPath(), vendored))
    made = [path for path in found if _makes_extension(tree, path)]
    return made or found


def _manifests_below(tree: Path, folder: PurePosixPath, vendored: list[PurePosixPath]) -> Iterator[PurePosixPath]:
    if (tree / folder / "Cargo.toml").is_file():
        yield folder / "Cargo.toml"
        return
    for entry in sorted(os.scandir(tree / folder), key=lambda entry: entry.name):
        inner = folder / entry.name
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") and inner not in vendored:
            yield from _manifests_below(tree, inner, vendored)


def _makes_extension(tree: Path, manifest: PurePosixPath) -> bool:
    """Say whether a manifest, or one of its workspace's members, makes a shared library."""
    data = _read(tree / manifest)
    types = _table(data, "lib").get("crate-type", _table(data, "lib").get("crate_type", []))
    if "cdylib" in _list(types):
        return True
    members = [text for text in _list(_table(data, "workspace").get("members")) if isinstance(text, str)]
    inner = [path for text in members for path in (tree / manifest.parent).glob(f"{text}/Cargo.toml")]
    return any("cdylib" in _list(_table(_read(path), "lib").get("crate-type")) for path in inner)


def _workspace_root(tree: Path, manifest: PurePosixPath) -> PurePosixPath:
    """Return the folder of the workspace that a manifest belongs to, as cargo finds it."""
    data = _read(tree / manifest)
    if "workspace" in data:
        return manifest.parent
    if isinstance(said := _table(data, "package").get("workspace"), str):
        return PurePosixPath(os.path.normpath(manifest.parent / said))
    for folder in manifest.parent.parents if manifest.parent.parts else ():
        outer = _table(_read(tree / folder / "Cargo.toml"), "workspace")
        if outer or "workspace" in _read(tree / folder / "Cargo.toml"):
            inside = manifest.parent.relative_to(folder).as_posix()
            excluded = [text for text in _list(outer.get("exclude")) if isinstance(text, str)]
            if not any(inside == text or inside.startswith(f"{text}/") or fnmatch.fnmatch(inside, text) for text in excluded):
                return folder
    return manifest.parent
