"""Removal of a workspace whose content is hostile: through descriptors only, in linear time, and without an error."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest

from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def as_nobody(folder: Path, check: Callable[[], None]) -> None:
    """Run a check without root's rights, which pass over permissions."""
    if os.getuid() != 0:
        check()
        return
    os.chown(folder, 65534, 65534)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            check()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def deep_folders(root: Path, levels: int) -> None:
    """Make a chain of folders that no path reaches."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_40_000_levels(short_directory: Path) -> None:
    """A chain of 40,000 folders is gone; four times as many levels need about four times as long, not sixteen times."""
    taken = []
    for levels in (10_000, 40_000):
        with create_workspace(short_directory) as workspace:
            deep_folders(workspace.root, levels)
            begin = time.process_time()
        taken.append(time.process_time() - begin)
        assert list(short_directory.iterdir()) == []
    assert taken[1] < 10 * taken[0]


def test_wide_folders(short_directory: Path) -> None:
    """Many files and many folders side by side are gone, too."""
    with create_workspace(short_directory) as workspace:
        for number in range(3_000):
            (workspace.root / f"f{number}").touch()
            (workspace.root / f"d{number}").mkdir()
            (workspace.root / f"d{number}" / "x").mkdir()
    assert list(short_directory.iterdir()) == []


def test_folders_without_permission(short_directory: Path) -> None:
    """Folders of mode 0 at each depth, and a root of mode 0, are gone for an ordinary user, too."""
    short_directory.chmod(0o700)

    def check() -> None:
        with create_workspace(short_directory) as workspace:
            inner = workspace.root / "a" / "b" / "c"
            inner.mkdir(parents=True)
            (inner / "file").touch()
            for folder in (inner, inner.parent, inner.parent.parent, workspace.root):
                folder.chmod(0)
        assert list(short_directory.iterdir()) == []

    as_nobody(short_directory, check)


def test_every_kind_of_file(short_directory: Path) -> None:
    """FIFOs, sockets, dangling links and links to folders are removed, and never opened or followed."""
    outside = short_directory / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    base = short_directory / "base"
    base.mkdir()
    with create_workspace(base) as workspace:
        os.mkfifo(workspace.root / "fifo")
        os.mknod(workspace.root / "socket", stat.S_IFSOCK | 0o600)
        (workspace.root / "dangling").symlink_to("nowhere")
        (workspace.root / "folder").symlink_to(outside)
    assert list(base.iterdir()) == []
    assert list(outside.iterdir()) == [outside / "kept"]


@pytest.mark.parametrize("kind", ["link", "file", "folder"])
def test_replaced_root(short_directory: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What took the place of the workspace is left with its mode, and so is what it points to and the folder above."""
    precious, moved = short_directory / "precious", short_directory / "moved"
    precious.mkdir(mode=0o755)
    (precious / "kept").touch()
    short_directory.chmod(0o755)
    with create_workspace(short_directory) as workspace:
        (workspace.root / "secret").touch()
        workspace.root.rename(moved)
        if kind == "link":
            workspace.root.symlink_to(precious)
        elif kind == "file":
            workspace.root.touch(mode=0o644)
        else:
            workspace.root.mkdir(mode=0o755)
            (workspace.root / "kept").touch()
    assert os.path.lexists(workspace.root)
    if kind == "folder":
        assert [path.name for path in workspace.root.iterdir()] == ["kept"]
        assert stat.S_IMODE(workspace.root.stat().st_mode) == 0o755
    assert [path.name for path in precious.iterdir()] == ["kept"]
    assert list(moved.iterdir()) == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in (precious, short_directory)} == {0o755}
    assert capsys.readouterr().err == f"WARNING {workspace.root}: was replaced by the build; what is there now is left as it is\n"


def test_removed_or_moved_root(short_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A workspace that is gone already is no matter; one that was moved is emptied. The folder above keeps its mode."""
    base = short_directory / "base"
    base.mkdir()
    base.chmod(0o1777)
    with create_workspace(base) as workspace:
        workspace.root.rmdir()
    assert capsys.readouterr().err == ""
    with create_workspace(base) as workspace:
        (workspace.root / "secret").touch()
        workspace.root.rename(short_directory / "moved")
    assert capsys.readouterr().err.startswith(f"WARNING {workspace.root}: was moved by the build")
    assert list((short_directory / "moved").iterdir()) == []
    assert stat.S_IMODE(base.stat().st_mode) == 0o1777
    assert list(base.iterdir()) == []


def test_what_cannot_be_removed(short_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Clean-up never raises: the error of the block stays the caller's own, and a warning names what is left."""
    base = short_directory / "base"
    base.mkdir(mode=0o700)
    short_directory.chmod(0o755)

    def check() -> None:
        with pytest.raises(ZeroDivisionError), create_workspace(base) as workspace:
            (workspace.root / "file").touch()
            base.chmod(0o500)
            raise ZeroDivisionError
        assert f"WARNING {workspace.root}: could not be removed: Permission denied\n" in capsys.readouterr().err
        assert stat.S_IMODE(base.stat().st_mode) == 0o500
        assert list(workspace.root.iterdir()) == []

    as_nobody(base, check)
    base.chmod(0o700)
