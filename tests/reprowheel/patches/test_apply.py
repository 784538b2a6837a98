"""Patches, judged by the programs that write and apply them: git, diff and patch."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from reprowheel.errors import BuildError, ReprowheelError, UsageError
from reprowheel.patches.apply import apply_patches

TEXT = b"".join(b"line %d\n" % number for number in range(1, 31))


def git(folder: Path, *arguments: str) -> bytes:
    """Run git without anybody's configuration."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "core.autocrlf=false", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout


def write_tree(root: Path, files: dict[str, bytes], executable: frozenset[str] = frozenset()) -> Path:
    """Write files below `root`."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if name in executable else 0o644)
    return root


def read_tree(root: Path) -> dict[str, tuple[bytes, bool]]:
    """Return every file's content and whether it can be run."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def git_patch(
    folder: Path,
    old: dict[str, bytes],
    new: dict[str, bytes],
    *options: str,
    executable: frozenset[str] = frozenset(),
) -> tuple[Path, Path, Path]:
    """Return the tree before, the tree after, and git's patch from one to the other."""
    repository = write_tree(folder / "repository", old)
    git(repository, "init", "-q")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "old")
    before = Path(shutil.copytree(repository, folder / "before", ignore=shutil.ignore_patterns(".git")))
    for name in old.keys() - new.keys():
        (repository / name).unlink()
    write_tree(repository, new, executable)
    git(repository, "add", "-A")
    patch = folder / "change.patch"
    patch.write_bytes(git(repository, "diff", "--cached", *options))
    after = Path(shutil.copytree(repository, folder / "after", ignore=shutil.ignore_patterns(".git")))
    return before, after, patch


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param({"a.c": TEXT}, {"a.c": TEXT.replace(b"line 7\n", b"new\n").replace(b"line 20\n", b"")}, id="edit"),
        pytest.param({"a.c": TEXT}, {"a.c": TEXT, "d/new.c": b"x\n"}, id="new file in a new folder"),
        pytest.param({"a.c": TEXT}, {"a.c": TEXT, "empty": b""}, id="new empty file"),
        pytest.param({"a.c": TEXT, "d/b.c": b"x\n"}, {"a.c": TEXT}, id="deleted, with its folder"),
        pytest.param({"a.c": TEXT, "empty": b""}, {"a.c": TEXT}, id="deleted empty file"),
        pytest.param({"a.c": TEXT}, {"d/b.c": TEXT}, id="renamed"),
        pytest.param({"a.c": TEXT}, {"d/b.c": TEXT.replace(b"line 9\n", b"nine\n")}, id="renamed and edited"),
        pytest.param({"a.c": TEXT}, {"a.c": TEXT, "b.c": TEXT + b"more\n"}, id="copied"),
        pytest.param({"a.c": b"x"}, {"a.c": b"x\n"}, id="line end added"),
        pytest.param({"a.c": b"x\n"}, {"a.c": b"x"}, id="line end removed"),
        pytest.param({"a.c": b"x\ny"}, {"a.c": b"z\ny"}, id="no line end, before and after"),
        pytest.param({"a.c": b"x\r\ny\r\n"}, {"a.c": b"x\r\nz\r\n"}, id="CR LF in the file"),
        pytest.param({"a.c": b"x\ry\n"}, {"a.c": b"x\rz\n"}, id="lone CR"),
        pytest.param({"a b.c": TEXT}, {"a b.c": TEXT + b"x\n"}, id="blank in the name"),
        pytest.param({"a b.c": TEXT}, {"d/c d.c": TEXT + b"x\n"}, id="blanks, renamed"),
        pytest.param({'é\t"q.c': TEXT}, {'é\t"q.c': TEXT + b"x\n"}, id="quoted name"),
        pytest.param({"a.c": b"\x00\xff\xfe\n" * 3}, {"a.c": b"\x00\xff\n" * 3}, id="binary as text"),
        pytest.param({"a.sql": b"- x\n- y\n"}, {"a.sql": b"- x\n"}, id="deleted line that looks like a header"),
    ],
)
@pytest.mark.parametrize(
    "options", [("--text", "-M", "-C", "--find-copies-harder"), ("--text", "--no-renames"), ("--text", "-U0")]
)
def test_what_git_writes(tmp_path: Path, old: dict[str, bytes], new: dict[str, bytes], options: tuple[str, ...]) -> None:
    """Any diff of git turns the old tree into the new one."""
    before, after, patch = git_patch(tmp_path, old, new, *options)
    apply_patches(before, [patch], strip=1)
    assert read_tree(before) == read_tree(after)


def test_modes(tmp_path: Path) -> None:
    """A changed mode and the mode of a new file are taken over; times are the given one."""
    new = {"a.sh": b"x\n", "b.sh": b"y\n"}
    before, after, patch = git_patch(tmp_path, {"a.sh": b"x\n"}, new, executable=frozenset(new))
    apply_patches(before, [patch], strip=1, mtime=1234567890)
    assert read_tree(before) == read_tree(after)
    assert {p.stat().st_mtime for p in before.iterdir()} == {1234567890}
    assert {p.stat().st_mode & 0o777 for p in before.iterdir()} == {0o755}


def test_random_trees(tmp_path: Path) -> None:
    """Random edits of random files: git's diff applied gives git's tree."""
    random.seed(7)
    words = [b"a\n", b"b\n", b"\n", b"}\n", b"return 0;\n", b"x\r\n"]
    for number in range(25):
        old = {f"f{i}/n{i}.c": b"".join(random.choices(words, k=random.randint(0, 60))) for i in range(4)}
        new = {}
        for name, data in old.items():
            lines = data.splitlines(keepends=True)
            for _ in range(random.randint(0, 5)):
                at = random.randint(0, len(lines))
                lines[at : at + random.randint(0, 3)] = random.choices(words, k=random.randint(0, 3))
            new[name] = b"".join(lines)
        before, after, patch = git_patch(tmp_path / str(number), old, new, "--text", "-M")
        if patch.stat().st_size:
            apply_patches(before, [patch], strip=1)
        assert read_tree(before) == read_tree(after), number


@pytest.mark.parametrize("options", [("-ruN",), ("-rUN0",), ("-ruN", "--strip-trailing-cr")])
def test_what_diff_writes(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Diffs of GNU diff, which has no modes and names missing files by the time 0."""
    options = ("-ruN", "-U0") if options == ("-rUN0",) else options
    write_tree(tmp_path / "old", {"a.c": TEXT, "gone.c": b"x\n", "kept.c": b"y"})
    write_tree(tmp_path / "new", {"a.c": TEXT.replace(b"line 3", b"LINE 3"), "d/here.c": b"z", "kept.c": b"y"})
    run = subprocess.run(["diff", *options, "old", "new"], cwd=tmp_path, capture_output=True, check=False)
    (tmp_path / "p.diff").write_bytes(run.stdout)
    apply_patches(tmp_path / "old", [tmp_path / "p.diff"], strip=1)
    assert read_tree(tmp_path / "old") == read_tree(tmp_path / "new")


def test_patches_build_on_each_other(tmp_path: Path) -> None:
    """The second patch sees what the first one made; the result says which files changed."""
    tree = write_tree(tmp_path / "t", {"a": b"1\n"})
    one = write_tree(tmp_path, {"one.patch": b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n"}) / "one.patch"
    two = write_tree(tmp_path, {"two.patch": b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-2\n+3\n"}) / "two.patch"
    applied = apply_patches(tree, [one, two], strip=1)
    assert (tree / "a").read_bytes() == b"3\n"
    assert [(p.filename, p.files) for p in applied] == [("one.patch", ("a",)), ("two.patch", ("a",))]
    with pytest.raises(BuildError, match=r"^two\.patch:3: hunk 1 does not fit a at line 1: line 1 is '3\\n'; the patch"):
        apply_patches(tree, [two], strip=1)


def test_moved_hunk_needs_one_place(tmp_path: Path) -> None:
    """Lines that have moved are found when they are there once, as patch finds them; twice is an error."""
    patch = write_tree(tmp_path, {"p": b"--- a\n+++ a\n@@ -2,3 +2,3 @@\n line 2\n-line 3\n+three\n line 4\n"}) / "p"
    for name, program in (("ours", False), ("theirs", True)):
        tree = write_tree(tmp_path / name, {"a": b"new\nnew\n" + TEXT})
        if program:
            subprocess.run(["patch", "-s", "-p0", "-i", patch], cwd=tree, check=True)
        else:
            apply_patches(tree, [patch], strip=0)
    assert (tmp_path / "ours/a").read_bytes() == (tmp_path / "theirs/a").read_bytes()
    twice = write_tree(tmp_path / "twice", {"a": b"new\n" + TEXT + TEXT})
    with pytest.raises(BuildError, match=r"p:3: hunk 1 does not fit a at line 2: .* fit at more than one place: 3, 33$"):
        apply_patches(twice, [patch], strip=0)


def test_converted_line_ends(tmp_path: Path) -> None:
    """A patch whose line ends were all converted to CR LF fits a file with LF, as patch would have it."""
    text = b"--- a\n+++ a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n".replace(b"\n", b"\r\n")
    patch = write_tree(tmp_path, {"p": text}) / "p"
    tree = write_tree(tmp_path / "t", {"a": b"1\n2\n"})
    apply_patches(tree, [patch], strip=0)
    assert (tree / "a").read_bytes() == b"1\n3\n"
    tree = write_tree(tmp_path / "u", {"a": b"1\r\n2\r\n"})
    apply_patches(tree, [patch], strip=0)
    assert (tree / "a").read_bytes() == b"1\r\n3\r\n"


HUNK = b"@@ -1 +1 @@\n-1\n+2\n"


@pytest.mark.parametrize("patch", [b"", b"\n\n"], ids=["empty", "blank"])
def test_empty_patch_changes_nothing(tmp_path: Path, patch: bytes) -> None:
    """An empty file is no error, as for the program `patch`; the patches beside it are applied."""
    tree = write_tree(tmp_path / "t", {"two": b"1\n2\n"})
    good = write_tree(tmp_path, {"good": b"--- two\n+++ two\n@@ -1 +1 @@\n-1\n+changed\n"}) / "good"
    empty = write_tree(tmp_path, {"p": patch}) / "p"
    apply_patches(tree, [empty, good], strip=0)
    assert (tree / "two").read_bytes() == b"changed\n2\n"


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        pytest.param(
            b"--- a\n+++ a\n@@ -9 +9 @@\n-x\n+y\n", "p:3: hunk 1 does not fit a at line 9: the file has 1 lines", id="beyond"
        ),
        pytest.param(
            b"--- a\n+++ a\n@@ -1,2 +1 @@\n 1\n-x\n", "p:3: hunk 1 does not fit a at line 1: the file ends at line 1", id="end"
        ),
        pytest.param(b"--- a/../a\n+++ a/../a\n" + HUNK, "p:1: 'a/../a' leads out of the package", id="dots"),
        pytest.param(b"--- /a\n+++ /a\n" + HUNK, "p:1: '/a' leads out of the package", id="absolute"),
        pytest.param(
            b"--- link/a\n+++ link/a\n" + HUNK, "p:1: link is a symbolic link; patches change plain files only", id="link"
        ),
        pytest.param(
            b"--- /dev/null\n+++ a/b\n@@ -0,0 +1 @@\n+x\n", "p:1: a is not a folder; patches change plain", id="below a file"
        ),
        pytest.param(b"--- none\n+++ none\n" + HUNK, "p:1: there is no file none", id="missing"),
        pytest.param(b"--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n", "p:1: a is there already; the patch creates it", id="there"),
        pytest.param(b"--- a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "p:3: hunk 1 does not fit a at line 1", id="deletes another"),
        pytest.param(
            b"--- two\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n", "p:1: the patch deletes two, which has lines that", id="deletes half"
        ),
        pytest.param(b"--- a\n+++ a\n@@ -1,2 +1,2 @@\n-1\n+2\n", "p:6: the patch ends inside the hunk of line 3", id="cut off"),
        pytest.param(b"--- a\n+++ a\n" + HUNK + b"+3\n", "p:6: a line that no hunk counts", id="uncounted"),
        pytest.param(
            b"--- a\n+++ a\n@@ -1 +1 @@\n-1\n-2\n", "p:5: a line that does not belong to the hunk of line 3", id="counts"
        ),
        pytest.param(b"hello\n", "p: has no unified diff", id="no diff"),
        pytest.param(HUNK, "p:1: a hunk without a file header", id="no header"),
        pytest.param(b"--- a\n+++ a\n", "p:3: a file header without a hunk", id="no hunk"),
        pytest.param(b"diff --git a b\nindex 1..2\nGIT binary patch\n", "p:3: a binary diff; expected a text diff", id="binary"),
        pytest.param(
            b"diff --git a b\nnew file mode 120000\n", "p:2: mode 120000: a link or a submodule; expected", id="link mode"
        ),
        pytest.param(
            b"--- a\n+++ a\n@@ -1 +1,2 @@\n 1\n+x\n\\ No newline at end of file\n" + b"@@ -1,0 +3 @@\n+y\n",
            "p:1: a: a line without line end",
            id="newline",
        ),
    ],
)
def test_refused(tmp_path: Path, patch: bytes, message: str) -> None:
    """What does not fit, is damaged or leads elsewhere is an error that names file and line, and changes nothing."""
    tree = write_tree(tmp_path / "t", {"a": b"1\n", "two": b"1\n2\n"})
    (tmp_path / "outside").mkdir()
    write_tree(tmp_path / "outside", {"a": b"1\n"})
    (tree / "link").symlink_to("../outside")
    good = write_tree(tmp_path, {"good": b"--- two\n+++ two\n@@ -1 +1 @@\n-1\n+changed\n"}) / "good"
    bad = write_tree(tmp_path, {"p": patch}) / "p"
    before = read_tree(tmp_path)
    with pytest.raises(ReprowheelError) as caught:
        apply_patches(tree, [bad] if b"two" in patch else [good, bad], strip=0)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert read_tree(tmp_path) == before


def test_strip(tmp_path: Path) -> None:
    """Too many folders to drop is an error; leading slashes count as patch -p counts them."""
    tree = write_tree(tmp_path / "t", {"a": b"1\n"})
    patch = write_tree(tmp_path, {"p": b"--- /x/y/a\n+++ /x/y/a\n" + HUNK}) / "p"
    with pytest.raises(UsageError, match="p:1: '/x/y/a' has no 4 leading folders to drop") as caught:
        apply_patches(tree, [patch], strip=4)
    assert "patch_strip" in caught.value.tip
    apply_patches(tree, [patch], strip=3)
    assert (tree / "a").read_bytes() == b"2\n"
    with pytest.raises(UsageError, match="absent.patch: No such file or directory"):
        apply_patches(tree, [tmp_path / "absent.patch"], strip=0)
