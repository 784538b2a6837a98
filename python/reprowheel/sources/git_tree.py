"""Reads the files of a git commit exactly as git stores them.

They are read by git's plumbing commands from a bare repository. There is no work tree, so attributes (eol, filter,
export-subst, export-ignore), configuration, umask and time cannot change any byte. The tree names the commits of submodules, so
submodules are read, too.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from reprowheel.errors import FetchError
from reprowheel.output.address import public_url
from reprowheel.sources.canonical_tar import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["GitTree", "fetch_tree"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA1_DIGITS = 40
_MAX_DEPTH = 8
_FILE, _PROGRAM, _LINK, _SUBMODULE = "100644", "100755", "120000", "160000"
_OLD_FILE = "100664"
_LFS = b"version https://git-lfs.github.com/spec/"
_KEPT = ("GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO")


@dataclass(frozen=True, kw_only=True, slots=True)
class GitTree:
    """All files and links of one commit, submodules included; `epoch` is the committer's time in seconds."""

    entries: tuple[Entry, ...]
    epoch: int


@contextlib.contextmanager
def fetch_tree(url: str, commit: str, scratch: Path) -> Iterator[GitTree]:
    """Fetch one commit and its submodules into bare repositories below `scratch`.

    The contents of entries can be read inside the block only.

    :raises FetchError: `commit` is not a full hash, git is missing, the repository cannot be reached or lacks the commit, or
        the tree has an entry that cannot be packed.
    """
    if not _COMMIT.fullmatch(commit):
        msg = f"{commit!r} is not a full commit; expected 40 or 64 hexadecimal digits"
        raise FetchError(msg, tip="A branch or a tag may move: write the commit that it names now.")
    with contextlib.ExitStack() as opened:
        repository = opened.enter_context(_Repository(url, commit, scratch / "0"))
        entries = tuple(_entries(repository, scratch, opened, depth=0))
        epoch = int(repository.git("show", "-s", "--format=%ct", f"{commit}^{{commit}}").split()[-1])
        yield GitTree(entries=entries, epoch=epoch)


class _Repository:
    """A bare repository that holds one commit of `url`."""

    def __init__(self, url: str, commit: str, folder: Path) -> None:
        self.url, self.commit, self.folder = url, commit, folder
        self._reader: subprocess.Popen[bytes] | None = None
        if url.startswith("-"):
            msg = f"{url!r} is not the address of a git repository"
            raise FetchError(msg)
        form = ["--object-format=sha256"] if len(commit) > _SHA1_DIGITS else []
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--template=", *form)
        if self._fetch("--depth=1", commit) and self._fetch("+refs/*:refs/all/*"):
            msg = f"{public_url(url)}: {self._said}"
            raise FetchError(msg, tip="git must reach the repository as you do: see docs/fetching.md.")
        if self._run("cat-file", "-e", f"{commit}^{{commit}}").returncode:
            msg = f"{public_url(url)}: has no commit {commit}"
            raise FetchError(msg, tip="It may be on no branch any more; lock another one.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.communicate()  # it ends when its input is closed

    def _fetch(self, *arguments: str) -> int:
        run = self._run("fetch", "--quiet", "--no-tags", *arguments[:-1], self.url, arguments[-1])
        lines = [line for line in run.stderr.decode(errors="replace").splitlines() if line.strip()]
        said = next((line for line in lines if line.startswith("fatal:")), lines[-1] if lines else "git failed")
        self._said = said.removeprefix("fatal: ").replace(self.url, public_url(self.url))
        return run.returncode

    def _environment(self) -> dict[str, str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _KEPT}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C.UTF-8"}
        return environment | {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["git", *arguments]
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as e:
            msg = "git is not on PATH; a git requirement needs it"
            raise FetchError(msg) from e

    def git(self, *arguments: str) -> bytes:
        """Run a git command and return its output; raise FetchError if it fails."""
        run = self._run(*arguments)
        if run.returncode:
            said = run.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
            msg = f"{public_url(self.url)}: git {arguments[0]} failed: {said[-1]}"
            raise FetchError(msg)
        return run.stdout

    def blob(self, oid: str) -> bytes:
        """Return the content of a blob; one `git cat-file` process reads all of them."""
        if self._reader is None:
            pipe = subprocess.PIPE
            command = ["git", "cat-file", "--batch"]
            self._reader = subprocess.Popen(command, cwd=self.folder, env=self._environment(), stdin=pipe, stdout=pipe)
        sent, received = self._reader.stdin, self._reader.stdout
        if sent is None or received is None:
            raise AssertionError
        sent.write(f"{oid}\n".encode("ascii"))
        sent.flush()
        header = received.readline().split()
        content = received.read(int(header[2]) + 1)[:-1] if header[1:2] == [b"blob"] else None
        if content is None or len(content) != int(header[2]):
            msg = f"{public_url(self.url)}: git cannot read the object {oid}"
            raise FetchError(msg)
        return content

    def submodules(self) -> dict[str, str]:
        """Return path → address of the commit's submodules."""
        listed = self._run("config", "--blob", f"{self.commit}:.gitmodules", "--null", "--list").stdout
        pairs = [item.partition("\n")[::2] for item in listed.decode("utf-8", "surrogateescape").split("\0") if item]
        values = dict(pairs)
        return {
            path: _resolve(self.url, values.get(f"{key.removesuffix('.path')}.url", ""))
            for key, path in pairs
            if key.startswith("submodule.") and key.endswith(".path")
        }


def _resolve(parent: str, url: str) -> str:
    """Resolve a submodule's address, which may be relative to its parent's (gitmodules(5))."""
    if not url.startswith(("./", "../")):
        return url
    base = parent.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            base = base[: max(base.rfind("/"), base.rfind(":"))]
        url = url.partition("/")[2]
    return f"{base}/{url}"


def _entries(repository: _Repository, scratch: Path, opened: contextlib.ExitStack, *, depth: int) -> Iterator[Entry]:
    """Yield the entries of the commit, with those of its submodules."""
    if depth > _MAX_DEPTH:
        msg = f"{public_url(repository.url)}: more than {_MAX_DEPTH} submodules within each other"
        raise FetchError(msg)
    listed = repository.git("ls-tree", "-r", "-z", "--full-tree", repository.commit)
    submodules: dict[str, str] | None = None
    for item in filter(None, listed.split(b"\0")):
        head, _, raw = item.partition(b"\t")
        mode, _, oid = head.decode("ascii").split()
        path = raw.decode("utf-8", "surrogateescape")
        if mode == _SUBMODULE:
            submodules = repository.submodules() if submodules is None else submodules
            inner = _submodule(repository, submodules, path, oid, scratch)
            for entry in _entries(opened.enter_context(inner), scratch, opened, depth=depth + 1):
                yield replace(entry, path=f"{path}/{entry.path}")
        elif mode == _LINK:
            yield Entry(path=path, link=repository.blob(oid).decode("utf-8", "surrogateescape"))
        elif mode in (_FILE, _OLD_FILE, _PROGRAM):
            yield Entry(path=path, executable=mode == _PROGRAM, read=_reader(repository, oid, path))
        else:
            msg = f"{public_url(repository.url)}: {path} has the unknown mode {mode}"
            raise FetchError(msg)


def _submodule(repository: _Repository, submodules: dict[str, str], path: str, oid: str, scratch: Path) -> _Repository:
    """Fetch the commit of a submodule that the tree names."""
    place = f"{public_url(repository.url)}: submodule {path}"
    if not submodules.get(path):
        msg = f"{place}: .gitmodules of commit {repository.commit} does not say where it is"
        raise FetchError(msg, tip="Lock an sdist of this package instead.")
    count = sum(1 for _ in scratch.iterdir())
    return _Repository(submodules[path], oid, scratch / str(count))


def _reader(repository: _Repository, oid: str, path: str) -> Callable[[], bytes]:
    def read() -> bytes:
        content = repository.blob(oid)
        if content.startswith(_LFS):
            msg = f"{public_url(repository.url)}: {path} is only a pointer of git LFS, not the file itself"
            raise FetchError(msg, tip="What LFS stores is not pinned by a commit alone: lock an sdist of this package instead.")
        return content

    return read
