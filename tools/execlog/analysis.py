"""The comparison of two logs: for every spawn of both, whether its inputs and outputs are equal, and its root causes.

A spawn's root causes are what differs by itself (its command line, say), and those of each input that differs: of the
spawn that made the input; or the input, where no spawn made it. A spawn with equal inputs and other outputs is a root
cause itself. Sets of root causes are bits of an int, because a build has many spawns and few causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from execlog.changes import ALONE, Change, Changes
from execlog.explain.build import Explained, Explainer
from execlog.explain.contents import Contents
from execlog.merge import merge_roots
from execlog.model import LAYOUT
from execlog.names import Names
from execlog.pairs import pair_spawns
from execlog.roots import SPREAD, Root, changed_arguments, package_of_label, package_of_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from execlog.explain.facts import Fact
    from execlog.model import Log, Spawn, Store

__all__ = ["Analysis"]

_NEW, _ENTERED, _DONE = 0, 1, 2
_PAIR, _ROOT = 0, 1
Cause = tuple[int, int]


class Analysis:
    """See the module's docstring.

    `masks[p]` has the root causes of pair p, bit N being `roots[N]`; `own[p]` those of them that the spawn has by itself;
    `misses[p]` says that its inputs differ, and `differs[p]` that its outputs do. `touched[n]` are the pairs that have root
    cause n by themselves. `changes` has what differs.
    """

    def __init__(self, left: Log, right: Log, store: Store, contents: Contents | None = None) -> None:
        """Compare; `contents` are the files that are at hand."""
        self.left, self.right, self.store = left, right, store
        self.pairing = pair_spawns(left.spawns, right.spawns)
        self.changes = Changes(left, right, store, self.pairing)
        self.explainer = Explainer(self.changes, contents or Contents())
        self.names = Names(left, right)
        self.spawns = self.changes.spawns
        self.count = len(self.pairing.pairs)
        self.roots: list[Root] = []
        self._root_numbers: dict[tuple[str, ...], int] = {}
        self._causes: dict[Change, Cause | None] = {}
        self.masks, self.own = [0] * self.count, [0] * self.count
        self.misses = bytearray(self.count)
        self.differs = bytearray(map(self._differs, range(self.count)))
        self._solve()
        versions = {name for both in self.pairing.repositories.items() for name in both}
        self.roots = merge_roots(self.roots, self.own, self.masks, versions)
        self._count()

    @property
    def equal(self) -> bool:
        """Whether every spawn is in both logs, with the same inputs and outputs."""
        return not (self.roots or self.pairing.only_left or self.pairing.only_right)

    def _differs(self, pair: int) -> bool:
        a, b = self.spawns(pair)
        return _result(a) != _result(b) or bool(self.changes.outputs(pair))

    def _solve(self) -> None:
        """Find the root causes of all pairs: of those that make inputs first."""
        state = bytearray(self.count)
        for first in range(self.count):
            waiting = [first]
            while waiting:
                pair = waiting[-1]
                if state[pair] == _DONE:
                    waiting.pop()
                    continue
                explained = self.explainer.explain(pair)
                causes = [None if c[0] in explained.inputs else self._cause(c, pair) for c in self.changes.inputs(pair)]
                if state[pair] == _NEW:  # one that is entered already, and not done, would be a cycle
                    state[pair] = _ENTERED
                    waiting += {c[1] for c in causes if c and c[0] == _PAIR and state[c[1]] == _NEW}
                if waiting[-1] == pair:
                    self._judge(pair, causes, explained)
                    state[pair] = _DONE

    def _judge(self, pair: int, causes: list[Cause | None], explained: Explained) -> None:
        """Set what a pair's root causes are, once those of its inputs are known."""
        own = mask = 0
        for number in self._own_roots(pair, explained):
            own |= 1 << number
        for cause in causes:
            if cause and cause[0] == _ROOT:
                own |= 1 << cause[1]
            elif cause:
                mask |= self.masks[cause[1]]
        a, b = self.spawns(pair)
        if causes and not own | mask:  # the files are the same, but lie elsewhere
            path, left, right = self.changes.inputs(pair)[0]
            own = 1 << self._root(pair, "runfiles", package_of_path(path), (path.removesuffix(LAYOUT), left, right))
        if not own | mask and a.digest and b.digest and a.digest != b.digest:
            own = 1 << self._root(pair, "action", package_of_label(b.label), (b.label, a.digest, b.digest))
        self.misses[pair] = bool(own | mask)
        if self.differs[pair] and not own | mask:
            own = 1 << self._itself(pair)
        self.own[pair], self.masks[pair] = own, own | mask

    def _itself(self, pair: int) -> int:
        """Return the root cause that a spawn is which gives other results for the same inputs."""
        a, b = self.spawns(pair)
        package, name = package_of_label(b.label), b.listed[0] if b.listed else b.label
        if _result(a) != _result(b):
            return self._root(pair, "result", package, (name, _result(a), _result(b)))
        number = self._root(pair, "nondeterministic", package, (name, None, None))
        self.roots[number].details = self.changes.outputs(pair)
        return number

    def _own_roots(self, pair: int, explained: Explained) -> Iterator[int]:
        """Yield what differs in a spawn, apart from its inputs."""
        yield from (self._fact(pair, fact) for fact in explained.facts)
        a, b = self.spawns(pair)
        named, renamed = self.changes.named, self.pairing.renamed
        package = package_of_label(b.label)
        if renamed:
            for name in sorted(self.changes.configurations(pair)):
                yield self._root(pair, "configuration", "", ("bazel-out", name, renamed[name]))
        for kind, left, right in (("argument", a.args, b.args), ("outputs", a.listed, b.listed)):
            if left != right and not explained.command:
                theirs = tuple(map(named, left))
                theirs = tuple(sorted(theirs)) if kind == "outputs" else theirs
                if theirs != right:
                    yield self._root(pair, kind, package, ("", *changed_arguments(theirs, right)))
        for kind, before, after in (("environment", a.env, b.env), ("platform", a.platform, b.platform)):
            old, new = {k: named(v) for k, v in before}, dict(after)
            changed = {n for n in old.keys() | new.keys() if old.get(n) != new.get(n)}
            for name in sorted(changed):
                yield self._root(pair, kind, "", (name, old.get(name), new.get(name)))
        if a.timeout != b.timeout:
            yield self._root(pair, "timeout", package, ("", f"{a.timeout} ms", f"{b.timeout} ms"))

    def _cause(self, change: Change, pair: int) -> Cause | None:
        """Return why an input differs; nothing for one that only follows from others."""
        if change not in self._causes:
            self._causes[change] = self._find_cause(change, pair)
        return self._causes[change]

    def _find_cause(self, change: Change, pair: int) -> Cause | None:
        _, left, right = change
        path = self.changes.original(change)
        if path.endswith(LAYOUT):
            return None
        place = package_of_path(path)
        maker, other = self.changes.makers(path)
        if maker != other or maker == ALONE:
            return _ROOT, self._root(pair, "unlogged", place, (path, left, right))
        in_both = left is not None and right is not None
        # A file that both builds make can be an input of one only; in a directory it can be there in one only.
        is_content = in_both or not self.changes.is_declared(path)
        if maker is not None and maker != pair and self.differs[maker] and is_content:
            return _PAIR, maker
        kind = "written" if path.startswith("bazel-out/") else "source"
        kind = "input" if maker is not None and not in_both else kind
        number = self._root(pair, kind, place, (path, left, right))
        if kind == "written":
            self._read(self.roots[number])
        return _ROOT, number

    def _read(self, root: Root) -> None:
        """Say what differs in a file that no spawn makes, if it is at hand."""
        lines = self.explainer.lines((root.subject, root.left, root.right))
        root.unread = lines is None
        root.details = lines or []

    def _fact(self, pair: int, fact: Fact) -> int:
        """Return the number of a root cause that is known in words."""
        b = self.spawns(pair)[1]
        number = self._root(pair, fact.kind, package_of_label(b.label), (fact.subject, fact.left, fact.right))
        self.roots[number].details = self.roots[number].details or list(fact.also)
        return number

    def _root(self, pair: int, kind: str, package: str, what: Change) -> int:
        """Return the number of a root cause; the same one for the same difference in another spawn."""
        key = (kind, "" if kind in SPREAD else package, *map(repr, what))
        number = self._root_numbers.setdefault(key, len(self.roots))
        if number == len(self.roots):
            self.roots.append(Root(kind, package, *what, pair))
        elif self.roots[number].package != package:
            self.roots[number].package = ""
        return number

    def _count(self) -> None:
        """Count for each root cause the spawns that it explains."""
        self.touched: list[list[int]] = [[] for _ in self.roots]
        counts: dict[tuple[int, bool], int] = {}
        for pair, mask in enumerate(self.masks):
            if self.misses[pair]:
                key = mask, self.spawns(pair)[1].cache_hit
                counts[key] = counts.get(key, 0) + 1
        for (mask, hit), count in counts.items():
            for number in _bits(mask):
                root = self.roots[number]
                root.spawns += count
                root.alone += count if mask == 1 << number else 0
                root.missed += 0 if hit else count
        for pair, own in enumerate(self.own):
            for number in _bits(own):
                self.touched[number].append(pair)
                self.roots[number].here += 1
        for root in self.roots:
            if root.kind == "source":
                tools = self.store.content(self.spawns(root.first)[1].tools)
                root.tool = any(self.store.atoms[atom][0] == root.subject for atom in tools)

    # What reports ask

    def ordered(self) -> list[int]:
        """Return the numbers of the root causes, those that explain most first."""
        return sorted(range(len(self.roots)), key=lambda n: (-self.roots[n].spawns, -self.roots[n].here, n))

    def of(self, pair: int) -> list[int]:
        """Return the numbers of a pair's root causes."""
        return list(_bits(self.masks[pair]))

    def chain(self, pair: int, number: int) -> list[tuple[str, int]]:
        """Return the way from a pair back to one of its root causes: (input, the pair that made it), nearest first."""
        steps: list[tuple[str, int]] = []
        seen = {pair}
        while not self.own[pair] >> number & 1:
            for change in self.changes.inputs(pair):
                cause = self._causes.get(change)
                if cause and cause[0] == _PAIR and self.masks[cause[1]] >> number & 1 and cause[1] not in seen:
                    steps.append((change[0], cause[1]))
                    pair = cause[1]
                    seen.add(pair)
                    break
            else:
                break
        return steps


def _bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _result(spawn: Spawn) -> str:
    """Return how a spawn ended."""
    return f"exit code {spawn.exit_code} {spawn.status}".strip()
