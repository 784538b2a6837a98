"""Provides the build requirements of an sdist from a build lock, for builds without Bazel (`--build-lock`).

Files are fetched by hash. A build requirement that exists only as an sdist is built first, with its own build requirements.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from reprowheel.archives.metadata import ExpectedMetadata
from reprowheel.archives.sdist import unpack_sdist
from reprowheel.build import build_wheel
from reprowheel.errors import LockError
from reprowheel.fetch.by_hash import fetch_file
from reprowheel.fetch.index import Index
from reprowheel.files import file_sha256
from reprowheel.lock.build_lock import read_build_lock
from reprowheel.lock.rust_entries import crates_in
from reprowheel.output.command import command
from reprowheel.rust.download import Registries, fetch_crates
from reprowheel.rust.needed import crates_of
from reprowheel.rust.projects import find_projects

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reprowheel.lock.build_lock import BuildLock, LockedSdist
    from reprowheel.request import BuildRequest
    from reprowheel.rust.cargo_lock import Crate

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
        self._open = ExitStack()
        self._scratch = tempfile.TemporaryDirectory(prefix="reprowheel-")
        self._wheels: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._scratch.cleanup()

    @cached_property
    def _index(self) -> Index:
        """The configured indexes. pip takes half a second to tell them, and most often all archives are there."""
        return self._open.enter_context(Index())

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

    def completed(self, request: BuildRequest) -> BuildRequest:
        """Return a request with all that its sdist's entry says: build requirements, metadata, host tools, Rust.

        :raises LockError: the lock has no entry of it, or other crates than its Cargo.lock.
        :raises FetchError: a build requirement or a crate cannot be had.
        """
        key, entry = self.entry(request.sdist)
        expected = ExpectedMetadata(requires_dist=tuple(entry.requires_dist), provides_extra=tuple(entry.provides_extra))
        tools = tuple(dict.fromkeys([*entry.host_tools, *request.host_tools]))
        wheels = self.wheels_for(entry)
        request = replace(request, build_wheels=wheels, expected=request.expected or expected, host_tools=tools)
        return self._with_rust(request, key, entry)

    def _with_rust(self, request: BuildRequest, key: str, entry: LockedSdist) -> BuildRequest:
        """Return a request with the crates and the Cargo.lock files of an entry.

        Crates are fetched by their hashes, as wheels are, unless the caller says where they are.
        """
        if entry.rust is None:
            return request
        locks = dict(request.cargo_locks)
        for number, (place, lock) in enumerate(entry.rust.cargo_locks.items()):
            file = Path(self._scratch.name) / f"{key.replace('==', '-')}-{number}.lock"
            file.write_text(lock.text, encoding="utf-8")
            locks.setdefault(place, file)
        crates = crates_in({name: self._lock.crates[name] for name in entry.rust.crates})
        if not request.patches:
            self._check_crates(request.sdist, key, entry, locks, crates)
        folders = request.crates or ([cache_directory() / "crates"] if crates else [])
        if crates and not request.crates:
            fetch_crates(crates, Registries(lambda: self._index), folders[0], tell_yanked=False)
        self._check_git(crates, folders, key)
        return replace(request, crates=folders, cargo_locks=locks)

    def _check_crates(
        self, sdist: Path, key: str, entry: LockedSdist, locks: Mapping[str, Path], crates: Collection[Crate]
    ) -> None:
        """Raise LockError unless the crates of the lock are those that the sdist's Cargo.lock files name."""
        with tempfile.TemporaryDirectory(dir=self._scratch.name) as folder:
            tree = unpack_sdist(sdist, Path(folder)).tree
            for place, file in locks.items():
                if (tree / place).parent.is_dir() and not (tree / place).exists():
                    (tree / place).write_bytes(file.read_bytes())
            names = [needed.partition("==")[0] for needed in entry.build_requirements]
            named = crates_of(tree, key, find_projects(tree, names, asked=True))
        told = {(crate.key, "" if crate.is_git else crate.checksum) for crate in named}
        locked = {(crate.key, "" if crate.is_git else crate.checksum) for crate in crates}
        if told != locked:
            name = min(told ^ locked)[0]
            both = {found[0] for found in told} & {found[0] for found in locked}
            how = "has another hash in it" if name in both else "is in one of them only"
            msg = f"{self._place}: sdists.{key}.rust.crates: are not those of its Cargo.lock: {name} {how}"
            raise LockError(msg, tip=f"Lock it again: `{command('lock', sdist, '--out', self._place)}`")

    def _check_git(self, crates: Sequence[Crate], folders: Sequence[Path], key: str) -> None:
        """Raise LockError for an archive of a git commit with another hash: Cargo.lock has none to compare."""
        for crate in crates:
            files = [path if path.is_file() else path / crate.filename for path in folders] if crate.is_git else []
            for file in files:
                if file.name == crate.filename and file.is_file() and file_sha256(file) != crate.checksum:
                    msg = f"{key}: {file}: has sha256 {file_sha256(file)}; {self._place} has {crate.checksum}"
                    raise LockError(msg, tip="Remove the file and fetch it again.")

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
        return build_wheel(self._with_rust(request, key, entry)).wheel
