"""Reads what git stores and what .gitmodules says: tree objects, names of entries, addresses of submodules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reprowheel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_remote", "name_problem", "parse_tree", "resolve_address"]

_SERVER = re.compile(r"(?:git|git\+ssh|https?|ssh|ssh\+git)://[^/]", re.IGNORECASE)
_SCP = re.compile(r"[^/:]+:(?!:)(?!//)")
"""`user@host:path`: a colon comes before the first slash (git-clone(1), "Git URLs"). `x::y` is a transport helper."""


def parse_tree(data: bytes, size: int) -> Iterator[tuple[str, str, str]]:
    """Yield mode, name and object of the entries of a tree object; bytes of names that are not UTF-8 are surrogates.

    :param size: bytes of an object's hash.
    :raises FetchError: it is damaged, or has a name twice.
    """
    at, seen = 0, set[bytes]()
    while at < len(data):
        head, found, _ = data[at : at + 4096].partition(b"\0")
        mode, space, name = head.partition(b" ")
        at += len(head) + 1 + size
        if not found or not space or at > len(data) or not mode.isdigit() or name in seen:
            msg = f"a tree of the git repository is damaged at its entry {name[:100]!r}"
            raise FetchError(msg, tip="Lock an sdist of this package instead.")
        seen.add(name)
        yield mode.lstrip(b"0").decode("ascii"), name.decode("utf-8", "surrogateescape"), data[at - size : at].hex()


def name_problem(name: str) -> str:
    """Return why a file cannot have this name in a tree, for a message; empty if it can.

    Names that git itself refuses to check out: with them, a file would be written elsewhere, or into git's own folder.
    """
    if name in ("", ".", ".."):
        return "is not the name of a file"
    if "/" in name or "\0" in name:
        return "has a slash or NUL in it"
    if name.rstrip(". ").lower() in (".git", "git~1"):
        return "is git's own folder"
    return ""


def is_remote(url: str) -> bool:
    """Say whether a repository is on a server, as git reads its address; else it is on this machine."""
    return bool(_SERVER.match(url) or (_SCP.match(url) and "://" not in url))


def resolve_address(parent: str, url: str) -> str:
    """Resolve a submodule's address, which may be relative to its parent's (gitmodules(5))."""
    if not url.startswith(("./", "../")):
        return url
    base = parent.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            base = base[: max(base.rfind("/"), base.rfind(":"))]
        url = url.partition("/")[2]
    return f"{base}/{url}"
