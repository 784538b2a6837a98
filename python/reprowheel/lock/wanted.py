"""Reads the user's lock with the options of the verb `lock`: which requirements apply, and which must or may be built."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.errors import LockError, UsageError
from reprowheel.inputs.guess import did_you_mean
from reprowheel.requirements.read import read_requirements, select_requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from reprowheel.requirements.read import LockedRequirement, LockedRequirements

__all__ = ["ALL", "Wanted", "normalized_names", "read_wanted"]

ALL = ":all:"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The requirements of a lock that apply to one interpreter.

    :param read: the whole lock.
    :param requirements: the requirements that apply, sorted; each name once, unless choices of a uv.lock differ in it.
    :param no_binary: normalized names, or `:all:`, that are built even if a wheel fits; from the lock and the options.
    :param only_binary: the same for what is never built.
    :param from_source: build requirements are built, too.
    """

    read: LockedRequirements
    requirements: tuple[LockedRequirement, ...]
    no_binary: frozenset[str]
    only_binary: frozenset[str] = frozenset()
    from_source: bool = False

    def may_build(self, requirement: LockedRequirement) -> bool:
        """Say whether a distribution may be built, as no `--only-binary` of the lock or the options forbids it."""
        name, forbidden = requirement.name, self.only_binary
        return not (name in forbidden or (ALL in forbidden and name not in self.no_binary))


def read_wanted(  # noqa: PLR0913 - one per option
    path: Path,
    environment: Mapping[str, str],
    *,
    no_binary: Collection[str] = (),
    only_binary: Collection[str] = (),
    from_source: bool = False,
    extras: Collection[str] = (),
    groups: Collection[str] | None = None,
    dep_groups: Collection[str] = (),
) -> Wanted:
    """Read a lock of any format.

    :param environment: PEP 508 variables of the interpreter.
    :param no_binary: values of `--no-binary`: names in any spelling, also several with commas between them, or `:all:`.
    :param only_binary: values of `--only-binary`, the same.
    :param from_source: build every requirement that applies; their names are added to `no_binary`.
    :param dep_groups: choices of a uv.lock that are wanted besides, `:all:` for all of them.
    :raises LockError, UsageError: see the message.
    """
    read = read_requirements(path, environment, extras=extras, groups=groups, dep_groups=dep_groups)
    sources = normalized_names(no_binary) | read.no_binary
    unknown = sources - {ALL} - read.names if no_binary else frozenset()
    if unknown:
        guess = did_you_mean(min(unknown), read.names)
        msg = f"--no-binary {', '.join(sorted(unknown))}: not in {path}{guess}"
        raise UsageError(msg, tip="name a distribution of that file, or :all:")
    requirements = _all_choices(read, environment)
    if from_source:
        sources |= {ALL, *(requirement.name for requirement in requirements)}
    wheels = normalized_names(only_binary) | read.only_binary
    wanted = Wanted(read=read, requirements=requirements, no_binary=sources, only_binary=wheels, from_source=from_source)
    for requirement in requirements if from_source else ():
        if not wanted.may_build(requirement):
            msg = f"{requirement.place}: {requirement.key}: --only-binary in {path} forbids to build it from source"
            raise LockError(msg, tip="remove --only-binary, or lock without --from-source")
    return wanted


def _all_choices(read: LockedRequirements, environment: Mapping[str, str]) -> tuple[LockedRequirement, ...]:
    """Return what applies without a choice, and what choices have besides."""
    found = {(one.name, one.origin): one for one in select_requirements(read.requirements, environment)}
    for choice in read.choices:
        for one in select_requirements(choice, environment):
            found.setdefault((one.name, one.origin), one)
    return tuple(sorted(found.values(), key=lambda one: (one.name, one.key)))


def normalized_names(names: Collection[str]) -> frozenset[str]:
    """Return the names in values like `A,b_c`, normalized (PEP 503); `:all:` stays as it is."""
    words = [word.strip() for name in names for word in name.split(",")]
    for word in words:
        if word and word != ALL and not _NAME.fullmatch(word):
            name = re.split(r"[=<>!~@;\[ ]", word)[0]
            tip = f"Write {name} alone." if _NAME.fullmatch(name) else ""
            msg = f"{word!r} is no name of a distribution; expected one such as 'numpy'"
            raise UsageError(msg, tip=tip)
    return frozenset(word if word == ALL else canonicalize_name(word) for word in words if word)
