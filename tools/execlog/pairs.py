"""Which spawn of B is which of A: the one with the same mnemonic and outputs.

The folder below bazel-out has the configuration in its name. Where a flag has given it another name, every output has
another path; such spawns are paired by the rest of their paths, and it is noted which folder of A is which of B.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from execlog.explain.request import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from execlog.model import Spawn

__all__ = ["Pairing", "pair_spawns"]

_VERSION = re.compile(r"(?:_\d+[a-z0-9]*)+(?:_(?:a|b|rc|post|dev)\d*)*(?=//)")
_CONFIGURED = re.compile(r"bazel-out/([^/]+)/")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Numbers of spawns in A and B.

    :param renamed: folder below bazel-out in A → the one in B.
    :param repositories: canonical name of a distribution's repository in A → the one in B, which has another version.
    :param outputs: output in A → the one in B, where versions in names differ; A's has the names of B's folders and repositories.
    """

    pairs: list[tuple[int, int]]
    only_left: list[int]
    only_right: list[int]
    renamed: dict[str, str]
    repositories: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


def pair_spawns(left: Sequence[Spawn], right: Sequence[Spawn]) -> Pairing:
    """Pair by outputs, then what is left by outputs without the configuration."""
    pairs, only_left, only_right = _match(left, right, range(len(left)), range(len(right)), _key)
    more, only_left, only_right = _match(left, right, only_left, only_right, _unconfigured)
    ours, only_left, only_right = _match_ours(left, right, only_left, only_right)
    known = {c for spawn in right for path in spawn.listed for c in _CONFIGURED.findall(path)}
    votes: Counter[tuple[str, str]] = Counter()
    for a, b in more:
        both = zip(_configurations(left[a]), _configurations(right[b]), strict=True)
        votes.update(pair for pair in both if pair[0] != pair[1] and pair[0] not in known)
    renamed: dict[str, str] = {}
    for (old, new), _ in votes.most_common():
        if old not in renamed and new not in renamed.values():
            renamed[old] = new
    repositories: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for a, b in ours:
        old, new = (spawn.label.partition("//")[0].lstrip("@") for spawn in (left[a], right[b]))
        if old != new:
            repositories[old] = new
        names = [_renamed(path, renamed, old, new) for path in left[a].listed]
        rest = [path for path in right[b].listed if path not in names]
        outputs.update(zip((name for name in names if name not in right[b].listed), rest, strict=False))
    return Pairing(sorted(pairs + more + ours), only_left, only_right, renamed, repositories, outputs)


def _renamed(path: str, renamed: dict[str, str], old: str, new: str) -> str:
    """Return an output of A with B's names of folder and repository."""
    path = _CONFIGURED.sub(lambda match: f"bazel-out/{renamed.get(match[1], match[1])}/", path)
    return path.replace(f"/external/{old}/", f"/external/{new}/")


def _match_ours(
    left: Sequence[Spawn], right: Sequence[Spawn], from_left: list[int], from_right: list[int]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pair actions of rules_reprowheel by package: versions of the package and of Python are in the names of outputs."""
    some: list[list[int]] = []
    for spawns, numbers in ((left, from_left), (right, from_right)):
        keys = {n: _package(spawns[n]) for n in numbers if spawns[n].mnemonic.startswith(OURS)}
        often = Counter(keys.values())
        some.append([n for n, key in keys.items() if often[key] == 1])
    pairs, _, _ = _match(left, right, some[0], some[1], _package)
    only_left, only_right = set(from_left) - {a for a, _ in pairs}, set(from_right) - {b for _, b in pairs}
    return pairs, sorted(only_left), sorted(only_right)


def _package(spawn: Spawn) -> Key:
    """Return what an action is of: its label without versions, and whether a tool is built."""
    return spawn.mnemonic, _VERSION.sub("", spawn.label), any("-exec" in name for name in _configurations(spawn))


def _match(
    left: Sequence[Spawn],
    right: Sequence[Spawn],
    from_left: Iterable[int],
    from_right: Iterable[int],
    key: Callable[[Spawn], Key],
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pair spawns of one key in their order: a test that is tried again has several."""
    waiting: defaultdict[Key, list[int]] = defaultdict(list)
    for b in from_right:
        waiting[key(right[b])].append(b)
    for found in waiting.values():
        found.reverse()
    pairs, only = [], []
    for a in from_left:
        candidates = waiting.get(key(left[a]))
        if candidates:
            pairs.append((a, candidates.pop()))
        else:
            only.append(a)
    return pairs, only, sorted(b for rest in waiting.values() for b in rest)


def _key(spawn: Spawn) -> Key:
    return (spawn.mnemonic, spawn.listed) if spawn.listed else (spawn.mnemonic, spawn.label, spawn.args)


def _unconfigured(spawn: Spawn) -> Key:
    paths = tuple(_CONFIGURED.sub("bazel-out/*/", path) for path in spawn.listed)
    return (spawn.mnemonic, spawn.label, paths) if paths else _key(spawn)


def _configurations(spawn: Spawn) -> list[str]:
    return [found for path in spawn.listed for found in _CONFIGURED.findall(path)[:1]]
