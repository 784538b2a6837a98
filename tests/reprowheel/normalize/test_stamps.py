"""Times in data files: what the build made loses them, what came with the sdist keeps its bytes."""

from __future__ import annotations

import binascii
import bz2
import gzip
import io
import lzma
import shutil
import struct
import subprocess
import tarfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from reprowheel.files import RealTimes
from reprowheel.normalize import FileReport, normalize_tree

EPOCH = 1_500_000_000
OLD, NEW, NEWER = EPOCH - 90_000, EPOCH + 90_000, EPOCH + 190_000


def gz(stamp: int) -> bytes:
    """Return a gzip file with a time and a name in its header."""
    stream = io.BytesIO()
    with gzip.GzipFile("name.txt", "wb", fileobj=stream, mtime=stamp) as file:
        file.write(b"content" * 50)
    return stream.getvalue()


def png(stamp: int) -> bytes:
    """Return a picture of one pixel with a time chunk."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"tIME", struct.pack(">H5B", *time.gmtime(stamp)[:6])),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data)) for kind, data in chunks
    )


def zipped(stamp: int) -> bytes:
    """Return a zip file as Info-ZIP makes it: MS-DOS times and Unix times in extra fields, a comment, an odd tail."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"PK\x05 comment"
        for name in ("a.txt", "folder/b.txt"):
            info = zipfile.ZipInfo(name, time.gmtime(stamp)[:6])
            info.extra = struct.pack("<HHBII", 0x5455, 9, 3, stamp, stamp) + struct.pack("<HHI", 0x9999, 4, stamp)
            archive.writestr(info, name * 30)
        archive.writestr(zipfile.ZipInfo("old.txt", time.gmtime(OLD)[:6]), "old")
    return stream.getvalue()


MAKERS = {"gzip": gz, "png": png, "zip": zipped}
each_kind = pytest.mark.parametrize("kind", list(MAKERS))


def normalized(folder: Path, data: bytes, epoch: int = EPOCH) -> tuple[tuple[FileReport, ...], bytes]:
    """Normalize one file below `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "x").write_bytes(data)
    return normalize_tree(folder, epoch=epoch), (folder / "x").read_bytes()


@pytest.mark.parametrize("kind", ["gzip", "png"])
def test_files_of_two_days_become_equal(tmp_path: Path, kind: str) -> None:
    """Only the time differed, so nothing does afterwards; the size stays."""
    results = [normalized(tmp_path / "t", MAKERS[kind](stamp)) for stamp in (NEW, NEWER)]
    assert MAKERS[kind](NEW) != MAKERS[kind](NEWER)
    assert results[0][1] == results[1][1]
    assert [(r.kind, r.action) for r in results[0][0]] == [(kind, "rewritten")]
    assert len(results[0][1]) == len(MAKERS[kind](NEW))
    assert normalized(tmp_path / "t", results[0][1]) == ((), results[0][1])


def test_zip_files_of_two_days_become_equal(tmp_path: Path) -> None:
    """Both headers and the Unix times are fixed; other extra fields, whose meaning is unknown, are not touched."""
    first, second = (normalized(tmp_path / "t", zipped(stamp).replace(struct.pack("<HHI", 0x9999, 4, stamp), b"?" * 8))
                     for stamp in (NEW, NEWER))  # fmt: skip
    assert first == second
    assert struct.pack("<I", NEW) not in first[1]


@each_kind
def test_what_the_sdist_brought_is_kept(tmp_path: Path, kind: str) -> None:
    """Times up to the epoch were not made by the build, so the file may be one whose hash somebody checks."""
    data = MAKERS[kind](OLD)
    assert normalized(tmp_path / "t", data) == ((), data)
    assert normalized(tmp_path / "t", data, epoch=315532800)[1] != data


@each_kind
def test_times_between_start_and_end_are_replaced(tmp_path: Path, kind: str) -> None:
    """An epoch in the future: what the build read off its clock is replaced all the same, and nothing else is."""
    folder, data = tmp_path / "t", MAKERS[kind](NEW)

    def with_times(**more: Any) -> bytes:
        normalized(folder, data, epoch=NEWER)
        (folder / "x").write_bytes(data)
        normalize_tree(folder, times=RealTimes(epoch=NEWER + 90_000, **more))
        return (folder / "x").read_bytes()

    assert with_times(started=NEW, ended=NEW) == with_times(started=NEW - 9, ended=NEW + 9) != data
    assert with_times(started=NEW - 9, ended=NEW - 2) == with_times(started=NEW + 2, ended=NEW + 9) == data
    assert with_times(started=NEW, ended=NEW, known=frozenset({NEW})) == data
    assert with_times() == data


def test_zip_times_are_even() -> None:
    """A zip file has only even seconds: the one below the start of a build, and below the time of a file of the sdist."""
    times = RealTimes(epoch=2_000_000_000, started=1_000_000_001, ended=1_000_000_100, known=frozenset({1_000_000_011}))
    answers = [times.real_in_zip(second) for second in (999_999_998, 1_000_000_000, 1_000_000_010, 1_000_000_012)]
    assert answers == [False, True, False, True]


def test_gzip_still_unpacks(tmp_path: Path) -> None:
    """gzip itself accepts the result and sees no time."""
    _, data = normalized(tmp_path / "t", gz(NEW))
    assert gzip.decompress(data) == b"content" * 50
    (tmp_path / "x.gz").write_bytes(data)
    subprocess.run(["gzip", "-t", tmp_path / "x.gz"], check=True, timeout=60)
    assert data[4:8] == bytes(4)
    assert b"name.txt" in data


def test_png_checksum_is_right(tmp_path: Path) -> None:
    """The time chunk says 1980 and its CRC matches."""
    _, data = normalized(tmp_path / "t", png(NEW))
    at = data.index(b"tIME")
    assert data[at + 4 : at + 11] == b"\x07\xbc\x01\x01\0\0\0"
    assert int.from_bytes(data[at + 11 : at + 15], "big") == binascii.crc32(data[at : at + 11])


def test_zip_still_unpacks(tmp_path: Path) -> None:
    """Members keep names, contents and order; the one that was old keeps its time."""
    _, data = normalized(tmp_path / "t", zipped(NEW))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {i.filename: i.date_time for i in archive.infolist()} == {
            "a.txt": (1980, 1, 1, 0, 0, 0),
            "folder/b.txt": (1980, 1, 1, 0, 0, 0),
            "old.txt": tuple(v - v % 2 if n == 5 else v for n, v in enumerate(time.gmtime(OLD)[:6])),
        }
        assert archive.read("folder/b.txt") == b"folder/b.txt" * 30


UNKNOWN = {
    "encrypted": (
        zipped(NEW).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
        "encrypted",
    ),
    "prefixed": (b"PK\x03\x04 self-extractor" + zipped(NEW), "prefixed"),
    "cut zip": (zipped(NEW)[:-40], "damaged"),
    "cut png": (png(NEW)[:-20], "damaged"),
    "short gzip": (gz(NEW)[:12], "damaged"),
}


@pytest.mark.parametrize(("data", "reason"), list(UNKNOWN.values()), ids=list(UNKNOWN))
def test_what_is_not_understood_is_kept(tmp_path: Path, data: bytes, reason: str) -> None:
    """Encrypted, prefixed and damaged files keep every byte, and the report says why."""
    (report,), after = normalized(tmp_path / "t", data)
    assert report.action == "unchanged"
    assert reason in report.reason
    assert after == data


def tarred(stamp: float, *, owner: str = "ann", form: int = tarfile.GNU_FORMAT, name: str = "made.txt") -> bytes:
    """Return a tar file with a directory, a link and two members of an owner; long names and fractions as the form has them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for kind, path in ((tarfile.DIRTYPE, "d"), (tarfile.REGTYPE, f"d/{name}"), (tarfile.SYMTYPE, "d/link")):
            member = tarfile.TarInfo(path)
            member.type, member.mtime, member.linkname = kind, stamp, name if kind == tarfile.SYMTYPE else ""
            member.uid, member.gid, member.uname, member.gname = len(owner), 1000 + len(owner), owner, owner
            member.size = 700 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"x" * member.size))
        old = tarfile.TarInfo("old.txt")
        old.mtime = OLD
        archive.addfile(old)
    return stream.getvalue()


def listing(data: bytes) -> list[tarfile.TarInfo]:
    """Return the members of a tar file."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getmembers()


TARS = {
    "gnu": {"form": tarfile.GNU_FORMAT, "name": "long" * 60},
    "ustar": {"form": tarfile.USTAR_FORMAT},
    "pax": {"form": tarfile.PAX_FORMAT, "name": "ä" * 80},
}


@pytest.mark.parametrize("more", list(TARS.values()), ids=list(TARS))
def test_tar_files_of_two_days_and_users_become_equal(tmp_path: Path, more: dict[str, Any]) -> None:
    """Times and owners are replaced; `tar` and Python list the same members, and the old member keeps its time."""
    fraction = 0.25 if more["form"] == tarfile.PAX_FORMAT else 0
    first, second = (
        normalized(tmp_path / "t", tarred(stamp + fraction, owner=owner, **more))
        for stamp, owner in ((NEW, "ann"), (NEWER, "bob"))
    )
    assert first == second
    assert [(r.kind, r.action) for r in first[0]] == [("tar", "rewritten")]
    before, after = map(listing, (tarred(NEW, **more), first[1]))
    assert [(m.name, m.size, m.type, m.linkname) for m in before] == [(m.name, m.size, m.type, m.linkname) for m in after]
    assert [m.mtime for m in after] == [315532800] * 3 + [OLD]
    assert {(m.uid, m.gid, m.uname, m.gname) for m in after[:3]} == {(0, 0, "root", "root")}
    listed = subprocess.run(["tar", "-tvf", tmp_path / "t" / "x"], check=True, capture_output=True, text=True)
    assert listed.stdout.count("root/root") >= 3
    assert listed.stderr == ""
    assert normalized(tmp_path / "t", first[1]) == ((), first[1])


@pytest.mark.parametrize("more", list(TARS.values()), ids=list(TARS))
def test_tar_file_of_the_sdist_is_kept(tmp_path: Path, more: dict[str, Any]) -> None:
    """Without a time later than the epoch not even owners are touched: somebody may check the file's hash."""
    data = tarred(OLD, **more)
    assert normalized(tmp_path / "t", data) == ((), data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (tarred(NEW)[:700], "header at 0x200 is incomplete"),
        (tarred(NEW)[:1100], "beyond the end"),
        (tarred(NEW).replace(b"ustar", b"ustar", 1)[:512] + b"y" * 512, "no member header"),
        (tarred(NEW)[:148] + b"0000000\0" + tarred(NEW)[156:], "no member header"),
    ],
    ids=["cut in a header", "cut in data", "garbage", "checksum"],
)
def test_damaged_tar_files_are_kept(tmp_path: Path, data: bytes, reason: str) -> None:
    """Not a byte is written, and the report says why."""
    (report,), after = normalized(tmp_path / "t", data)
    assert (report.kind, report.action, after) == ("tar", "unchanged", data)
    assert reason in report.reason


def test_gzip_file_of_several_members(tmp_path: Path) -> None:
    """Each header loses its time; gzip unpacks the same. The name in the first is kept and named in the report."""
    first, second = (normalized(tmp_path / "t", gz(stamp) + gz(OLD) + gz(stamp + 1)) for stamp in (NEW, NEWER))
    assert first == second
    assert first[0][0].reason == "times later than the epoch replaced; holds the file name 'name.txt'"
    assert gzip.decompress(first[1]) == b"content" * 150
    assert first[1].count(struct.pack("<I", OLD)) == 1


def test_gzip_header_with_a_checksum_is_kept(tmp_path: Path) -> None:
    """RFC 1952, FHCRC: a checksum over the header, which changing the time would break."""
    data = gz(NEW)
    (report,), after = normalized(tmp_path / "t", data[:3] + bytes([data[3] | 2]) + data[4:])
    assert (report.action, after[4:8]) == ("unchanged", struct.pack("<I", NEW))
    assert "has a checksum" in report.reason


PACKED = {
    "tar in gzip": (gzip.compress(tarred(NEW), mtime=0), gzip.compress(tarred(OLD), mtime=0), "what it holds"),
    "tar in xz": (lzma.compress(tarred(NEW)), lzma.compress(tarred(OLD)), "what it holds"),
    "tar in bzip2": (bz2.compress(tarred(NEW)), bz2.compress(tarred(OLD)), "what it holds"),
}


def bundle(data: bytes) -> bytes:
    """Return a zip file with an old member that is an archive itself."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("inner.bin", time.gmtime(OLD)[:6]), data)
    return stream.getvalue()


PACKED |= {
    "zip in zip": (bundle(zipped(NEW)), bundle(zipped(OLD)), "inner.bin"),
    "gzip in zip": (bundle(gz(NEW)), bundle(gz(OLD)), "inner.bin"),
    "tar in gzip in zip": (bundle(PACKED["tar in gzip"][0]), bundle(PACKED["tar in gzip"][1]), "inner.bin"),
}


@pytest.mark.parametrize(("late", "early", "what"), list(PACKED.values()), ids=list(PACKED))
def test_times_under_compression_are_named(tmp_path: Path, late: bytes, early: bytes, what: str) -> None:
    """They cannot be replaced without packing again; the report says which file has them, and what helps."""
    (report,), after = normalized(tmp_path / "t", late)
    assert (report.action, after) == ("unchanged", late)
    assert report.reason == f"{what} has times later than the epoch under compression, which deep mode keeps out"
    assert normalized(tmp_path / "t", early) == ((), early)
