"""Opens one side of a comparison: a wheel or zip archive, a tree or a file, as members with name, mode and bytes."""

from __future__ import annotations

import io
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, BinaryIO, cast

from reprowheel.archives.wheel import BadWheelError, checked_members, open_wheel
from reprowheel.errors import UsageError
from reprowheel.files import chunks, irregular_files, sorted_files
from reprowheel.inputs.archives import need_file

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Member", "Side", "open_side"]

_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file of a side.

    :param mode: permission bits; for links and special files, with the file type.
    :param stored: how an archive stores it (time, compression, extra field); empty in a tree.
    :param open: opens the content for reading.
    """

    name: str
    mode: int
    size: int
    stored: str
    open: Callable[[], BinaryIO]

    def read(self) -> bytes:
        """Return the whole content."""
        with self.open() as stream:
            return stream.read()

    def same_as(self, other: Member) -> bool:
        """Say whether two members have the same bytes; they are compared piece by piece."""
        if self.size != other.size:
            return False
        with self.open() as ours, other.open() as theirs:
            pairs = zip_longest(chunks(ours), chunks(theirs))
            return all(a == b for a, b in pairs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a comparison; `kind` is `archive`, `tree` or `file`; `members` are in the order of the archive or tree."""

    label: str
    kind: str
    members: tuple[Member, ...]


@contextmanager
def open_side(path: Path) -> Iterator[Side]:
    """Open a path for comparison.

    :raises UsageError: there is no such file, or the archive cannot be read.
    """
    if path.is_dir():
        yield Side(label=os.fspath(path), kind="tree", members=tuple(_tree_members(path)))
        return
    need_file(path, "a wheel, a folder, or a file such as a .so", may_be_empty=True)
    if path.suffix == ".whl" and not _head(path).startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        msg = f"{path}: is no zip archive, though its name ends in .whl"
        raise UsageError(msg, tip="Build it again, or download it again.")
    if _head(path).startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        try:
            with open_wheel(path) as archive:
                members = tuple(_archive_member(archive, info) for info in checked_members(archive, path))
                yield Side(label=os.fspath(path), kind="archive", members=members)
        except BadWheelError as e:
            msg = f"{path}: cannot be compared: {e}"
            raise UsageError(msg) from e
    else:
        only = _file_member("", path)
        yield Side(label=os.fspath(path), kind="file", members=(only,))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _tree_members(root: Path) -> Iterator[Member]:
    for path in sorted_files(root):
        yield _file_member(path.relative_to(root).as_posix(), path)
    for path in irregular_files(root):
        mode, name = path.lstat().st_mode, path.relative_to(root).as_posix()
        text = f"link to {os.readlink(path)}" if path.is_symlink() else "special file"
        yield Member(name=name, mode=mode, size=len(text), stored="", open=_opener(text))


def _opener(text: str) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(text.encode("utf-8", "surrogateescape"))


def _file_member(name: str, path: Path) -> Member:
    status = path.lstat()
    return Member(name=name, mode=stat.S_IMODE(status.st_mode), size=status.st_size, stored="", open=lambda: path.open("rb"))


def _archive_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    stored = f"time {info.date_time}, method {info.compress_type}, system {info.create_system}"
    if info.extra or info.comment:
        stored += f", extra {info.extra.hex()}, comment {info.comment!r}"
    return Member(
        name=info.filename,
        mode=(info.external_attr >> 16) & 0o7777,
        size=info.file_size,
        stored=stored,
        open=lambda: cast("BinaryIO", archive.open(info)),
    )
