"""Packs a commit of a git repository, or a folder, into a canonical sdist.

The bytes of the archive depend on the files, their executable bits, the name, the version and the subdirectory. They do not
depend on git's version or settings, the umask, the time or the machine.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.archives.metadata import stated_identity
from reprowheel.archives.sdist import same_version
from reprowheel.errors import FetchError
from reprowheel.files import EPOCH_1980, canonical_mode, file_sha256, irregular_files, sorted_files
from reprowheel.inputs.guess import near_file
from reprowheel.output.address import public_url
from reprowheel.sources.canonical_tar import Entry, write_archive
from reprowheel.sources.git_tree import fetch_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SourceArchive", "archive_crates", "archive_directory", "archive_git"]

_PKG_INFO, _PYPROJECT = "PKG-INFO", "pyproject.toml"

# Folders that tools create during work on a project; they are no sources.
_NEVER = {".git", ".hg", ".svn", "__pycache__", ".venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
_LEFT_BY_BUILDS = {"build", "dist"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceArchive:
    """A canonical archive.

    :param version: the requested version, else the one that the project states; empty if only its back end knows it.
    :param epoch: seconds since 1970: the time of the commit; for a folder the start of 1980.
    :param source: address or folder of the sources, without passwords.
    """

    path: Path
    sha256: str
    name: str
    version: str
    epoch: int
    source: str


def archive_git(  # noqa: PLR0913 - three of them by name
    url: str, commit: str, out: Path, *, name: str, version: str = "", subdirectory: str = ""
) -> SourceArchive:
    """Write the canonical archive of a commit into the directory `out`.

    :param version: version in the lock. It is written into PKG-INFO if the commit has none, because back ends that take
        the version from tags cannot see them.
    :raises FetchError: the commit cannot be fetched or packed, or has another name or version.
    """
    source = f"{public_url(url)}@{commit}" + (f"#subdirectory={subdirectory}" if subdirectory else "")
    with (
        tempfile.TemporaryDirectory(prefix="reprowheel-git-") as scratch,
        fetch_tree(url, commit, Path(scratch)) as tree,
    ):
        epoch = max(EPOCH_1980, tree.epoch)
        return _write(tree.entries, out, _Project(name, version, subdirectory, source, epoch))


def archive_crates(url: str, commit: str, out: Path, *, name: str) -> SourceArchive:
    """Write the canonical archive of a commit that has Rust crates into the directory `out`: the whole commit, as it is.

    :param name: of the archive.
    :raises FetchError: the commit cannot be fetched or packed, or has no crate.
    """
    source = f"{public_url(url)}@{commit}"
    with (
        tempfile.TemporaryDirectory(prefix="reprowheel-git-") as scratch,
        fetch_tree(url, commit, Path(scratch)) as tree,
    ):
        epoch = max(EPOCH_1980, tree.epoch)
        entries = list(_below(tree.entries, _Project(name, "", "", source, epoch)))
        if not any(posixpath.basename(entry.path) == "Cargo.toml" for entry in entries):
            msg = f"{source}: has no Cargo.toml, so it has no crate"
            raise FetchError(msg, tip="Look at the git source in Cargo.toml and Cargo.lock.")
        out.mkdir(parents=True, exist_ok=True)
        archive = out / f"{name}-{commit}.tar.gz"
        write_archive(entries, archive, top=f"{name}-{commit}", epoch=epoch)
    return SourceArchive(path=archive, sha256=file_sha256(archive), name=name, version="", epoch=epoch, source=source)


def archive_directory(folder: Path, out: Path, *, name: str, version: str = "", subdirectory: str = "") -> SourceArchive:
    """Write the canonical archive of a folder into the directory `out`.

    These are left out: folders of version control, caches, `*.pyc`, `*.egg-info`, links that Bazel makes, and the top folders
    `build` and `dist`, unless they are packages.

    :raises FetchError: the folder cannot be packed, or has another name or version.
    """
    if not folder.is_dir():
        found = "is a file" if folder.is_file() else f"no such folder{near_file(folder)}"
        msg = f"{folder}: {found}; expected a folder, or git+URL@COMMIT"
        raise FetchError(msg)
    return _write(list(_folder_entries(folder)), out, _Project(name, version, subdirectory, folder.name, EPOCH_1980))


@dataclass(frozen=True, slots=True)
class _Project:
    name: str
    version: str
    subdirectory: str
    source: str
    epoch: int


def _folder_entries(folder: Path) -> Iterator[Entry]:
    left_by_builds = {top for top in _LEFT_BY_BUILDS if not (folder / top / "__init__.py").exists()}
    for path in [*sorted_files(folder), *irregular_files(folder)]:
        parts = path.relative_to(folder).parts
        name = parts[-1]
        if _NEVER.intersection(parts) or parts[0] in left_by_builds or name.endswith(".pyc"):
            continue
        if any(part.endswith(".egg-info") for part in parts[:-1]) or (path.is_symlink() and name.startswith("bazel-")):
            continue
        if path.is_symlink():
            yield Entry(path="/".join(parts), link=os.readlink(path))
        elif path.is_file():
            yield Entry(path="/".join(parts), executable=canonical_mode(path) != 0o644, read=path.read_bytes)
        else:
            msg = f"{path}: neither a file nor a link"
            raise FetchError(msg)


def _write(entries: Iterable[Entry], out: Path, project: _Project) -> SourceArchive:
    name = canonicalize_name(project.name)
    chosen = {entry.path: entry for entry in _below(entries, project)}
    if not {_PYPROJECT, "setup.py", "setup.cfg"}.intersection(chosen):
        below = f" in {project.subdirectory}" if project.subdirectory else ""
        msg = f"{project.source}: has neither pyproject.toml nor setup.py{below}"
        raise FetchError(msg, tip="Name the project's folder: --subdirectory DIR, or #subdirectory=DIR in a lock.")
    version = _version(chosen, name, project)
    if version and _PKG_INFO not in chosen:
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
        chosen[_PKG_INFO] = Entry(path=_PKG_INFO, read=lambda: text)
    out.mkdir(parents=True, exist_ok=True)
    top = f"{name.replace('-', '_')}-{version or '0'}"
    archive = out / f"{top}.tar.gz"
    write_archive(chosen.values(), archive, top=top, epoch=project.epoch)
    return SourceArchive(
        path=archive,
        sha256=file_sha256(archive),
        name=name,
        version=version,
        epoch=project.epoch,
        source=project.source,
    )


def _below(entries: Iterable[Entry], project: _Project) -> Iterator[Entry]:
    """Yield the entries of the subdirectory; a link to a file of the tree outside of it is replaced by the file."""
    tree = {entry.path: entry for entry in entries}
    prefix = posixpath.normpath(project.subdirectory).strip("/") + "/" if project.subdirectory else ""
    if prefix.startswith("../"):
        msg = f"{project.source}: the subdirectory leads outside"
        raise FetchError(msg)
    for path, entry in tree.items():
        if not path.startswith(prefix):
            continue
        short = path[len(prefix) :]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), entry.link)) if entry.link else ""
        if entry.link and not (target + "/").startswith(prefix or target):
            found = tree.get(target)
            if found is None or found.link:
                msg = f"{project.source}: the link {path} leads to {entry.link}, out of the project"
                raise FetchError(msg)
            yield replace(found, path=short)
        elif target.startswith(("../", "/")) or target == "..":
            msg = f"{project.source}: the link {path} leads to {entry.link}, out of the sources"
            raise FetchError(msg)
        else:
            yield replace(entry, path=short)


def _version(chosen: dict[str, Entry], name: str, project: _Project) -> str:
    """Return the requested version, else the one that the project states; raise FetchError if they or the names differ."""
    stated_name, stated = _stated(chosen, project)
    if stated_name and canonicalize_name(stated_name) != name:
        msg = f"{project.source}: is {stated_name}; expected {name}"
        raise FetchError(msg)
    if stated and project.version and not same_version(stated, project.version):
        msg = f"{project.source}: is {name}=={stated}; expected {name}=={project.version}"
        raise FetchError(msg, tip="Lock it again.")
    return project.version or stated


def _stated(chosen: dict[str, Entry], project: _Project) -> tuple[str, str]:
    """Return the name and version that pyproject.toml or PKG-INFO states; empty if neither does."""
    if _PYPROJECT in chosen:
        try:
            table = tomllib.loads(chosen[_PYPROJECT].read().decode("utf-8")).get("project", {})
        except (ValueError, AttributeError, RecursionError) as e:
            msg = f"{project.source}: pyproject.toml cannot be read ({e})"
            raise FetchError(msg) from e
        if isinstance(table, dict) and table.get("version"):
            return str(table.get("name", "")), str(table["version"])
    if _PKG_INFO in chosen:
        return stated_identity(chosen[_PKG_INFO].read().decode("utf-8", "replace"))
    return "", ""
