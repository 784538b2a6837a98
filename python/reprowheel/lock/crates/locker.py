"""Locks what sdists need of Rust: their crates, and a Cargo.lock where they have none.

A Cargo.lock in an sdist says which crates it is built with, and their hashes. One that lacks what a Cargo.toml asks for is
refused. Where there is none, cargo makes one; it stays in the build lock, and later runs keep it as long as it fits.
See docs/decisions.md, "Cargo.lock in the build lock".
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.errors import BuildError, LockError, ReprowheelError
from reprowheel.files import file_sha256
from reprowheel.lock.rust_entries import LockedCargoLock, LockedCrate, LockedRust
from reprowheel.lock.wanted import ALL
from reprowheel.rust import may_use_rust
from reprowheel.rust.agreement import contradiction
from reprowheel.rust.cargo_lock import read_cargo_lock
from reprowheel.rust.download import Registries, fetch_crates
from reprowheel.rust.needed import HOW_TO_RELOCK
from reprowheel.rust.place import find_archives, place_crates
from reprowheel.rust.prepare import rust_variables
from reprowheel.rust.projects import compiles_without_cargo, find_projects
from reprowheel.rust.resolve import make_cargo_lock
from reprowheel.rust.toolchain import find_rust

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from reprowheel.fetch.index import Index
    from reprowheel.lock.build_lock import BuildLock
    from reprowheel.lock.patched import LockPatches
    from reprowheel.lock.source import Source
    from reprowheel.rust.cargo_lock import Crate
    from reprowheel.rust.projects import CargoProject
    from reprowheel.rust.toolchain import RustToolchain
    from reprowheel.workspace import Workspace

__all__ = ["CrateLocker", "RustNeeds", "RustSettings", "RustTools", "locked_crate_names"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RustSettings:
    """What the user says about Rust.

    :param toolchain: folder or JSON file of a toolchain; `None`: the host's.
    :param crate_index: sparse index of cargo's default registry; empty: what cargo is configured for.
    :param made: what cargo made already; locks for several Pythons that are made one after the other share it.
    """

    toolchain: Path | None = None
    crate_index: str = ""
    made: dict[tuple[object, ...], str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class RustTools:
    """What hooks get of Rust.

    :param variables: environment variables.
    :param folders: what the toolchain consists of.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RustNeeds:
    """What an sdist needs of Rust.

    :param entry: what the build lock has of it.
    :param crates: those that builds get as archives.
    """

    entry: LockedRust
    crates: tuple[Crate, ...]

    def write_locks(self, tree: Path) -> None:
        """Write each Cargo.lock of the build lock into a freshly unpacked tree."""
        for place, lock in self.entry.cargo_locks.items():
            (tree / place).write_text(lock.text, encoding="utf-8")


class CrateLocker:
    """Collects the crates of one build lock.

    :param previous: the existing build lock; what it has stays as long as it fits.
    :param index: transport for archives of crates.
    :param patches: those that builds apply.
    :param upgrade: normalized names of crates that are locked anew, or `:all:`.
    :param scratch: folder for downloads.
    :param say: takes one progress line.
    """

    def __init__(  # noqa: PLR0913 - the last three by name
        self,
        previous: BuildLock,
        index: Index,
        settings: RustSettings,
        *,
        patches: LockPatches,
        upgrade: Collection[str],
        scratch: Path,
        say: Callable[[str], None],
    ) -> None:
        self._previous, self._settings, self._upgrade, self._say = previous, settings, upgrade, say
        self._patches = patches
        self._before = index.before is not None
        self._registries = Registries(lambda: index, settings.crate_index)
        self._scratch = scratch
        self._known: dict[tuple[str, tuple[str, ...]], RustNeeds | None] = {}
        self._toolchain: RustToolchain | None = None
        self.crates: dict[str, LockedCrate] = {}
        """The table of the build lock."""

    def needs(self, source: Source, archive: Path, requirements: Collection[str]) -> RustNeeds | None:
        """Return what an sdist needs of Rust; `None` if it uses none.

        The archive is unpacked for this: in the tree that hooks see, files may have been changed.

        :param requirements: normalized names of the build requirements.
        :raises LockError, FetchError: a Cargo.lock is wrong, cannot be made, or has crates that cannot be had.
        """
        key = file_sha256(archive), tuple(sorted(requirements))
        if key not in self._known:
            tree = self._patches.unpack(source, archive, self._scratch / "rust" / str(len(self._known))).tree
            projects = find_projects(tree, requirements) if may_use_rust(tree) else ()
            uses_rust = projects or compiles_without_cargo(tree)
            self._known[key] = self._lock(source, tree, projects) if uses_rust else None
        return self._known[key]

    def tools(self, needs: RustNeeds, place: str, workspace: Workspace, *, with_crates: bool) -> RustTools:
        """Put what hooks get of Rust into their workspace: the toolchain, and, where they may need them, the crates.

        :param with_crates: they are needed; without them, a host that has no Rust will do.
        :raises LockError, FetchError: this host has no Rust, or a crate cannot be had.
        """
        try:
            toolchain = self._rust(place)
        except LockError:
            if with_crates:
                raise
            return RustTools()
        home, tools = workspace.directory("cargo"), workspace.directory("tools")
        if with_crates and needs.crates:
            fetch_crates(needs.crates, self._registries, self._scratch / "crates", tell_yanked=False)
            try:
                place_crates(needs.crates, find_archives([self._scratch / "crates"]), home, place)
            except BuildError as e:
                raise LockError(e.message, tip=e.tip) from e
        for name, program in (("cargo", toolchain.cargo), ("rustc", toolchain.rustc)):
            (tools / name).write_text(
                f'#!/bin/sh\nexec {shlex.quote(program)} "$@"\n', encoding="utf-8", errors="surrogateescape"
            )
            (tools / name).chmod(0o755)
        return RustTools(variables=rust_variables(toolchain, workspace), folders=toolchain.folders)

    def _rust(self, place: str) -> RustToolchain:
        if self._toolchain is None:
            try:
                self._toolchain = find_rust(self._settings.toolchain, place)
            except BuildError as e:
                raise LockError(e.message, tip=e.tip) from e
        return self._toolchain

    def _lock(self, source: Source, tree: Path, projects: tuple[CargoProject, ...]) -> RustNeeds:
        """Lock the crates of an unpacked sdist."""
        crates: set[Crate] = set()
        made: dict[str, LockedCargoLock] = {}
        for project in projects:
            if project.vendored or project.lock in made:
                continue
            place = f"{source.place}: {project.lock}"
            if (tree / project.lock).is_file():
                text = (tree / project.lock).read_text(encoding="utf-8", errors="replace")
            elif not contradiction(tree, project, ""):
                continue  # it asks for no crates
            else:
                text = self._made(source, tree, project)
                made[project.lock] = LockedCargoLock.of(text)
            crates |= set(read_cargo_lock(text, place))
            if problem := contradiction(tree, project, text):
                msg = f"{place}: {problem}, so it is not the lock of this manifest"
                raise LockError(msg, tip=HOW_TO_RELOCK)
        for crate in sorted(crates):
            self._keep(crate, source)
        entry = LockedRust(crates=tuple(sorted(crate.key for crate in crates)), cargo_locks=made)
        return RustNeeds(entry=entry, crates=tuple(sorted(crates)))

    def _made(self, source: Source, tree: Path, project: CargoProject) -> str:
        """Return the Cargo.lock of a project that has none: what the existing build lock has, else what cargo makes."""
        kept = _kept_text(self._previous, source, project.lock)
        upgraded = () if ALL in self._upgrade else _upgraded(kept, self._upgrade)
        if ALL in self._upgrade:
            kept = ""
        if kept and not upgraded and not contradiction(tree, project, kept):
            return kept
        toolchain, index = self._rust(source.place), self._settings.crate_index
        known = (
            source.name,
            source.version,
            (tree / project.manifest).read_bytes(),
            toolchain.rustc,
            toolchain.cargo,
            kept,
            upgraded,
            index,
        )
        if known in self._settings.made:
            return self._settings.made[known]
        text = make_cargo_lock(tree, project, toolchain=toolchain, package=source.place, kept=kept, upgrade=upgraded, index=index)
        self._settings.made[known] = text
        self._say(f"  {source.place}: has no {project.lock}: cargo made one, and the build lock keeps it")
        if self._before:
            self._say(f"  {source.place}: --before does not hold for {project.lock}: cargo takes the newest crates")
        return text

    def _keep(self, crate: Crate, source: Source) -> None:
        """Put a crate into the table."""
        sha256 = crate.checksum
        if crate.is_git:
            folder = self._scratch / "crates"
            fetch_crates([crate], self._registries, folder, tell_yanked=False)
            sha256 = file_sha256(folder / crate.filename)
        entry = LockedCrate(sha256=sha256, source="" if crate.is_default else crate.source)
        known = self.crates.setdefault(crate.key, entry)
        if known != entry:
            other = f"another sdist's has {known.sha256}"
            msg = f"{source.place}: its Cargo.lock has {crate.name} {crate.version} with sha256 {sha256}; {other}"
            raise LockError(msg, tip="One of them is not what the registry serves; take another version of that sdist.")


def _kept_text(lock: BuildLock, source: Source, place: str) -> str:
    """Return the Cargo.lock that a build lock has for an sdist, or for another version of it; empty if it has none."""
    entries = [lock.sdists[source.key]] if source.key in lock.sdists else []
    entries += [entry for key, entry in sorted(lock.sdists.items()) if key.partition("==")[0] == source.name]
    texts = (entry.rust.cargo_locks[place].text for entry in entries if entry.rust and place in entry.rust.cargo_locks)
    return next(texts, "")


def locked_crate_names(lock: BuildLock) -> frozenset[str]:
    """Return the names of the crates in the Cargo.lock files of a build lock, normalized as those of distributions."""
    locks = [made for sdist in lock.sdists.values() if sdist.rust for made in sdist.rust.cargo_locks.values()]
    return frozenset(canonicalize_name(crate.name) for made in locks for crate in _crates_of(made.text))


def _upgraded(text: str, names: Collection[str]) -> tuple[str, ...]:
    """Return which crates of a lock have one of these names, as cargo names them."""
    return tuple(f"{crate.name}@{crate.version}" for crate in _crates_of(text) if canonicalize_name(crate.name) in names)


def _crates_of(text: str) -> tuple[Crate, ...]:
    try:
        return read_cargo_lock(text, "Cargo.lock")
    except ReprowheelError:
        return ()
