"""Stage lock: a lock of any format → the build lock of every sdist in it (docs/contracts.md, "Build lock").

REQUIREMENTS: requirements.txt with hashes, pylock.toml or uv.lock (docs/locks.md); or one sdist, whose entry is added.

argv: `lock REQUIREMENTS --out FILE [--extra NAME]… [--group NAME]… [--dep-group NAME]… [--check] [--upgrade NAME]…
    [--no-binary NAME]… [--only-binary NAME]… [--build-requirement NAME=REQUIREMENT]… [--from-source] [--before WHEN] [--portable]
    [--host-tool TOOL]… [--python EXE] [--python-version VERSION] [--index-url URL] [--extra-index-url URL]… [--envsubst NAME]…
    [--crate-index URL] [--rust-toolchain PATH] [--netrc FILE] [--why NAME] [--offline]
    [--update-command TEXT] [--allow-uncontained KINDS]… [--json] [--and REQUIREMENTS --out FILE …]`
env: pip's configuration, `PIP_INDEX_URL`, `UV_DEFAULT_INDEX` (where the index is); back ends inherit nothing.
reads: REQUIREMENTS, FILE (its pins are kept), the index. writes: FILE, complete or not at all.
exit codes: 0 written or up to date, 1 `--check` and FILE is stale, 2 an input, the index or a back end is at fault.

The lock is for the platform and Python version that it was written on, because build requirements such as CMake or Cython
are wheels for one platform. If both a wheel for this platform and a wheel for any platform exist, pip takes the first;
`--portable` takes the second. A wheel of the existing lock is kept as long as it fits. If REQUIREMENTS has no dependency
edges, the metadata of wheels is read, and distributions that need each other are recorded as cycles. `--from-source` locks
build requirements as sdists, with as few wheels as their cycles need. `--before` hides files that are newer than the date.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.environment.target import release_of
from reprowheel.errors import LockError, UsageError
from reprowheel.fetch.index import Index
from reprowheel.inputs.guess import did_you_mean
from reprowheel.lock.build_lock import BuildLock
from reprowheel.lock.choose import FileChooser
from reprowheel.lock.crates.locker import locked_crate_names
from reprowheel.lock.cycles import find_cycles
from reprowheel.lock.resolve import Pins, target_python
from reprowheel.lock.sdists import SdistLocker
from reprowheel.lock.wanted import ALL, normalized_names, read_wanted
from reprowheel.output.progress import step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from reprowheel.lock.crates.locker import RustSettings
    from reprowheel.lock.patched import LockPatches
    from reprowheel.lock.resolve import TargetPython
    from reprowheel.lock.why import Why


__all__ = ["lock_archive", "lock_requirements", "say"]


def lock_requirements(  # noqa: PLR0913 - keyword-only, one per option
    path: Path,
    *,
    previous: BuildLock,
    python: str = sys.executable,
    python_version: str = "",
    index_url: str = "",
    extra_index_urls: Sequence[str] = (),
    upgrade: Collection[str] = (),
    no_binary: Collection[str] = (),
    only_binary: Collection[str] = (),
    build_requirements: Sequence[str] = (),
    portable: bool = False,
    from_source: bool = False,
    before: datetime | None = None,
    extras: Collection[str] = (),
    groups: Collection[str] | None = None,
    dep_groups: Collection[str] = (),
    allow_uncontained: tuple[str, ...] = (),
    host_tools: Collection[str] = (),
    why: Why | None = None,
    rust: RustSettings | None = None,
    patches: LockPatches | None = None,
) -> BuildLock:
    """Return the build lock for a lock of any format.

    :param previous: the existing build lock; its versions are kept if a solution with them exists.
    :param upgrade: build requirements whose pins are dropped.
    :param python_version: what the interpreter must be, such as `3.13`; empty for any.
    :param extra_index_urls: further indexes; they override those that pip is configured for.
    :param no_binary: distributions to build even if a locked wheel fits.
    :param only_binary: distributions that are not locked, since they are never built.
    :param build_requirements: `NAME=REQUIREMENT`: what the sdist NAME is built with besides what it asks for.
    :param portable: prefer wheels for any platform, if a build requirement has them.
    :param from_source: build everything that is locked, and lock build requirements as sdists.
    :param before: ignore files that were uploaded at this time or later.
    :param extras: extras of the locked project that are wanted (TOML locks).
    :param groups: dependency groups that are wanted (TOML locks); `None`: those that the lock calls default.
    :param dep_groups: choices of a uv.lock that are locked besides, `:all:` for all of them.
    :param allow_uncontained: kinds of containment that back ends may lack.
    :param host_tools: programs of the host that hooks may run, besides those of the existing lock.
    :param rust: where crates and compilers of Rust come from.
    :param patches: those that builds apply.
    :param why: a question, which gets its answer; sdists that have nothing to do with it are left out.
    :raises LockError, FetchError: a requirement, the index or a back end is at fault.
    """
    target = target_python(python)
    _check_version(target, python_version)
    wanted = read_wanted(
        path,
        target.markers,
        no_binary=no_binary,
        only_binary=only_binary,
        from_source=from_source,
        extras=extras,
        groups=groups,
        dep_groups=dep_groups,
    )
    for place in wanted.read.ignored:
        say(f"{place} is not read: hashes decide what is taken, pip's configuration where from")
    pins = _kept_pins(previous, normalized_names(upgrade), any_file=from_source or previous.is_from_source)
    with ExitStack() as stack:
        index = stack.enter_context(Index(index_url, extra_index_urls=extra_index_urls, before=before))
        chooser = FileChooser(target, index, kept=previous.wheels, portable=portable)
        known = [tool for sdist in previous.sdists.values() for tool in sdist.host_tools]
        tools = sorted({*host_tools, *known})
        locker = stack.enter_context(
            SdistLocker(
                target,
                index,
                chooser,
                pins,
                say,
                from_source=from_source,
                host_tools=tools,
                allow_uncontained=allow_uncontained,
                build_constraints=wanted.read.build_constraints,
                more=_by_name(build_requirements),
                previous=previous,
                upgrade=normalized_names(upgrade),
                rust=rust,
                patches=patches,
            )
        )
        for number, requirement in enumerate(wanted.requirements, start=1):
            if not wanted.may_build(requirement) or (why and not why.concerns(previous, requirement.key)):
                continue
            if requirement.source != "index" or chooser.must_build(requirement, no_binary=wanted.no_binary):
                step(f"[{number}/{len(wanted.requirements)}] {requirement.key}: locking its build requirements")
                locker.add(requirement)
        lock = locker.lock()
        if why:
            why.answer(locker.resolver.resolutions)
            return lock
        cycles = find_cycles(wanted.read, lock, environment=target.markers, chooser=chooser, index=index, say=say)
        return replace(lock, cycles=cycles, build_constraints=wanted.read.build_constraints)


def lock_archive(  # noqa: PLR0913 - keyword-only, one per option
    archive: Path,
    *,
    previous: BuildLock | None = None,
    python: str = sys.executable,
    index_url: str = "",
    upgrade: Collection[str] = (),
    portable: bool = False,
    from_source: bool = False,
    before: datetime | None = None,
    host_tools: Collection[str] = (),
    allow_uncontained: tuple[str, ...] = (),
    rust: RustSettings | None = None,
    patches: LockPatches | None = None,
) -> BuildLock:
    """Return the build lock of one sdist on disk, resolved from the index now.

    :param previous: an existing build lock. Its other entries stay in the result, and its versions are kept if they fit.
    :param host_tools: programs of the host that hooks may run.
    :param allow_uncontained: kinds of containment that back ends may lack.
    :raises LockError, FetchError: the sdist, the index or its back end is at fault.

    The other parameters are those of `lock_requirements`.
    """
    target = target_python(python)
    old = previous or BuildLock()
    pins = _kept_pins(old, normalized_names(upgrade), any_file=from_source or old.is_from_source)
    with ExitStack() as stack:
        index = stack.enter_context(Index(index_url, before=before))
        chooser = FileChooser(target, index, kept=old.wheels, portable=portable)
        locker = stack.enter_context(
            SdistLocker(
                target,
                index,
                chooser,
                pins,
                say,
                from_source=from_source,
                host_tools=tuple(host_tools),
                allow_uncontained=allow_uncontained,
                build_constraints=old.build_constraints,
                previous=old,
                upgrade=normalized_names(upgrade),
                rust=rust,
                patches=patches,
            )
        )
        locker.add_archive(archive)
        lock = locker.lock()
    if previous is None:
        return lock
    both = BuildLock(
        sdists={**old.sdists, **lock.sdists}, wheels={**old.wheels, **lock.wheels}, crates={**old.crates, **lock.crates}
    )
    kept = both.needed_by(sorted(both.sdists))
    return replace(old, sdists=kept.sdists, wheels=kept.wheels, crates=kept.crates)


def _check_version(target: TargetPython, wanted: str) -> None:
    """Raise LockError if the interpreter is of another version than the hub."""
    found = target.markers["python_full_version"]
    if wanted and not f"{found}.".startswith(f"{wanted}."):
        msg = f"{target.executable}: is Python {found}; expected {wanted}, which the lock is for"
        raise LockError(msg, tip=f'a toolchain of Python {wanted}, or python_version = "{release_of(found)}" in pip.parse')


def _by_name(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read values of `--build-requirement`."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, separator, requirement = text.partition("=")
        if not separator or not name.strip() or not requirement.strip():
            msg = f"--build-requirement {text}: is no NAME=REQUIREMENT"
            raise UsageError(msg, tip="for example numpy=cython==3.1.4: numpy is built with cython==3.1.4, too")
        key = canonicalize_name(name.strip())
        found[key] = (*found.get(key, ()), requirement.strip())
    return found


def _kept_pins(previous: BuildLock, upgrade: Collection[str], *, any_file: bool) -> Mapping[str, Pins]:
    """Return the pins of the existing lock that are not upgraded, by sdist key and by name.

    :param any_file: a requirement that is locked as an sdist may become a wheel, and the other way round.
    """
    if ALL in upgrade:
        return {}
    pins = {key: sdist.build_requirements for key, sdist in sorted(previous.sdists.items())}
    crates = locked_crate_names(previous)
    known = {pin.partition("==")[0] for kept in pins.values() for pin in kept} | crates
    for name in sorted(set(upgrade) - known):
        what = "build requirement, and no made Cargo.lock has such a crate" if crates else "build requirement"
        msg = f"--upgrade {name}: no sdist of the existing lock has such a {what}{did_you_mean(name, known)}"
        raise UsageError(msg, tip="name a build requirement, not a distribution that is built")
    result: dict[str, Pins] = {}
    for key, requirements in pins.items():
        kept = sorted(p for p in requirements if p.partition("==")[0] not in upgrade)
        result[key] = result[key.partition("==")[0]] = Pins(
            wheels=tuple(p for p in kept if any_file or p in previous.wheels),
            sdists=tuple(p for p in kept if not any_file and p not in previous.wheels),
        )
    return result


def say(line: str) -> None:
    """Print one line of progress to standard error."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress for the person who waits
