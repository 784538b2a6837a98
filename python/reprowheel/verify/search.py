"""Finds which perturbations make a difference, with few builds.

A group of perturbations is split into halves. If no half alone makes a difference, they act together only, and are left out
one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Findings", "find_guilty"]


@dataclass(kw_only=True, slots=True)
class Findings:
    """The result of the search.

    :param guilty: smallest sets of perturbations that make a difference; most have one element.
    :param innocent: perturbations that made no difference in a build without the guilty ones.
    :param unknown: perturbations that were not tested, because the limit of builds was reached.
    :param builds: number of builds that the search took.
    """

    guilty: list[tuple[str, ...]] = field(default_factory=list)
    innocent: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    builds: int = 0


class _OutOfBuildsError(Exception):
    pass


def find_guilty(
    names: Sequence[str],
    differs: Callable[[tuple[str, ...]], bool],
    *,
    suspects: Sequence[str] = (),
    limit: int,
) -> Findings:
    """Search among perturbations that together make a difference.

    :param differs: builds with a set of perturbations and says whether the result differs; called once for each set.
    :param suspects: perturbations that fit the likely causes of the differences; they are tested first.
    :param limit: most builds that the search may take.
    """
    search = _Search(differs, limit)
    first = tuple(name for name in names if name in suspects)
    rest = tuple(name for name in names if name not in suspects)
    try:
        if first and rest:
            search.halves(first, rest)
        else:
            search.split(tuple(names))
    except _OutOfBuildsError:
        pass
    found = search.findings
    accused = {name for group in found.guilty for name in group}
    found.innocent = [name for name in names if name in found.innocent and name not in accused]
    found.unknown = [name for name in names if name not in accused and name not in found.innocent]
    return found


class _Search:
    def __init__(self, differs: Callable[[tuple[str, ...]], bool], limit: int) -> None:
        self._differs = differs
        self._limit = limit
        self.findings = Findings()

    def _test(self, group: tuple[str, ...]) -> bool:
        if self.findings.builds >= self._limit:
            raise _OutOfBuildsError
        self.findings.builds += 1
        different = self._differs(group)
        if not different:
            self.findings.innocent += group
        return different

    def split(self, group: tuple[str, ...]) -> None:
        """Search in a group that is known to make a difference."""
        if len(group) == 1:
            self.findings.guilty.append(group)
            return
        middle = len(group) // 2
        self.halves(group[:middle], group[middle:])

    def halves(self, left: tuple[str, ...], right: tuple[str, ...]) -> None:
        """Search in two parts of a group that makes a difference."""
        different = [part for part in (left, right) if self._test(part)]
        if not different:
            self._together(left + right)
        for part in different:
            self.split(part)

    def _together(self, group: tuple[str, ...]) -> None:
        """Search for perturbations that only act together: leave out one after the other, as long as the difference stays."""
        needed = group
        for name in group:
            less = tuple(n for n in needed if n != name)
            if less and self._test(less):
                needed = less
        self.findings.guilty.append(needed)
