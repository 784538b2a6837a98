"""Removes a directory that a build could write to: through descriptors only, and nothing above or outside of it.

A build may have replaced or moved the directory, locked folders in it, or nested them so deep that no path reaches them. So no
path is ever followed here. Every name is looked up in an open directory, and links are not followed. A folder that is found is
first moved to the top and then emptied there. So two descriptors are enough at any depth, the work grows with the number of
entries, and what cannot be moved, such as a mount point, is not entered. See docs/decisions.md, "Removal by descriptor".
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OpenDirectory"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PLACE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class OpenDirectory:
    """A directory that was just made; it stays open, and so does its parent, until it is removed.

    :param path: an absolute path without links.
    :raises OSError: it cannot be opened, or is a link.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with contextlib.ExitStack() as stack:
            self._parent = os.open(path.parent, _PLACE)
            stack.callback(os.close, self._parent)
            self.descriptor = os.open(path.name, _FOLDER, dir_fd=self._parent)
            stack.pop_all()

    def remove(self) -> str:
        """Remove the directory with everything in it, and close it; this raises no OSError.

        Signals that end the program wait meanwhile, so that nothing is left half removed.

        :returns: empty, or what is left and why, in one line.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        why = ""
        try:
            why = _empty(self.descriptor)
            return self._remove_name()
        except OSError as e:
            return f"{self._path}: could not be removed: {why or e.strerror or e}"
        finally:
            os.close(self.descriptor)
            os.close(self._parent)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _remove_name(self) -> str:
        """Remove the directory, which is empty, if its name still stands for it."""
        mine = os.fstat(self.descriptor)
        try:
            there = os.stat(self._path.name, dir_fd=self._parent, follow_symlinks=False)
        except FileNotFoundError:
            return f"{self._path}: was moved by the build; the folder is left, without what was in it" if mine.st_nlink else ""
        if (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            return f"{self._path}: was replaced by the build; what is there now is left as it is"
        os.rmdir(self._path.name, dir_fd=self._parent)
        return ""


@dataclass(slots=True)
class _Removal:
    """One removal.

    :param top: descriptor of the directory.
    :param prefix: random text that the new names of moved folders begin with.
    :param pending: names of the folders that were moved to the top and have to be emptied there.
    :param why: the first thing that could not be removed, and why.
    """

    top: int
    prefix: str = field(default_factory=lambda: f"{secrets.token_hex(8)}-")
    count: int = 0
    pending: list[str] = field(default_factory=list)
    why: str = ""

    def clear(self, folder: int) -> int:
        """Remove the files of an open folder and move its folders to the top; return how many entries are gone."""
        gone = 0
        with os.scandir(folder) as entries:
            for entry in entries:
                if folder == self.top and entry.name.startswith(self.prefix):
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        self._move(entry.name, folder)
                    else:
                        os.unlink(entry.name, dir_fd=folder)
                    gone += 1
                except OSError as e:
                    self._note(entry.name, e)
        return gone

    def _move(self, name: str, folder: int) -> None:
        """Move the folder `name` of an open folder to the top."""
        new = f"{self.prefix}{self.count}"
        self.count += 1
        try:
            os.rename(name, new, src_dir_fd=folder, dst_dir_fd=self.top)
        except PermissionError:  # a folder that is moved must be writable, as its entry `..` changes
            _unlock(name, folder)
            os.rename(name, new, src_dir_fd=folder, dst_dir_fd=self.top)
        self.pending.append(new)

    def remove_folder(self, name: str) -> None:
        """Remove a folder at the top; the folders in it are moved to the top."""
        try:
            try:
                folder = os.open(name, _FOLDER, dir_fd=self.top)
            except PermissionError:
                _unlock(name, self.top)
                folder = os.open(name, _FOLDER, dir_fd=self.top)
            try:
                if stat.S_IMODE(os.fstat(folder).st_mode) & 0o700 != 0o700:
                    os.fchmod(folder, 0o700)
                while self.clear(folder):  # some file systems skip names while others are removed
                    with contextlib.suppress(OSError):
                        os.rmdir(name, dir_fd=self.top)
                        return
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=self.top)
        except OSError as e:
            self._note(name, e)

    def _note(self, name: str, error: OSError) -> None:
        self.why = self.why or f"{name[:100]!r} in it: {error.strerror}"


def _empty(top: int) -> str:
    """Remove everything in an open directory; return what could not be removed, and why."""
    removal = _Removal(top)
    os.fchmod(top, 0o700)
    while removal.clear(top):
        while removal.pending:
            removal.remove_folder(removal.pending.pop())
    return removal.why


def _unlock(name: str, folder: int) -> None:
    """Give the owner all rights on a folder that cannot be opened, through a descriptor of the folder itself."""
    place = os.open(name, _PLACE, dir_fd=folder)
    try:
        os.chmod(f"/proc/self/fd/{place}", 0o700)
    finally:
        os.close(place)
