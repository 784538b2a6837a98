"""Targets for archives: wheels through the whole normalize stage, and sdists through the fetch stage's unpacking."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import stat
import unicodedata
import zipfile
from typing import TYPE_CHECKING

from fuzz.check import EPOCH, SMALL, check_message, check_size, ensure, small_limits

from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import FetchError, NormalizeError
from reprowheel.files import EPOCH_1980
from reprowheel.normalize import normalize_tree, unpack_wheel, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SEPARATOR", "WHEEL_NAME", "run_members", "run_sdist", "run_tar", "run_wheel"]

WHEEL_NAME = "foo-1.0-py3-none-any.whl"
SEPARATOR = b"\0@@\0"
"""Between the members in an input of the target `members`; a member is a name, a line feed and the contents."""

_BLOCK = 512
_CHECKSUM = slice(148, 156)
_RECORD = "foo-1.0.dist-info/RECORD"
_DROPPED = {f"foo-1.0.dist-info/{name}" for name in ("RECORD", "RECORD.jws", "RECORD.p7s", "direct_url.json")}


def run_wheel(data: bytes, folder: Path) -> None:
    """Take any bytes as a wheel: refused with one line and nothing left, or made canonical, twice the same."""
    with small_limits():
        _run_wheel(data, folder)


def _run_wheel(data: bytes, folder: Path) -> None:
    wheel = folder / WHEEL_NAME
    wheel.write_bytes(data)
    first = _canonical(wheel, folder / "1")
    ensure(wheel.read_bytes() == data, "the input differs")
    ensure({entry.name for entry in folder.iterdir()} <= {wheel.name, "1"}, "files outside of the folder")
    if first is None:
        return
    _check_record(first)
    _check_members(wheel, first)
    second = _canonical(first, folder / "2")
    ensure(second is not None, "refuses what it wrote itself")
    ensure(second is not None and second.read_bytes() == first.read_bytes(), "a second run changes it again")


def _canonical(wheel: Path, folder: Path) -> Path | None:
    """Return the canonical wheel, or None if it was refused in the way it should be."""
    tree, out = folder / "tree", folder / "out"
    try:
        unpack_wheel(wheel, tree)
    except NormalizeError as error:
        check_message(error)
        ensure(not tree.exists(), "something is left of a wheel that was refused")
        return None
    check_size(tree, SMALL["MAX_WHEEL"])
    normalize_tree(tree, debug_dir=folder / "debug", epoch=EPOCH)
    try:
        return write_wheel(tree, out, filename=wheel.name)
    except NormalizeError as error:
        check_message(error)
        ensure(not out.exists() or not list(out.iterdir()), "something is left of a wheel that could not be written")
        return None


def _check_record(wheel: Path) -> None:
    """Check every member against RECORD, which comes last and lists all of them once."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        ensure(len(set(names)) == len(names) and names[-1] == _RECORD, f"members {names[-3:]}")
        rows = list(csv.reader(io.StringIO(archive.read(_RECORD).decode(), newline="")))
        ensure([row[0] for row in rows] == names, "RECORD does not list the members")
        for name, digest, size in rows[:-1]:
            contents = archive.read(name)
            text = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
            ensure((digest, size) == (f"sha256={text}", str(len(contents))), f"{name!r} has another hash in RECORD")


def _check_members(before: Path, after: Path) -> None:
    """Check that no member is new or gone, except what a wheel does not ship."""
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        had = {info.filename for info in old.infolist() if not info.is_dir()}
        has = set(new.namelist())
    ensure(has - had <= {_RECORD}, f"new members: {sorted(has - had)}")
    gone = {name for name in had - has if name not in _DROPPED and not name.endswith(".pyc")}
    ensure(not gone, f"lost members: {sorted(gone)}")


def run_members(data: bytes, folder: Path) -> None:
    """Make an intact wheel of names and contents, so that checksums do not stop what is behind them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        seen: set[str] = set()
        for piece in data.split(SEPARATOR)[:50]:
            raw, _, contents = piece.partition(b"\n")
            name = raw[:1000].decode("utf-8", "replace")
            if name not in seen:
                seen.add(name)
                archive.writestr(zipfile.ZipInfo(name), contents)
        if "foo-1.0.dist-info/METADATA" not in seen:
            archive.writestr(zipfile.ZipInfo("foo-1.0.dist-info/METADATA"), b"Name: foo\n")
    run_wheel(stream.getvalue(), folder)


def run_sdist(data: bytes, folder: Path) -> None:
    """Take any bytes as an sdist: refused with one line, or unpacked below its folder and nowhere else."""
    with small_limits():
        _run_sdist(data, folder)


def _run_sdist(data: bytes, folder: Path) -> None:
    archive = folder / "foo-1.0.tar.gz"
    archive.write_bytes(data)
    trees = []
    for name in ("1", "2"):
        into = folder / name
        into.mkdir()
        try:
            sdist = unpack_sdist(archive, into)
        except FetchError as error:
            check_message(error)
            ensure({entry.name for entry in folder.iterdir()} == {archive.name, name}, "files outside of the folder")
            check_size(into, SMALL["MAX_SDIST"])
            return
        ensure(sdist.tree.parent == into and sdist.tree.is_dir(), f"the tree is {sdist.tree}")
        ensure(EPOCH_1980 <= sdist.epoch <= 4354819198, f"epoch {sdist.epoch}")
        check_size(into, SMALL["MAX_SDIST"])
        trees.append(_listing(into))
    ensure({entry.name for entry in folder.iterdir()} == {archive.name, "1", "2"}, "files outside of the folder")
    ensure(trees[0] == trees[1], "unpacked twice, it differs")


def _listing(root: Path) -> list[tuple[str, int, object, int]]:
    """Return name, mode, contents and time of all there is, after checking that each may be there."""
    found: list[tuple[str, int, object, int]] = []
    folded: set[str] = set()
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        name = path.relative_to(root).as_posix()
        folded.add(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()))
        if stat.S_ISLNK(status.st_mode):
            inside = os.path.realpath(path).startswith(os.path.realpath(root) + os.sep)
            ensure(inside, f"link {name!r} leads outside")
            found.append((name, 0, os.readlink(path), int(status.st_mtime)))
            continue
        ensure(stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode), f"{name!r} is a special file")
        ensure(stat.S_IMODE(status.st_mode) in {0o644, 0o755}, f"{name!r} has mode {status.st_mode:o}")
        contents = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
        found.append((name, status.st_mode, contents, int(status.st_mtime)))
    ensure(len(folded) == len(found), "names that differ only in case")
    return found


def run_tar(data: bytes, folder: Path) -> None:
    """Take any bytes as a tar archive after repairing the headers' checksums, which stop nearly all changes."""
    repaired = bytearray(data)
    at = 0
    while at + _BLOCK <= len(repaired):
        header = repaired[at : at + _BLOCK]
        if any(header):
            header[_CHECKSUM] = b" " * 8
            header[_CHECKSUM] = b"%06o\0 " % sum(header)
            repaired[at : at + _BLOCK] = header
        at += _BLOCK + _padded_size(bytes(header))
    run_sdist(bytes(repaired), folder)


def _padded_size(header: bytes) -> int:
    """Return how many bytes of data follow a header, or 0 where that is not an octal number."""
    text = header[124:136].strip(b" \0")
    size = int(text, 8) if text and not text.strip(b"01234567") else 0
    return -(-size // _BLOCK) * _BLOCK
