"""Provides the build requirements of an sdist from a build lock, for builds without Bazel (`--build-lock`).

Files are fetched by hash. A build requirement that exists only as an sdist is built first, with its own build requirements.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from reprowheel.build import build_wheel
from reprowheel.errors import LockError
from reprowheel.fetch.by_hash import fetch_file
from reprowheel.fetch.index import Index
from reprowheel.files import file_sha256
from reprowheel.lock.build_lock import read_build_lock
from reprowheel.output.command import command

if TYPE_CHECKING:
    from reprowheel.lock.build_lock import BuildLock, LockedSdist
    from reprowheel.request import BuildRequest

__all__ = ["LockedBuilds", "cache_directory"]


def cache_directory() -> Path:
    """Return the user's cache folder for fetched archives; the folders in it are named by hash."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "reprowheel"


class LockedBuilds:
    """Turns build-lock entries into wheels on disk; a context manager, because it holds a session with the index.

    :param lock: path of the build lock.
    :param template: request from which the builds of build requirements take toolchain, interpreter and work root.
    """

    def __init__(self, lock: Path, template: BuildRequest) -> None:
        self._write = "" if template.sdist == lock else command("lock", template.sdist, "--out", lock)
        self._lock: BuildLock = read_build_lock(lock, self._write)
        self._place = str(lock)
        self._template = template
        self._index = Index()
        self._scratch = tempfile.TemporaryDirectory(prefix="reprowheel-")
        self._wheels: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.__exit__(None, None, None)
        self._scratch.cleanup()

    def entry(self, sdist: Path) -> tuple[str, LockedSdist]:
        """Return the key and entry of an sdist, found by its hash.

        :raises LockError: the lock has no entry with this hash.
        """
        sha256 = file_sha256(sdist)
        for key, entry in self._lock.sdists.items():
            if entry.sha256 == sha256:
                return key, entry
        same = next((key for key, entry in self._lock.sdists.items() if entry.filename == sdist.name), "")
        other = f"; its {same} is another archive, with sha256 {self._lock.sdists[same].sha256}" if same else ""
        msg = f"{self._place}: no entry for {sdist.name} (sha256 {sha256}){other}"
        write = command("lock", sdist, "--out", self._place)
        raise LockError(msg, tip=f"Lock what its build needs: `{write}`")

    def archive(self, key: str) -> Path:
        """Return the path of a locked sdist, which is fetched by its hash."""
        return self._fetch(key, self._lock.sdists[key].sha256)

    def wheels_for(self, entry: LockedSdist) -> list[Path]:
        """Return the paths of the wheels of an entry's build requirements, fetched or built."""
        return [self._wheel(key) for key in entry.build_requirements]

    def _wheel(self, key: str) -> Path:
        if key not in self._wheels:
            locked = self._lock.wheels.get(key)
            if locked is not None:
                self._wheels[key] = self._fetch(key, locked.sha256)
            else:
                self._wheels[key] = self._build(key, self._lock.sdists[key])
        return self._wheels[key]

    def _fetch(self, key: str, sha256: str) -> Path:
        directory = cache_directory() / "archives" / sha256
        present = list(directory.iterdir()) if directory.is_dir() else []
        if len(present) == 1 and file_sha256(present[0]) == sha256:
            return present[0]
        name, _, version = key.partition("==")
        directory.mkdir(parents=True, exist_ok=True)
        return fetch_file(index=self._index, name=name, version=version, sha256s=(sha256,), directory=directory).path

    def _build(self, key: str, entry: LockedSdist) -> Path:
        name, _, version = key.partition("==")
        request = replace(
            self._template,
            sdist=self._fetch(key, entry.sha256),
            build_wheels=self.wheels_for(entry),
            out=Path(self._scratch.name) / key.replace("==", "-"),
            name=name,
            version=version,
            host_tools=entry.host_tools,
        )
        return build_wheel(request).wheel
