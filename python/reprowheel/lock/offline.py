"""Checks a build lock without an index: the verb `lock` with `--check --offline`.

In: the requirements of a lock of any format, and a build lock. Out: problems, and the build lock without unused entries.

This check finds less than `--check` alone, because resolving needs an index. The build requirements of a new sdist and the
dependencies of a new wheel are not known here. A requirements.txt has hashes only, so a distribution without an entry may
be a wheel. Such questions are listed as unchecked.
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
    """The result of the check.

    :param problems: one line each; the build lock is stale if there is any.
    :param expected: the build lock without entries that nothing needs.
    :param unchecked: questions that only an index, a repository or a URL can answer, one line each.
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
    """Compare a build lock with the requirements of the user's lock.

    :param out: path of the build lock, for messages.
    :param tags: PEP 425 tags of wheels that the interpreter can install.
    """
    questions = [_ask(r, lock, tags, wanted.no_binary) for r in wanted.requirements if wanted.may_build(r)]
    needed = lock.needed_by(sorted({q.root for q in questions if q.root}))
    cycles = {name: needs for name, needs in lock.cycles.items() if name in wanted.read.names and not wanted.read.has_edges}
    expected = replace(
        lock,
        sdists=needed.sdists,
        wheels=needed.wheels,
        crates=needed.crates,
        cycles=cycles,
        build_constraints=wanted.read.build_constraints,
    )
    wrong = [(question, line) for question in questions if (line := question.problem(out, expected))]
    replaced = {key for question, _ in wrong for key in question.loose(expected)}
    problems = [line for _, line in wrong]
    if lock.build_constraints != expected.build_constraints:
        said, now = (", ".join(one.build_constraints) or "none" for one in (lock, expected))
        problems.append(f"{out}: build_constraints: was written with {said}; the lock now has {now}")
    unused = [key for key in lock.sdists if key not in needed.sdists and key not in replaced]
    problems += [f"{out}: sdists.{key}: nothing needs it" for key in unused]
    problems += [f"{out}: cycles.{name}: nothing needs it" for name in lock.cycles if name not in cycles]
    if not problems:
        problems += [f"{out}: wheels.{key}: nothing needs it" for key in lock.wheels if key not in needed.wheels]
        problems += [f"{out}: crates.{key}: nothing needs it" for key in lock.crates if key not in needed.crates]
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
    """The entries of a build lock that may belong to one requirement.

    :param built: whether the requirement is built; `None`: only an index can tell.
    :param root: key of the entry that belongs to it, or empty.
    :param others: keys of the other entries with the same name.
    :param allowed: hashes that the entry may have; empty if they cannot be known without fetching.
    """

    requirement: LockedRequirement
    built: bool | None
    root: str
    others: tuple[str, ...]
    allowed: frozenset[str]

    def loose(self, expected: BuildLock) -> list[str]:
        """Return those of `others` that are no build requirement of any sdist."""
        return [key for key in self.others if key not in expected.sdists]

    def problem(self, out: Path, expected: BuildLock) -> str:
        """Return the problem as one line, or an empty string."""
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
        """Return the question that stays open as one line, or an empty string."""
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
    """Say whether a requirement is built, as `FileChooser.must_build` does, but from file names alone."""
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
    """Return the hashes that the built archive may have; empty if they cannot be known without fetching."""
    path = requirement.path
    if path is not None:
        return frozenset([file_sha256(path)] if path.is_file() else requirement.sha256s)
    if requirement.source == "url" and requirement.subdirectory:  # the folder is packed again, so the archive has another hash
        return frozenset()
    return frozenset(requirement.sha256s)
