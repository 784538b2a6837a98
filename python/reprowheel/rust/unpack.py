"""Unpacks archives of crates: quickly, because a build may need hundreds, and safely, because anybody may have made them.

`cargo package` writes regular files only, below one folder NAME-VERSION. Anything else is refused.
"""

from __future__ import annotations

import os
import tarfile
import zlib
from typing import TYPE_CHECKING

from reprowheel import limits
from reprowheel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["unpack_crate"]

_EXECUTABLE = 0o111
_DAMAGE = (tarfile.TarError, zlib.error, EOFError, ValueError)


def unpack_crate(archive: Path, into: Path, top: str) -> Path:
    """Unpack a crate below `into`, and return its folder; modes are 0755 or 0644.

    :param top: the one folder in the archive, NAME-VERSION.
    :raises FetchError: the archive is damaged, too large, or has anything but files below this folder.
    """
    made: set[str] = set()
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for name, member in _files(archive, tar, top):
                target = os.path.join(into, name)
                folder = os.path.dirname(target)
                if folder not in made:
                    os.makedirs(folder, exist_ok=True)
                    made.add(folder)
                source = tar.extractfile(member)
                content = source.read() if source else b""
                mode = 0o755 if member.mode & _EXECUTABLE else 0o644
                with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "wb") as out:
                    out.write(content)
    except FileExistsError as e:
        msg = f"{archive.name}: has a file twice, or a file and a folder of one name"
        raise FetchError(msg, tip="Fetch it again; if it stays, it was made so.") from e
    except _DAMAGE as e:
        msg = f"{archive.name}: cannot be unpacked ({' '.join(str(e).split())}); it is damaged, or is no crate"
        raise FetchError(msg, tip="Remove it, and fetch it again.") from e
    return into / top


def _files(archive: Path, tar: tarfile.TarFile, top: str) -> Iterator[tuple[str, tarfile.TarInfo]]:
    """Yield path and member of each file; raise FetchError for what may not be unpacked."""
    total, packed = 0, archive.stat().st_size
    for count, member in enumerate(tar, start=1):
        name = member.name
        limits.check_path(name)
        parts = name.split("/")
        if parts[0] != top or ".." in parts or "\\" in name or "\0" in name:
            msg = f"{archive.name}: member {name!r} is not below the folder {top}"
            raise FetchError(msg, tip="Remove it, and fetch it again.")
        if member.isdir():
            continue
        if not member.isreg():
            msg = f"{archive.name}: member {name!r} is a link or no regular file; crates have none"
            raise FetchError(msg, tip="Remove it, and fetch it again.")
        total += member.size
        try:
            limits.check_unpacked(total, packed, limits.MAX_SDIST, "MAX_SDIST")
        except limits.LimitError as e:
            msg = f"{archive.name}: {e}"
            raise FetchError(msg, tip=e.tip) from e
        if count > limits.MAX_MEMBERS:
            msg = f"{archive.name}: has more than {limits.MAX_MEMBERS} members"
            raise FetchError(msg)
        yield "/".join(part for part in parts if part not in ("", ".")), member
