"""What two execution logs hold, in little memory: equal things are kept once, across both logs.

An *atom* is a file: path and digest. A *node* is a set of atoms and of other nodes, as Bazel's nested sets are; nodes of equal
structure are one node, so two spawns with one node number have equal inputs, and only where the numbers differ has the
content to be looked at.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LAYOUT", "Log", "Runfiles", "Spawn", "Store", "digest_text"]

T = TypeVar("T")
LAYOUT = " (which file is where)"
_REMEMBERED = 2048


@dataclass(frozen=True, slots=True)
class Runfiles:
    """A tree of runfiles (`ExecLogEntry.RunfilesTree`).

    :param inputs: node of the files that are at their canonical places.
    :param links: (path in the tree, atom or node) of the others.
    """

    path: str
    inputs: int
    links: tuple[tuple[str, bool, int], ...]
    empty_files: tuple[str, ...]
    repo_mapping: str
    main: str
    legacy_external: bool


@dataclass(slots=True)
class Spawn:
    """One process that Bazel ran or took from a cache.

    :param inputs: node of the inputs; `tools` is the subset that are tools.
    :param outputs: atoms, sorted; the files in a directory one by one.
    :param listed: declared outputs, sorted.
    :param digest: of the action, as caches have it; may be unknown.
    """

    label: str
    mnemonic: str
    args: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    platform: tuple[tuple[str, str], ...]
    inputs: int
    tools: int
    outputs: tuple[int, ...]
    listed: tuple[str, ...]
    runner: str
    cache_hit: bool
    cacheable: bool
    status: str
    exit_code: int
    timeout: int
    digest: str


@dataclass(slots=True)
class Log:
    """One execution log.

    :param symlinks: path of a symlink that Bazel itself made → what it points to. Only compact logs have them.
    """

    path: str
    form: str
    spawns: list[Spawn] = field(default_factory=list)
    symlinks: dict[str, str] = field(default_factory=dict)


class Store:
    """What the two logs share.

    :param expand: runfiles are given file by file, each where it lies in its tree, as the expanded formats have them.
    """

    def __init__(self, *, expand: bool = False) -> None:
        """Begin with nothing; node 0 is the empty set."""
        self.expand = expand
        self.atoms: list[tuple[str, str]] = []
        self._atom_numbers: dict[tuple[str, str], int] = {}
        self._nodes: list[tuple[bytes, bytes] | Runfiles] = [(b"", b"")]
        self._node_numbers: dict[tuple[bytes, bytes] | Runfiles, int] = {(b"", b""): 0}
        self._kept: dict[object, object] = {}
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._walk)

    def keep(self, value: T) -> T:
        """Return the one copy of a value."""
        return self._kept.setdefault(value, value)  # type: ignore[return-value]

    def keep_all(self, values: Iterable[str]) -> tuple[str, ...]:
        """Return the one copy of a tuple of strings, which are kept once, too."""
        return self.keep(tuple(map(self.keep, values)))

    def atom(self, path: str, digest: str) -> int:
        """Return the number of a file."""
        key = (path, digest)
        found = self._atom_numbers.get(key)
        if found is None:
            key = (self.keep(path), self.keep(digest))
            found = self._atom_numbers[key] = len(self.atoms)
            self.atoms.append(key)
        return found

    def node(self, atoms: Iterable[int], nodes: Iterable[int] = ()) -> int:
        """Return the number of a set."""
        direct, parts = array("I", sorted(set(atoms))), array("I", sorted(set(nodes) - {0}))
        if not direct and len(parts) == 1:
            return parts[0]
        return self._add((direct.tobytes(), parts.tobytes()))

    def runfiles(self, tree: Runfiles) -> int:
        """Return the number of a tree of runfiles."""
        return self._add(tree)

    def _add(self, node: tuple[bytes, bytes] | Runfiles) -> int:
        found = self._node_numbers.get(node)
        if found is None:
            found = self._node_numbers[node] = len(self._nodes)
            self._nodes.append(node)
        return found

    def content(self, node: int) -> frozenset[int]:
        """Return all atoms of a set."""
        entry = self._nodes[node]
        if isinstance(entry, Runfiles):
            return self._remembered(node)
        parts = array("I", entry[1])
        return frozenset(array("I", entry[0])).union(*map(self._remembered, parts))

    def _walk(self, top: int) -> frozenset[int]:
        """Return all atoms below a node, without recursion: Bazel's sets may be thousands deep."""
        found: set[int] = set()
        seen, waiting = {top}, [top]
        while waiting:
            entry = self._nodes[waiting.pop()]
            if isinstance(entry, Runfiles):
                found.update(self._expanded(entry) if self.expand else self._summary(entry))
                continue
            found.update(array("I", entry[0]))
            for part in array("I", entry[1]):
                if part not in seen:
                    seen.add(part)
                    waiting.append(part)
        return frozenset(found)

    def _summary(self, tree: Runfiles) -> set[int]:
        """Return the files of a tree under their own paths, and one atom for how the tree is made of them."""
        found = set(self._walk(tree.inputs))
        layout = blake2b(digest_size=16)
        for path in sorted(self.atoms[atom][0] for atom in found):
            layout.update(path.encode("utf-8", "surrogateescape") + b"\0")
        for where, is_node, target in tree.links:
            atoms = self._walk(target) if is_node else (target,)
            found.update(atoms)
            paths = "\0".join(sorted(self.atoms[atom][0] for atom in atoms))
            layout.update(f"{where}\0{paths}\0".encode("utf-8", "surrogateescape"))
        rest = (tree.empty_files, tree.main, tree.legacy_external)
        layout.update(repr(rest).encode("utf-8", "surrogateescape"))
        found.add(self.atom(tree.path + LAYOUT, layout.hexdigest()))
        if tree.repo_mapping != "-":
            found.add(self.atom(f"{tree.path}/_repo_mapping", tree.repo_mapping))
        return found

    def _expanded(self, tree: Runfiles) -> set[int]:
        """Return the files of a tree where they lie in it: later ones replace earlier ones, as in Bazel's own order."""
        places: dict[str, str] = {}
        for where, is_node, target in tree.links:
            if not where.startswith("/"):
                places.update(self._put(f"{tree.main}/{where}", target, is_node=is_node))
        for atom in self._walk(tree.inputs):
            path, digest = self.atoms[atom]
            for place in _places(path, tree):
                places[place] = digest
        for path in tree.empty_files:
            places[path.removeprefix("../") if path.startswith("../") else f"{tree.main}/{path}"] = ""
        for where, is_node, target in tree.links:
            if where.startswith("/"):
                places.update(self._put(where[1:], target, is_node=is_node))
        if tree.repo_mapping != "-":
            places["_repo_mapping"] = tree.repo_mapping
        if not any(place.startswith(f"{tree.main}/") for place in places):
            places[f"{tree.main}/.runfile"] = ""
        return {self.atom(f"{tree.path}/{place}", digest) for place, digest in places.items()}

    def _put(self, where: str, target: int, *, is_node: bool) -> dict[str, str]:
        """Return where a file, or those of a directory, lie when they are put elsewhere."""
        if not is_node:
            return {where: self.atoms[target][1]}
        files = [self.atoms[atom] for atom in self._walk(target)]
        top = min((path.rpartition("/")[0] for path, _ in files), key=len, default="")
        return {where + path[len(top) :]: digest for path, digest in files}


def _places(path: str, tree: Runfiles) -> list[str]:
    """Return where a file lies in a tree: below its repository's name, without the folder of its configuration."""
    parts = path.split("/")
    if parts[0] == "bazel-out" and len(parts) > 3:
        parts = parts[3:]
    if parts[0] == "external" and len(parts) > 2:
        own = ["/".join(parts[1:])]
        return [*own, f"{tree.main}/{'/'.join(parts)}"] if tree.legacy_external else own
    return [f"{tree.main}/{'/'.join(parts)}"]


def digest_text(hexadecimal: str, size: int) -> str:
    """Return a digest as atoms have it: nothing for an empty file, whose digest Bazel may leave out."""
    return f"{hexadecimal}/{size}" if size else ""
