"""What can be said of a build lock without an index: the verb `lock` with `--check --offline`.

In: what a lock of any format asks for, and a build lock. Out: what is wrong with the build lock, and what is left of it.

Resolving needs an index, so this says less than `--check` alone. What a new sdist is built with and what a new wheel needs
is not known here; and where a lock has hashes only (requirements.txt), a distribution without an entry may be a wheel. That
is named, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reprowheel.files import file_sha256
from reprowheel.lock.choose import wheel_tags
from reprowheel.lock.wanted import ALL

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from reprowheel.lock.build_lock import BuildLock
    from reprowheel.lock.wanted import Wanted
    from reprowheel.requirements.locked import LockedRequirement

__all__ = ["OfflineCheck", "check_offline"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OfflineCheck:
    """The answer.

    :param problems: one line each; the build lock is stale if there is one.
    :param expected: the build lock without what nothing needs.
    :param unchecked: what only an index, a repository or an address can tell, one line each.
    """

    problems: tuple[str, ...]
    expected: BuildLock
    unchecked: tuple[str, ...]


def check_offline(
    lock: BuildLock,
    wanted: Wanted,
    *,
    out: Path,
    tags: Collection[str],
) -> OfflineCheck:
    """Compare a build lock with what is wanted.

    :param out: the build lock's path, for messages.
    :param tags: of wheels that the interpreter installs.
    """
    questions = [_ask(r, lock, tags, wanted.no_binary) for r in wanted.requirements if wanted.may_build(r)]
    needed = lock.needed_by(sorted({q.root for q in questions if q.root}))
    cycles = {name: needs for name, needs in lock.cycles.items() if name in wanted.read.names and not wanted.read.has_edges}
    expected = replace(lock, sdists=needed.sdists, wheels=needed.wheels, cycles=cycles)
    wrong = [(question, line) for question in questions if (line := question.problem(out, expected))]
    replaced = {key for question, _ in wrong for key in question.loose(expected)}
    problems = [line for _, line in wrong]
    unused = [key for key in lock.sdists if key not in needed.sdists and key not in replaced]
    problems += [f"{out}: sdists.{key}: nothing needs it" for key in unused]
    problems += [f"{out}: cycles.{name}: nothing needs it" for name in lock.cycles if name not in cycles]
    if not problems:
        problems += [f"{out}: wheels.{key}: nothing needs it" for key in lock.wheels if key not in needed.wheels]
    for key, wheel in sorted(needed.wheels.items()):
        if wheel_tags(wheel.filename).isdisjoint(tags):
            problems.append(f"{out}: wheels.{key}: {wheel.filename} does not fit this interpreter and platform")
    if wanted.from_source:
        wheels = [key for key, wheel in sorted(needed.wheels.items()) if not wheel.seed]
        problems += [f"{out}: wheels.{key}: is no seed, and everything is to be built from source" for key in wheels]
    unchecked = [line for question in questions if (line := question.unchecked(expected))]
    return OfflineCheck(problems=tuple(problems), expected=expected, unchecked=tuple(unchecked))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """What a build lock has for one requirement.

    :param built: whether it is built; `None`: only an index can tell.
    :param root: the key of the entry that it is built by, or empty.
    :param others: keys of the entries of that name that are not it.
    :param allowed: hashes that the entry may have; empty where they are not known here.
    """

    requirement: LockedRequirement
    built: bool | None
    root: str
    others: tuple[str, ...]
    allowed: frozenset[str]

    def loose(self, expected: BuildLock) -> list[str]:
        """Return the others that are no build requirement of anything."""
        return [key for key in self.others if key not in expected.sdists]

    def problem(self, out: Path, expected: BuildLock) -> str:
        """Return what is wrong, or nothing."""
        key, loose = self.requirement.key, self.loose(expected)
        if self.root or self.built is False:
            return ""
        same = key if self.requirement.version else next(iter(loose), "")
        if same in loose or (self.built and same in self.others):
            what = f"is locked with sha256 {' or '.join(sorted(self.allowed))}; {out} has another archive of {same}"
        elif loose:
            what = f"is locked; {out} has {', '.join(loose)} in place of it"
        elif self.built:
            what = f"is built from its source, but {out} has no entry for it"
        else:
            return ""
        return f"{self.requirement.place}: {key} {what}"

    def unchecked(self, expected: BuildLock) -> str:
        """Return what cannot be told here, or nothing."""
        if self.root:
            return "" if self.allowed else f"{self.requirement.key}: whether its content is what was locked"
        if self.built is None and not self.loose(expected):
            return f"{self.requirement.key}: has no entry, so a wheel of it must be locked and fit"
        return ""


def _ask(requirement: LockedRequirement, lock: BuildLock, tags: Collection[str], no_binary: Collection[str]) -> _Question:
    built, allowed = _built(requirement, tags, no_binary), _allowed(requirement)
    same_name = [key for key in lock.sdists if key.partition("==")[0] == requirement.name]
    fitting = [key for key in same_name if not requirement.version or key == requirement.key]
    fitting = [key for key in fitting if not allowed or lock.sdists[key].sha256 in allowed]
    root = fitting[0] if fitting and built is not False else ""
    others = tuple(key for key in same_name if key != root)
    return _Question(requirement=requirement, built=built, root=root, others=others, allowed=allowed)


def _built(requirement: LockedRequirement, tags: Collection[str], no_binary: Collection[str]) -> bool | None:
    """Say whether a requirement is built: as `FileChooser.must_build`, from file names alone."""
    if requirement.source != "index":
        name = urlsplit(requirement.url).path if requirement.source == "url" else requirement.path and requirement.path.name
        return requirement.source == "git" or not str(name).endswith(".whl")
    if requirement.name in no_binary:
        return True
    if not requirement.filenames:
        return None
    has_sdist = any(not name.endswith(".whl") for name in requirement.filenames)
    fits = any(not wheel_tags(name).isdisjoint(tags) for name in requirement.filenames)
    return has_sdist and (ALL in no_binary or not fits)


def _allowed(requirement: LockedRequirement) -> frozenset[str]:
    """Return the hashes that what is built may have; none where that takes more than is here."""
    path = requirement.path
    if path is not None:
        return frozenset([file_sha256(path)] if path.is_file() else requirement.sha256s)
    if requirement.source == "url" and requirement.subdirectory:  # packed anew, so another archive
        return frozenset()
    return frozenset(requirement.sha256s)
