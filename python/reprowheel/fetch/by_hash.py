"""Fetches an archive by hash: name, version and allowed hashes → a file on disk with one of these hashes.

A file is chosen by its hash alone. So it does not matter which index or mirror serves it, and none of them can replace it by
another file. See docs/decisions.md, "Lookups by hash".

Reads: the index pages of the project. Writes: one file, under its own name, complete or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import (
    canonicalize_name,
)
from packaging.version import Version

from reprowheel.archives.names import archive_identity
from reprowheel.errors import FetchError
from reprowheel.files import atomic_file, file_sha256
from reprowheel.output.progress import step

if TYPE_CHECKING:
    from collections.abc import Collection

    from reprowheel.fetch.index import Index
    from reprowheel.fetch.page import IndexFile

__all__ = ["FetchedFile", "fetch_file", "files_of_version", "not_found"]

_SHOWN_HASHES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedFile:
    """An archive on disk.

    :param sha256: hash that was computed from its bytes.
    """

    path: Path
    sha256: str


class _OtherBytesError(Exception):
    """Raised in a block of `atomic_file`, so that it discards the download."""


def files_of_version(index: Index, name: str, version: str) -> tuple[IndexFile, ...]:
    """Return all sdists and wheels that the index lists for this name and version."""
    wanted, exact = canonicalize_name(name), Version(version)
    chosen = []
    for file in index.files(name):
        identity = archive_identity(file.filename)
        if identity is not None and identity[0] == wanted and Version(identity[1]) == exact:
            chosen.append(file)
    return tuple(chosen)


def fetch_file(  # noqa: PLR0913 - keyword-only
    *,
    index: Index,
    name: str,
    version: str,
    sha256s: Collection[str],
    directory: Path,
    only_sdists: bool = False,
) -> FetchedFile:
    """Find the file of `name` `version` with one of `sha256s` and write it into `directory` under its own name.

    If the file is already there with an allowed hash, nothing is downloaded. If the index gives no hash for a file, the file
    is downloaded and hashed; sdists are tried before wheels.

    :raises FetchError: no file has an allowed hash, or the bytes do not have the hash that the index page gives.
    """
    files = files_of_version(index, name, version)
    if only_sdists:
        files = tuple(f for f in files if not f.filename.endswith(".whl"))
    listed = [file for file in files if file.sha256 in sha256s]
    unlisted = [file for file in files if not file.sha256]
    for file in sorted([*listed, *unlisted], key=lambda f: (not f.sha256, f.filename.endswith(".whl"))):
        fetched = _fetch(index, file, sha256s, directory)
        if fetched is not None:
            return fetched
        if file.sha256:
            msg = f"{name}=={version}: {file.filename} is not what the index promised (sha256 {file.sha256})"
            raise FetchError(msg, tip="try again; if it stays, the index or something on the way changes files")
    raise not_found(index, name, version, sha256s, files)


def _fetch(index: Index, file: IndexFile, sha256s: Collection[str], directory: Path) -> FetchedFile | None:
    """Download one file; return `None` if its bytes have another hash."""
    target = directory / Path(file.filename).name
    if target.is_file():
        present = file_sha256(target)
        if present in sha256s:
            return FetchedFile(path=target, sha256=present)
    directory.mkdir(parents=True, exist_ok=True)
    step(f"fetching {file.filename}")
    try:
        with atomic_file(target) as out:
            digest = index.download(file.url, out)
            if digest not in sha256s or (file.sha256 and digest != file.sha256):
                raise _OtherBytesError  # noqa: TRY301 - ends the block of atomic_file
    except _OtherBytesError:
        return None
    return FetchedFile(path=target, sha256=digest)


def not_found(
    index: Index,
    name: str,
    version: str,
    sha256s: Collection[str],
    files: Collection[IndexFile],
) -> FetchError:
    """Return the error for a distribution if no file with a locked hash exists.

    :param index: an index whose `files` was called for `name` before.
    :param files: the files that the index lists for this version.
    """
    failures, later = index.failures(name), index.later(name)
    shown = ", ".join(sorted(sha256s)[:_SHOWN_HASHES]) + (", …" if len(sha256s) > _SHOWN_HASHES else "")
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        what = f"{failures[0].message}{more}; no other index has a file with sha256 {shown}"
        return FetchError(f"{name}=={version}: {what}", tip=failures[0].tip)
    if files:
        what = f"none of the {len(files)} files of this version on the index has the locked sha256 {shown}"
        tip = "the lock is for another file: compile it again, or name the index that has it with --index-url"
    else:
        missing = "".join(f"; {page} answers 404" for page in index.unknown(name))
        what = f"the index lists no file of this version (wanted sha256 {shown}){missing}"
        tip = "check name and version, or name the index that has it with --index-url or PIP_INDEX_URL"
    if later:
        what += f"; {later}"
        tip = "name a later moment with --before, or a lock with earlier files"
    return FetchError(f"{name}=={version}: {what}", tip=tip)
