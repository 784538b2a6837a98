"""Joins build locks: one file for locks of several Pythons, or for several locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.errors import LockError
from reprowheel.lock.build_lock import BuildLock
from reprowheel.lock.rust_entries import LockedRust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.lock.build_lock import LockedSdist, LockedWheel
    from reprowheel.lock.rust_entries import LockedCrate

__all__ = ["join_locks"]


def join_locks(locks: Sequence[tuple[str, BuildLock]], out: str) -> BuildLock:
    """Return one build lock with everything that is in the given ones.

    :param locks: what each is for, such as `requirements.txt for Python 3.13`, and the build lock.
    :param out: the file, for messages.
    :raises LockError: two of them have one key with different content, so that one file cannot have both.
    """
    sdists: dict[str, LockedSdist] = {}
    wheels: dict[str, LockedWheel] = {}
    crates: dict[str, LockedCrate] = {}
    cycles: dict[str, tuple[str, ...]] = {}
    constraints: set[str] = set()
    of: dict[str, str] = {}
    for what, lock in locks:
        for key, sdist in lock.sdists.items():
            _check_same(out, key, (of.get(key, ""), sdists.get(key)), (what, sdist))
            of.setdefault(key, what)
            sdists[key] = sdist
        for key, wheel in lock.wheels.items():
            place = f"wheel of {key}"
            _check_same(out, place, (of.get(place, ""), wheels.get(key)), (what, wheel))
            of.setdefault(place, what)
            wheels[key] = wheel
        for key, crate in lock.crates.items():
            place = f"crate {key}"
            _check_same(out, place, (of.get(place, ""), crates.get(key)), (what, crate))
            of.setdefault(place, what)
            crates[key] = crate
        for name, needed in lock.cycles.items():
            cycles[name] = tuple(sorted({*cycles.get(name, ()), *needed}))
        constraints |= set(lock.build_constraints)
    for what, lock in locks:
        _check_built(out, what, lock, wheels)
    return BuildLock(
        sdists=dict(sorted(sdists.items())),
        wheels=dict(sorted(wheels.items())),
        cycles=dict(sorted(cycles.items())),
        build_constraints=tuple(sorted(constraints)),
        crates=dict(sorted(crates.items())),
    )


def _check_same(out: str, key: str, old: tuple[str, object | None], new: tuple[str, object]) -> None:
    if old[1] is None or old[1] == new[1]:
        return
    fields = [name for name in type(new[1]).__dataclass_fields__ if getattr(old[1], name) != getattr(new[1], name)]  # type: ignore[attr-defined]
    first = "filename" if "filename" in fields else fields[0]
    found = [f"{_shown(getattr(side, first))} for {what}" for what, side in (old, new)]
    msg = f"{out}: {key}: {first} is {' and '.join(found)}; one build lock has one"
    raise LockError(msg, tip=_TIP)


def _shown(value: object) -> str:
    """Return a field's value for a message; a Cargo.lock as its digest."""
    if not isinstance(value, LockedRust):
        return str(value)
    locks = [f"{place} with sha256 {lock.sha256}" for place, lock in sorted(value.cargo_locks.items())]
    return ", ".join([f"{len(value.crates)} crates", *locks])


def _check_built(out: str, what: str, lock: BuildLock, wheels: Mapping[str, LockedWheel]) -> None:
    """Raise LockError if a build requirement that one lock builds is a wheel in another: in one file it would be the wheel."""
    used = {key for sdist in lock.sdists.values() for key in sdist.build_requirements}
    for key in sorted(used & lock.sdists.keys() & wheels.keys() - lock.wheels.keys()):
        msg = f"{out}: {key}: is a build requirement that has no wheel for {what}, and {wheels[key].filename} for the others"
        raise LockError(msg, tip=_TIP)


_TIP = (
    "lock with --portable, or give each its own file: with Bazel in pip.parse(build_requirements_lock = ...), "
    "on the command line with --out"
)
