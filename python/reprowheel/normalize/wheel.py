"""Unpacks wheels safely, and writes them so that equal trees give equal bytes.

Spec: the binary distribution format (PEP 427) and "Recording installed projects" for RECORD, packaging.python.org.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import zipfile
from typing import TYPE_CHECKING

from reprowheel.archives.record import record_row, write_record
from reprowheel.archives.wheel import BadWheelError, WheelName, checked_members, dist_info_of, open_wheel
from reprowheel.errors import NormalizeError
from reprowheel.files import atomic_file, canonical_mode, chunks, irregular_files, named_files, zip_member
from reprowheel.normalize.pyc import is_disposable_pyc

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_shipped", "unpack_wheel", "write_wheel"]

_NOT_SHIPPED = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s", "direct_url.json"})
"""Members of `.dist-info` that are not copied: RECORD is made again; the others are signatures of it and the build path."""


def is_shipped(name: str) -> bool:
    """Say whether a member of a wheel is copied into its canonical form."""
    folder, _, base = name.rpartition("/")
    return not (base in _NOT_SHIPPED and folder.endswith(".dist-info") and "/" not in folder)


def unpack_wheel(wheel: Path, tree: Path) -> WheelName:
    """Unpack a wheel into the new or empty folder `tree`, with modes 0644 and 0755.

    :returns: the parts of the wheel's name.
    :raises NormalizeError: the archive is damaged, or `reprowheel.archives.wheel.checked_members` refuses it; then `tree` is
        not changed.
    """
    if tree.is_dir() and any(tree.iterdir()):
        msg = f"{wheel.name}: cannot be unpacked into {tree}: the folder is not empty"
        raise NormalizeError(msg)
    existed = tree.is_dir()
    try:
        name = WheelName.parse(wheel.name)
        with open_wheel(wheel) as archive:
            members = checked_members(archive, wheel)
            dist_info_of([member.filename for member in members], name)
            tree.mkdir(parents=True, exist_ok=True)
            for member in members:
                _extract(archive, member, tree)
    except BadWheelError as error:
        _discard(tree, keep_folder=existed)
        raise NormalizeError(str(error), tip=error.tip) from error
    except BaseException:
        _discard(tree, keep_folder=existed)
        raise
    return name


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, tree: Path) -> None:
    target = tree / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("xb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    target.chmod(0o755 if (member.external_attr >> 16) & stat.S_IXUSR else 0o644)


def _discard(tree: Path, *, keep_folder: bool) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    if keep_folder:
        tree.mkdir(exist_ok=True)


def write_wheel(tree: Path, out_dir: Path, *, filename: str) -> Path:
    """Pack an unpacked wheel into `out_dir/filename`; equal trees give equal bytes.

    Members are sorted; `.dist-info` comes after everything else, and RECORD last. All members are stored without compression,
    with the time 1980-01-01 and the mode 0644 or 0755. RECORD is made again. Bytecode caches, signatures of the old RECORD and
    `direct_url.json` are left out.

    :returns: the path of the wheel.
    :raises NormalizeError: the name is not that of a wheel, the tree does not have exactly one `.dist-info`, or it has links,
        other special files or file names that are not UTF-8. Then nothing is left in `out_dir`.
    """
    for odd in irregular_files(tree):
        msg = f"{filename}: {odd.relative_to(tree)}: a wheel can only hold regular files"
        raise NormalizeError(msg)
    files = named_files(tree)
    try:
        dist_info = dist_info_of(list(files), WheelName.parse(filename))
    except BadWheelError as error:
        raise NormalizeError(str(error)) from error
    for name in files:
        _check_name(name, filename)
    left_out = {f"{dist_info}/{name}" for name in _NOT_SHIPPED}
    names = [name for name in files if name not in left_out and not is_disposable_pyc(name, files)]
    names.sort(key=lambda name: (name.startswith(f"{dist_info}/"), name.encode()))
    out_dir.mkdir(parents=True, exist_ok=True)
    target = out_dir / filename
    with (
        atomic_file(target) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        rows = [_add(archive, name, files[name]) for name in names]
        record = f"{dist_info}/RECORD"
        archive.writestr(zip_member(record, 0o644), write_record([*rows, (record, "", "")]))
    return target


def _check_name(name: str, filename: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        msg = f"{filename}: {name!r}: a file's name must be UTF-8"
        raise NormalizeError(msg) from error
    if "\\" in name or "\n" in name or "\r" in name:
        msg = f"{filename}: {name!r}: backslash or line break in a file's name"
        raise NormalizeError(msg)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> tuple[str, str, str]:
    info = zip_member(name, canonical_mode(path))
    info.file_size = path.stat().st_size  # zipfile needs the size for ZIP64 before it writes the header
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(info, "w") as sink:
        for piece in chunks(source):
            digest.update(piece)
            sink.write(piece)
    return record_row(name, digest, info.file_size)
