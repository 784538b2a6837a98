"""Small git repositories with fixed names and times, so that a commit's name depends on its content alone."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WHEN = 1_700_000_000


def git(folder: Path, *arguments: str, **variables: str) -> str:
    """Run git with nothing of this machine's configuration; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()}
    environment |= who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull} | variables
    command = ["git", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", *arguments]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


_WHO = {"NAME": "t", "EMAIL": "t@example.org", "DATE": f"{WHEN} +0000"}


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files; a name that ends in `*` is executable, content that starts with `-> ` is a link."""
    for name, content in files.items():
        path = folder / name.removesuffix("*")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str) and content.startswith("-> "):
            path.symlink_to(content[3:])
            continue
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o755 if name.endswith("*") else 0o644)


def commit_all(folder: Path, message: str = "m") -> str:
    """Commit everything and return the full commit."""
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--no-gpg-sign", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def make_repository(folder: Path, files: Mapping[str, str | bytes]) -> str:
    """Make a repository with one commit and return it."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    write(folder, files)
    return commit_all(folder)
