"""The commit that a release is made of. Everything is read from it, nothing from the files of the work tree."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from release.errors import ReleaseError

__all__ = ["Source", "open_source"]

_CLEAN = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "LC_ALL": "C"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A commit of a checkout.

    :param commit: its full name.
    :param tag: the tag that was asked for; nothing for a trial from HEAD.
    """

    root: Path
    commit: str
    tag: str = ""

    def read(self, name: str) -> str:
        """Return a file of the commit."""
        try:
            return git(self.root, "show", f"{self.commit}:{name}").decode()
        except ReleaseError as e:
            msg = f"{name} is not in commit {self.commit[:12]}"
            raise ReleaseError(msg) from e

    def names(self) -> list[str]:
        """Return the names of all files of the commit."""
        listed = git(self.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", self.commit)
        return [name for name in listed.decode().split("\0") if name]

    def time(self) -> int:
        """Return when it was committed."""
        return int(git(self.root, "show", "--no-patch", "--format=%ct", self.commit))

    def tar(self, prefix: str) -> bytes:
        """Return `git archive` of the commit, with each name below a prefix.

        It runs in an empty repository that borrows the objects. So nothing that this user, this machine or this clone tells
        git counts, such as `tar.umask`, `core.autocrlf` or .git/info/attributes.
        """
        objects = git(self.root, "rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip()
        with tempfile.TemporaryDirectory(prefix="release-") as scratch:
            git(Path(scratch), "init", "--quiet", "--bare", "--template=", ".")
            borrowed = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
            options = ("-c", "tar.umask=0022", "-c", f"core.attributesFile={os.devnull}")
            return git(Path(scratch), *options, "archive", "--format=tar", f"--prefix={prefix}/", self.commit, **borrowed)


def open_source(root: Path, tag: str) -> Source:
    """Return the commit of a tag, or HEAD; refuse a checkout with changes that no commit has."""
    changed = git(root, "status", "--porcelain").decode().splitlines()
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        msg = f"{root}: {changed[0][3:]}{more}: changed, but not committed; commit or stash it"
        raise ReleaseError(msg)
    if tag and not tag_exists(root, tag):
        msg = f"{root}: there is no tag {tag}; `git tag` lists those that there are"
        raise ReleaseError(msg)
    name = f"refs/tags/{tag}" if tag else "HEAD"
    return Source(root=root, commit=git(root, "rev-parse", "--verify", f"{name}^{{commit}}").decode().strip(), tag=tag)


def tag_exists(root: Path, tag: str) -> bool:
    """Return whether this clone has a tag."""
    return bool(git(root, "tag", "--list", tag).strip())


def git(folder: Path, *arguments: str, **variables: str) -> bytes:
    """Run git with nobody's configuration; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _CLEAN | variables
    command = ["git", "-c", f"safe.directory={folder}", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    except FileNotFoundError as e:
        msg = "git is not on PATH; install it"
        raise ReleaseError(msg) from e
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        why = next((line for line in said if line.startswith(("fatal: ", "error: "))), said[-1])
        msg = f"{folder}: git {arguments[0]}: {why}"
        raise ReleaseError(msg)
    return done.stdout
