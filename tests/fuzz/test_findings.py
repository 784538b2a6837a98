"""What fuzzing, and reading the code for it, has found: one test per finding, each made as small as it gets."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import time
import zipfile
import zlib
from typing import TYPE_CHECKING

import fuzz.seeds  # noqa: F401 - puts the ELF maker on the path
import pytest
from fuzz.targets import TARGETS
from support.elf_maker import ALLOC, PROGBITS, STRTAB, Part, make_elf, note

from reprowheel import limits
from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import FetchError
from reprowheel.limits import MAX_HEADER
from reprowheel.normalize import normalize_tree
from reprowheel.normalize.elf.rewrite import normalize_elf

if TYPE_CHECKING:
    from pathlib import Path


def test_program_headers_inside_the_elf_header(tmp_path: Path) -> None:
    """Header fields that are written anew were part of a program header, which then said something else."""
    made = bytearray(make_elf([Part(".text", bytes(64), PROGBITS, ALLOC), Part(".comment", b"x")], is_64=False).data)
    phoff, phnum = slice(28, 32), slice(44, 46)
    made[phoff], made[phnum] = (48).to_bytes(4, "little"), (1).to_bytes(2, "little")
    TARGETS["elf"](bytes(made))
    path = tmp_path / "x.so"
    path.write_bytes(made)
    assert normalize_elf(path, "x.so").reason == "the program headers overlap the ELF header"
    assert path.read_bytes() == made


@pytest.mark.parametrize("name", [".debug_x", ".keep"])
def test_alignment_that_multiplies_the_size(tmp_path: Path, name: str) -> None:
    """A thousand sections of one byte, each aligned to 64 KiB, were written as 64 MiB of padding."""
    sections = [Part(".text", bytes(64), PROGBITS, ALLOC), Part(".debug_info", b"d")]
    made = bytearray(make_elf([*sections, *(Part(name, b"d") for _ in range(1000))]).data)
    table = int.from_bytes(made[40:48], "little")
    for section in range(3, 1003):
        made[table + 64 * section + 48 : table + 64 * section + 56] = (1 << 16).to_bytes(8, "little")
    path, debug = tmp_path / "x.so", tmp_path / "debug"
    path.write_bytes(made)
    report = normalize_elf(path, "x.so", debug_dir=debug)
    assert (report.action, report.reason) == ("stripped", "")
    assert path.stat().st_size < 3 * len(made)
    assert (debug / "x.so.debug").stat().st_size < 3 * len(made)


def test_build_id_in_what_moves(tmp_path: Path) -> None:
    """A note that is in a segment but not loaded moves; its id was then written where something else had come to be."""
    build_id = note("<", b"GNU\0", 3, b"\xaa" * 20)
    made = make_elf(
        [Part("x", b"d"), Part(".comment", bytes(99)), Part(".id", build_id)], more_segments=1, covered=".id"
    )
    data = bytearray(made.data)
    data[64 + 2 * 56 : 64 + 2 * 56 + 4] = (4).to_bytes(4, "little")  # the third segment: PT_NOTE
    path = tmp_path / "x.so"
    path.write_bytes(data)
    report = normalize_elf(path, "x.so")
    assert (
        report.reason
        == f"the build-id at {made.offsets['.id'] + 16:#x} is in a header, or in a note that is not loaded"
    )
    assert path.read_bytes() == data


def test_build_id_in_a_header(tmp_path: Path) -> None:
    """A program header whose bytes are a build-id, with another that describes it: the id must not be written there."""
    data = bytearray(make_elf([Part(".text", bytes(64), PROGBITS, ALLOC)], more_segments=1).data)
    second, third = 64 + 56, 64 + 2 * 56
    data[third : third + 36] = note("<", b"GNU\0", 3, bytes(20))
    data[second + 8 : second + 16] = third.to_bytes(8, "little")
    data[second + 32 : second + 40] = (36).to_bytes(8, "little")
    path = tmp_path / "x.so"
    path.write_bytes(data)
    assert "is in a header" in normalize_elf(path, "x.so").reason
    assert path.read_bytes() == data


def test_section_of_names_with_a_link(tmp_path: Path) -> None:
    """The section of names is written again without its link, so the link must not keep a table of strings."""
    parts = [Part(".text", bytes(64), PROGBITS, ALLOC), Part(".strtab", b"\0name\0", STRTAB), Part(".comment", b"x")]
    data = bytearray(make_elf(parts).data)
    table, names = int.from_bytes(data[40:48], "little"), int.from_bytes(data[62:64], "little")
    data[table + 64 * names + 40] = 2
    TARGETS["elf"](bytes(data))
    path = tmp_path / "x.so"
    path.write_bytes(data)
    assert normalize_elf(path, "x.so").dropped == (".strtab", ".comment")


@pytest.mark.parametrize("year", [0, 10_000, 65_535])
def test_picture_of_a_year_that_datetime_does_not_have(tmp_path: Path, year: int) -> None:
    """tIME has 16 bits for the year; years after the epoch are replaced, those before it stay."""
    stamp = struct.pack(">HBBBBB", year, 1, 1, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, contents in ((b"tIME", stamp), (b"IEND", b"")):
        data += len(contents).to_bytes(4, "big") + kind + contents + zlib.crc32(kind + contents).to_bytes(4, "big")
    (tmp_path / "x.png").write_bytes(data)
    reports = normalize_tree(tmp_path)
    assert [report.action for report in reports] == (["rewritten"] if year else [])
    assert ((tmp_path / "x.png").read_bytes() == data) is (year == 0)


def test_zip_members_that_overlap(tmp_path: Path) -> None:
    """Extra fields that reach into the next member: times "found" there are somebody's contents."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("a", "b"):
            info = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
            info.extra = struct.pack("<HHBI", 0x5455, 5, 1, 1_700_000_000)
            archive.writestr(info, struct.pack("<I", 1_700_000_000) * 9)
    data = bytearray(stream.getvalue())
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert [report.action for report in normalize_tree(tmp_path)] == ["rewritten"]
    assert zipfile.ZipFile(path).testzip() is None
    data[28], data[31 + 2] = 60, 56  # the first member's extra fields now reach over its data, into the second
    path.write_bytes(data)
    assert [report.reason for report in normalize_tree(tmp_path)] == ["damaged: members overlap"]
    assert path.read_bytes() == data


def test_zip_members_that_share_a_header(tmp_path: Path) -> None:
    """Sixty thousand members over one header with 64 KiB of times: a thousand million times to look at."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("a", (2024, 5, 6, 7, 8, 10))
        info.extra = struct.pack("<HH", 0x5455, 65_001) + b"\3" + struct.pack("<I", 1_700_000_000) * 16_250
        archive.writestr(info, b"")
    data = stream.getvalue()
    directory = data.index(b"PK\x01\x02")
    entry = bytearray(data[directory : directory + 46] + b"a")
    entry[30:32] = bytes(2)
    entries = bytes(entry) * 60_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 60_000, 60_000, len(entries), directory, 0)
    (tmp_path / "x.zip").write_bytes(data[:directory] + entries + end)
    start = time.process_time()
    assert [report.reason for report in normalize_tree(tmp_path)] == ["damaged: members overlap"]
    assert time.process_time() - start < 10


def unpack(tmp_path: Path, data: bytes) -> None:
    """Unpack these bytes as an sdist."""
    archive, into = tmp_path / "foo-1.0.tar.gz", tmp_path / "into"
    archive.write_bytes(data)
    into.mkdir()
    unpack_sdist(archive, into)


def test_zip_member_without_a_name(tmp_path: Path) -> None:
    """`zipfile` itself fails on the empty name in Python 3.11; such a member is passed over."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("?", b"")
        archive.writestr("foo-1.0/PKG-INFO", "Name: foo\n")
    data = stream.getvalue()
    for signature, at in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        start = data.index(signature)
        data = data[: start + at] + bytes(2) + data[start + at + 2 :]
        name = data.index(b"?", start)
        data = data[:name] + data[name + 1 :]
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    second = data.index(b"PK\x01\x02", directory + 1)
    data = data[: second + 42] + (data.index(b"PK\x03\x04", 4)).to_bytes(4, "little") + data[second + 46 :]
    data = data[: end + 12] + struct.pack("<II", end - directory, directory) + data[end + 20 :]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["", "foo-1.0/PKG-INFO"]
    unpack(tmp_path, data)
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["foo-1.0"]


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return an uncompressed archive; headers say what they say, whatever the contents are."""
    blocks = [info.tobuf(tarfile.GNU_FORMAT) + contents + bytes(-len(contents) % 512) for info, contents in members]
    return b"".join(blocks) + bytes(1024)


def member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Return a member's header."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


def test_sdist_that_is_one_file(tmp_path: Path) -> None:
    """The one top entry has to be a directory: what follows would look for PKG-INFO below a file."""
    with pytest.raises(FetchError, match=r"expected one top directory \(PEP 517\), found the file 'foo'"):
        unpack(tmp_path, tar((member("foo", 1), b"x")))


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
@pytest.mark.parametrize("size", [-1024, -(1 << 40)])
def test_negative_size(tmp_path: Path, kind: bytes, size: int) -> None:
    """A size below zero leads back to members that were there before, and makes room for others in the limit."""
    members = [(member("foo/PKG-INFO"), b""), (member("foo/a", size, kind), b""), (member("foo/b"), b"")]
    with pytest.raises(FetchError, match=r"^foo-1\.0\.tar\.gz: "):
        unpack(tmp_path, tar(*members))
    assert not (tmp_path / "into" / "foo" / "a").exists()
    assert not (tmp_path / "into" / "foo" / "b").exists()


def test_hard_links_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hard link is written as a copy, so a thousand of them to one file are a thousand times its size."""
    monkeypatch.setattr(limits, "MAX_SDIST", 10_000)
    members = [(member("foo/a", 4096), bytes(4096))]
    members += [(member(f"foo/{n}", kind=tarfile.LNKTYPE, link="foo/a"), b"") for n in range(2)]
    with pytest.raises(FetchError, match="unpacks to more than 10000 bytes"):
        unpack(tmp_path, tar(*members))
    (tmp_path / "into").rename(tmp_path / "before")
    unpack(tmp_path, tar(*members[:2]))
    assert (tmp_path / "into" / "foo" / "0").read_bytes() == bytes(4096)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
@pytest.mark.parametrize("first", [True, False])
def test_gigantic_header(tmp_path: Path, kind: bytes, first: bool) -> None:
    """Names and pax records are read in one piece, into memory; a small compressed archive can claim large ones."""
    members = [(member("foo/PKG-INFO"), b"")] * (not first) + [
        (member("foo/a", MAX_HEADER + 1, kind), bytes(MAX_HEADER + 1))
    ]
    with pytest.raises(FetchError, match=rf"headers of more than {MAX_HEADER} bytes"):
        unpack(tmp_path, gzip.compress(tar(*members, (member("foo/b"), b"")), 1))


def test_damage_between_members(tmp_path: Path) -> None:
    """`tarfile` takes a header it cannot read for the end; the members behind it were then missing, silently."""
    data = bytearray(tar((member("foo/a"), b""), (member("foo/b"), b""), (member("foo/c"), b"")))
    data[512 + 150] ^= 1  # the second header's checksum
    with pytest.raises(FetchError, match="no member header at 0x200"):
        unpack(tmp_path, bytes(data))


@pytest.mark.parametrize("end", [0, 100, 512, 4096])
def test_ends_that_are_none(tmp_path: Path, end: int) -> None:
    """Archives without the two blocks of zeros that should end them, or with more, are as good as others."""
    unpack(tmp_path, tar((member("foo/a"), b""))[:512] + bytes(end))
    assert (tmp_path / "into" / "foo" / "a").exists()


def test_sparse_header_that_ends_in_a_field(tmp_path: Path) -> None:
    """`tarfile` fails with an IndexError on a sparse file's map that is cut off."""
    info = member("foo/a", kind=tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT)
    header = bytearray(info)
    header[482] = 1  # more of the map follows, but nothing does
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with pytest.raises(FetchError, match="cannot be unpacked"):
        unpack(tmp_path, bytes(header) + b"\0" * 5)
