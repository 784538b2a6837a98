"""Puts the outputs of a build into place: all of them, or none.

Every output is first written under a temporary name next to its place, so a full disk is noticed while nothing is visible yet.
Then each is renamed, the wheel last. See docs/decisions.md, "All outputs or none".

Links in the paths of outputs are resolved before the build: what it puts there meanwhile is replaced, never followed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import BuildError, UsageError
from reprowheel.files import sorted_files
from reprowheel.removal import OpenDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

__all__ = ["Outputs", "check_file_target", "check_folder_target"]

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def check_folder_target(option: str, path: Path) -> None:
    """Raise UsageError if no folder of outputs can be at `path`, for example because a file is there.

    :param option: name of the command line's option, for the message.
    """
    if path.is_dir():
        _check_writable(option, path, path)
    elif os.path.lexists(path):
        msg = f"{option} {path}: is {_kind(path)}; expected a folder, or nothing"
        raise UsageError(msg)
    else:
        _check_writable(option, path, path.parent)


def check_file_target(option: str, path: Path) -> None:
    """Raise UsageError if no file can be written at `path`; parameters are those of `check_folder_target`."""
    if os.path.lexists(path) and not path.is_file():
        msg = f"{option} {path}: is {_kind(path)}; expected a file, or nothing"
        raise UsageError(msg)
    _check_writable(option, path, path.parent)


def _kind(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    if path.is_file():
        return "a file"
    return "no regular file" if path.exists() else "a link to nothing"


def _check_writable(option: str, path: Path, folder: Path) -> None:
    """Raise UsageError unless `folder`, or the nearest folder above that exists, can be written."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        msg = f"{option} {path}: {folder} is {_kind(folder)}; expected a folder"
        raise UsageError(msg)
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as e:
        msg = f"{option} {path}: cannot be written: {e.strerror}"
        raise UsageError(msg) from e


class Outputs:
    """Outputs that are written but not yet in place; a context manager, which removes what `commit` has not put into place.

    :param package: `name==version`, for messages.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._steps: list[tuple[Path, Callable[[], object]]] = []
        self._scratch, self._undo = contextlib.ExitStack(), contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._scratch.close()
        self._undo.close()

    def add_file(self, path: Path, content: Path | bytes) -> None:
        """Write a file that becomes `path`, also if that is a link by then."""
        with self._telling(path):
            self._make_folder(path.parent)
            handle, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", suffix=".tmp", dir=path.parent)
            self._scratch.callback(_remove, Path(name))
            with os.fdopen(handle, "wb") as sink:
                if isinstance(content, bytes):
                    sink.write(content)
                else:
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, sink, 1 << 20)
                os.fchmod(handle, 0o644)
        self._steps.append((path, partial(os.replace, name, path)))

    def add_files(self, folder: Path, source: Path) -> None:
        """Write a copy of each file below `source` to be added to `folder`, which is made in any case."""
        with self._telling(folder):
            self._make_folder(folder)
        for file in sorted_files(source):
            self.add_file(folder / file.relative_to(source), file)

    def add_folder(self, path: Path, source: Path) -> None:
        """Write a copy of the folder `source` that takes the place of the folder `path`, whatever is in that by then."""
        with self._telling(path):
            self._make_folder(path.parent)
            scratch = Path(tempfile.mkdtemp(prefix=f".{path.name[:64]}.", suffix=".tmp", dir=path.parent))
            self._scratch.callback(_remove, scratch)
            shutil.copytree(source, scratch, dirs_exist_ok=True, copy_function=shutil.copyfile)
            for folder in (scratch, *(p for p in scratch.rglob("*") if p.is_dir())):
                folder.chmod(0o755)
        self._steps.append((path, partial(_exchange, scratch, path)))

    def commit(self) -> None:
        """Put all outputs into place, in the order in which they were added; if one cannot be, take away those before it."""
        for path, step in self._steps:
            with self._telling(path):
                step()
            self._undo.callback(_remove, path)
        self._undo.pop_all()

    def _make_folder(self, folder: Path) -> None:
        missing = []
        if folder.is_symlink():
            raise OSError(errno.ELOOP, "has become a link meanwhile", os.fspath(folder))
        while not os.path.lexists(folder) and folder != folder.parent:
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            self._undo.callback(_remove_empty, path)

    @contextlib.contextmanager
    def _telling(self, path: Path) -> Iterator[None]:
        """Name the output in errors, rather than its temporary name."""
        try:
            yield
        except OSError as e:
            msg = f"{self._package}: {path}: {e.strerror or e}; no output was written"
            raise BuildError(msg) from e


def _exchange(scratch: Path, target: Path) -> None:
    """Let the folder `scratch` become `target` by one rename; what was in `target` is in `scratch` then, or gone."""
    try:
        scratch.rename(target)  # there is none, or it is empty
    except OSError as e:
        if e.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY, errno.EXDEV, errno.ENOTDIR):
            raise
        libc = ctypes.CDLL(None, use_errno=True)
        names = (os.fsencode(scratch), os.fsencode(target))
        if hasattr(libc, "renameat2") and libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
            return
        for child in list(target.iterdir()):  # a mount point, or an old file system
            _remove(child)
        for child in sorted(scratch.iterdir()):
            shutil.move(child, target / child.name)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            OpenDirectory(path).remove()
        else:
            path.unlink(missing_ok=True)


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
