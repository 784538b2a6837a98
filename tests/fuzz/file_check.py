"""Targets for single files: static archives, and data files that carry times (gzip, PNG, tar, zip, pyc, bills of materials)."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

from fuzz.check import EPOCH, ensure

from reprowheel.normalize import normalize_tree
from reprowheel.normalize.ar import MAGIC, normalize_ar

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DATA_NAMES", "run_ar", "run_data"]

DATA_NAMES = ("d/x.bin", "d/x.pyc", "foo-1.0.dist-info/sboms/x.json")
"""What the first byte of an input of the target `data` chooses from: two kinds are known by their names."""


def run_ar(data: bytes, folder: Path) -> None:
    """Normalize a static archive; only times, owners and modes of members that it really has may differ."""
    data = MAGIC + data[len(MAGIC) :]
    path = folder / "x.a"
    path.write_bytes(data)
    report = normalize_ar(path, "x.a")
    after = path.read_bytes()
    ensure([entry.name for entry in folder.iterdir()] == ["x.a"], "temporary files are left")
    if report.action == "unchanged":
        ensure(after == data, f"changed although the report says it is not: {report.reason}")
        return
    expected = bytearray(data)
    for header in _members(data):
        expected[header + 16 : header + 48] = after[header + 16 : header + 48]
    ensure(bytes(expected) == after, "more than times, owners and modes differ")
    again = normalize_ar(path, "x.a")
    ensure(again.action == "unchanged", f"a second run says {again.action}: {again.reason}")
    ensure(path.read_bytes() == after, "a second run changes it again")


def _members(data: bytes) -> list[int]:
    """Return the offsets of the member headers."""
    found, at = [], len(MAGIC)
    while at + 60 <= len(data) and data[at + 58 : at + 60] == b"`\n":
        found.append(at)
        size = int(data[at + 48 : at + 58])
        at += 60 + size + size % 2
    return found


def run_data(data: bytes, folder: Path) -> None:
    """Normalize one file whose name the first byte chooses; sizes and what readers get from it stay."""
    name, data = DATA_NAMES[data[0] % len(DATA_NAMES) if data else 0], data[1:]
    tree = folder / "tree"
    path = tree / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    reports = normalize_tree(tree, epoch=EPOCH)
    ensure(len(reports) <= 1, f"{len(reports)} reports about one file")
    if reports and reports[0].action == "removed":
        return
    ensure([p for p in tree.rglob("*") if p.is_file()] == [path], "other files than the one that was there")
    after = path.read_bytes()
    if not reports or reports[0].action == "unchanged":
        ensure(after == data, f"changed although no report says so: {reports}")
        return
    ensure(reports[0].kind in {"elf", "sbom"} or len(after) == len(data), "the size differs")
    check = {"gzip": _same_gzip, "zip": _same_zip, "png": _same_png, "sbom": _same_sbom, "tar": _same_tar}.get(reports[0].kind)
    if check:
        check(data, after)
    normalize_tree(tree, epoch=EPOCH)
    ensure(path.read_bytes() == after, f"a second run changes it again: {reports}")


def _same_tar(before: bytes, after: bytes) -> None:
    ensure(_untar(before) == _untar(after), "other members than times and owners")


def _untar(data: bytes) -> object:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return [(m.name, m.size, m.mode, m.type, m.linkname, m.offset_data) for m in archive]
    except (tarfile.TarError, ValueError, OverflowError) as error:
        return type(error)


def _same_gzip(before: bytes, after: bytes) -> None:
    ensure(_gunzip(before) == _gunzip(after), "the unpacked bytes differ")


def _gunzip(data: bytes) -> bytes | None:
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            return stream.read(1 << 22)
    except (OSError, EOFError, zlib.error):
        return None


def _same_zip(before: bytes, after: bytes) -> None:
    old, new = _unzip(before), _unzip(after)
    ensure(old == new, f"the members differ: {old!r:.200} {new!r:.200}")


def _unzip(data: bytes) -> list[tuple[str, int, bytes | None]] | None:
    """Return names, modes and contents, where zipfile can read them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(info.filename, info.external_attr, _member(archive, info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    try:
        with archive.open(info) as stream:
            return stream.read(1 << 22)
    except Exception:  # noqa: BLE001 - each decompressor has an error class of its own
        return None


def _same_png(before: bytes, after: bytes) -> None:
    ensure(_chunks(before) == _chunks(after), "chunks other than tIME differ")


def _chunks(data: bytes) -> list[bytes]:
    """Return the chunks up to IEND, with tIME's contents left out, and what follows."""
    found, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        found.append(data[at : at + 8] if (kind, length) == (b"tIME", 7) else data[at : at + 12 + length])
        at += 12 + length
        if kind == b"IEND":
            break
    return [*found, data[at:]]


def _same_sbom(before: bytes, after: bytes) -> None:
    old, new = json.loads(before), json.loads(after)
    for document in (old, new):
        document.pop("serialNumber", None)
        if isinstance(document.get("metadata"), dict):
            document["metadata"].pop("timestamp", None)
    ensure(old == new, "more than the serial number and the time differ")
