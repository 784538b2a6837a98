"""The module that everything deterministic rests on."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from reprowheel.files import (
    EPOCH_1980,
    atomic_file,
    canonical_mode,
    file_sha256,
    irregular_files,
    sorted_files,
    write_json,
    zip_member,
)


def test_files_are_sorted_by_the_bytes_of_the_whole_path(tmp_path: Path) -> None:
    """`a-b` comes before `a/b` as in `LC_ALL=C sort`, upper before lower case, whatever the disk's order."""
    names = ["a/b", "a-b", "a.b", "A", "a/\u00e9", "a/z", "b/__init__.py", "a0"]
    for name in reversed(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in sorted_files(tmp_path)]
    assert found == sorted(names, key=os.fsencode)
    assert found.index("a-b") < found.index("a/b")


def test_order_does_not_depend_on_scandir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same list comes out when directories are read backwards."""
    for name in ("x/1", "x/2", "y/1", "z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    expected = list(sorted_files(tmp_path))
    scandir = os.scandir

    class Reversed:
        def __init__(self, path: str) -> None:
            with scandir(path) as entries:
                self.entries = list(entries)[::-1]

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Reversed)
    assert list(sorted_files(tmp_path)) == expected
    assert len(expected) == 4


def test_links_and_pipes_are_listed_apart(tmp_path: Path) -> None:
    """Links, to folders too, and pipes are never yielded as files, and `irregular_files` names them."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").touch()
    (tmp_path / "to_file").symlink_to(tmp_path / "real/file")
    (tmp_path / "to_folder").symlink_to(tmp_path / "real")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert [path.name for path in sorted_files(tmp_path)] == ["file"]
    assert [path.name for path in irregular_files(tmp_path)] == ["dangling", "pipe", "to_file", "to_folder"]


def test_name_that_is_not_utf8_sorts_by_its_bytes(tmp_path: Path) -> None:
    """Names of any bytes are yielded, after ASCII ones."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).touch()
    (tmp_path / "z").touch()
    assert [os.fsencode(path.name) for path in sorted_files(tmp_path)] == [b"z", b"\xff"]


@pytest.mark.parametrize(("mode", "expected"), [(0o644, 0o644), (0o600, 0o644), (0o700, 0o755), (0o677, 0o644)])
def test_only_the_owner_decides_the_mode(tmp_path: Path, mode: int, expected: int) -> None:
    """Bits of group and other come from a umask, so they do not count."""
    path = tmp_path / "x"
    path.touch()
    path.chmod(mode)
    assert canonical_mode(path) == expected


def test_sha256_of_a_large_file(tmp_path: Path) -> None:
    """The digest over several pieces is the digest of the whole."""
    data = bytes(range(256)) * 10_000
    (tmp_path / "x").write_bytes(data)
    assert file_sha256(tmp_path / "x") == hashlib.sha256(data).hexdigest()


def test_zip_member_is_fixed() -> None:
    """Time, system and attributes do not depend on the machine."""
    info = zip_member("a/b", 0o755)
    assert (info.date_time, info.create_system, info.external_attr) == (
        (1980, 1, 1, 0, 0, 0),
        3,
        (stat.S_IFREG | 0o755) << 16,
    )
    assert time.gmtime(EPOCH_1980)[:6] == info.date_time


def test_json_is_canonical(tmp_path: Path) -> None:
    """Keys in order, two spaces, UTF-8, one newline at the end."""
    write_json(tmp_path / "x.json", {"b": ["\u00e9"], "a": {}})
    assert (tmp_path / "x.json").read_bytes() == '{\n  "a": {},\n  "b": [\n    "\u00e9"\n  ]\n}\n'.encode()


def test_failed_write_leaves_the_older_file(tmp_path: Path) -> None:
    """An error inside the block leaves what was there, and no temporary file."""
    path = tmp_path / "x"
    path.write_bytes(b"older")

    def write() -> None:
        with atomic_file(path) as stream:
            stream.write(b"newer")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x", b"older")]


def test_json_that_cannot_be_written_leaves_the_older_file(tmp_path: Path) -> None:
    """An object that JSON does not know is found before anything is written."""
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", {"a": object()})
    assert (tmp_path / "x.json").read_text() == "{}"


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_written_files_have_a_fixed_mode(tmp_path: Path, umask: int) -> None:
    """The umask does not show."""
    old = os.umask(umask)
    try:
        write_json(tmp_path / "x.json", {})
    finally:
        os.umask(old)
    assert (tmp_path / "x.json").stat().st_mode & 0o777 == 0o644
