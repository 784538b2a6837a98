"""Unpacks a source distribution safely and reads its name, version and time.

Formats: `.tar.gz`, `.tar.bz2`, `.tar.xz`, `.tar` and `.zip`. Sources: PEP 517 (sdist layout), PEP 643 (metadata 2.2),
reproducible-builds.org (SOURCE_DATE_EPOCH).
"""

from __future__ import annotations

import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprowheel import limits
from reprowheel.archives.members import Member, MemberPaths, open_members
from reprowheel.archives.metadata import read_metadata, stated_identity
from reprowheel.errors import FetchError
from reprowheel.files import EPOCH_1980, file_sha256
from reprowheel.output.unexpected import OF_THE_MACHINE
from reprowheel.utf8_mode import ensure_utf8_names

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LAST_EPOCH", "Sdist", "identity_inside", "same_version", "unpack_sdist"]

_COPY_BYTES = 1024 * 1024
_SHOWN = 3
LAST_EPOCH = 4354819198
"""2107-12-31 23:59:58 UTC in seconds."""
_DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, ValueError, OverflowError, RuntimeError),
)
"""Errors of the readers for archives that are cut off, overwritten or encrypted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sdist:
    """An unpacked sdist.

    :param tree: the single top directory.
    :param name: normalized (PEP 503); empty if the archive has no PKG-INFO.
    :param version: as in PKG-INFO; empty if the archive has no PKG-INFO.
    :param epoch: newest member time in seconds, limited to the range of zip archives: 1980-01-01 to 2107-12-31.
    :param times: the times of all unpacked files and folders.
    """

    tree: Path
    filename: str
    sha256: str
    name: str
    version: str
    epoch: int
    times: frozenset[int] = frozenset()


def unpack_sdist(archive: Path, into: Path) -> Sdist:
    """Unpack `archive` below `into`, with modes 0755 or 0644 and the times of its members.

    Folders that are no members get the newest time.

    :raises FetchError: the archive is no sdist or exceeds the limits; or a member could write outside of `into`, set
        privileges, make a device, or collide with another on a file system that folds case or Unicode forms.
    :raises UsageError: names of files are not UTF-8 in this process.
    """
    ensure_utf8_names()
    epoch = 0
    times: dict[Path, int] = {}
    try:
        for target, mtime in _unpack(archive, into):
            times[target] = mtime
            epoch = max(epoch, mtime)
        epoch = min(max(epoch, EPOCH_1980), LAST_EPOCH)
        _settle(archive, into, times, epoch)
        tops = {target.relative_to(into).parts[0] for target in times}
        name, version = _identity(into / min(tops)) if len(tops) == 1 else ("", "")
    except limits.LimitError as e:
        msg = f"{archive.name}: {e}"
        raise FetchError(msg, tip=e.tip) from e
    except _DAMAGE as e:
        if isinstance(e, OSError) and e.errno in OF_THE_MACHINE:
            raise
        msg = f"{archive.name}: cannot be unpacked ({' '.join(str(e).split())}); the archive is damaged or is no sdist"
        raise FetchError(msg, tip="Download it again, and compare its hash.") from e
    if len(tops) != 1:
        names = f" ({', '.join(sorted(tops)[:_SHOWN])}{', …' if len(tops) > _SHOWN else ''})" if tops else ""
        msg = f"{archive.name}: expected one top directory (PEP 517), found {len(tops)}{names}, so it is no sdist"
        raise FetchError(msg, tip="Name the archive that its project publishes as the source distribution.")
    tree = into / tops.pop()
    if not tree.is_dir():
        msg = f"{archive.name}: expected one top directory (PEP 517), found the file {tree.name!r}"
        raise FetchError(msg)
    return Sdist(
        tree=tree,
        filename=archive.name,
        sha256=file_sha256(archive),
        name=name,
        version=version,
        epoch=epoch,
        times=frozenset({*times.values(), epoch}),
    )


def _unpack(archive: Path, into: Path) -> Iterator[tuple[Path, int]]:
    """Unpack the members one by one; yield the path and time of each."""
    paths, packed, total = MemberPaths(), archive.stat().st_size, 0
    with open_members(archive) as (members, extract):
        for count, member in enumerate(members, start=1):
            total += _size(archive, member, into)
            limits.check_unpacked(total, packed, limits.MAX_SDIST, "MAX_SDIST")
            if count > limits.MAX_MEMBERS:
                message = f"has more than {limits.MAX_MEMBERS} members, which is the limit"
                raise limits.LimitError(message, "MAX_MEMBERS")
            parts = _safe_parts(archive, member, paths)
            if parts:
                target = into.joinpath(*parts)
                _write(archive, member, target, into, extract)
                yield target, member.mtime


def same_version(left: str, right: str) -> bool:
    """Compare two version strings by PEP 440, or as text if one of them is no valid version."""
    try:
        return Version(left) == Version(right)
    except InvalidVersion:
        return left == right


def identity_inside(archive: Path) -> tuple[str, str]:
    """Return the name and version in the PKG-INFO of an archive, whatever its file is called; empty if it has none."""
    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        sdist = unpack_sdist(archive, Path(scratch))
        return sdist.name, sdist.version


def _identity(tree: Path) -> tuple[str, str]:
    """Read Name and Version from PKG-INFO."""
    path = tree / "PKG-INFO"
    if not path.is_file():
        return "", ""
    name, version = stated_identity(read_metadata(path, errors="replace"))
    return canonicalize_name(name), version


def _safe_parts(archive: Path, member: Member, paths: MemberPaths) -> tuple[str, ...]:
    """Return the parts of a member's path; raise FetchError if it may not be unpacked."""
    limits.check_path(member.name)
    limits.check_path(member.link)
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
        msg = f"{archive.name}: member {member.name!r} leads outside the archive"
        raise FetchError(msg)
    if member.kind == "other":
        msg = f"{archive.name}: member {member.name!r} is a device, a pipe or has setuid bits"
        raise FetchError(msg)
    parts = tuple(p for p in path.parts if p != ".")
    if other := paths.add(parts):
        name = "/".join(parts[: other.count("/") + 1])
        msg = f"{archive.name}: members {other!r} and {name!r} differ only in case or Unicode form"
        raise FetchError(msg)
    return parts


def _size(archive: Path, member: Member, into: Path) -> int:
    """Return the bytes that a member takes up; a hard link is written as a copy."""
    if member.size < 0:
        msg = f"{archive.name}: member {member.name!r} has the size {member.size}"
        raise FetchError(msg)
    if member.kind != "hardlink":
        return member.size
    original = into / member.link
    return original.stat().st_size if original.is_file() else 0


def _settle(archive: Path, into: Path, times: dict[Path, int], newest: int) -> None:
    """Set times, and modes of directories; raise FetchError for links that lead outside through other links."""
    inside = os.path.realpath(into) + os.sep
    for path in into.rglob("*"):
        if path.is_symlink() and not os.path.realpath(path).startswith(inside):
            msg = f"{archive.name}: link {path.relative_to(into).as_posix()!r} leads outside the archive"
            raise FetchError(msg)
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
        seconds = times.get(path, newest)
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def _write(archive: Path, member: Member, target: Path, into: Path, extract: object) -> None:  # noqa: C901
    """Write one member and its parent folders; raise FetchError for links that leave `into`."""
    for parent in target.parents:
        if parent == into:
            break
        if parent.is_symlink():
            msg = f"{archive.name}: member {member.name!r} is written through a link"
            raise FetchError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.kind == "directory":
        target.mkdir(mode=0o755, exist_ok=True)
        return
    if target.is_symlink() or target.exists():
        target.unlink()
    if member.kind == "link":
        resolved = os.path.normpath(target.parent / member.link)
        if os.path.isabs(member.link) or not resolved.startswith(os.fspath(into) + os.sep):
            msg = f"{archive.name}: link {member.name!r} leads outside the archive, to {member.link!r}"
            raise FetchError(msg)
        target.symlink_to(member.link)
        return
    if member.kind == "hardlink":
        original = Path(os.path.realpath(into / member.link))
        if not original.is_relative_to(os.path.realpath(into)) or not original.is_file():
            msg = f"{archive.name}: hard link {member.name!r} leads outside the archive, to {member.link!r}"
            raise FetchError(msg)
        shutil.copyfile(original, target)
    else:
        source: IO[bytes] = extract(member.source)  # type: ignore[operator]
        with source, target.open("wb") as out:
            while chunk := source.read(_COPY_BYTES):
                out.write(chunk)
    target.chmod(0o755 if member.executable else 0o644)
