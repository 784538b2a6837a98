"""What differs between the two sides of a pair of spawns, and which pair has made a file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from execlog.model import LAYOUT

if TYPE_CHECKING:
    from execlog.model import Log, Spawn, Store
    from execlog.pairs import Pairing

__all__ = ["ALONE", "Change", "Changes"]

Change = tuple[str, str | None, str | None]  # path, digest in A, digest in B; None where it is not there
_OUTPUT = re.compile(r"""bazel-out/[^\s"',;:=]+""")
ALONE = -1  # made by a spawn that is in one log only
_LONGEST_CHAIN = 100


class Changes:
    """Two logs, paired. All paths are B's: those of A have B's names."""

    def __init__(self, left: Log, right: Log, store: Store, pairing: Pairing) -> None:
        """Find out which pair makes which file."""
        self.left, self.right, self.store, self.pairing = left, right, store, pairing
        names = [rf"(?<=bazel-out/){re.escape(name)}(?=/|$)" for name in pairing.renamed]
        self._rename = re.compile("|".join(names) or "(?!)")
        self._has_others = bool(pairing.repositories or pairing.outputs)
        self._made = self._makers(0), self._makers(1)
        self._same_bytes: dict[tuple[str, str], str] | None = None
        self._renamed_atoms: dict[int, int] = {}
        self.inputs = lru_cache(maxsize=256)(self._inputs)

    def spawns(self, pair: int) -> tuple[Spawn, Spawn]:
        """Return a spawn as it is in A and in B."""
        a, b = self.pairing.pairs[pair]
        return self.left.spawns[a], self.right.spawns[b]

    def named(self, text: str) -> str:
        """Return a text of A with the names that configurations, packages of another version and their outputs have in B."""
        if self.pairing.renamed:
            text = self._rename.sub(lambda match: self.pairing.renamed[match[0]], text)
        return _OUTPUT.sub(lambda match: self._output(match[0]), text) if self._has_others else text

    def _output(self, path: str) -> str:
        """Return B's name of an output, or of a file in one."""
        parts = path.split("/")
        if len(parts) > 4 and parts[3] == "external":
            parts[4] = self.pairing.repositories.get(parts[4], parts[4])
        path = place = "/".join(parts)
        while place:
            if place in self.pairing.outputs:
                return self.pairing.outputs[place] + path[len(place) :]
            place = place.rpartition("/")[0]
        return path

    def configurations(self, pair: int) -> set[str]:
        """Return A's names of configurations that have another name in B, and stand in what a spawn depends on."""
        a, _ = self.spawns(pair)
        found = set(self._rename.findall("\n".join((*a.listed, *a.args, *(value for _, value in a.env)))))
        for atom in self.store.content(a.inputs):
            found.update(self._rename.findall(self.store.atoms[atom][0]))
        return found

    def _makers(self, side: int) -> dict[str, int]:
        """Return path of an output → pair, or `ALONE`."""
        found: dict[str, int] = {}
        log, only = ((self.left, self.pairing.only_left), (self.right, self.pairing.only_right))[side]
        for number in only:
            found.update((path if side else self.named(path), ALONE) for path in log.spawns[number].listed)
        for pair, numbers in enumerate(self.pairing.pairs):
            spawn = log.spawns[numbers[side]]
            found.update((path if side else self.named(path), pair) for path in spawn.listed)
        return found

    def makers(self, path: str) -> tuple[int | None, int | None]:
        """Return who makes a file, or the directory that it is in, in A and in B."""
        found: list[int | None] = []
        for made in self._made:
            place = path
            while place and place not in made:
                place = place.rpartition("/")[0]
            found.append(made.get(place))
        return found[0], found[1]

    def is_declared(self, path: str) -> bool:
        """Whether a spawn of B declares this very file, not a directory around it."""
        return path in self._made[1]

    # What differs

    def _atoms(self, atoms: frozenset[int] | tuple[int, ...]) -> set[int]:
        """Return atoms of A under their names in B."""
        if not (self.pairing.renamed or self._has_others):
            return set(atoms)
        found = set()
        for atom in atoms:
            if atom not in self._renamed_atoms:
                path, digest = self.store.atoms[atom]
                self._renamed_atoms[atom] = self.store.atom(self.named(path), digest)
            found.add(self._renamed_atoms[atom])
        return found

    def _difference(self, left: set[int], right: frozenset[int]) -> list[Change]:
        atoms = self.store.atoms
        before = dict(atoms[atom] for atom in left - right)
        after = dict(atoms[atom] for atom in right - left)
        return [(path, before.get(path), after.get(path)) for path in sorted(before.keys() | after.keys())]

    def _inputs(self, pair: int) -> list[Change]:
        """Return the inputs that differ."""
        a, b = self.spawns(pair)
        if a.inputs == b.inputs and not (self.pairing.renamed or self._has_others):
            return []
        return self._difference(self._atoms(self.store.content(a.inputs)), self.store.content(b.inputs))

    def outputs(self, pair: int) -> list[Change]:
        """Return the outputs that differ."""
        a, b = self.spawns(pair)
        return [] if a.outputs == b.outputs else self._difference(self._atoms(a.outputs), frozenset(b.outputs))

    # What a file stands for

    def original(self, change: Change) -> str:
        """Return the file that a symlink or a file among runfiles stands for; its own path, if it stands for itself."""
        path, left, right = change
        links = self.right.symlinks or self.left.symlinks
        for _ in range(_LONGEST_CHAIN):
            if path not in links:
                break
            path = links[path]
        if path.endswith(LAYOUT) or not path.startswith("bazel-out/") or self.makers(path) != (None, None):
            return path
        if left is not None and right is not None:
            return self._twins().get((left, right), path)
        tree, runfiles, rest = path.partition(".runfiles/")
        repository, _, rest = rest.partition("/")
        if not runfiles or not rest:
            return path
        short = rest if repository == "_main" else f"external/{repository}/{rest}"
        built = "/".join([*tree.split("/")[:3], short])
        return short if self.makers(built) == (None, None) else built

    def _twins(self) -> dict[tuple[str, str], str]:
        """Return (digest in A, digest in B) → the source file, or else the output, that changed in this way.

        The expanded formats do not say what symlinks and runfiles stand for; their bytes do.
        """
        if self._same_bytes is None:
            found: dict[tuple[str, str], str] = {}
            for pair in range(len(self.pairing.pairs)):
                outputs = self.outputs(pair)
                copied = {change[1:] for change in self.inputs(pair)} if outputs else set()
                for path, left, right in outputs:
                    if left is not None and right is not None and (left, right) not in copied:
                        found.setdefault((left, right), path)
            before, after = self._sources(self.left), self._sources(self.right)
            for path, digest in before.items():
                if after.get(path, digest) != digest:
                    found[digest, after[path]] = path
            self._same_bytes = found
        return self._same_bytes

    def _sources(self, log: Log) -> dict[str, str]:
        """Return the digests of a log's source files."""
        seen: set[int] = set()
        for node in {spawn.inputs for spawn in log.spawns}:
            seen |= self.store.content(node)
        files = (self.store.atoms[atom] for atom in seen)
        return {path: digest for path, digest in files if not path.startswith("bazel-out/")}
