"""What is not ready for a release is refused in one line, before anything is made; `--set-version` makes files agree."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from release.cli import main
from release.source import git as git_of_release
from support.git_repositories import commit_all, git, make_repository, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TINY = {
    "MODULE.bazel": """\
module(
    name = "rules_reprowheel",
    version = "1.2.0",
)

bazel_dep(name = "other", version = "1.2.0")
""",
    "CHANGELOG.md": "# Changelog\n\n## 1.2.0 (2026-01-31)\n\n- New.\n\n## 1.1.0 (2025-01-31)\n\n- Old.\n",
    "README.md": """\
In 1.2.0:
+bazel_dep(name = "rules_reprowheel", version = "1.2.0")
example.org/rules_reprowheel/releases/download/v1.2.0/
""",
    "python/reprowheel/__init__.py": '__version__ = "1.2.0"\n',
    "examples/one/MODULE.bazel": 'bazel_dep(\n    name = "rules_reprowheel",\n    version = "1.2.0",\n)\n',
}


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Return what changes a file of a repository, and commits."""

    def act(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        write(root, {name: text.replace(old, new)})
        commit_all(root)
        git(root, "tag", "--force", "v1.2.0")

    return act


WRONG: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "changed": (
        lambda root: write(root, {"README.md": "x\n"}),
        "v1.2.0",
        "{root}: README.md: changed, but not committed; commit or stash it",
    ),
    "new files": (
        lambda root: write(root, {"a.py": "", "b.py": ""}),
        "v1.2.0",
        "{root}: a.py and 1 more: changed, but not committed; commit or stash it",
    ),
    "no tag": (lambda _: None, "v9", "{root}: there is no tag v9; `git tag` lists those that there are"),
    "other tag": (
        lambda root: git(root, "tag", "v1.3.0"),
        "v1.3.0",
        "tag v1.3.0: MODULE.bazel says 1.2.0 there; the tag of that version is v1.2.0",
    ),
    "out": (
        lambda _: None,
        "",
        "MODULE.bazel: 1.2.0 is out (tag v1.2.0); `python3 tools/release --set-version VERSION` raises it",
    ),
    "no version": (
        change("MODULE.bazel", '    version = "1.2.0",\n)', ")"),
        "v1.2.0",
        "MODULE.bazel: module() has no version; write one",
    ),
    "no release number": (
        change("MODULE.bazel", '    version = "1.2.0",\n)', '    version = "1.2.0rc1",\n)'),
        "v1.2.0",
        "'1.2.0rc1' is no version that Bazel and Python order alike; write three numbers, such as 1.2.0",
    ),
    "readme": (
        change("README.md", '"1.2.0"', '"1.1.9"'),
        "v1.2.0",
        "README.md:2: says 1.1.9, but MODULE.bazel says 1.2.0; `python3 tools/release --set-version 1.2.0` makes them agree",
    ),
    "address": (
        change("README.md", "download/v1.2.0", "download/v1.3.0"),
        "v1.2.0",
        "README.md:3: says 1.3.0, but MODULE.bazel says 1.2.0; `python3 tools/release --set-version 1.2.0` makes them agree",
    ),
    "example": (
        change("examples/one/MODULE.bazel", '"1.2.0"', '"1.1.9"'),
        "v1.2.0",
        "examples/one/MODULE.bazel:3: says 1.1.9, but MODULE.bazel says 1.2.0; `python3 tools/release --set-version 1.2.0` makes",
    ),
    "helper": (
        change("python/reprowheel/__init__.py", "1.2.0", "1.1.9"),
        "v1.2.0",
        "python/reprowheel/__init__.py:1: says 1.1.9, but MODULE.bazel says 1.2.0; `python3 tools/release --set-version",
    ),
    "no heading": (
        change("CHANGELOG.md", "## 1.2.0 (2026-01-31)\n", ""),
        "v1.2.0",
        'CHANGELOG.md: no heading "## 1.2.0"; write one, with what changed',
    ),
    "no date": (
        change("CHANGELOG.md", "## 1.2.0 (2026-01-31)", "## 1.2.0 (unreleased)"),
        "v1.2.0",
        'CHANGELOG.md: the heading "## 1.2.0 (unreleased)" has no date; write "## 1.2.0 (YYYY-MM-DD)"',
    ),
    "no changes": (
        change("CHANGELOG.md", "- New.\n", ""),
        "v1.2.0",
        'CHANGELOG.md: nothing stands below the heading "## 1.2.0 (2026-01-31)"; say what changed',
    ),
    "no changelog": (
        lambda root: (git(root, "rm", "--quiet", "CHANGELOG.md"), commit_all(root), git(root, "tag", "--force", "v1.2.0")),
        "v1.2.0",
        "CHANGELOG.md is not in commit",
    ),
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a repository with a tag, and what is looked at before anything is made."""
    root = tmp_path / "tiny"
    make_repository(root, TINY)
    git(root, "tag", "v1.2.0")
    return root


@pytest.mark.parametrize("case", WRONG)
def test_refused(case: str, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what, where, and what to do; nothing is written."""
    act, tag, message = WRONG[case]
    act(tiny)
    out = tmp_path / "out"
    assert main([f"--tag={tag}", str(out)], tiny) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"ERROR {message.format(root=tiny)}")
    assert (said.err.count("\n"), said.out) == (1, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny"]


def test_command_of_messages(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--set-version` makes the files agree, in the lines that name this module and in no others; then a new tag can be made."""
    assert main(["--set-version", "1.10.0"], tiny) == 0
    assert capsys.readouterr().out.split() == [
        "MODULE.bazel",
        "README.md",
        "examples/one/MODULE.bazel",
        "python/reprowheel/__init__.py",
    ]
    expected = {name: text.replace("1.2.0", "1.10.0") for name, text in TINY.items()}
    expected["CHANGELOG.md"] = TINY["CHANGELOG.md"]
    expected["MODULE.bazel"] = TINY["MODULE.bazel"].replace("1.2.0", "1.10.0", 1)
    expected["README.md"] = expected["README.md"].replace("In 1.10.0", "In 1.2.0")
    assert {name: (tiny / name).read_text(encoding="utf-8") for name in TINY} == expected
    commit_all(tiny)
    assert main([str(tmp_path / "out")], tiny) == 1
    assert capsys.readouterr().err == 'ERROR CHANGELOG.md: no heading "## 1.10.0"; write one, with what changed\n'
    assert main(["--set-version", "1.10"], tiny) == 1
    assert capsys.readouterr().err.startswith("ERROR '1.10' is no version ")


def test_not_a_checkout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What git says is one line, and so is that it is not there."""
    assert main([str(tmp_path / "out")], tmp_path) == 1
    assert re.fullmatch(r"ERROR \S+: git status: fatal: not a git repository.*\n", capsys.readouterr().err)


def test_git_needs_no_owner(tiny: Path) -> None:
    """In a container, a checkout belongs to another user than the one who works there."""
    if os.geteuid():
        pytest.skip("only root gives a folder to another user")
    for path in [tiny, *tiny.rglob("*")]:
        shutil.chown(path, 12345, 12345)
    assert git_of_release(tiny, "tag") == b"v1.2.0\n"
