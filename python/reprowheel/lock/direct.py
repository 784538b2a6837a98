"""Fetches the sdist of a requirement with a direct source: a URL, a git commit or a path."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import FetchError
from reprowheel.files import atomic_file, file_sha256
from reprowheel.output.address import masked_url
from reprowheel.sources.pack import archive_directory, archive_git

if TYPE_CHECKING:
    from collections.abc import Collection

    from reprowheel.fetch.index import Index
    from reprowheel.requirements.read import LockedRequirement

__all__ = ["DirectSdist", "canonical_filename", "fetch_direct"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectSdist:
    """An sdist on disk.

    :param sha256: the hash that a lock records: of the archive at the URL, of the local file, or of the canonical archive
        that is packed from a git commit or a folder.
    """

    path: Path
    sha256: str


def fetch_direct(requirement: LockedRequirement, index: Index, directory: Path) -> DirectSdist | None:
    """Return the sdist of a requirement that does not come from an index; `None` for a wheel, which is not built.

    :param directory: where archives are written.
    :raises FetchError: the source cannot be fetched or read, or its hash is not the locked one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if requirement.source == "git":
        made = archive_git(
            requirement.url,
            requirement.commit,
            directory,
            name=requirement.name,
            version=requirement.version,
            subdirectory=requirement.subdirectory,
        )
        _check(requirement, made.sha256, f"the archive of {made.source}")
        return DirectSdist(path=made.path, sha256=made.sha256)
    if requirement.source == "url":
        return _from_url(requirement, index, directory)
    path = requirement.path or Path()
    if path.name.endswith(".whl"):
        return None
    if not path.exists():
        msg = f"{requirement.place}: {requirement.name}: {path} does not exist"
        raise FetchError(msg, tip="correct the path; it is relative to the file that has the line")
    if path.is_dir():
        return _from_folder(requirement, path, directory)
    digest = file_sha256(path)
    _check(requirement, digest, str(path))
    return DirectSdist(path=path, sha256=digest)


def canonical_filename(key: str, filename: str) -> str:
    """Return the file name that PEP 625 gives an sdist; only the suffix of `filename` is kept."""
    name, _, version = key.partition("==")
    suffix = next((suffix for suffix in (".zip", ".tar.bz2", ".tar.xz") if filename.endswith(suffix)), ".tar.gz")
    return f"{name.replace('-', '_')}-{version}{suffix}"


def _from_url(requirement: LockedRequirement, index: Index, directory: Path) -> DirectSdist | None:
    filename = unquote(urlsplit(requirement.url).path.rstrip("/").rpartition("/")[2])
    if filename.endswith(".whl"):
        return None
    target = directory / filename
    with atomic_file(target) as out:
        digest = index.download(requirement.url, out)
        _check(requirement, digest, masked_url(requirement.url))
    if not requirement.subdirectory:
        return DirectSdist(path=target, sha256=digest)
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        tree = unpack_sdist(target, Path(scratch)).tree
        return DirectSdist(path=_from_folder(requirement, tree, directory / "folder").path, sha256=digest)


def _from_folder(requirement: LockedRequirement, folder: Path, directory: Path) -> DirectSdist:
    made = archive_directory(
        folder,
        directory,
        name=requirement.name,
        version=requirement.version,
        subdirectory=requirement.subdirectory,
    )
    if requirement.source == "path":
        _check(requirement, made.sha256, f"the archive of {folder}")
    return DirectSdist(path=made.path, sha256=made.sha256)


def _check(requirement: LockedRequirement, digest: str, what: str) -> None:
    allowed: Collection[str] = requirement.sha256s
    if allowed and digest not in allowed:
        msg = f"{requirement.place}: {requirement.name}: {what} has sha256 {digest}; expected {' or '.join(allowed)}"
        raise FetchError(msg, tip="correct the hash if the change was meant")
