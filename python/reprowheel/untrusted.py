"""Reads what a build could write to: regular files only, without links, without waiting, and within a limit.

When a back end has returned, everything in its workspace may be anything: a link to a file of this host, a FIFO that nobody
writes to, a file without end. See docs/decisions.md, "What a build leaves is hostile".
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["MAX_TEXT", "UntrustedFileError", "copy_untrusted", "read_untrusted", "untrusted_files"]

MAX_TEXT = 64 << 20
"""Most bytes of a text file, such as METADATA or a compiler's record of headers."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK = 1 << 20


class UntrustedFileError(Exception):
    """A file of a build that is missing, no regular file, or too large; the text is a sentence that begins with its name."""

    is_missing = False


def read_untrusted(root: Path, *parts: str, limit: int = MAX_TEXT) -> bytes:
    """Return the content of the file `parts` below `root`.

    :raises UntrustedFileError: it is missing, something on its way is a link, it is no regular file, or it is too large.
    """
    with _opened(root, parts, limit) as source:
        return _whole(source, "/".join(parts), limit)


def copy_untrusted(root: Path, *parts: str, target: Path, limit: int) -> None:
    """Copy the file `parts` below `root` to the new file `target`; errors are those of `read_untrusted`."""
    with _opened(root, parts, limit) as source, target.open("xb") as sink:
        left = limit
        while piece := source.read(_CHUNK):
            left -= len(piece)
            if left < 0:
                raise _too_large("/".join(parts), limit)
            sink.write(piece)


def untrusted_files(root: Path, name: str, *, limit: int = MAX_TEXT) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file in the folder `name` of `root`, sorted; errors are those of `read_untrusted`."""
    with _folder(root, (name,)) as folder:
        for file in sorted(os.listdir(folder)):
            with _file(folder, f"{name}/{file}", limit) as source:
                yield file, _whole(source, f"{name}/{file}", limit)


@contextlib.contextmanager
def _opened(root: Path, parts: tuple[str, ...], limit: int) -> Iterator[BinaryIO]:
    with _folder(root, parts[:-1]) as folder, _file(folder, "/".join(parts), limit) as source:
        yield source


@contextlib.contextmanager
def _folder(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """Open a folder below `root`, one name after the other."""
    with contextlib.ExitStack() as stack:
        here = os.open(root, _FOLDER)
        stack.callback(os.close, here)
        for number, part in enumerate(parts, 1):
            try:
                here = os.open(part, _FOLDER, dir_fd=here)
            except (OSError, ValueError) as e:
                msg = f"{'/'.join(parts[:number])!r} {_why(e, 'folder')}"
                raise UntrustedFileError(msg) from e
            stack.callback(os.close, here)
        yield here


@contextlib.contextmanager
def _file(folder: int, place: str, limit: int) -> Iterator[BinaryIO]:
    try:
        descriptor = os.open(place.rpartition("/")[2], _FILE, dir_fd=folder)
    except (OSError, ValueError) as e:
        failure = UntrustedFileError(f"{place!r} {_why(e, 'regular file')}")
        failure.is_missing = isinstance(e, FileNotFoundError)
        raise failure from e
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
        os.close(descriptor)
        if stat.S_ISREG(found.st_mode):
            raise _too_large(place, limit)
        msg = f"{place!r} is no regular file"
        raise UntrustedFileError(msg)
    with os.fdopen(descriptor, "rb") as source:
        yield source


def _whole(source: BinaryIO, place: str, limit: int) -> bytes:
    data = source.read(limit + 1)
    if len(data) > limit:  # it grows while it is read
        raise _too_large(place, limit)
    return data


def _too_large(place: str, limit: int) -> UntrustedFileError:
    return UntrustedFileError(f"{place!r} is larger than the limit of {limit} bytes")


def _why(error: OSError | ValueError, expected: str) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOENT:
        return "is missing"
    if isinstance(error, OSError) and error.errno not in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
        return f"cannot be read: {error.strerror}"
    return f"is no {expected}"
