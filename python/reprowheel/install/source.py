"""A wheel that is about to be installed: its metadata can be read, and its files are what RECORD says.

In: an open wheel. Out: its files, each unpacked once and compared on the way. Errors name the file.
Spec: the binary distribution format and "Recording installed projects", packaging.python.org.
"""

from __future__ import annotations

import configparser
import hashlib
from typing import TYPE_CHECKING, BinaryIO, cast

from installer.sources import WheelFile
from installer.utils import parse_entrypoints

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
    """Read what `installer.install` is going to read, since it asserts where we want to explain.

    :raises InstallError: something is missing or cannot be read.
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

    :param contents: whether to read the files, too.
    :raises InstallError: they differ; the message is the same for either, and tells of all files.
    """
    try:
        try:
            source.validate_record(validate_contents=contents)
        except WheelFile.validation_error:
            source.validate_record()  # tells everything that is wrong
            raise
    except WheelFile.validation_error as error:
        issues = [issue.replace(str(wheel), wheel.name) for issue in error.issues]
        more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
        msg = f"{wheel.name}: damaged: {' '.join(issues[0].split())}{more}"
        raise InstallError(msg, tip="build or download the wheel again") from error


class CheckedSource(WheelFile):
    """A wheel without what an installer must write itself, and without bytecode caches.

    Every file is unpacked once: what is read is compared with RECORD on the way.
    """

    def __init__(self, archive: zipfile.ZipFile, dist_info: str) -> None:
        super().__init__(archive)
        self._left_out = frozenset(f"{dist_info}/{name}" for name in _NOT_INSTALLED)
        inside = [name for name in archive.namelist() if name.startswith(f"{dist_info}/") and not name.endswith("/")]
        self._dist_info_filenames = [name[len(dist_info) + 1 :] for name in inside]

    @property
    def dist_info_filenames(self) -> list[str]:
        """Return the files of `.dist-info`, which are asked for again and again."""
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


class _CheckedStream:
    """Reads a file of a wheel and compares it with its row in RECORD."""

    def __init__(self, stream: BinaryIO, expected: str) -> None:
        self._stream, self._expected, self._size = stream, expected, 0
        self._digest = hashlib.new(expected.partition("=")[0]) if expected else None

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        piece = self._stream.read(size)
        self._size += len(piece)
        if self._digest:
            self._digest.update(piece)
        return piece

    def matches(self, size: str) -> bool:
        """Read what is left, and say whether all of it is what was expected; a file without a hash is not compared."""
        if self._digest is None:
            return True
        for _ in chunks(cast("BinaryIO", self)):
            pass
        return self._size == int(size) and self._expected.partition("=")[2] == base64_digest(self._digest)
