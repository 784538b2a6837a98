"""The workspace of a build: a private directory with a random name and a path of fixed length.

See docs/decisions.md, "Fixed-length build path". All paths of the build are below this directory, so one prefix map and one
rewrite cover all of them. The canonical form of its path is `/reprowheel` followed by `/.` up to the same length. By the rules
of path resolution, it names the directory `/reprowheel`. So a rewritten path is still a path, and no offset in a binary changes.
"""

from __future__ import annotations

import os
import re
import secrets
import string
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError
from reprowheel.output.printable import warn
from reprowheel.removal import OpenDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
from contextlib import contextmanager

__all__ = ["CANONICAL_ROOT", "MAPPED_ROOT", "PATH_LENGTH", "Workspace", "create_workspace"]

PATH_LENGTH = 63
"""Characters in the path of every workspace. Paths of sockets end at 108 bytes; CMake hashes object paths above 250."""

MAPPED_ROOT = "/reprowheel"
"""Path that compilers write in place of the workspace (docs/decisions.md, "Compiler wrappers")."""

CANONICAL_ROOT = MAPPED_ROOT + "/." * ((PATH_LENGTH - len(MAPPED_ROOT)) // 2)
"""Path that replaces a leaked workspace path, with the same length (docs/decisions.md, "Rewriting leaked paths")."""

_PREFIX = "rw"
_TOKEN_MIN = 16
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """An existing workspace.

    :param root: absolute path of exactly `PATH_LENGTH` characters.
    :param token: the random part of the path: letters and digits only, so that name mangling does not change it.
    :param outside: a directory beside it that the build never sees. What the build made is copied there before it is read.
    """

    root: Path
    token: str
    outside: Path

    def __post_init__(self) -> None:
        if len(os.fspath(self.root)) != PATH_LENGTH or len(CANONICAL_ROOT) != PATH_LENGTH:
            msg = f"workspace path {self.root} has {len(os.fspath(self.root))} characters; expected {PATH_LENGTH}"
            raise UsageError(msg)

    def directory(self, name: str) -> Path:
        """Return the subdirectory `name`; it is made on first use."""
        path = self.root / name
        path.mkdir(mode=0o755, exist_ok=True)
        return path

    def fresh_directory(self, name: str) -> Path:
        """Return the new and empty subdirectory `name`; whatever a build has put there is removed.

        :raises OSError: it cannot be removed.
        """
        path = self.root / name
        if path.is_dir() and not path.is_symlink():
            OpenDirectory(path).remove()
        else:
            path.unlink(missing_ok=True)
        path.mkdir(mode=0o755)
        return path


@contextmanager
def create_workspace(base: Path | None = None) -> Iterator[Workspace]:
    """Make a workspace below `base`, and remove it at the end of the block in any case.

    Links in the path of `base` are resolved, because builds may do so, too.

    :param base: an existing directory; default: `/tmp` (private to the action in Bazel's linux-sandbox), else the platform's
        temporary directory.
    :raises UsageError: `base` is not writable, has special characters, or its path is too long for the fixed length.
    """
    base = Path(os.path.realpath(_default_base() if base is None else base))
    room = PATH_LENGTH - len(os.fspath(base)) - len(f"/{_PREFIX}")
    if room < _TOKEN_MIN:
        longest = PATH_LENGTH - len(f"/{_PREFIX}") - _TOKEN_MIN
        msg = f"work root {base} is longer than {longest} characters, so a path of {PATH_LENGTH} does not fit in it"
        raise UsageError(msg, tip="Name a shorter directory with --work-root DIR.")
    if not re.fullmatch(r"[A-Za-z0-9/._+-]+", os.fspath(base)):
        msg = f"work root {base} has characters that compilers and shells treat specially"
        raise UsageError(msg, tip="Name another directory with --work-root DIR.")
    token = "".join(secrets.choice(_ALPHABET) for _ in range(room))
    root = base / f"{_PREFIX}{token}"
    outside = base / f"rp{secrets.token_hex(16)}"
    opened = []
    try:
        for path in (outside, root):
            path.mkdir(mode=0o700)
            opened.append(OpenDirectory(path))
    except OSError as e:
        _remove(opened)
        msg = f"work root {base}: {e.strerror}"
        raise UsageError(msg, tip="Name a directory that can be written with --work-root DIR.") from e
    try:
        yield Workspace(root=root, token=token, outside=outside)
    finally:
        _remove(opened)


def _default_base() -> Path:
    """Return /tmp if it is writable, else the platform's temporary directory."""
    tmp = Path("/tmp")
    if tmp.is_dir() and os.access(tmp, os.W_OK | os.X_OK):
        return tmp
    return Path(tempfile.gettempdir())


def _remove(opened: Iterable[OpenDirectory]) -> None:
    for directory in opened:
        warn(directory.remove())
