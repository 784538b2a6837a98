"""Unpacking sdists: as the stock tools do, but what is hostile is refused and writes nothing outside."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import EPOCH, make_sdist

from reprowheel import limits
from reprowheel.archives.sdist import same_version, unpack_sdist
from reprowheel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Sequence

Member = tuple[str, bytes, dict[str, Any]]
PKG_INFO: Member = ("tiny-1.0/PKG-INFO", b"Name: Ti.Ny\nVersion: 1.0\n", {})


def tar(path: Path, members: Sequence[Member], mode: str = "w:gz") -> Path:
    """Write a tar archive of (name, data, TarInfo attributes)."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data, attributes in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), EPOCH
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return path


def tree(root: Path) -> dict[str, tuple[str, object]]:
    """Return what is below a directory: kind and content."""
    found: dict[str, tuple[str, object]] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_dir():
            found[name] = ("directory", None)
        else:
            found[name] = ("file", path.read_bytes())
    return found


def unpack_in(place: Path) -> Path:
    """Return an empty directory with a full one around it, so that writing outside would show."""
    (place / "around").mkdir(parents=True)
    (place / "around" / "secret").write_text("secret", encoding="utf-8")
    into = place / "around" / "into"
    into.mkdir()
    return into


ORDINARY: list[Member] = [
    ("tiny-1.0", b"", {"type": tarfile.DIRTYPE, "mode": 0o755}),
    PKG_INFO,
    ("tiny-1.0/run", b"#!/bin/sh\n", {"mode": 0o755}),
    ("tiny-1.0/deep/er/data.bin", bytes(range(256)) * 9000, {"mode": 0o600}),
    ("tiny-1.0/link", b"", {"type": tarfile.SYMTYPE, "linkname": "deep/er/data.bin"}),
    ("tiny-1.0/hard", b"", {"type": tarfile.LNKTYPE, "linkname": "tiny-1.0/run", "mode": 0o755}),
]


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "w:"])
def test_unpacks_what_tarfile_unpacks(tmp_path: Path, mode: str) -> None:
    """Every compression gives the tree that the standard library extracts from the same file."""
    archive = tar(tmp_path / "tiny-1.0.tar", ORDINARY, mode)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    sdist = unpack_sdist(archive, ours)
    with tarfile.open(archive) as stock:
        stock.extractall(theirs, filter="tar")
    assert tree(ours) == tree(theirs)
    assert (sdist.name, sdist.version, sdist.tree) == ("ti-ny", "1.0", ours / "tiny-1.0")


def test_unpacks_what_zipfile_unpacks(tmp_path: Path) -> None:
    """Zip archives are sdists, too."""
    path = tmp_path / "tiny-1.0.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("PKG-INFO", PKG_INFO[1]), ("src/a.c", b"int a;\n" * 100)):
            archive.writestr(zipfile.ZipInfo(f"tiny-1.0/{name}", (2021, 5, 6, 7, 8, 10)), data)
    into, stock = tmp_path / "into", tmp_path / "stock"
    into.mkdir()
    sdist = unpack_sdist(path, into)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(stock)
    assert tree(into) == tree(stock)
    assert (sdist.name, sdist.epoch) == ("ti-ny", 1620284890)


def test_a_tar_that_holds_a_zip_is_a_tar(tmp_path: Path) -> None:
    """`zipfile` finds a zip at the end of an uncompressed tar; the tar is what counts."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("evil-9/PKG-INFO", "Name: evil\nVersion: 9\n")
    path = tar(tmp_path / "tiny-1.0.tar", [PKG_INFO, ("tiny-1.0/data.zip", inner.getvalue(), {})], "w:")
    assert zipfile.is_zipfile(path)
    (tmp_path / "into").mkdir()
    assert unpack_sdist(path, tmp_path / "into").name == "ti-ny"


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_modes_and_times_depend_on_the_archive_alone(tmp_path: Path, umask: int) -> None:
    """Modes become 0755 or 0644 under every umask; times are the members', or the newest where there is none."""
    archive = tar(
        tmp_path / "tiny-1.0.tar.gz",
        [
            PKG_INFO,
            ("tiny-1.0/a/own", b"", {"type": tarfile.DIRTYPE, "mode": 0o777, "mtime": EPOCH - 50}),
            ("tiny-1.0/a/own/f", b"x", {"mode": 0o666, "mtime": EPOCH - 100}),
            ("tiny-1.0/b/implied/g", b"x", {"mode": 0o711, "mtime": EPOCH + 100}),
            ("tiny-1.0/b/link", b"", {"type": tarfile.SYMTYPE, "linkname": "implied/g", "mtime": EPOCH - 7}),
        ],
    )
    into = tmp_path / "into"
    into.mkdir()
    before = os.umask(umask)
    try:
        unpack_sdist(archive, into)
    finally:
        os.umask(before)
    found = {
        path.relative_to(into / "tiny-1.0").as_posix(): (stat.S_IMODE(path.stat().st_mode), int(path.lstat().st_mtime))
        for path in (into / "tiny-1.0").rglob("*")
    }
    assert found == {
        "PKG-INFO": (0o644, EPOCH),
        "a": (0o755, EPOCH + 100),
        "a/own": (0o755, EPOCH - 50),
        "a/own/f": (0o644, EPOCH - 100),
        "b": (0o755, EPOCH + 100),
        "b/implied": (0o755, EPOCH + 100),
        "b/implied/g": (0o755, EPOCH + 100),
        "b/link": (0o755, EPOCH - 7),
    }


@pytest.mark.parametrize(
    ("mtime", "epoch"),
    [(0, 315532800), (-5, 315532800), (315532800, 315532800), (EPOCH, EPOCH), (2**40, 4354819198)],
)
def test_epoch_is_the_newest_time_a_zip_can_say(tmp_path: Path, mtime: int, epoch: int) -> None:
    """Times before 1980 and after 2107 are clamped: a wheel's members could not have them."""
    archive = make_sdist(tmp_path, {}, mtime=mtime)
    (tmp_path / "into").mkdir()
    assert unpack_sdist(archive, tmp_path / "into").epoch == epoch


DIRECTORY = {"type": tarfile.DIRTYPE}
REFUSED: dict[str, tuple[list[Member], str]] = {
    "parent": ([("tiny-1.0/../../evil", b"x", {})], r"'tiny-1.0/../../evil' leads outside"),
    "absolute": ([("/tmp/evil", b"x", {})], r"leads outside"),
    "backslash": ([("tiny-1.0\\evil", b"x", {})], r"leads outside"),
    "character device": ([("tiny-1.0/null", b"", {"type": tarfile.CHRTYPE})], r"'tiny-1.0/null' is a device"),
    "block device": ([("tiny-1.0/disk", b"", {"type": tarfile.BLKTYPE})], r"is a device"),
    "pipe": ([("tiny-1.0/pipe", b"", {"type": tarfile.FIFOTYPE})], r"is a device, a pipe"),
    "setuid": ([("tiny-1.0/su", b"x", {"mode": 0o4755})], r"'tiny-1.0/su' is .* setuid"),
    "setgid": ([("tiny-1.0/su", b"x", {"mode": 0o2755})], r"setuid"),
    "link out": ([("tiny-1.0/l", b"", {"type": tarfile.SYMTYPE, "linkname": "../../secret"})], r"'tiny-1.0/l' leads"),
    "absolute link": ([("tiny-1.0/l", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})], r"/etc/passwd"),
    "link out by a link": (
        [
            ("tiny-1.0/a/b/c", b"", {"type": tarfile.SYMTYPE, "linkname": "../.."}),
            ("tiny-1.0/l", b"", {"type": tarfile.SYMTYPE, "linkname": "a/b/c/../../around/secret"}),
        ],
        r"'tiny-1.0/l' leads outside",
    ),
    "write through a link": (
        [
            ("tiny-1.0/d", b"", {"type": tarfile.SYMTYPE, "linkname": "e"}),
            ("tiny-1.0/d/evil", b"x", {}),
        ],
        r"written through a link",
    ),
    "hard link out": ([("tiny-1.0/h", b"", {"type": tarfile.LNKTYPE, "linkname": "../secret"})], r"hard link .* leads"),
    "absolute hard link": ([("tiny-1.0/h", b"", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})], r"hard link"),
    "hard link out by links": (
        [
            ("tiny-1.0/a/b/c", b"", {"type": tarfile.SYMTYPE, "linkname": "../.."}),
            ("tiny-1.0/l", b"", {"type": tarfile.SYMTYPE, "linkname": "a/b/c/../../around/secret"}),
            ("tiny-1.0/h", b"", {"type": tarfile.LNKTYPE, "linkname": "tiny-1.0/l"}),
        ],
        r"leads outside",
    ),
    "case": (
        [("tiny-1.0/README", b"1", {}), ("tiny-1.0/readme", b"2", {})],
        r"'tiny-1.0/README' and 'tiny-1.0/readme'",
    ),
    "case of a directory": ([("tiny-1.0/A/x", b"1", {}), ("tiny-1.0/a/y", b"2", {})], r"'tiny-1.0/A' and 'tiny-1.0/a'"),
    "unicode form": ([("tiny-1.0/caf\u00e9", b"1", {}), ("tiny-1.0/cafe\u0301", b"2", {})], r"Unicode form"),
    "two tops": ([("other-1.0/x", b"1", {})], r"expected one top directory .* found 2"),
    "file over directory": ([("tiny-1.0/d", b"", DIRECTORY), ("tiny-1.0/d", b"x", {})], r"cannot be unpacked"),
    "directory over file": ([("tiny-1.0/f", b"x", {}), ("tiny-1.0/f/g", b"x", {})], r"cannot be unpacked"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(tmp_path: Path, case: tuple[list[Member], str]) -> None:
    """The message names the member; nothing around the directory changes; the same archive without it is fine."""
    bad, message = case
    into = unpack_in(tmp_path)
    before = {name: entry for name, entry in tree(tmp_path).items() if not name.startswith("around/into/")}
    archive = tar(tmp_path.with_name(f"{tmp_path.name}.tar.gz"), [PKG_INFO, *bad])
    with pytest.raises(FetchError, match=message) as caught:
        unpack_sdist(archive, into)
    assert archive.name in caught.value.message
    assert "\n" not in caught.value.message
    assert {name: entry for name, entry in tree(tmp_path).items() if not name.startswith("around/into/")} == before
    shutil.rmtree(into)
    into.mkdir()
    assert unpack_sdist(tar(archive, [PKG_INFO]), into).name == "ti-ny"


def test_the_last_of_two_members_wins(tmp_path: Path) -> None:
    """As with every tar, a later member of the same name replaces the earlier, a link included."""
    archive = tar(
        tmp_path / "tiny-1.0.tar.gz",
        [
            PKG_INFO,
            ("tiny-1.0/f", b"first", {}),
            ("tiny-1.0/f", b"second", {}),
            ("tiny-1.0/l", b"first", {}),
            ("tiny-1.0/l", b"", {"type": tarfile.SYMTYPE, "linkname": "missing"}),
        ],
    )
    (tmp_path / "into").mkdir()
    unpack_sdist(archive, tmp_path / "into")
    assert tree(tmp_path / "into" / "tiny-1.0")["f"] == ("file", b"second")
    assert tree(tmp_path / "into" / "tiny-1.0")["l"] == ("link", "missing")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_refuses_damaged_archives(tmp_path: Path, mode: str, damage: str) -> None:
    """A byte stream that ends early or was changed is damaged, whatever the decompressor calls it."""
    path = tar(tmp_path / "tiny-1.0.tar.x", [PKG_INFO, ("tiny-1.0/noise", os.urandom(300_000), {})], mode)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    if damage == "cut":
        del data[middle:]
    else:
        data[middle : middle + 64] = bytes(64)
    path.write_bytes(bytes(data))
    (tmp_path / "into").mkdir()
    with pytest.raises(FetchError, match=r"^tiny-1\.0\.tar\.x: cannot be unpacked .*damaged"):
        unpack_sdist(path, tmp_path / "into")


@pytest.mark.parametrize("data", [b"", b"<html>not here</html>", gzip.compress(b"text"), b"PK\x03\x04" + bytes(99)])
def test_refuses_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    """An error page under an archive's name is no sdist."""
    path = tmp_path / "tiny-1.0.tar.gz"
    path.write_bytes(data)
    (tmp_path / "into").mkdir()
    with pytest.raises(FetchError, match=r"tiny-1\.0\.tar\.gz: "):
        unpack_sdist(path, tmp_path / "into")


def test_refuses_an_encrypted_zip(tmp_path: Path) -> None:
    """A member that needs a password cannot be read."""
    path = tmp_path / "tiny-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny-1.0/PKG-INFO", "Name: tiny\n")
    data = path.read_bytes()
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flags = data.index(signature) + at
        data = data[:flags] + b"\x01" + data[flags + 1 :]
    path.write_bytes(data)
    (tmp_path / "into").mkdir()
    with pytest.raises(FetchError, match="cannot be unpacked"):
        unpack_sdist(path, tmp_path / "into")


def test_refuses_a_link_in_a_zip(tmp_path: Path) -> None:
    """A zip member with the mode of a link would be written as a file with the target's name in it."""
    path = tmp_path / "tiny-1.0.zip"
    info = zipfile.ZipInfo("tiny-1.0/link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (tmp_path / "into").mkdir()
    with pytest.raises(FetchError, match="'tiny-1.0/link' is"):
        unpack_sdist(path, tmp_path / "into")


@pytest.mark.parametrize(("limit", "value"), [("MAX_MEMBERS", 4), ("MAX_SDIST", 900)])
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    """One member or byte too many is refused with the limit in the message; as many as the limit are not."""
    small = make_sdist(tmp_path, {"a": b"x" * 100})  # PKG-INFO, pyproject.toml, a
    large = make_sdist(tmp_path, {"a": b"x" * 100, "b": b"y" * 900}, version="2.0")
    monkeypatch.setattr(limits, limit, value)
    for name in ("small", "large"):
        (tmp_path / name).mkdir()
    unpack_sdist(small, tmp_path / "small")
    with pytest.raises(FetchError, match=rf"more than .*\b{value}\b"):
        unpack_sdist(large, tmp_path / "large")


def test_without_pkg_info_there_is_no_name(tmp_path: Path) -> None:
    """Old and hand-made archives have no PKG-INFO: name and version are then empty, not guessed."""
    archive = tar(tmp_path / "tiny-1.0.tar.gz", [("tiny-1.0/setup.py", b"", {})])
    (tmp_path / "into").mkdir()
    sdist = unpack_sdist(archive, tmp_path / "into")
    assert (sdist.name, sdist.version) == ("", "")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("1.0", "1", True),
        ("1.0.post1", "1.0-1", True),
        ("1.0", "1.1", False),
        ("odd", "odd", True),
        ("odd", "1", False),
    ],
)
def test_same_version(left: str, right: str, same: bool) -> None:
    """Versions compare by PEP 440; what is no version compares as text."""
    assert same_version(left, right) is same
