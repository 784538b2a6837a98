"""Version specifiers (PEP 440): only what a lock needs to tell versions of one distribution apart."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["is_version", "matches"]

# PEP 440, appendix B: what may be read as a version.
_VERSION = re.compile(
    r"""v? (?:(?P<epoch>\d+)!)? (?P<release>\d+(?:\.\d+)*)
    (?:[-_.]? (?P<pre>alpha|beta|preview|pre|a|b|c|rc) [-_.]? (?P<pre_number>\d*))?
    (?:-(?P<implicit>\d+) | [-_.]? (?P<post>post|rev|r) [-_.]? (?P<post_number>\d*))?
    (?:[-_.]? (?P<dev>dev) [-_.]? (?P<dev_number>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""",
    re.VERBOSE | re.IGNORECASE,
)
_COMPARISON = re.compile(r"(===|==|!=|<=|>=|~=|<|>)\s*(\S+)")
_PHASES = {"a": 0, "alpha": 0, "b": 1, "beta": 1}
_RELEASE_CANDIDATE = 2
_ONLY_DEV, _NO_PRE = (-1, 0), (3, 0)
_NEVER = 10**12


class _Version(NamedTuple):
    """A version whose fields compare in the order of PEP 440."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[int, int]
    post: int
    dev: int
    local: tuple[tuple[int, int, str], ...]

    @property
    def is_early(self) -> bool:
        return self.pre != _NO_PRE or self.dev != _NEVER


def _parse(text: str) -> _Version:
    found = _VERSION.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    pre, dev = _NO_PRE, _NEVER
    post = -1
    if found["pre"]:
        pre = (_PHASES.get(found["pre"].lower(), _RELEASE_CANDIDATE), int(found["pre_number"] or 0))
    if found["post"] or found["implicit"]:
        post = int(found["post_number"] or found["implicit"] or 0)
    if found["dev"]:
        dev = int(found["dev_number"] or 0)
        pre = _ONLY_DEV if pre == _NO_PRE and post < 0 else pre
    local = re.split("[-_.]", found["local"].lower()) if found["local"] else []
    return _Version(
        epoch=int(found["epoch"] or 0),
        release=tuple(int(part) for part in found["release"].split(".")),
        pre=pre,
        post=post,
        dev=dev,
        local=tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in local),
    )


def _trimmed(version: _Version) -> _Version:
    """Return a version without zeros at the end of its release: 1.0 is 1."""
    release = version.release
    while release and release[-1] == 0:
        release = release[:-1]
    return version._replace(release=release)


def _begins(version: _Version, epoch: int, prefix: tuple[int, ...]) -> bool:
    padded = version.release + (0,) * (len(prefix) - len(version.release))
    return version.epoch == epoch and padded[: len(prefix)] == prefix


def _compare(text: str, operator: str, other: str) -> bool:
    if operator == "===":
        return text.lower() == other.lower()
    full = _parse(text)
    if other.endswith(".*") and operator in ("==", "!="):
        prefix = _parse(other[:-2])
        return _begins(full, prefix.epoch, prefix.release) == (operator == "==")
    full_wanted = _parse(other)
    version, wanted = _trimmed(full), _trimmed(full_wanted)
    if not wanted.local:  # a local version takes part only where the right side has one
        version = version._replace(local=())
    same_release = version[:2] == wanted[:2]
    if operator == "<":  # 1.0rc1 is not < 1.0
        early = same_release and version.is_early and not wanted.is_early
        return version < wanted and not (early and (wanted.post < 0 or version[2:4] == wanted[2:4]))
    if operator == ">":  # 1.0.post1 is not > 1.0
        later = same_release and version.pre == wanted.pre and version.post >= 0 > wanted.post and wanted.dev == _NEVER
        return version > wanted and not later
    if operator == "~=":
        if len(full_wanted.release) == 1:
            raise ValueError(other)
        return version >= wanted and _begins(full, wanted.epoch, full_wanted.release[:-1])
    return {"==": version == wanted, "!=": version != wanted, "<=": version <= wanted, ">=": version >= wanted}[operator]


def is_version(text: str) -> bool:
    """Say whether a text is a version, in any spelling."""
    return _VERSION.fullmatch(text) is not None


def matches(version: str, specifier: str) -> bool:
    """Say whether a version fits a specifier; pre-releases may.

    :param specifier: comparisons separated by commas, empty for any version.
    :raises ValueError: one of the texts is not what it should be.
    """
    answer = True
    for part in filter(None, map(str.strip, specifier.split(","))):
        comparison = _COMPARISON.fullmatch(part)
        if not comparison:
            raise ValueError(part)
        answer = _compare(version, *comparison.groups()) and answer
    return answer
