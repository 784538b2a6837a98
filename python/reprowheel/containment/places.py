"""Which files of the host a build sees: folders of the system, and what was declared, wherever it is."""

from __future__ import annotations

import functools
import os
import stat
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["DEVICES", "Places", "find_places", "hidden_from_others", "others_may_read"]

DEVICES = ("null", "zero", "full", "random", "urandom")

_SYSTEM = ("bin", "etc", "gnu/store", "lib", "lib32", "lib64", "libx32", "nix/store", "opt", "sbin", "usr")
_MOST_LINKS = 40
_FOLDERS_TO_SEARCH = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The files that a build sees.

    :param readable: real paths; none is below another.
    :param links: path → target, of links on the way to a declared path.
    :param writable: real paths.
    """

    readable: tuple[str, ...]
    links: dict[str, str]
    writable: tuple[str, ...]


@functools.lru_cache(maxsize=8)
def find_places(readable: tuple[str, ...], linked: tuple[str, ...], writable: tuple[str, ...]) -> Places:
    """Return where the declared paths and the system's folders really are.

    In a Bazel action, an input is a link to a file elsewhere. So the folders that links below a folder of `linked` lead to are
    readable, too. A declared folder that has the workspace in it would show other workspaces: it is left out.

    :param writable: the workspace first.
    """
    links: dict[str, str] = {}
    wanted: dict[str, None] = {}
    for name in _SYSTEM:
        _resolve(f"/{name}", links, wanted)
    system = tuple(wanted)
    for path in dict.fromkeys((*readable, *linked)):
        real = _resolve(os.path.abspath(path), links, wanted)
        if real and path in linked and os.path.isdir(real) and not _within(real, system):
            for place in _led_to(real, (*system, real)):
                _resolve(place, links, wanted)
    writable = tuple(os.path.realpath(path) for path in writable)
    root = writable[0]
    shown = [path for path in wanted if path != "/" and not _within(root, (path,)) and not _within(path, (root,))]
    outermost: list[str] = []
    for path in sorted(shown, key=lambda path: path.split("/")):
        if not _within(path, outermost[-1:]):
            outermost.append(path)
    links = {path: target for path, target in links.items() if not _within(path, (*outermost, *writable))}
    return Places(readable=tuple(outermost), links=links, writable=writable)


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _resolve(path: str, links: dict[str, str], wanted: dict[str, None]) -> str:
    """Add the links on the way to a path, and its real path, if it exists; return the real path, else an empty string."""
    parts = deque(path.strip("/").split("/"))
    place, followed = "", 0
    while parts:
        part = parts.popleft()
        if part in ("", ".", ".."):
            place = os.path.dirname(place) if part == ".." else place
            continue
        here = f"{place}/{part}"
        try:
            target = os.readlink(here)
        except OSError:
            place = here
            continue
        followed += 1
        if followed > _MOST_LINKS:
            return ""
        links[here] = target
        parts.extendleft(reversed(target.strip("/").split("/")))
        place = "" if target.startswith("/") else place
    if not os.path.exists(place):
        return ""
    wanted[place] = None
    return place


def _led_to(folder: str, known: Sequence[str]) -> list[str]:
    """Return the folders outside of `known` that links below a folder lead to, as far up as their names are the same.

    A link `tools/bin/cc` to `/real/tools/bin/cc` leads to `/real/tools`. So one folder stands for all links of a tree.
    """
    found: list[str] = []
    waiting, seen = deque([folder]), 0
    while waiting and seen < _FOLDERS_TO_SEARCH:
        here, seen = waiting.popleft(), seen + 1
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_symlink():
                target = os.path.join(here, os.readlink(entry.path))
                if not target.startswith("/") or _within(os.path.normpath(target), (*known, *found)):
                    continue
                real = os.path.realpath(target)
                if os.path.exists(real) and not _within(real, (*known, *found)):
                    found.append(_common_tree(entry.path, real, folder))
            elif entry.is_dir():
                waiting.append(entry.path)
    return found


def _common_tree(link: str, real: str, folder: str) -> str:
    """Return the highest folder above `real` whose files have the same names as those of `folder`; else `real` itself."""
    below, parts = os.path.relpath(link, folder).split("/"), real.split("/")
    same = 0
    while same < min(len(below), len(parts) - 1) and below[-1 - same] == parts[-1 - same]:
        same += 1
    dropped = same if same == len(below) and same > 1 else max(same - 1, 0)
    return "/".join(parts[: len(parts) - dropped])


def others_may_read(path: str, *, way: bool) -> bool:
    """Say whether every user may read a path; with `way`, whether every user may go there, too."""
    try:
        mode = os.stat(path).st_mode
        steps = path.split("/")[1:-1] if way else []
        folders = ["/", *("/" + "/".join(steps[: n + 1]) for n in range(len(steps)))] if way else []
        way_is_free = all(os.stat(folder).st_mode & stat.S_IXOTH for folder in folders)
    except OSError:
        return False
    needed = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    return way_is_free and mode & needed == needed


def hidden_from_others(folder: str = "/etc") -> list[tuple[str, bool]]:
    """Return the paths of a folder that only their owner may read, and whether each is a folder.

    A build whose user is root without its rights could read them, because they are root's.
    """
    hidden = []
    for parent in (folder, f"{folder}/ssl", f"{folder}/ssh"):
        try:
            entries = list(os.scandir(parent))
        except OSError:
            continue
        for entry in entries:
            if entry.is_symlink():
                continue
            mode = entry.stat().st_mode
            if not mode & stat.S_IROTH and (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                hidden.append((entry.path, stat.S_ISDIR(mode)))
    return sorted(hidden)
