"""Checks a wheel that is installed: its metadata can be read, and its files match RECORD.

In: an open wheel. Out: its files; each is unpacked once, and compared with RECORD meanwhile. Errors name the file.
Spec: the binary distribution format and "Recording installed projects", packaging.python.org.
"""

from __future__ import annotations

import configparser
import csv
import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from installer.sources import WheelFile
from installer.utils import parse_entrypoints
from packaging.utils import canonicalize_name

from reprowheel.archives.record import base64_digest
from reprowheel.archives.wheel import BadWheelError
from reprowheel.errors import InstallError
from reprowheel.files import chunks

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator
    from pathlib import Path

    from installer.sources import WheelContentElement

__all__ = ["CheckedSource", "check_readable", "check_record"]

_NOT_INSTALLED = frozenset({"INSTALLER", "RECORD.jws", "RECORD.p7s", "REQUESTED", "direct_url.json"})


def check_readable(source: WheelFile, wheel: Path) -> None:
    """Read the files that `installer.install` will read, to give clear messages where it only has assertions.

    :raises InstallError: a file is missing or cannot be read.
    """
    for required in ("METADATA", "WHEEL", "RECORD"):
        if required not in source.dist_info_filenames:
            msg = f"{wheel.name}: {source.dist_info_dir}/{required} is missing"
            raise InstallError(msg)
    if "entry_points.txt" not in source.dist_info_filenames:
        return
    try:
        list(parse_entrypoints(source.read_dist_info("entry_points.txt")))
    except (configparser.Error, UnicodeDecodeError, AssertionError) as error:
        detail = " ".join(str(error).split()) or "a script that is not written as module:function"
        msg = f"{wheel.name}: {source.dist_info_dir}/entry_points.txt: {detail}"
        raise InstallError(msg) from error


def check_record(source: WheelFile, wheel: Path, *, contents: bool = True) -> None:
    """Compare the wheel with its RECORD.

    :param contents: whether to compare the contents of files, too.
    :raises InstallError: they differ; the message always counts all differences, with those in contents.
    """
    _check_algorithms(source, wheel)
    try:
        try:
            source.validate_record(validate_contents=contents)
        except WheelFile.validation_error:
            source.validate_record()  # its message names all differences
            raise
    except WheelFile.validation_error as error:
        issues = [issue.replace(str(wheel), wheel.name) for issue in error.issues]
        more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
        msg = f"{wheel.name}: damaged: {' '.join(issues[0].split())}{more}"
        raise InstallError(msg, tip="build or download the wheel again") from error


def _check_algorithms(source: WheelFile, wheel: Path) -> None:
    """Raise InstallError if a row of RECORD has a digest by an algorithm that is unknown, or that has no fixed length."""
    with suppress(UnicodeDecodeError, csv.Error):  # validate_record tells these
        for row in csv.reader(source.read_dist_info("RECORD").splitlines()):
            algorithm = row[1].partition("=")[0] if len(row) > 1 else ""
            if algorithm and not _has_digest(algorithm):
                msg = f"{wheel.name}: RECORD: {row[0]!r} has a digest by {algorithm[:40]!r}; expected sha256"
                raise InstallError(msg, tip="build or download the wheel again")


def _has_digest(algorithm: str) -> bool:
    try:
        return hashlib.new(algorithm).digest_size > 0  # 0 for shake_128, whose length is free
    except ValueError:
        return False


class CheckedSource(WheelFile):
    """A wheel without the files that an installer writes itself, and without bytecode caches.

    Every file is unpacked once, and compared with RECORD while it is read.
    """

    def __init__(self, archive: zipfile.ZipFile, dist_info: str) -> None:
        super().__init__(archive)
        self._left_out = frozenset(f"{dist_info}/{name}" for name in _NOT_INSTALLED)
        self._data_dir = _data_dir(archive.namelist(), dist_info)
        inside = [name for name in archive.namelist() if name.startswith(f"{dist_info}/") and not name.endswith("/")]
        self._dist_info_filenames = [name[len(dist_info) + 1 :] for name in inside]

    @property
    def data_dir(self) -> str:
        """Return the name of the folder `.data`; its spelling may be another than that of the file's name."""
        return self._data_dir

    @property
    def dist_info_filenames(self) -> list[str]:
        """Return the names of the files in `.dist-info`; the list is kept, because `installer` asks for it often."""
        return self._dist_info_filenames

    def get_contents(self) -> Iterator[WheelContentElement]:
        """Yield the members; each is compared with RECORD while it is read."""
        for record, stream, is_executable in super().get_contents():
            path, checked = record[0], _CheckedStream(stream, record[1])
            if path not in self._left_out and "__pycache__" not in path.split("/")[:-1]:
                yield record, cast("BinaryIO", checked), is_executable
            if not checked.matches(record[2]):
                msg = f"{path} is not what RECORD says"
                raise BadWheelError(msg)


def _data_dir(names: list[str], dist_info: str) -> str:
    """Return the `.data` folder of the project that `.dist-info` names."""
    own = dist_info.removesuffix(".dist-info") + ".data"
    tops = {name.partition("/")[0] for name in names if ".data/" in name}
    project = canonicalize_name(own.rpartition("-")[0])
    for top in sorted(tops - {own}):
        if own not in tops and top.endswith(".data") and canonicalize_name(top.rpartition("-")[0]) == project:
            return top
    return own


class _CheckedStream:
    """Reads a file of a wheel and compares it with its row in RECORD."""

    def __init__(self, stream: BinaryIO, expected: str) -> None:
        self._stream, self._expected, self._size = stream, expected, 0
        self._digest = hashlib.new(expected.partition("=")[0]) if expected else None

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes, like a file."""
        piece = self._stream.read(size)
        self._size += len(piece)
        if self._digest:
            self._digest.update(piece)
        return piece

    def matches(self, size: str) -> bool:
        """Read the rest, and say whether digest and size match RECORD; a file without a hash always matches."""
        if self._digest is None:
            return True
        for _ in chunks(cast("BinaryIO", self)):
            pass
        told = size.lstrip("0") or "0"  # as text, since a number may be too long to be read
        return str(self._size) == told and self._expected.partition("=")[2] == base64_digest(self._digest)
