"""Locks sdists one after the other: the exact build requirements of each, and the metadata of its wheel."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from packaging.utils import canonicalize_name
from packaging.version import Version

from reprowheel.archives.metadata import read_wheel
from reprowheel.archives.names import archive_identity
from reprowheel.archives.sdist import identity_inside
from reprowheel.backend.build_system import read_build_system
from reprowheel.backend.hooks import ask_metadata, made_metadata
from reprowheel.environment.host_tools import used_tools
from reprowheel.environment.interpreter import probe
from reprowheel.errors import FetchError, LockError
from reprowheel.fetch.by_hash import fetch_file
from reprowheel.fetch.view import IndexView
from reprowheel.lock.asking import Asking, needs_crates, runs_cargo
from reprowheel.lock.build_lock import BuildLock, LockedSdist, LockedWheel
from reprowheel.lock.crates.locker import CrateLocker, RustSettings
from reprowheel.lock.direct import canonical_filename, fetch_direct
from reprowheel.lock.from_source import with_sdists, without_wheels
from reprowheel.lock.patched import LockPatches
from reprowheel.lock.resolve import BuiltWheel, Pins, Resolver
from reprowheel.lock.source import Source, check_identity
from reprowheel.output.printable import warn
from reprowheel.output.unexpected import of_package
from reprowheel.removal import OpenDirectory
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from types import TracebackType

    from packaging.requirements import Requirement

    from reprowheel.archives.sdist import Sdist
    from reprowheel.backend.build_system import BuildSystem
    from reprowheel.backend.hooks import BackEnd
    from reprowheel.fetch.index import Index
    from reprowheel.lock.choose import FileChooser
    from reprowheel.lock.crates.locker import RustNeeds
    from reprowheel.lock.resolve import Resolved, TargetPython
    from reprowheel.requirements.read import LockedRequirement
    from reprowheel.workspace import Workspace

__all__ = ["SdistLocker"]

_MAX_ROUNDS = 5


class _Settled(NamedTuple):
    """What the back end of an sdist is asked with: `workspaces` are those of all back ends that were asked on the way."""

    system: BuildSystem
    resolution: tuple[Resolved, ...]
    back_end: BackEnd
    tree: Path
    workspaces: list[Workspace]
    rust: RustNeeds | None


class SdistLocker:
    """Collects the entries of one build lock; a context manager, because it keeps downloads until the end.

    :param pins: build requirements of the existing lock, by sdist key, and by name for other versions of that sdist.
    :param say: takes one progress line.
    :param allow_uncontained: kinds of containment that back ends may lack, as in a build.
    :param from_source: lock build requirements as sdists, too; wheels only stand in for them while the lock is written.
    :param host_tools: programs of the host that hooks may run; those that the hooks of an sdist ran get into its entry.
    :param build_constraints: PEP 508 texts that all build requirements must agree with.
    :param more: by normalized name what an sdist is built with besides what it asks for, as PEP 508 texts.
    :param previous: the existing build lock, for its Cargo.lock files.
    :param upgrade: names whose pins are dropped: of crates, here.
    :param rust: where crates and compilers of Rust come from.
    :param patches: those that builds apply.
    """

    def __init__(  # noqa: PLR0913 - the last is keyword-only
        self,
        python: TargetPython,
        index: Index,
        chooser: FileChooser,
        pins: Mapping[str, Pins],
        say: Callable[[str], None],
        *,
        from_source: bool = False,
        host_tools: Sequence[str] = (),
        allow_uncontained: tuple[str, ...] = (),
        build_constraints: Sequence[str] = (),
        more: Mapping[str, Sequence[str]] | None = None,
        previous: BuildLock | None = None,
        upgrade: Collection[str] = (),
        rust: RustSettings | None = None,
        patches: LockPatches | None = None,
    ) -> None:
        self._more = more or {}
        self._asking = Asking(interpreter=probe(python.executable), host_tools=host_tools, allowed=allow_uncontained)
        self._index = index
        self._from_source = from_source
        self._markers = python.markers
        self._waiting: dict[str, str] = {}
        self.resolver = Resolver(python, index, say, self._view(), build_constraints)
        self._chooser = chooser
        self._pins = pins
        self._say = say
        self._sdists: dict[str, LockedSdist] = {}
        self._wheels: dict[str, LockedWheel] = {}
        self._built: dict[str, BuiltWheel] = {}
        self._roots: list[str] = []
        self._scratch = Path(tempfile.mkdtemp(prefix="reprowheel-lock-"))
        self._patches = patches or LockPatches()
        self._crates = CrateLocker(
            previous or BuildLock(),
            index,
            rust or RustSettings(),
            patches=self._patches,
            upgrade=upgrade,
            scratch=self._scratch,
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def lock(self) -> BuildLock:
        """Return the build lock of the added sdists; with `from_source`, first lock the sdists of their build requirements."""
        while self._waiting:
            key = min(self._waiting)
            user = self._waiting.pop(key)
            self._say(f"{key}, a build requirement of {user}: locking it from source ({len(self._waiting)} more)")
            self._add(self._standing_in_for(key, user), ())
        lock = BuildLock(sdists=self._sdists, wheels=self._wheels, crates=dict(sorted(self._crates.crates.items())))
        return without_wheels(lock, self._roots, self._markers, self._say) if self._from_source else lock.needed_by(self._roots)

    def add(self, requirement: LockedRequirement) -> None:
        """Lock the sdist of one requirement, and every sdist that its build needs; a wheel with a direct source is skipped."""
        source = Source(
            name=requirement.name,
            version=requirement.version,
            sha256s=requirement.sha256s,
            place=f"{requirement.place}: {requirement.key}",
        )
        if requirement.source == "index":
            self._roots.append(self._add(source, ()))
            return
        directory = self._scratch / "direct" / f"{requirement.name}-{len(self._roots)}"
        unversioned = replace(requirement, sha256s=()) if not requirement.version else requirement
        sdist = fetch_direct(unversioned, self._index, directory)
        if sdist is None:
            if self._from_source:
                msg = f"{source.place}: is to be built from source, and the lock names a wheel"
                raise LockError(msg, tip="name its sdist, or lock without --from-source")
            return
        key = self._add(replace(source, sha256s=(sdist.sha256,), archive=sdist.path, direct=True), ())
        self._roots.append(key)
        if not requirement.version:  # the name of an archive that is packed here has the version, which only the back end knew
            versioned = replace(requirement, version=key.partition("==")[2])
            again = fetch_direct(versioned, self._index, directory / "versioned")
            self._sdists[key] = replace(self._sdists[key], sha256=again.sha256 if again else sdist.sha256)

    def add_archive(self, archive: Path) -> None:
        """Lock an sdist on disk; it need not be on an index.

        :raises LockError: the file name is not that of an sdist.
        """
        identity = archive_identity(archive.name)
        name, version, is_wheel = identity or (*identity_inside(archive), False)
        if is_wheel or not name or not version:
            msg = f"{archive.name}: neither its file name nor a PKG-INFO in it has a name and a version"
            raise LockError(msg, tip="name the file NAME-VERSION.tar.gz, as an index does")
        source = Source(
            name=name, version=version, sha256s=(), place=f"{archive.name}: {name}=={version}", archive=archive.absolute()
        )
        self._roots.append(self._add(source, ()))

    def _add(self, source: Source, stack: tuple[str, ...]) -> str:
        """Lock one sdist and return its key."""
        needed = bool(stack)
        if source.key in self._sdists and (not needed or source.key in self._built):
            return source.key
        if source.key in stack:
            cycle = " → ".join([*stack[stack.index(source.key) :], source.key])
            msg = f"{source.place}: build requirements form a cycle of sdists: {cycle}"
            raise LockError(msg, tip="one of them needs a wheel on the index, or the back end in its own sdist")
        scratch = Path(tempfile.mkdtemp(prefix="sdist-", dir=self._scratch))
        opened = OpenDirectory(scratch)
        try:
            with of_package(source.place, LockError):
                return self._lock_one(source, (*stack, source.key), scratch)
        finally:
            warn(opened.remove())

    def _lock_one(self, source: Source, stack: tuple[str, ...], scratch: Path) -> str:
        archive = source.archive or self._fetch_sdist(source, scratch / "archive")
        sdist = self._patches.unpack(source, archive, scratch / "src")
        with ExitStack() as workspaces:
            settled = self._settle(source, stack, archive, sdist, workspaces)
            resolution, back_end, system = settled.resolution, settled.back_end, settled.system
            metadata = ask_metadata(
                back_end,
                system,
                settled.tree,
                key=source.key,
                say=self._say,
                static_first=settled.rust is not None and runs_cargo(system),
            )
            check_identity(metadata, source)
            if len(stack) > 1:
                built = self._keep_wheel(source, sdist, back_end)
                with made_metadata(source.key):
                    metadata = replace(metadata, top_level=metadata.top_level or read_wheel(built).top_level)
            used = sorted({tool for folder in settled.workspaces for tool in used_tools(folder.root)})
        key = f"{source.name}=={source.version or metadata.version}"
        for needed in resolution if self._from_source else ():
            if needed.key not in self._sdists:
                self._waiting.setdefault(needed.key, key)
        self._waiting.pop(key, None)
        self._sdists[key] = LockedSdist(
            sha256=source.sha256s[0] if source.direct else sdist.sha256,
            filename=canonical_filename(key, archive.name) if source.direct else archive.name,
            build_backend=system.backend,
            build_requirements=tuple(sorted(r.key for r in resolution)),
            requires_dist=metadata.requires_dist,
            provides_extra=metadata.provides_extra,
            requires_python=metadata.requires_python,
            entry_points=metadata.entry_points,
            top_level=metadata.top_level or (),
            host_tools=tuple(used),
            rust=settled.rust.entry if settled.rust else None,
        )
        return key

    def _settle(
        self,
        source: Source,
        stack: tuple[str, ...],
        archive: Path,
        sdist: Sdist,
        workspaces: ExitStack,
    ) -> _Settled:
        """Resolve, run the back end, add what it asks for, and repeat until the resolution does not change.

        Requirements are only added, never removed: a back end that finds its tool in the environment no longer asks for
        it. Static and dynamic requirements are resolved together, so that both use the same versions. An sdist that uses Rust
        is unpacked for each back end, because hooks may have changed what cargo reads.
        """
        system = read_build_system(sdist.tree, place=source.place)
        used: list[Workspace] = []
        asked = frozenset(system.requires) | frozenset(self._more.get(source.name, ()))
        resolution = self._resolve(asked, source, stack)
        for number in range(_MAX_ROUNDS):
            used.append(workspaces.enter_context(create_workspace()))
            rust, tools = self._crates.needs(source, archive, [r.name for r in resolution]), None
            if rust is not None:
                sdist = self._patches.unpack(source, archive, sdist.tree.parent.with_name(f"src{number}"))
                rust.write_locks(sdist.tree)
                wanted = bool(stack[1:]) or needs_crates(system, sdist.tree)
                tools = self._crates.tools(rust, source.place, used[-1], with_crates=wanted)
            back_end = self._asking.back_end(
                place=source.place,
                system=system,
                sdist=sdist,
                wheels=self._wheels_of(resolution),
                workspace=used[-1],
                rust=tools,
            )
            asked |= frozenset(back_end.requires_for_wheel())
            again = self._resolve(asked, source, stack)
            if again == resolution:
                return _Settled(system, resolution, back_end, sdist.tree, used, rust)
            resolution = again
        msg = f"{source.place}: its build requirements do not settle in {_MAX_ROUNDS} rounds"
        raise LockError(msg, tip="its back end asks for something else each time; patch the sdist")

    def _resolve(self, asked: Collection[str], source: Source, stack: tuple[str, ...]) -> tuple[Resolved, ...]:
        resolution = self.resolver.resolve(
            asked,
            self._pins.get(source.key) or self._pins.get(source.name) or Pins(),
            place=source.place,
            provide=lambda requirement, pins: self._provide(requirement, pins, stack),
        )
        return tuple(self._chooser.prefer(item) for item in resolution)

    def _provide(
        self,
        requirement: Requirement,
        pins: Pins,
        stack: tuple[str, ...],
    ) -> BuiltWheel | None:
        """Lock and build the newest fitting sdist of a build requirement that has no wheel; `None` if no sdist fits."""
        name = canonicalize_name(requirement.name)
        sdists = self._chooser.sdists(name)
        fitting = list(self.resolver.constrained(requirement).filter(sdists))
        asked_for = {pin for pin in (*pins.sdists, *pins.wheels) if pin.startswith(f"{name}==")}
        pinned = [v for v in fitting if f"{name}=={v}" in asked_for]
        if asked_for and not pinned:
            return None
        if not fitting:
            if self._from_source and self._index.files(name):
                msg = f"{stack[-1]}: build requirement {requirement}: the index has no sdist of it that fits, only wheels"
                raise LockError(msg, tip="lock without --from-source, or put an sdist of it on the index")
            return None
        version = max(pinned or fitting)
        key, file = f"{name}=={version}", sdists[version]
        sha256s = (self._chooser.sha256(file),)
        place = f"{stack[-1]}: build requirement {key}"
        self._add(Source(name=name, version=str(version), sha256s=sha256s, place=place), stack)
        return self._built[key]

    def _standing_in_for(self, key: str, user: str) -> Source:
        """Return the sdist of a build requirement that pip resolved to a wheel of the same version."""
        name, _, version = key.partition("==")
        file, place = self._chooser.sdists(name).get(Version(version)), f"{user}: build requirement {key}"
        if file is None:
            msg = f"{place}: the index has no sdist of it that may be taken: it is withdrawn, or for another Python"
            raise LockError(msg, tip=f"take another version of it: --upgrade {name}, or lock without --from-source")
        return Source(name=name, version=version, sha256s=(self._chooser.sha256(file),), place=place)

    def _view(self) -> IndexView | None:
        """Return the filtered view of the index for pip; `None` if pip may see the whole index."""
        if self._from_source:
            return IndexView(self._index, lambda project: with_sdists(self._index.files(project)))
        return IndexView(self._index, self._index.files) if self._index.before else None

    def _wheels_of(self, resolution: tuple[Resolved, ...]) -> list[Path]:
        """Return the paths of a resolution's wheels, fetched or built."""
        return [self._fetch_wheel(item) if item.is_wheel else self._built[item.key].wheel for item in resolution]

    def _fetch_sdist(self, source: Source, directory: Path) -> Path:
        try:
            fetched = fetch_file(
                index=self._index,
                name=source.name,
                version=source.version,
                sha256s=source.sha256s,
                directory=directory,
                only_sdists=True,
            )
        except FetchError as e:
            msg = f"{source.place.removesuffix(source.key)}{e.message}"
            raise FetchError(msg, tip=e.tip) from e
        return fetched.path

    def _fetch_wheel(self, item: Resolved) -> Path:
        fetched = fetch_file(
            index=self._index,
            name=item.name,
            version=item.version,
            sha256s=(item.sha256,),
            directory=self._scratch / "wheels",
        )
        self._wheels[item.key] = LockedWheel(filename=fetched.path.name, sha256=fetched.sha256)
        return fetched.path

    def _keep_wheel(self, source: Source, sdist: Sdist, back_end: BackEnd) -> Path:
        """Build the wheel of a build requirement that exists only as an sdist, for use in this run; return its path."""
        self._say(f"  {source.key} has no wheel: building it")
        built = back_end.build_wheel()
        kept = self._scratch / "built" / built.name
        kept.parent.mkdir(exist_ok=True)
        shutil.move(built, kept)
        self._built[source.key] = BuiltWheel(wheel=kept, sdist=sdist.filename, sha256=sdist.sha256)
        return kept
