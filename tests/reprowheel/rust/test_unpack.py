"""Archives of crates: what cargo packages is unpacked, and nothing else."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from support.cargo_registry import make_crate

from reprowheel.errors import FetchError
from reprowheel.rust.unpack import unpack_crate

if TYPE_CHECKING:
    from pathlib import Path


def archive_of(folder: Path, *members: tuple[str, bytes, bytes, str]) -> Path:
    """Write an archive; a member is (name, content, type, link)."""
    path = folder / "a-1.0.0.crate"
    with tarfile.open(path, "w:gz") as archive:
        for name, content, kind, link in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(content), kind, link
            archive.addfile(info, io.BytesIO(content))
    return path


def test_files_and_modes(tmp_path: Path) -> None:
    """All files are there, with the modes 0644 or 0755."""
    crate = make_crate(tmp_path, "a", "1.0.0", files={"src/deep/er.rs": "//\n"})
    tree = unpack_crate(crate, tmp_path / "out", "a-1.0.0")
    assert sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()) == [
        *("Cargo.toml", "src/deep/er.rs", "src/lib.rs"),
    ]
    assert {path.stat().st_mode & 0o777 for path in tree.rglob("*") if path.is_file()} == {0o644}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("b-1.0.0/x", b"", tarfile.REGTYPE, "")], "is not below the folder a-1.0.0"),
        ([("a-1.0.0/../x", b"", tarfile.REGTYPE, "")], "is not below the folder"),
        ([("/a-1.0.0/x", b"", tarfile.REGTYPE, "")], "is not below the folder"),
        ([("a-1.0.0/x", b"", tarfile.SYMTYPE, "/etc/passwd")], "a link or no regular file"),
        ([("a-1.0.0/x", b"", tarfile.LNKTYPE, "a-1.0.0/y")], "a link or no regular file"),
        ([("a-1.0.0/x", b"", tarfile.FIFOTYPE, "")], "a link or no regular file"),
        ([("a-1.0.0/x", b"", tarfile.REGTYPE, ""), ("a-1.0.0/x", b"1", tarfile.REGTYPE, "")], "has a file twice"),
    ],
)
def test_hostile_archives(tmp_path: Path, members: list[tuple[str, bytes, bytes, str]], said: str) -> None:
    """What could write elsewhere, or is no file, is refused."""
    with pytest.raises(FetchError, match=said):
        unpack_crate(archive_of(tmp_path, *members), tmp_path / "out", "a-1.0.0")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_damaged_archives(tmp_path: Path, content: bytes | None) -> None:
    """An archive that is cut off, empty or no archive is told in one line."""
    crate = make_crate(tmp_path, "a", "1.0.0", files={"big": "x" * 100_000})
    crate.write_bytes(crate.read_bytes()[:100] if content is None else content)
    with pytest.raises(FetchError, match=r"a-1\.0\.0\.crate: cannot be unpacked"):
        unpack_crate(crate, tmp_path / "out", "a-1.0.0")
