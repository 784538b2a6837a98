"""Files whose digest a log has, found where builds keep them: a disk cache, an output base, a workspace.

What is found by its path counts only if it has the digest: the file may be of another build.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Contents"]

_LARGEST = 4 << 20
_FUNCTIONS = {40: "sha1", 64: "sha256", 96: "sha384"}


class Contents:
    """Files of the builds.

    :param folders: where to look: a disk cache (`cas/ab/abcd…`) or its folder `cas`, an output base, a workspace.
    """

    def __init__(self, folders: Sequence[str] = ()) -> None:
        """Find out where the folders may have outputs."""
        self.folders = tuple(folders)
        self._roots = [root for folder in folders for root in _roots(folder)]
        self.read = lru_cache(maxsize=1024)(self._read)

    def text(self, digest: str | None, *paths: str) -> str | None:
        """Return a file's text, or nothing where it is not at hand, or no text."""
        data = self.read(digest, paths) if digest else b"" if digest == "" else None
        if data is None or b"\0" in data:
            return None
        return data.decode("utf-8", "surrogateescape")

    def _read(self, digest: str, paths: tuple[str, ...]) -> bytes | None:
        name, _, size = digest.partition("/")
        if not size.isdigit() or int(size) > _LARGEST:
            return None
        for folder in self.folders:
            for path in _cached(folder, name, size):
                data = _load(path, int(size))
                if data is not None and _fits(data, name, by_name=True):
                    return data
        for root in self._roots:
            for path in paths:
                data = _load(os.path.join(root, path), int(size))
                if data is not None and _fits(data, name, by_name=False):
                    return data
        return None


def _roots(folder: str) -> Iterator[str]:
    """Yield the folders that paths of actions may begin in."""
    yield folder
    yield os.path.join(folder, "execroot", "_main")
    with suppress(OSError):
        yield from sorted(e.path for e in os.scandir(os.path.join(folder, "execroot")) if e.name != "_main")
    outputs = os.path.realpath(os.path.join(folder, "bazel-out"))  # a workspace's link, in an execution root
    if os.path.basename(outputs) == "bazel-out":
        yield os.path.dirname(outputs)


def _cached(folder: str, name: str, size: str) -> Iterator[str]:
    """Yield where caches keep a file: Bazel's disk cache, its copies with all files in one folder, bazel-remote."""
    for cas in ("cas", "", "blake3/cas", "cas.v2"):
        yield os.path.join(folder, cas, name[:2], name)
        yield os.path.join(folder, cas, name)
    begin = f"{name}-{size}-"
    with suppress(OSError):
        yield from sorted(e.path for e in os.scandir(os.path.join(folder, "cas.v2", name[:2])) if e.name.startswith(begin))


def _load(path: str, size: int) -> bytes | None:
    """Return a file of this size."""
    try:
        if os.path.getsize(path) != size or not os.path.isfile(path):
            return None
        with open(path, "rb") as stream:
            return stream.read(size + 1)
    except (OSError, ValueError):
        return None


def _fits(data: bytes, name: str, *, by_name: bool) -> bool:
    """Whether bytes have a digest; of one that Python cannot compute (BLAKE3), a cache's name for them is believed."""
    function = _FUNCTIONS.get(len(name))
    if function and hashlib.new(function, data, usedforsecurity=False).hexdigest() == name:
        return True
    return by_name and (function is None or len(name) == 64)
