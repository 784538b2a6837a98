"""Archives that want more than there is: refused in one line, in a process with little memory, with nothing unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.limited import MEMORY, run_limited

from reprowheel import limits
from reprowheel.archives.members import MemberPaths
from reprowheel.archives.sdist import unpack_sdist
from reprowheel.archives.unpacked import open_unpacked
from reprowheel.archives.zip_file import open_zip
from reprowheel.errors import FetchError, NormalizeError
from reprowheel.normalize import unpack_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

UNPACK = """
from pathlib import Path
from reprowheel.archives.sdist import unpack_sdist
def run(archive, into): unpack_sdist(Path(archive), Path(into))
"""
WHEEL = """
from pathlib import Path
from reprowheel.normalize import unpack_wheel
def run(wheel, into): unpack_wheel(Path(wheel), Path(into))
"""
NAME = "foo-1.0-py3-none-any.whl"
STARLARK = Path(__file__).resolve().parents[3] / "python/private/install/limits.bzl"
ZEROS = bytes(1 << 20)


def member(name: str, data: bytes = b"", **fields: object) -> bytes:
    """Return a tar member with its headers."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


HEAD = member("foo-1.0/PKG-INFO", b"Name: foo\nVersion: 1.0\n")
END = bytes(1024)


def packed(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write pieces through gzip."""
    with gzip.open(path, "wb", 1) as file:
        for piece in pieces:
            file.write(piece)
    return path


def refused(tmp_path: Path, pieces: Iterable[bytes], **limited: int) -> tuple[str, str]:
    """Unpack an archive of these pieces in a process with little memory; return message and tip."""
    archive = packed(tmp_path / "foo-1.0.tar.gz", pieces)
    (tmp_path / "into").mkdir()
    message, tip = run_limited(UNPACK, archive, tmp_path / "into", **limited)
    assert message.startswith("foo-1.0.tar.gz: ")
    assert len(message) < 500
    return message, tip


def test_forty_thousand_folders(tmp_path: Path) -> None:
    """A path of so many folders took 3.9 GB; the message has the length and the limit, not the path."""
    path = "foo-1.0/" + "d/" * 40_000 + "f"
    long_name = member("././@LongLink", path.encode() + b"\0", type=tarfile.GNUTYPE_LONGNAME)
    message, tip = refused(tmp_path, [HEAD, long_name, member("short", b"x"), END])
    assert f"has a member whose path has {len(path)} bytes" in message
    assert message.endswith(f"the limit is {limits.MAX_NAME}")
    assert tip.endswith("raise MAX_NAME in reprowheel/limits.py")


def test_depth(tmp_path: Path) -> None:
    """The deepest path that is allowed unpacks; one folder more is refused."""
    for depth, name in ((limits.MAX_DEPTH, "good"), (limits.MAX_DEPTH + 1, "bad")):
        path = "foo-1.0/" + "d/" * (depth - 1) + "f"
        archive = tmp_path / f"{name}.tar"
        with tarfile.open(archive, "w") as tar:
            tar.addfile(tarfile.TarInfo(path))
        into = tmp_path / name
        into.mkdir()
        if name == "good":
            unpack_sdist(archive, into)
            assert (into / path).is_file()
        else:
            with pytest.raises(FetchError, match=f"bad.tar: has a member in {depth} folders .*; the limit is {depth - 1}"):
                unpack_sdist(archive, into)


def test_many_deep_paths_cost_their_length() -> None:
    """The paths that were seen are a tree: a thousand times the same hundred folders are a hundred entries."""
    paths = MemberPaths()
    for number in range(1000):
        assert paths.add([*["d"] * 100, str(number)]) == ""
    assert len(paths._known) == 1100
    assert paths.add(["d", "D", "x"]) == "d/d"


def test_implied_folders_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred folders around each member are files and folders, too."""
    monkeypatch.setattr(limits, "MAX_MEMBERS", 10)
    paths = MemberPaths()
    paths.add(["a"] * 10)
    with pytest.raises(limits.LimitError, match="more than 10 files and folders"):
        paths.add(["b"])


@pytest.mark.parametrize("filler", [b"\0", b"x"], ids=["zeros", "data"])
def test_gigabytes_behind_the_end(tmp_path: Path, filler: bytes) -> None:
    """What follows the end of an archive is not read through: of three gigabytes only the first one or two megabytes."""
    many = bytearray(gzip.compress(filler * (1 << 20), 6))
    archive = tmp_path / "foo-1.0.tar.gz"
    archive.write_bytes(gzip.compress(HEAD + END) + many * 3000)
    assert archive.stat().st_size < 8 << 20
    asked = count_reads(archive)
    assert asked < 100_000
    message, _ = run_limited(UNPACK, archive, tmp_path)
    expected = "1048576 bytes of zeros behind its end" if filler == b"\0" else "other data follows the end of the archive"
    assert expected in message


def count_reads(archive: Path) -> int:
    """Return how many packed bytes are read until an archive is refused."""
    from reprowheel.archives import unpacked

    found: list[int] = []

    class Counting(unpacked._Unpacked):
        def close(self) -> None:
            if not self.closed:
                found.append(self._file.tell())
            super().close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacked, "_Unpacked", Counting)
        into = archive.parent / "counted"
        into.mkdir()
        with pytest.raises(FetchError):
            unpack_sdist(archive, into)
    return found[0]


@pytest.mark.parametrize("size", [0, 512, 9000, limits.MAX_PADDING - 1024])
def test_padding(tmp_path: Path, size: int) -> None:
    """Zeros up to the limit are padding, as tar writes it."""
    archive = packed(tmp_path / "foo-1.0.tar.gz", [HEAD, END, bytes(size)])
    (tmp_path / "into").mkdir()
    assert unpack_sdist(archive, tmp_path / "into").name == "foo"


def test_a_member_behind_the_end(tmp_path: Path) -> None:
    """A second archive behind the first is refused: some programs would unpack it and others not."""
    message, _ = refused(tmp_path, [HEAD, END, member("foo-1.0/evil", b"x"), END])
    assert "other data follows the end of the archive" in message


def test_ratio(tmp_path: Path) -> None:
    """Gigabytes of zeros in a small archive are refused by what the header says, before they are written."""
    info = tarfile.TarInfo("foo-1.0/zeros")
    info.size = limits.RATIO_FREE + (1 << 20)
    message, tip = refused(tmp_path, [HEAD, info.tobuf(tarfile.GNU_FORMAT), ZEROS])
    assert f"times its own {(tmp_path / 'foo-1.0.tar.gz').stat().st_size}; the limit is {limits.MAX_RATIO} times" in message
    assert "MAX_RATIO" in tip
    assert not (tmp_path / "into/foo-1.0/zeros").exists()


def test_a_large_archive_of_a_real_ratio() -> None:
    """Several gigabytes from several hundred megabytes are what the largest wheels have."""
    limits.check_unpacked(16 << 30, 4 << 30, limits.MAX_WHEEL, "MAX_WHEEL")
    limits.check_unpacked(5 << 30, 500 << 20, limits.MAX_SDIST, "MAX_SDIST")
    with pytest.raises(limits.LimitError, match="the limit"):
        limits.check_unpacked(limits.MAX_SDIST + 1, 500 << 20, limits.MAX_SDIST, "MAX_SDIST")


def pax(records: dict[str, str], kind: bytes = tarfile.XHDTYPE) -> bytes:
    """Return a pax header."""
    return tarfile.TarInfo._create_pax_generic_header(records, kind, "utf-8")


def test_pax_records_are_not_kept(tmp_path: Path) -> None:
    """Each member has as many records as it may: `tarfile` keeps them all, which is more memory than there is."""
    size = limits.MAX_HEADER - 8192
    one = pax({"comment": "x" * size})
    pieces = (piece for number in range(2000) for piece in (one, member(f"foo-1.0/{number}")))
    archive = packed(tmp_path / "foo-1.0.tar.gz", [HEAD, *pieces, END])
    (tmp_path / "into").mkdir()
    assert run_limited(UNPACK, archive, tmp_path / "into") == ("accepted", "")
    assert 2000 * size > MEMORY


def test_global_pax_records(tmp_path: Path) -> None:
    """Records for all members add up over the archive, and are copied for each member."""
    headers = [pax({f"x{number}": "x"}, tarfile.XGLTYPE) + member(f"foo-1.0/{number}") for number in range(200)]
    message, _ = refused(tmp_path, [HEAD, *headers, END])
    assert message.endswith(f"global pax records; the limit is {limits.MAX_GLOBAL_RECORDS}")


def test_long_pkg_info(tmp_path: Path) -> None:
    """PKG-INFO is read into memory only up to its limit."""
    pieces = [member("foo-1.0/PKG-INFO", b"Name: foo\n" * 900_000), END]
    message, _ = refused(tmp_path, pieces)
    assert f"has a PKG-INFO of more than {limits.MAX_METADATA} bytes" in message


def test_dictionary_of_xz(tmp_path: Path) -> None:
    """xz takes as much memory as the file asks for; `xz -9` is below the limit."""
    for size, name in ((64 << 20, "good"), (1 << 30, "bad")):
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": size}]
        archive = tmp_path / f"{name}-1.0.tar.xz"
        archive.write_bytes(lzma.compress(HEAD + END, filters=filters))
        (tmp_path / name).mkdir()
        message, _ = run_limited(UNPACK, archive, tmp_path / name)
        assert message == "accepted" if name == "good" else "Memory usage limit" in message


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_unpacked_is_what_the_standard_library_unpacks(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    """Streams one after the other, with padding between and behind them; a stream that ends early is an error."""
    data = bytes(range(256)) * 3000
    path = tmp_path / "file"
    path.write_bytes(compress(data) + compress(b"") + compress(b"more") + bytes(1024))
    with open_unpacked(path) as file:
        assert file.read() == data + b"more"
    path.write_bytes(compress(data)[:-3])
    with open_unpacked(path) as file, pytest.raises(EOFError):
        file.read()


def test_directory_of_a_zip(tmp_path: Path) -> None:
    """A directory that is larger than the limit is refused before it is read."""
    wheel = tmp_path / NAME
    with wheel.open("wb") as file:
        file.truncate(limits.MAX_DIRECTORY + 1)
        file.seek(0, io.SEEK_END)
        file.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, limits.MAX_DIRECTORY + 1, 0, 0))
    message, tip = run_limited(WHEEL, wheel, tmp_path / "tree", memory=100 << 20)
    assert message == f"{NAME}: has a directory of more than {limits.MAX_DIRECTORY} bytes, which is the limit"
    assert "MAX_DIRECTORY" in tip


def test_zip_sdist_has_limits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An sdist may be a zip archive; its members are counted and its sizes are added up alike."""
    path = tmp_path / "foo-1.0.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"foo-1.0/{number}", bytes(1000))
    (tmp_path / "into").mkdir()
    for limit, value, message in (("MAX_MEMBERS", 4, "has 5 members; the limit is 4"), ("MAX_SDIST", 4999, "more than 4999")):
        with monkeypatch.context() as patch:
            patch.setattr(limits, limit, value)
            with pytest.raises(FetchError, match=f"foo-1.0.zip: .*{message}"):
                unpack_sdist(path, tmp_path / "into")


def lying_wheel(path: Path, name: str, method: int, body: bytes) -> Path:
    """Write a wheel with a member that declares ten bytes and unpacks to more."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("foo-1.0.dist-info/RECORD", "")
        if not name.endswith("METADATA"):
            archive.writestr("foo-1.0.dist-info/METADATA", "Name: foo\nVersion: 1.0\n")
        archive.writestr("foo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr(name, body)
    data = bytearray(path.read_bytes())
    for signature, method_at, size_at, name_at in ((b"PK\x03\x04", 8, 22, 30), (b"PK\x01\x02", 10, 24, 46)):
        at = data.index(name.encode(), data.index(signature)) - name_at
        while data[at : at + 4] != signature:
            at = data.index(name.encode(), at + name_at + 1) - name_at
        data[at + method_at : at + method_at + 2] = struct.pack("<H", method)
        data[at + size_at : at + size_at + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    return path


def deflated(size: int) -> bytes:
    """Return zeros, deflated."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return b"".join([*(packer.compress(ZEROS) for _ in range(size >> 20)), packer.flush()])


@pytest.mark.parametrize("name", ["foo.py", "foo-1.0.dist-info/METADATA"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_members_that_are_larger_than_they_say(tmp_path: Path, method: int, name: str) -> None:
    """What comes out of one piece is bounded, whatever the member declares: half a gigabyte does not fit into memory."""
    body = deflated(MEMORY + (100 << 20)) if method == zipfile.ZIP_DEFLATED else bz2.compress(ZEROS) * 500
    wheel = lying_wheel(tmp_path / NAME, name, method, body)
    read = "from pathlib import Path\nfrom reprowheel.archives.wheel import open_wheel, BadWheelError\n"
    read += "from reprowheel.errors import InstallError\ndef run(wheel, name):\n"
    read += "    try:\n        with open_wheel(Path(wheel)) as archive: archive.read(name)\n"
    read += "    except BadWheelError as error: raise InstallError(str(error)) from error\n"
    message, _ = run_limited(read, wheel, name)
    assert "Bad CRC-32" in message
    message, _ = run_limited(WHEEL, wheel, tmp_path / "tree")
    assert "Bad CRC-32" in message


def test_member_that_is_read_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metadata has a limit of its own; reading it piece by piece, or less of it, does not have it."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", b"abc" * 1000)
    monkeypatch.setattr(limits, "MAX_IN_MEMORY", 2999)
    with open_zip(path) as archive:
        with pytest.raises(limits.LimitError, match="'x' with 3000 bytes; the limit is 2999 for what is read in one piece"):
            archive.read("x")
        with archive.open("x") as member:
            assert b"".join(iter(lambda: member.read(7), b"")) == b"abc" * 1000
    monkeypatch.setattr(limits, "MAX_IN_MEMORY", 3000)
    with open_zip(path) as archive:
        assert archive.read("x") == b"abc" * 1000


def test_folders_of_a_wheel_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few members in many folders are as much work as many members."""
    monkeypatch.setattr(limits, "MAX_MEMBERS", 20)
    path = tmp_path / NAME
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("d/" * 30 + "x.py", "")
        archive.writestr("foo-1.0.dist-info/METADATA", "")
    with pytest.raises(NormalizeError, match="more than 20 folders") as caught:
        unpack_wheel(path, tmp_path / "tree")
    assert "MAX_MEMBERS" in caught.value.tip


def test_repositories_have_the_same_limits() -> None:
    """What a repository reads of a wheel has the limits that the helper has."""
    numbers = dict(re.findall(r"^(\w+) = ([0-9 <]+)", STARLARK.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(numbers) > 5
    assert {name: eval(text) for name, text in numbers.items()} == {name: getattr(limits, name) for name in numbers}  # noqa: S307
