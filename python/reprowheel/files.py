"""Reads and writes files so that output is the same everywhere: their order, times and modes.

This is the only module that walks directories, makes `zipfile.ZipInfo` objects and decides modes. The other modules use it.
Nothing here reads a clock, an environment variable or the umask.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CHUNK_SIZE",
    "EPOCH_1980",
    "atomic_directory",
    "atomic_file",
    "canonical_mode",
    "chunks",
    "file_sha256",
    "fixed_umask",
    "irregular_files",
    "is_vacant",
    "json_bytes",
    "json_sha256",
    "named_files",
    "sorted_files",
    "write_json",
    "zip_member",
]

EPOCH_1980 = 315532800
"""1980-01-01 00:00:00 UTC in seconds since 1970, the earliest time that a zip member can have."""

CHUNK_SIZE = 1 << 20
"""Bytes per read when a file is streamed."""

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3  # zip "version made by": the upper half of external_attr is a Unix mode


def sorted_files(root: Path) -> Iterator[Path]:
    """Yield every regular file below `root`, ordered by the bytes of its relative posix path.

    Symbolic links are neither yielded nor followed; `irregular_files` yields them.
    """
    yield from (path for _, path, is_regular in _walk(root) if is_regular)


def named_files(root: Path) -> dict[str, Path]:
    """Return relative posix path → file, for the files of `sorted_files`, in the same order."""
    return {name: path for name, path, is_regular in _walk(root) if is_regular}


def irregular_files(root: Path) -> Iterator[Path]:
    """Yield everything below `root` that is neither a regular file nor a directory (links, sockets, devices), sorted."""
    yield from (path for _, path, is_regular in _walk(root) if not is_regular)


def _walk(root: Path) -> list[tuple[str, Path, bool]]:
    found: list[tuple[str, Path, bool]] = []
    pending = [(os.fspath(root), "")]
    while pending:
        folder, inner = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = inner + entry.name
                if entry.is_dir(follow_symlinks=False):
                    pending.append((entry.path, f"{name}/"))
                else:
                    found.append((name, Path(entry.path), entry.is_file(follow_symlinks=False)))
    found.sort(key=lambda item: os.fsencode(item[0]))
    return found


def chunks(stream: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """Yield the next `size` bytes of `stream` (`None`: all that follow) in pieces of at most `CHUNK_SIZE`."""
    left = size
    while left is None or left > 0:
        piece = stream.read(CHUNK_SIZE if left is None else min(CHUNK_SIZE, left))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits, reading it in pieces.

    A file without end, or one that nobody writes to, is never waited for: builds can name any path.

    :raises OSError: it is no regular file, or cannot be read.
    """
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no regular file", os.fspath(path))
    with os.fdopen(descriptor, "rb") as stream:
        for piece in chunks(stream):
            digest.update(piece)
    return digest.hexdigest()


def canonical_mode(path: Path) -> int:
    """Return 0o755 if the owner may execute the file, else 0o644.

    Only the owner's bit counts, because the bits of group and others depend on the umask when the file was made. The content
    does not count: a shared object is loaded, not executed, and a data file may start with `#!`.
    """
    return 0o755 if path.lstat().st_mode & stat.S_IXUSR else 0o644


@contextlib.contextmanager
def fixed_umask() -> Iterator[None]:
    """Make files 0644 and directories 0755 inside the block, for this process and those it starts."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def zip_member(name: str, mode: int) -> zipfile.ZipInfo:
    """Return the header of an archive member: 1980-01-01, Unix, regular file, stored, no extra fields.

    :param name: posix path inside the archive.
    :param mode: permission bits, 0o644 or 0o755.
    """
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.create_system = _UNIX
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.compress_type = zipfile.ZIP_STORED
    return info


@contextlib.contextmanager
def atomic_file(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a new file for writing and reading that becomes `path` when the block ends without an exception.

    Until then it has a temporary name in the same folder. After an exception it is removed, and an older `path` is unchanged.

    :param mode: permission bits of the result, independent of the umask.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", suffix=".tmp", dir=path.parent)
    except OSError as e:
        e.filename = os.fspath(path)  # not the temporary name
        raise
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield cast("BinaryIO", stream)
            os.fchmod(stream.fileno(), mode)
        Path(name).replace(path)
    except BaseException as e:
        if isinstance(e, OSError) and e.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            e.filename = os.fspath(path)  # write(2) knows no name
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise


def is_vacant(path: Path) -> bool:
    """Say whether `path` does not exist, or is a directory that has only empty directories."""
    return not path.exists() or (path.is_dir() and all(p.is_dir() and not p.is_symlink() for p in path.rglob("*")))


@contextlib.contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Make a directory to fill, which becomes `path` when the block ends without an exception; `path` must be vacant.

    Until then it has a temporary name in the same folder. After an exception it is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name[:64]}.", suffix=".tmp", dir=path.parent))
    try:
        yield scratch
        scratch.chmod(0o755)
        try:
            scratch.replace(path)
        except OSError:  # a mount point, or a folder that cannot be replaced: fill it
            for child in sorted(scratch.iterdir()):
                child.replace(path / child.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_json(path: Path, obj: object) -> None:
    """Write `obj` as JSON in the form of `json_bytes`, complete or not at all."""
    with atomic_file(path) as stream:
        stream.write(json_bytes(obj))


def json_bytes(obj: object) -> bytes:
    """Return `obj` as JSON: UTF-8, sorted keys, two spaces of indent, one newline at the end."""
    return json.dumps(obj, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def json_sha256(value: object) -> str:
    """Return the SHA-256 of a JSON value; it does not depend on the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
