"""Unpacking and writing wheels, judged by zipfile, installer and one golden digest."""

from __future__ import annotations

import csv
import hashlib
import os
import stat
import zipfile
from pathlib import Path

import pytest
from installer.sources import WheelFile

from reprowheel.errors import NormalizeError
from reprowheel.limits import MAX_MEMBERS, MAX_RATIO
from reprowheel.normalize import unpack_wheel, write_wheel

NAME = "foo_bar-1.0-py3-none-any.whl"
INFO = "foo_bar-1.0.dist-info"
FILES = {
    f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: foo-bar\nVersion: 1.0\n",
    f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "foo/__init__.py": b"answer = 42\n",
    "foo/with, comma.txt": b"x",
    "zzz.py": b"",
    "foo_bar-1.0.data/scripts/tool": b"#!python\nprint(1)\n",
}
GOLDEN = "ac9ecb496554d862569ea5f7267a54e8f45bfa737e263bfc344e41f90ba7f888"
"""SHA-256 of `FILES` as a wheel; if it ever changes, so does every wheel that anyone has built."""


def make_tree(tree: Path, extra: dict[str, bytes] | None = None) -> Path:
    """Write `FILES` and what comes on top, with one executable."""
    for name, data in (FILES | (extra or {})).items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tree / "foo_bar-1.0.data/scripts/tool").chmod(0o700)
    return tree


def make_zip(path: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive as a careless back end would."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_order_times_modes_and_storage(tmp_path: Path) -> None:
    """Sorted, `.dist-info` behind the rest, RECORD last; 1980, Unix modes, stored, no extra field, no folders."""
    wheel = write_wheel(make_tree(tmp_path / "tree"), tmp_path / "out", filename=NAME)
    with zipfile.ZipFile(wheel) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == [
        "foo/__init__.py",
        "foo/with, comma.txt",
        "foo_bar-1.0.data/scripts/tool",
        "zzz.py",
        f"{INFO}/METADATA",
        f"{INFO}/WHEEL",
        f"{INFO}/RECORD",
    ]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {(info.compress_type, info.create_system, info.extra, info.comment) for info in infos} == {(0, 3, b"", b"")}
    modes = {info.filename: info.external_attr >> 16 for info in infos}
    assert modes.pop("foo_bar-1.0.data/scripts/tool") == stat.S_IFREG | 0o755
    assert set(modes.values()) == {stat.S_IFREG | 0o644}
    assert os.listdir(tmp_path / "out") == [NAME]
    assert wheel.stat().st_mode & 0o777 == 0o644


def test_record_is_valid(tmp_path: Path) -> None:
    """RECORD has every file with its hash and size, itself without, LF only; `installer` agrees with all of it."""
    wheel = write_wheel(make_tree(tmp_path / "tree"), tmp_path / "out", filename=NAME)
    with WheelFile.open(wheel) as source:
        source.validate_record(validate_contents=True)
        text = source.read_dist_info("RECORD")
    assert "\r" not in text
    rows = list(csv.reader(text.splitlines()))
    assert ["foo/with, comma.txt", "sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE", "1"] in rows
    assert rows[-1] == [f"{INFO}/RECORD", "", ""]


def test_bytes_are_the_same_everywhere(tmp_path: Path) -> None:
    """The whole archive has the digest that it always had, on any machine, with any Python and umask."""
    old = os.umask(0o077)
    try:
        wheel = write_wheel(make_tree(tmp_path / "tree"), tmp_path / "out", filename=NAME)
    finally:
        os.umask(old)
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == GOLDEN


def test_order_of_creation_and_times_do_not_count(tmp_path: Path) -> None:
    """Another order on disk, other times and group bits give the same bytes; another content does not."""
    first = make_tree(tmp_path / "a")
    second = tmp_path / "b"
    for name in reversed(FILES):
        (second / name).parent.mkdir(parents=True, exist_ok=True)
        (second / name).write_bytes(FILES[name])
        os.utime(second / name, (1, 1))
        (second / name).chmod(0o666 if "scripts" not in name else 0o711)
    wheels = [write_wheel(tree, tmp_path / f"out-{tree.name}", filename=NAME) for tree in (first, second)]
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    (second / "zzz.py").write_bytes(b"1")
    assert write_wheel(second, tmp_path / "c", filename=NAME).read_bytes() != wheels[0].read_bytes()


def test_what_must_not_be_shipped(tmp_path: Path) -> None:
    """The place of the build, signatures of the old bytes and bytecode caches stay out."""
    extra = {
        f"{INFO}/direct_url.json": b"{}",
        f"{INFO}/RECORD": b"stale",
        f"{INFO}/RECORD.jws": b"{}",
        f"{INFO}/RECORD.p7s": b"",
        "foo/__pycache__/__init__.cpython-311.pyc": b"x",
        "zzz.pyc": b"beside its source",
        "lone.pyc": b"a module without source",
        "foo/direct_url.json": b"data of the package",
    }
    wheel = write_wheel(make_tree(tmp_path / "tree", extra), tmp_path / "out", filename=NAME)
    with WheelFile.open(wheel) as source:
        source.validate_record()
    with zipfile.ZipFile(wheel) as archive:
        added = {name for name in archive.namelist() if name not in FILES}
    assert added == {"lone.pyc", "foo/direct_url.json", f"{INFO}/RECORD"}


def test_round_trip(tmp_path: Path) -> None:
    """Unpacking a written wheel and writing it again changes nothing."""
    wheel = write_wheel(make_tree(tmp_path / "tree"), tmp_path / "out", filename=NAME)
    name = unpack_wheel(wheel, tmp_path / "again")
    assert (name.distribution, name.version, name.build, name.python) == ("foo_bar", "1.0", "", "py3")
    again = write_wheel(tmp_path / "again", tmp_path / "out2", filename=NAME)
    assert again.read_bytes() == wheel.read_bytes()


def test_unpacked_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Files get 0644 or 0755 whatever the archive or the umask says."""
    wheel = make_zip(tmp_path / NAME, FILES)  # writestr gives 0600
    old = os.umask(0o077)
    try:
        unpack_wheel(wheel, tmp_path / "tree")
    finally:
        os.umask(old)
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "tree").rglob("*") if p.is_file()} == {0o644}


BAD_NAMES = ["../evil.py", "/etc/evil", "foo/../../evil", "C:/evil", "foo\\evil", "./foo", "foo//bar", "foo/.."]


@pytest.mark.parametrize("bad", BAD_NAMES)
def test_names_that_leave_the_folder(tmp_path: Path, bad: str) -> None:
    """A member outside the tree is refused by name, and nothing is left behind."""
    wheel = make_zip(tmp_path / NAME, FILES)
    with zipfile.ZipFile(wheel, "a") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = bad
        archive.writestr(info, b"evil")
    with pytest.raises(NormalizeError, match="evil|foo") as caught:
        unpack_wheel(wheel, tmp_path / "tree")
    assert NAME in caught.value.message
    assert not (tmp_path / "tree").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    """A member that is a link or a device is refused."""
    wheel = make_zip(tmp_path / NAME, FILES)
    with zipfile.ZipFile(wheel, "a") as archive:
        info = zipfile.ZipInfo("foo/link")
        info.create_system, info.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
    with pytest.raises(NormalizeError, match="'foo/link': is a link or another special file"):
        unpack_wheel(wheel, tmp_path / "tree")


@pytest.mark.parametrize(
    ("name", "what"), [("zzz.py", "occurs twice"), ("foo", "both a file and a folder"), ("zzz.py/x", "both a file")]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_clashing_names(tmp_path: Path, name: str, what: str) -> None:
    """Two members of one name, and a file where a folder must be, are refused."""
    wheel = make_zip(tmp_path / NAME, FILES)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(name, b"again")
    with pytest.raises(NormalizeError, match=what):
        unpack_wheel(wheel, tmp_path / "tree")


def test_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A declared size that a wheel of this size cannot have is refused, with the limit in the message."""
    wheel = make_zip(tmp_path / NAME, FILES)
    data = bytearray(wheel.read_bytes())
    at = 0
    for _ in FILES:
        at = data.index(b"PK\x01\x02", at) + 4
        data[at + 20 : at + 24] = b"\xfe\xff\xff\xff"
    wheel.write_bytes(data)
    with pytest.raises(NormalizeError, match=f"the limit is {MAX_RATIO} times"):
        unpack_wheel(wheel, tmp_path / "tree")


def test_overlapping_members(tmp_path: Path) -> None:
    """Many members that share the same compressed bytes, as the best bombs do, are refused."""
    wheel = tmp_path / NAME
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
        archive.writestr("big", b"x" * 10_000)
        for number in range(3):
            twin = zipfile.ZipInfo(f"big{number}")
            big = archive.getinfo("big")
            twin.header_offset, twin.CRC = big.header_offset, big.CRC
            twin.compress_size = twin.file_size = big.file_size
            archive.filelist.append(twin)
    with pytest.raises(NormalizeError, match="members overlap"):
        unpack_wheel(wheel, tmp_path / "tree")


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More members than the limit are refused, with the limit in the message."""
    assert MAX_MEMBERS > 100_000
    monkeypatch.setattr("reprowheel.limits.MAX_MEMBERS", 3)
    with pytest.raises(NormalizeError, match=f"has {len(FILES)} members; the limit is 3"):
        unpack_wheel(make_zip(tmp_path / NAME, FILES), tmp_path / "tree")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_content(tmp_path: Path, method: int) -> None:
    """A flipped bit is found whatever the compression, and the tree is removed again."""
    payload = os.urandom(2000)
    wheel = make_zip(tmp_path / NAME, FILES | {"foo/data.bin": payload}, method=method)
    with zipfile.ZipFile(wheel) as archive:
        info = archive.getinfo("foo/data.bin")
        start = info.header_offset + 30 + len(info.filename)
    data = bytearray(wheel.read_bytes())
    data[start + 500] ^= 0x10
    wheel.write_bytes(data)
    with pytest.raises(NormalizeError, match=NAME):
        unpack_wheel(wheel, tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip file at all"])
def test_not_an_archive(tmp_path: Path, content: bytes) -> None:
    """What is no zip file gives one line with its name."""
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(NormalizeError, match=NAME) as caught:
        unpack_wheel(tmp_path / NAME, tmp_path / "tree")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("filename", "what"),
    [
        ("foo.whl", "not a wheel's file name"),
        ("other-1.0-py3-none-any.whl", "another project"),
        ("foo-1.0.zip", "not a"),
    ],
)
def test_wrong_file_name(tmp_path: Path, filename: str, what: str) -> None:
    """The name must be a wheel's, and of the project that `.dist-info` names."""
    wheel = make_zip(tmp_path / filename, FILES)
    with pytest.raises(NormalizeError, match=what):
        unpack_wheel(wheel, tmp_path / "tree")
    with pytest.raises(NormalizeError, match=what):
        write_wheel(make_tree(tmp_path / "made"), tmp_path / "out", filename=filename)
    assert not (tmp_path / "out").exists()


def test_project_name_with_a_hyphen(tmp_path: Path) -> None:
    """Old tools wrote `.dist-info` with the name as it was; it counts as the same project."""
    tree = make_tree(tmp_path / "tree")
    (tree / INFO).rename(tree / "Foo-Bar-1.0.dist-info")
    assert write_wheel(tree, tmp_path / "out", filename=NAME).is_file()


def test_tree_with_a_link(tmp_path: Path) -> None:
    """A link in the tree is an error, not silently left out."""
    tree = make_tree(tmp_path / "tree")
    (tree / "foo/link.py").symlink_to("/etc/passwd")
    with pytest.raises(NormalizeError, match=r"foo/link\.py"):
        write_wheel(tree, tmp_path / "out", filename=NAME)


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Wheels are UTF-8; a stray Latin-1 name is an error."""
    tree = make_tree(tmp_path / "tree")
    Path(os.fsdecode(os.fsencode(tree) + b"/foo/\xe4.py")).write_bytes(b"")
    with pytest.raises(NormalizeError, match="UTF-8"):
        write_wheel(tree, tmp_path / "out", filename=NAME)


def test_two_dist_infos(tmp_path: Path) -> None:
    """A tree must say which project it is."""
    tree = make_tree(tmp_path / "tree", {"other-1.0.dist-info/METADATA": b""})
    with pytest.raises(NormalizeError, match="expected one .dist-info"):
        write_wheel(tree, tmp_path / "out", filename=NAME)


def test_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even Ctrl-C half-way leaves a partial wheel; an older one stays."""
    tree, out = make_tree(tmp_path / "tree"), tmp_path / "out"
    out.mkdir()
    (out / NAME).write_bytes(b"older")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reprowheel.normalize.wheel.write_record", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_wheel(tree, out, filename=NAME)
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [(NAME, b"older")]


def test_large_member_is_streamed(tmp_path: Path) -> None:
    """Writing and unpacking a large member takes far less memory than its size."""
    import tracemalloc

    tree = make_tree(tmp_path / "tree")
    with (tree / "foo/big.bin").open("wb") as stream:
        stream.truncate(200 << 20)
    tracemalloc.start()
    wheel = write_wheel(tree, tmp_path / "out", filename=NAME)
    unpack_wheel(wheel, tmp_path / "again")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20
