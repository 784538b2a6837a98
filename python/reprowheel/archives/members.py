"""Lists the members of an sdist, tar or zip, in one form.

Names are as the archive has them. Nothing is unpacked but what the caller reads.
"""

from __future__ import annotations

import calendar
import stat
import tarfile
import unicodedata
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel import limits
from reprowheel.archives.tar_stream import open_tar, tar_members
from reprowheel.archives.zip_file import open_zip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Member", "MemberPaths", "open_members"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member of an archive.

    :param kind: `file`, `directory`, `link`, `hardlink`, or `other`, which may not be unpacked.
    :param source: what the function that opens members takes.
    """

    name: str
    kind: str
    executable: bool
    mtime: int
    size: int
    link: str
    source: object


class MemberPaths:
    """The paths of an archive's members, kept as a tree, so that a deep path costs no more than its length."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], tuple[int, str]] = {}

    def add(self, parts: Sequence[str]) -> str:
        """Add a path; return another that differs from it, or from a folder of it, only in case or Unicode form, or "".

        :raises limits.LimitError: there are too many files and folders.
        """
        folder = 0
        for depth, part in enumerate(parts):
            folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", part).casefold())
            folder, spelling = self._known.setdefault((folder, folded), (len(self._known) + 1, part))
            if spelling != part:
                return "/".join([*parts[:depth], spelling])
        if len(self._known) > limits.MAX_MEMBERS:
            message = f"has more than {limits.MAX_MEMBERS} files and folders, which is the limit"
            raise limits.LimitError(message, "MAX_MEMBERS")
        return ""


class open_members:  # noqa: N801 - callers use it as a function
    """Context manager: `(iterator of Member, function that opens one)` for a tar or zip archive."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._stack = ExitStack()

    def __enter__(self) -> tuple[Iterator[Member], object]:
        try:
            tar = open_tar(self._archive)
        except tarfile.ReadError:
            if not zipfile.is_zipfile(self._archive):
                raise
            bundle = self._stack.enter_context(open_zip(self._archive))
            return (_zip_member(info) for info in bundle.infolist()), bundle.open
        self._stack.callback(tar.close)
        return _tar_members(tar), tar.extractfile

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _zip_member(info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    kind = "directory" if info.filename.endswith("/") else "link" if stat.S_ISLNK(mode) else "file"
    if kind == "link" or mode & (stat.S_ISUID | stat.S_ISGID):
        kind = "other"
    return Member(
        name=info.filename,
        kind=kind,
        executable=bool(mode & 0o100),
        mtime=calendar.timegm((*info.date_time, 0, 0, 0)),
        size=info.file_size,
        link="",
        source=info,
    )


def _tar_members(tar: tarfile.TarFile) -> Iterator[Member]:
    for info in tar_members(tar):
        yield _tar_member(info)


def _tar_member(info: tarfile.TarInfo) -> Member:
    kinds = {
        tarfile.DIRTYPE: "directory",
        tarfile.SYMTYPE: "link",
        tarfile.LNKTYPE: "hardlink",
    }
    kind = kinds.get(info.type, "file" if info.isreg() else "other")
    if kind == "file" and info.mode & (stat.S_ISUID | stat.S_ISGID):
        kind = "other"
    return Member(
        name=info.name,
        kind=kind,
        executable=bool(info.mode & 0o100),
        mtime=int(info.mtime),
        size=info.size if kind == "file" else min(info.size, 0),
        link=info.linkname,
        source=info,
    )
