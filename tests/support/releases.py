"""Releases of this work tree, made as a maintainer makes them: the program is run in a clone, with an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from support.git_repositories import git

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["committed", "make_release"]


def committed(work_tree: Path, folder: Path, *, tag: str = "") -> Path:
    """Return a repository whose one commit has the files of a work tree, changes included."""
    left_out = shutil.ignore_patterns(".git", "bazel-*", "__pycache__")
    shutil.copytree(work_tree, folder, ignore=left_out, symlinks=True)
    git(folder, "init", "--quiet")
    commit(folder)
    if tag:
        git(folder, "tag", tag)
    return folder


def commit(folder: Path) -> str:
    """Commit all; return the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=all")
    return git(folder, "rev-parse", "HEAD")


def make_release(root: Path, *arguments: str | Path, umask: int = 0o022, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run tools/release of a clone."""
    command = [sys.executable, "-B", str(root / "tools/release"), *map(str, arguments)]
    environment = os.environ | variables
    return subprocess.run(command, cwd=root, env=environment, umask=umask, capture_output=True, text=True, check=False)
