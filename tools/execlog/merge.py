"""One cause under several names is one root cause.

The same file of Bazel's, written for each package; one flag, in the toolchain of wheels and on the command line of compilers; the
files of one external repository, which change together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    from execlog.roots import Root

__all__ = ["merge_roots"]

_FILES = ("written", "source")
_BRING = ("compiler", "python", "toolchain", "flag", "package")
_PYTHON_VARIABLE = "REPROWHEEL_PYTHON"  # which version bytecode is for
_HOME = re.compile(r"(?<![\w/])external/([^/\s]+)/")
_MODE = re.compile(r"-(fastbuild|opt|dbg)\b")


def merge_roots(roots: Sequence[Root], own: list[int], masks: list[int], versions: Collection[str] = ()) -> list[Root]:
    """Return the root causes that stay; `own` and `masks`, sets of them as bits, are changed with them.

    :param versions: repositories of packages that have another version.
    """
    spawns = _spawns(roots, own)
    first: dict[Hashable, int] = {}
    into = [first.setdefault(_key(root, spawns[number], number), number) for number, root in enumerate(roots)]
    _follow(roots, into, versions)
    if into == list(range(len(roots))):
        return list(roots)
    groups: dict[int, list[Root]] = {}
    for number, target in enumerate(into):
        groups.setdefault(target, []).append(roots[number])
    places = {target: place for place, target in enumerate(groups)}
    known: dict[int, int] = {}
    for masked in (own, masks):
        for pair, mask in enumerate(masked):
            if mask not in known:
                known[mask] = _bits(places[into[n]] for n in range(mask.bit_length()) if mask >> n & 1)
            masked[pair] = known[mask]
    return [_merged(group) for group in groups.values()]


def _follow(roots: Sequence[Root], into: list[int], versions: Collection[str]) -> None:
    """Let what a compiler, an interpreter, a flag or a package brings with it be no root cause of its own.

    These are the files of an external repository that it is in, those in which Bazel describes the host's compiler, the command
    lines of other actions with the same words, the names of repositories in runfiles, and the flags of a compilation mode.
    """
    known = [(number, *_words(root)) for number, root in enumerate(roots) if root.kind in _BRING]
    first = {roots[number].kind: number for number, *_ in reversed(known)}
    old = {word for _, words, _ in known for word in words}
    new = {word for _, _, words in known for word in words}
    homes = {f"@@{name}": number for number, *sides in known for side in sides for name in _HOME.findall(" ".join(side))}
    for name in versions:
        homes.update((f"@@{name}", n) for n, *_ in known if roots[n].kind == "package" and _is_of(name, roots[n].subject))
    mode = next((number for number, root in enumerate(roots) if _is_mode(root)), None)
    for number, root in enumerate(roots):
        target: int | None = None
        if root.kind == "source":
            described = root.package.endswith("local_config_cc")
            target = homes.get(root.package, first.get("compiler") if described else None)
        elif root.kind == "written" and root.subject.endswith("_repo_mapping"):
            target = first.get("package")
        elif root.kind == "environment" and root.subject == _PYTHON_VARIABLE:
            target = first.get("python")
        elif root.kind == "argument":
            before, after = set((root.left or "").split()), set((root.right or "").split())
            if before | after and before <= old and after <= new:
                target = next(n for n, left, right in known if before & left or after & right)
        elif root.kind == "flag":
            target = mode
        into[number] = into[number] if target is None else into[target]


def _is_of(repository: str, package: str) -> bool:
    """Whether a repository is of a package."""
    return f"_{re.sub(r'[^a-z0-9]', '_', package.lower())}_" in repository


def _is_mode(root: Root) -> bool:
    """Whether a configuration has another name because of --compilation_mode."""
    modes = [_MODE.findall(side or "") for side in (root.left, root.right)]
    return root.kind == "configuration" and modes[0] != modes[1]


def _words(root: Root) -> tuple[set[str], set[str]]:
    """Return the words that a root cause has in A and in B."""
    sides = [(root.left, root.right), *(detail[1:] for detail in root.details)]
    left, right = ({word for side in sides for word in (side[n] or "").replace(",", " ").split()} for n in (0, 1))
    return left, right


def _bits(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _spawns(roots: Sequence[Root], own: list[int]) -> list[tuple[int, ...]]:
    """Return for each file of an external repository the spawns that it is an input of."""
    found: list[list[int]] = [[] for _ in roots]
    wanted = _bits(n for n, root in enumerate(roots) if _is_external(root))
    for pair, mask in enumerate(own):
        here = mask & wanted
        while here:
            low = here & -here
            found[low.bit_length() - 1].append(pair)
            here ^= low
    return [tuple(pairs) for pairs in found]


def _is_external(root: Root) -> bool:
    return root.kind == "source" and root.package.startswith("@@")


def _key(root: Root, spawns: tuple[int, ...], number: int) -> Hashable:
    """Return what root causes that are one have in common; the number of one that is like no other."""
    if _is_external(root):  # another version may have another name
        return "repository", re.sub(r"\d+", "0", root.package), spawns
    if root.kind in _FILES and root.left is not None and root.right is not None:
        name = root.subject.rpartition("/")[2] if root.kind == "source" else ""  # two sources may happen to change alike
        return "file", root.kind, name, root.left, root.right
    return number


def _merged(group: list[Root]) -> Root:
    """Return one root cause for several."""
    group.sort(
        key=lambda root: (root.kind != "configuration", root.kind in ("argument", *_FILES))
    )  # what is known in words says it best
    root = group[0]
    if not group[1:]:
        return root
    if any(other.package != root.package for other in group):
        root.package = root.package if _is_external(root) else ""
    if _is_external(root):
        repositories = " → ".join(dict.fromkeys(other.package for other in sorted(group, key=lambda other: other.left is None)))
        root.details = [(other.subject, other.left, other.right) for other in group]
        root.subject, root.left, root.right = f"{repositories}: {len(group)} files", None, None
    elif root.kind in _FILES:
        root.paths = [other.subject for other in group[1:]]
    else:
        root.details += [(other.subject, other.left, other.right) for other in group[1:] if other.kind != "argument"]
    return root
