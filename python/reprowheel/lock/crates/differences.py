"""Says how two build locks differ in crates, one line each: what a diff of the file shows badly."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.lock.build_lock import BuildLock
    from reprowheel.lock.rust_entries import LockedRust

__all__ = ["crate_changes"]


def crate_changes(old: BuildLock, new: BuildLock) -> tuple[str, ...]:
    """Return one line for each crate and each Cargo.lock that differs for an sdist that both locks have."""
    lines: list[str] = []
    for key in sorted(old.sdists.keys() & new.sdists.keys()):
        before, after = old.sdists[key].rust, new.sdists[key].rust
        if before is None and after is not None:
            lines.append(f"{key}: uses Rust, which the lock does not say: {len(after.crates)} crates")
        elif before is not None and after is None:
            lines.append(f"{key}: uses no Rust, and the lock says that it does")
        elif before is not None and after is not None:
            lines += [f"{key}: {line}" for line in _of_crates(before, after)]
            lines += [f"{key}: {line}" for line in _of_locks(before, after)]
    for key in sorted(old.crates.keys() & new.crates.keys()):
        if old.crates[key].sha256 != new.crates[key].sha256:
            lines.append(f"crate {key}: sha256 {old.crates[key].sha256} → {new.crates[key].sha256}")
    return tuple(lines)


def _of_crates(before: LockedRust, after: LockedRust) -> Iterator[str]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted(old.keys() | new.keys()):
        left, right = sorted(old[name] - new[name]), sorted(new[name] - old[name])
        if left and right:
            yield f"crate {name} {', '.join(left)} → {', '.join(right)}"
        elif left or right:
            yield f"crate {name} {', '.join(left or right)} is {'gone' if left else 'new'}"


def _by_name(rust: LockedRust) -> defaultdict[str, set[str]]:
    """Return name → versions, with their sources."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key in rust.crates:
        name, _, version = key.partition("==")
        found[name].add(version)
    return found


def _of_locks(before: LockedRust, after: LockedRust) -> Iterator[str]:
    for place in sorted(before.cargo_locks.keys() | after.cargo_locks.keys()):
        left, right = before.cargo_locks.get(place), after.cargo_locks.get(place)
        if left != right:
            yield f"{place} is {'missing' if left is None else 'another' if right else 'not needed'}"
