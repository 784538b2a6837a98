"""Parses the file names of wheels and checks their members before anything is unpacked.

Spec: the binary distribution format (PEP 427 and its successors on packaging.python.org).
"""

from __future__ import annotations

import stat
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from reprowheel import limits
from reprowheel.archives.zip_file import open_zip
from reprowheel.output.unexpected import OF_THE_MACHINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "BadWheelError",
    "WheelName",
    "checked_members",
    "dist_info_of",
    "open_wheel",
]

_PARTS_WITH_BUILD = 6
_ENCRYPTED = 0x1
_FORBIDDEN = frozenset("\\\0\n\r")


class BadWheelError(ValueError):
    """The file is no wheel, or is not safe to unpack; the stages turn this into their own error.

    :param tip: what the user can do.
    """

    def __init__(self, message: str, *, tip: str = "build or download the wheel again") -> None:
        super().__init__(message)
        self.tip = tip


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelName:
    """The parts of a wheel's file name (PEP 427), with their spelling unchanged.

    `foo_bar-1.0-1-cp311-cp311-linux_x86_64.whl` → distribution `foo_bar`, version `1.0`, build `1`, and tags.
    """

    filename: str
    distribution: str
    version: str
    build: str
    python: str
    abi: str
    platform: str

    @classmethod
    def parse(cls, filename: str) -> WheelName:
        """Split a file name (without a folder).

        :raises BadWheelError: the specification does not allow the name.
        """
        try:
            parse_wheel_filename(filename)
        except (InvalidWheelFilename, ValueError) as error:
            msg = f"{filename}: not a wheel's file name ({error})"
            raise BadWheelError(msg) from error
        parts = filename[: -len(".whl")].split("-")
        return cls(
            filename=filename,
            distribution=parts[0],
            version=parts[1],
            build=parts[2] if len(parts) == _PARTS_WITH_BUILD else "",
            python=parts[-3],
            abi=parts[-2],
            platform=parts[-1],
        )

    @property
    def normalized(self) -> str:
        """The distribution's name, normalized (`foo-bar`)."""
        return str(canonicalize_name(self.distribution))


@contextmanager
def open_wheel(wheel: Path) -> Iterator[zipfile.ZipFile]:
    """Open a wheel for reading; errors from damaged content inside the block become a `BadWheelError`."""
    try:
        with open_zip(wheel) as archive:
            yield archive
    except BadWheelError:
        raise
    except limits.LimitError as error:
        msg = f"{wheel.name}: {error}"
        raise BadWheelError(msg, tip=error.tip) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            raise
        msg = f"{wheel.name}: {_one_line(error)}"
        raise BadWheelError(msg) from error
    except Exception as error:  # the decompressors (zlib, lzma, zstd) each have an error class of their own
        if type(error).__module__.split(".")[0] not in {"zlib", "_lzma", "lzma", "_bz2", "bz2", "compression", "_zstd"}:
            raise
        msg = f"{wheel.name}: {_one_line(error)}"
        raise BadWheelError(msg) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def checked_members(archive: zipfile.ZipFile, wheel: Path) -> list[zipfile.ZipInfo]:
    """Check all members, and return those that are files, in the archive's order.

    :raises BadWheelError: for names that leave the folder or occur twice, links and other special files, encrypted
        members.
    :raises limits.LimitError: for too many folders or bytes, and too long paths; `open_wheel` makes a BadWheelError of it.
    """
    members = archive.infolist()
    packed, folders = wheel.stat().st_size, set[str]()
    limits.check_unpacked(sum(member.file_size for member in members), packed, limits.MAX_WHEEL, "MAX_WHEEL")
    if sum(member.compress_size for member in members) > packed:
        msg = f"{wheel.name}: members overlap: together they are larger than the archive"
        raise BadWheelError(msg)
    files: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        limits.check_path(member.filename)
        if problem := _problem(member):
            msg = f"{wheel.name}: member {member.filename[:200]!r}: {problem}"
            raise BadWheelError(msg)
        name = member.filename
        if not member.is_dir():
            if name in files:
                msg = f"{wheel.name}: member {name!r} occurs twice"
                raise BadWheelError(msg)
            files[name] = member
        folders.update(_parents(name))
        if len(folders) > limits.MAX_MEMBERS:
            message = f"has more than {limits.MAX_MEMBERS} folders, which is the limit"
            raise limits.LimitError(message, "MAX_MEMBERS")
    if clash := sorted(folders & files.keys()):
        msg = f"{wheel.name}: member {clash[0]!r} is both a file and a folder"
        raise BadWheelError(msg)
    return list(files.values())


def _problem(member: zipfile.ZipInfo) -> str:
    name = member.filename
    if not name:
        return "has no name"
    if _FORBIDDEN & set(name) or _FORBIDDEN & set(member.orig_filename):
        return "backslash, line break or NUL in the name"
    parts = name.removesuffix("/").split("/")
    if any(part in {"", ".", ".."} for part in parts) or ":" in parts[0]:
        return "name does not stay inside the wheel"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    kind = stat.S_IFMT(member.external_attr >> 16)
    expected = stat.S_IFDIR if member.is_dir() else stat.S_IFREG
    if kind not in {0, expected}:
        return "is a link or another special file"
    return ""


def _parents(name: str) -> Iterator[str]:
    at = name.find("/")
    while at != -1:
        yield name[:at]
        at = name.find("/", at + 1)


def dist_info_of(names: list[str], wheel_name: WheelName) -> str:
    """Return the name of the wheel's one `.dist-info` folder.

    :param names: posix paths of the wheel's files.
    :raises BadWheelError: there is none, more than one, or one of another project.
    """
    found = sorted({top for name in names if (top := name.partition("/")[0]).endswith(".dist-info") and top != name})
    if len(found) != 1:
        msg = f"{wheel_name.filename}: expected one .dist-info folder, found {', '.join(found) or 'none'}"
        raise BadWheelError(msg)
    distribution = found[0].removesuffix(".dist-info").rpartition("-")[0]
    if canonicalize_name(distribution) != wheel_name.normalized:
        msg = f"{wheel_name.filename}: {found[0]} belongs to another project"
        raise BadWheelError(msg)
    return found[0]
