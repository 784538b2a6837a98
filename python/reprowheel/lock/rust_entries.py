"""What a build lock has about Rust: the crates and lock files of an sdist, and the hash of each crate."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reprowheel.lock.fields import digest_of, table_of, text_of, texts_of
from reprowheel.rust.cargo_lock import Crate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LockedCargoLock", "LockedCrate", "LockedRust", "crate_of", "crates_in", "rust_data", "rust_of"]

_CRATE = re.compile(r"(?P<name>[A-Za-z0-9_-]+)==(?P<version>[^\s()]+)(?: \((?P<source>\S+)\))?")
_SOURCE = re.compile(r"(?:registry|sparse)\+\S+|git\+\S+#[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedCrate:
    """A crate that builds get as an archive.

    :param sha256: of the archive: the registry's `.crate` file, or the canonical archive of a git repository's commit.
    :param source: as Cargo.lock has it; empty for cargo's default registry.
    """

    sha256: str
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedCargoLock:
    """A Cargo.lock that the sdist does not have as it is needed; builds write it into its tree.

    :param sha256: of the text in UTF-8.
    """

    sha256: str
    text: str

    @classmethod
    def of(cls, text: str) -> LockedCargoLock:
        """Return the entry of a text."""
        return cls(sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedRust:
    """What an sdist that uses Rust needs besides a Rust toolchain.

    :param crates: keys of the lock's table `crates`, sorted; without those that the sdist itself has.
    :param cargo_locks: by path in the sdist's tree.
    """

    crates: tuple[str, ...] = ()
    cargo_locks: Mapping[str, LockedCargoLock] = field(default_factory=dict)


def crate_of(key: str, raw: object, problems: list[str]) -> LockedCrate:
    """Read one entry of the table `crates`."""
    where = f"crates.{key}."
    data = raw if isinstance(raw, dict) else {}
    sha256, source = digest_of(data, where, problems), text_of(data, "source", where, problems)
    found = _CRATE.fullmatch(key)
    if found is None:
        problems.append(f"{key!r}: is neither NAME==VERSION nor NAME==VERSION (SOURCE)")
    elif (found["source"] or "") != source:
        problems.append(f"{where}source: is {source!r}; expected {found['source'] or ''!r}, as the key has it")
    elif source and not _SOURCE.fullmatch(source):
        problems.append(
            f"{where}source: is {source!r}; expected registry+URL, sparse+URL, or git+URL#COMMIT with the whole commit"
        )
    return LockedCrate(sha256=sha256, source=source)


def rust_of(data: Mapping[str, Any], where: str, crates: Mapping[str, object], problems: list[str]) -> LockedRust | None:
    """Read the field `rust` of an sdist; `None` if it uses no Rust.

    :param crates: the lock's table.
    """
    if "rust" not in data:
        return None
    raw = table_of(data, "rust", where, problems)
    where += "rust."
    keys = texts_of(raw, "crates", where, problems)
    problems += [f"{where}crates: {key} is not under crates" for key in keys if key not in crates]
    locks = table_of(raw, "cargo_locks", where, problems)
    return LockedRust(crates=keys, cargo_locks={place: _cargo_lock(locks, place, where, problems) for place in sorted(locks)})


def _cargo_lock(locks: dict[str, Any], place: str, where: str, problems: list[str]) -> LockedCargoLock:
    parts = place.split("/")
    if parts[-1] != "Cargo.lock" or {"", ".", ".."} & set(parts) or "\\" in place:
        problems.append(f"{where}cargo_locks: {place!r} is no path of a Cargo.lock in the sdist")
    data = table_of(locks, place, f"{where}cargo_locks.", problems)
    where += f"cargo_locks.{place}."
    entry = LockedCargoLock(sha256=digest_of(data, where, problems), text=text_of(data, "text", where, problems))
    found = LockedCargoLock.of(entry.text).sha256
    if found != entry.sha256:
        problems.append(f"{where}text: has sha256 {found}, not that of the field sha256, so it was changed by hand")
    return entry


def rust_data(rust: LockedRust) -> dict[str, Any]:
    """Return the JSON of the field `rust`; what is empty is left out."""
    locks = {place: {"sha256": lock.sha256, "text": lock.text} for place, lock in sorted(rust.cargo_locks.items())}
    return {**({"crates": list(rust.crates)} if rust.crates else {}), **({"cargo_locks": locks} if locks else {})}


def crates_in(crates: Mapping[str, LockedCrate]) -> tuple[Crate, ...]:
    """Return the crates of a lock's table `crates`, to fetch them."""
    found = []
    for key, entry in crates.items():
        name, _, version = key.partition(" (")[0].partition("==")
        found.append(Crate(name=name, version=version, source=entry.source, checksum=entry.sha256))
    return tuple(sorted(found))
