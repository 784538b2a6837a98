"""The workspace: one length everywhere, private, gone at the end; its canonical form means the same directory."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from reprowheel.errors import UsageError
from reprowheel.workspace import CANONICAL_ROOT, MAPPED_ROOT, PATH_LENGTH, Workspace, create_workspace


@pytest.mark.parametrize("depth", [0, 1, 5, 20])
def test_length_is_constant(short_directory: Path, depth: int) -> None:
    """Bases of different length give paths of one length."""
    base = short_directory / ("d" * depth) if depth else short_directory
    base.mkdir(exist_ok=True)
    with create_workspace(base) as workspace:
        assert len(os.fspath(workspace.root)) == PATH_LENGTH == 63
        assert workspace.root.parent == base
        assert os.fspath(workspace.root).endswith(workspace.token)
        assert workspace.token.isalnum()


def test_default_base_has_the_same_length() -> None:
    """So does the place that is chosen when nobody names one."""
    with create_workspace() as workspace:
        assert len(os.fspath(workspace.root)) == PATH_LENGTH


def test_relative_base(short_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative base counts with its absolute path."""
    monkeypatch.chdir(short_directory)
    with create_workspace(Path()) as workspace:
        assert workspace.root.is_absolute()
        assert len(os.fspath(workspace.root)) == PATH_LENGTH


def test_base_by_a_link(short_directory: Path) -> None:
    """Links in the base are resolved: a build that asks where it is gets the path that is searched for."""
    (short_directory / "real").mkdir()
    (short_directory / "link").symlink_to("real")
    with create_workspace(short_directory / "link") as workspace:
        assert workspace.root.parent == short_directory / "real"
        asked = subprocess.run(
            ["sh", "-c", "cd -P . && pwd -P"], cwd=workspace.root, check=True, capture_output=True, text=True
        )
        assert asked.stdout.strip() == str(workspace.root)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_private(short_directory: Path, umask: int) -> None:
    """Mode 0700 whatever the umask is."""
    before = os.umask(umask)
    try:
        with create_workspace(short_directory) as workspace:
            assert stat.S_IMODE(workspace.root.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_random(short_directory: Path) -> None:
    """Two workspaces share neither path nor token, not even in the part that the leak search looks for."""
    with create_workspace(short_directory) as first, create_workspace(short_directory) as second:
        assert first.root != second.root
        assert first.token[:14] != second.token[:14]


def test_removed_at_the_end(short_directory: Path) -> None:
    """Nothing is left, and it was there before."""
    with create_workspace(short_directory) as workspace:
        workspace.directory("src").joinpath("file").write_text("x", encoding="utf-8")
        assert workspace.root.is_dir()
    assert list(short_directory.iterdir()) == []


def test_removed_after_an_error(short_directory: Path) -> None:
    """Nothing is left, and the error is the caller's own."""
    with pytest.raises(ZeroDivisionError), create_workspace(short_directory) as workspace:
        workspace.directory("src")
        raise ZeroDivisionError
    assert list(short_directory.iterdir()) == []


def test_removed_with_read_only_directories(short_directory: Path) -> None:
    """Directories that a build left without write permission go, too; what links point to stays."""
    outside = short_directory / "outside"
    outside.mkdir(mode=0o500)
    base = short_directory / "base"
    base.mkdir()
    with create_workspace(base) as workspace:
        locked = workspace.directory("src") / "locked" / "deep"
        locked.mkdir(parents=True)
        (locked / "file").write_text("x", encoding="utf-8")
        (locked / "link").symlink_to(outside)
        for directory in (locked, locked.parent):
            directory.chmod(0o500)
    assert list(base.iterdir()) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o500


def test_removed_as_another_user_with_read_only_directories(short_directory: Path) -> None:
    """The same without root's rights, which pass over permissions."""
    if os.getuid() != 0:
        test_removed_with_read_only_directories(short_directory)
        return
    os.chown(short_directory, 65534, 65534)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setuid(65534)
            test_removed_with_read_only_directories(short_directory)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_too_long_a_base(short_directory: Path) -> None:
    """The message says the limit and the option to use; one character less is fine."""
    room = PATH_LENGTH - len("/rw") - 16 - len(os.fspath(short_directory)) - 1
    longest, too_long = short_directory / ("d" * room), short_directory / ("e" * (room + 1))
    longest.mkdir()
    too_long.mkdir()
    with create_workspace(longest) as workspace:
        assert len(os.fspath(workspace.root)) == PATH_LENGTH
    with pytest.raises(UsageError, match=r"longer than 44 characters.* 63 ") as caught, create_workspace(too_long):
        pass
    assert "--work-root" in caught.value.tip
    assert list(too_long.iterdir()) == []


@pytest.mark.parametrize("name", ["with space", "quo'te", "dollar$", "comma,"])
def test_base_with_special_characters(short_directory: Path, name: str) -> None:
    """Characters that would break flags are refused instead of breaking a build."""
    base = short_directory / name
    base.mkdir()
    with pytest.raises(UsageError, match="characters that compilers"), create_workspace(base):
        pass


def test_missing_base(short_directory: Path) -> None:
    """A base that does not exist is an error of use that says why."""
    with pytest.raises(UsageError, match="No such file"), create_workspace(short_directory / "no"):
        pass


def test_canonical_root_means_the_mapped_root() -> None:
    """As many characters as a workspace path, and by path resolution the same place as /reprowheel."""
    assert len(CANONICAL_ROOT) == PATH_LENGTH
    assert os.path.normpath(CANONICAL_ROOT) == MAPPED_ROOT == "/reprowheel"
    assert os.path.normpath(f"{CANONICAL_ROOT}/src/x.c") == "/reprowheel/src/x.c"


def test_canonical_form_of_a_real_directory(tmp_path: Path) -> None:
    """The kernel agrees: a path padded this way opens the same file."""
    (tmp_path / "x").write_text("here", encoding="utf-8")
    padded = os.fspath(tmp_path) + CANONICAL_ROOT.removeprefix(MAPPED_ROOT)
    assert Path(padded, "x").read_text(encoding="utf-8") == "here"
    assert os.path.samefile(padded, tmp_path)


def test_wrong_length_cannot_be_made() -> None:
    """A workspace of another length is refused at once, not when offsets have moved."""
    with pytest.raises(UsageError, match="expected 63"):
        Workspace(root=Path("/tmp/short"), token="short", outside=Path("/tmp"))  # noqa: S106 - part of a path
