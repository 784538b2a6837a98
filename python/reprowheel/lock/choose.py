"""Chooses files of an index: sdist or wheel for a requirement, and the wheel of a build requirement."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from reprowheel.archives.names import archive_identity
from reprowheel.environment.target import release_of
from reprowheel.errors import FetchError, LockError
from reprowheel.fetch.by_hash import files_of_version, not_found
from reprowheel.lock.resolve import Resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reprowheel.fetch.index import Index
    from reprowheel.fetch.page import IndexFile
    from reprowheel.lock.build_lock import LockedWheel
    from reprowheel.lock.resolve import TargetPython
    from reprowheel.requirements.read import LockedRequirement

__all__ = ["FileChooser", "wheel_tags"]


class FileChooser:
    """Chooses files for one interpreter.

    :param kept: wheels of the existing build lock, by `name==version`.
    :param portable: prefer a wheel for any platform to a wheel for this platform.
    """

    def __init__(
        self,
        python: TargetPython,
        index: Index,
        *,
        kept: Mapping[str, LockedWheel],
        portable: bool,
    ) -> None:
        self._index = index
        self._tags = frozenset(python.tags)
        self._python_version = release_of(python.markers["python_full_version"])
        self._kept = kept
        self._portable = portable

    def must_build(self, requirement: LockedRequirement, *, no_binary: Collection[str]) -> bool:
        """Say whether the locked sdist of a requirement is to be built.

        That is so if no locked wheel fits this interpreter, or if `no_binary` forbids the wheel.

        :param no_binary: names whose sdist is taken; with `:all:`, every sdist that is locked.
        :raises LockError: a name of `no_binary` has no locked sdist.
        :raises FetchError: the index has no file with a locked hash, or none of them fits.
        """
        files = self._locked(requirement)
        has_sdist = any(not file.filename.endswith(".whl") for file in files)
        if requirement.name in no_binary and not has_sdist:
            msg = f"{requirement.place}: {requirement.key}: is to be built from source, but no sdist of it is locked"
            raise LockError(msg, tip="compile the lock with the hash of its sdist, or leave it out of --no-binary")
        if has_sdist and {":all:", requirement.name} & set(no_binary):
            return True
        if any(self._fits(file) for file in files):
            return False
        if not has_sdist:
            what = "no locked wheel fits this interpreter, and no sdist is locked"
            msg = f"{requirement.place}: {requirement.key}: {what}"
            raise FetchError(msg, tip="compile the lock for this interpreter, or with the hash of the sdist")
        return True

    def locked_wheel(self, requirement: LockedRequirement) -> IndexFile | None:
        """Return the wheel whose metadata stands for a locked version: one that fits, else any locked wheel, else `None`.

        :raises FetchError: the index has no file with a locked hash.
        """
        wheels = [file for file in self._locked(requirement) if file.filename.endswith(".whl")]
        return min(wheels, key=lambda file: (not self._fits(file), file.filename), default=None)

    def prefer(self, item: Resolved) -> Resolved:
        """Return the wheel to lock for a version: with `portable` one for any platform, else the existing lock's, else pip's.

        It always fits this interpreter. Some build requirements are pure Python with an optional compiled form. Their
        pure wheel is slower, but one lock with it serves every platform and Python version that the wheel declares.
        """
        kept = self._kept.get(item.key)
        if not item.is_wheel or not (self._portable or kept):
            return item
        files = [f for f in files_of_version(self._index, item.name, item.version) if f.sha256 and self._fits(f)]
        chosen = [f for f in files if self._portable and _is_pure(f.filename)]
        chosen += [f for f in files if kept is not None and f.sha256 == kept.sha256]
        if not chosen:
            return item
        return Resolved(
            name=item.name,
            version=item.version,
            filename=chosen[0].filename,
            sha256=chosen[0].sha256,
        )

    def sdists(self, name: str) -> dict[Version, IndexFile]:
        """Return version → sdist of a project (normalized name), without files that `allows` rejects."""
        found: dict[Version, IndexFile] = {}
        for file in self._index.files(name):
            identity = archive_identity(file.filename)
            if identity is not None and identity[0] == name and not identity[2] and self.allows(file):
                found.setdefault(Version(identity[1]), file)
        return found

    def allows(self, file: IndexFile) -> bool:
        """Say whether a file may be taken: it is not yanked (PEP 592), and its Requires-Python allows this Python."""
        with suppress(InvalidSpecifier):
            return not file.yanked and SpecifierSet(file.requires_python).contains(
                self._python_version,
                prereleases=True,
            )
        return True

    def sha256(self, file: IndexFile) -> str:
        """Return a file's SHA-256; if the index page gives none, download the file and hash it."""
        if file.sha256:
            return file.sha256
        with tempfile.TemporaryFile() as nowhere:
            return self._index.download(file.url, nowhere)

    def _locked(self, requirement: LockedRequirement) -> tuple[IndexFile, ...]:
        """Return the index's files that have a locked hash."""
        name, version, sha256s = requirement.name, requirement.version, requirement.sha256s
        files = files_of_version(self._index, name, version)
        locked = [f for f in files if f.sha256 in sha256s]
        locked = locked or [f for f in files if not f.sha256 and self.sha256(f) in sha256s]
        if not locked:
            error = not_found(self._index, name, version, sha256s, files)
            msg = f"{requirement.place}: {error.message}"
            raise FetchError(msg, tip=error.tip)
        return tuple(locked)

    def _fits(self, file: IndexFile) -> bool:
        """Say whether a file is a wheel that this interpreter can install; a locked file may be yanked (PEP 592)."""
        return not self._tags.isdisjoint(wheel_tags(file.filename))


def wheel_tags(filename: str) -> frozenset[str]:
    """Return the PEP 425 tags in a wheel's file name; empty if it is not the name of a wheel."""
    with suppress(InvalidWheelFilename):
        return frozenset(str(tag) for tag in parse_wheel_filename(filename)[3])
    return frozenset()


def _is_pure(filename: str) -> bool:
    return all(tag.endswith("-any") for tag in wheel_tags(filename))
