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

from reprowheel import limits
from reprowheel.errors import FetchError
from reprowheel.output.address import public_url
from reprowheel.sources.canonical_tar import Entry
from reprowheel.sources.objects import is_remote, name_problem, parse_tree, resolve_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["GitTree", "fetch_tree"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA1_DIGITS = 40
_MAX_DEPTH = 8
_FILE, _PROGRAM, _LINK, _SUBMODULE, _TREE = "100644", "100755", "120000", "160000", "40000"
_OLD_FILE = "100664"
_LFS = b"version https://git-lfs.github.com/spec/"
_REMOTE_PROTOCOLS = "git:http:https:ssh"
_PROTOCOLS = f"file:{_REMOTE_PROTOCOLS}"
_SDIST = "Lock an sdist of this package instead."
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

    def __init__(self, url: str, commit: str, folder: Path, *, protocols: str = _PROTOCOLS) -> None:
        self.url, self.commit, self.folder, self._protocols = url, commit, folder, protocols
        self._reader: subprocess.Popen[bytes] | None = None
        if url.startswith("-"):
            msg = f"{url!r} is not the address of a git repository"
            raise FetchError(msg)
        form = ["--object-format=sha256"] if len(commit) > _SHA1_DIGITS else []
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--template=", *form)
        if self._fetch("--depth=1", commit) and self._fetch("+refs/*:refs/all/*"):
            msg = f"{public_url(url)}: {self._said}"
            raise FetchError(msg, tip=f"Make `git ls-remote {public_url(url)}` work here: git needs the same keys and passwords.")
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
        return environment | {"GIT_ALLOW_PROTOCOL": self._protocols}

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60", *arguments]
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=limits.GIT_SECONDS,
            )
        except subprocess.TimeoutExpired as e:
            msg = f"{public_url(self.url)}: git {arguments[0]} takes more than {limits.GIT_SECONDS:.0f} s"
            raise FetchError(msg, tip="try again, or lock an sdist of this package instead") from e
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

    def content(self, oid: str, kind: bytes = b"blob", most: int | None = None) -> bytes:
        """Return the content of an object; one `git cat-file` process reads all of them.

        :param most: bytes that are allowed; `None`: those of a source file.
        """
        most = limits.MAX_SOURCE_FILE if most is None else most
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
        if header[1:2] != [kind]:
            msg = f"{public_url(self.url)}: git cannot read the object {oid}"
            raise FetchError(msg)
        size = int(header[2])
        if size > most:
            self._reader.kill()  # it writes what nobody will read
            msg = f"{public_url(self.url)}: the object {oid} has {size} bytes; the limit is {most}"
            raise FetchError(msg, tip=_SDIST)
        content = received.read(size + 1)[:-1]
        if len(content) != size:
            msg = f"{public_url(self.url)}: git cannot read the object {oid}"
            raise FetchError(msg)
        return content

    def submodules(self) -> dict[str, str]:
        """Return path → address of the commit's submodules."""
        place = f"{self.commit}:.gitmodules"
        size = self._run("cat-file", "-s", place).stdout.strip()
        if int(size or 0) > limits.MAX_HEADER:
            msg = f"{public_url(self.url)}: .gitmodules has {int(size)} bytes; the limit is {limits.MAX_HEADER}"
            raise FetchError(msg, tip=_SDIST)
        listed = self._run("config", "--blob", place, "--null", "--list").stdout
        pairs = [item.partition("\n")[::2] for item in listed.decode("utf-8", "surrogateescape").split("\0") if item]
        values = dict(pairs)
        return {
            path: resolve_address(self.url, values.get(f"{key.removesuffix('.path')}.url", ""))
            for key, path in pairs
            if key.startswith("submodule.") and key.endswith(".path")
        }


def _entries(repository: _Repository, scratch: Path, opened: contextlib.ExitStack, *, depth: int) -> Iterator[Entry]:
    """Yield the entries of the commit, with those of its submodules."""
    if depth > _MAX_DEPTH:
        msg = f"{public_url(repository.url)}: more than {_MAX_DEPTH} submodules within each other"
        raise FetchError(msg)
    submodules: dict[str, str] | None = None
    for mode, path, oid in _walk(repository):
        if mode == _SUBMODULE:
            submodules = repository.submodules() if submodules is None else submodules
            inner = _submodule(repository, submodules, path, oid, scratch)
            for entry in _entries(opened.enter_context(inner), scratch, opened, depth=depth + 1):
                yield replace(entry, path=f"{path}/{entry.path}")
        elif mode == _LINK:
            target = repository.content(oid, most=limits.MAX_NAME).decode("utf-8", "surrogateescape")
            if not target or "\0" in target:
                msg = f"{public_url(repository.url)}: the link {path} leads to {target!r}; expected a path"
                raise FetchError(msg, tip=_SDIST)
            yield Entry(path=path, link=target)
        elif mode in (_FILE, _OLD_FILE, _PROGRAM):
            yield Entry(path=path, executable=mode == _PROGRAM, read=_reader(repository, oid, path))
        else:
            msg = f"{public_url(repository.url)}: {path} has the unknown mode {mode}"
            raise FetchError(msg)


def _walk(repository: _Repository) -> Iterator[tuple[str, str, str]]:
    """Yield mode, path and object of all files, links and submodules of the commit.

    The tree objects are read themselves: in the lists that git prints, a name with a slash looks like a file in a folder.
    """
    root = repository.git("rev-parse", "--verify", f"{repository.commit}^{{tree}}").decode("ascii").strip()
    pending, count = [("", root)], 0
    while pending:
        folder, tree = pending.pop()
        for mode, name, oid in parse_tree(repository.content(tree, b"tree"), len(root) // 2):
            path, count = folder + name, count + 1
            place = f"{public_url(repository.url)}: the tree of {folder.rstrip('/') or 'the commit'}"
            if problem := name_problem(name):
                msg = f"{place} has an entry {name[:100]!r}, which {problem}"
                raise FetchError(msg, tip=_SDIST)
            try:
                limits.check_path(path)
            except limits.LimitError as e:
                msg = f"{public_url(repository.url)}: {e}"
                raise FetchError(msg, tip=_SDIST) from e
            if count > limits.MAX_MEMBERS:
                msg = f"{public_url(repository.url)}: has more than {limits.MAX_MEMBERS} files and folders, which is the limit"
                raise FetchError(msg, tip=_SDIST)
            if mode == _TREE:
                pending.append((f"{path}/", oid))
            else:
                yield mode, path, oid


def _submodule(repository: _Repository, submodules: dict[str, str], path: str, oid: str, scratch: Path) -> _Repository:
    """Fetch the commit of a submodule that the tree names; a repository on a server may not name one on this machine."""
    place = f"{public_url(repository.url)}: submodule {path}"
    address = submodules.get(path)
    if not address:
        msg = f"{place}: .gitmodules of commit {repository.commit} does not say where it is"
        raise FetchError(msg, tip=_SDIST)
    remote = is_remote(repository.url)
    if remote and not is_remote(address):
        msg = f"{place}: .gitmodules says that it is at {public_url(address)[:200]!r} on this machine; expected a server"
        raise FetchError(msg, tip=_SDIST)
    count = sum(1 for _ in scratch.iterdir())
    if count > limits.MAX_SUBMODULES:
        msg = f"{place}: is one of more than {limits.MAX_SUBMODULES} submodules, which is the limit"
        raise FetchError(msg, tip=_SDIST)
    return _Repository(address, oid, scratch / str(count), protocols=_REMOTE_PROTOCOLS if remote else _PROTOCOLS)


def _reader(repository: _Repository, oid: str, path: str) -> Callable[[], bytes]:
    def read() -> bytes:
        content = repository.content(oid)
        if content.startswith(_LFS):
            msg = f"{public_url(repository.url)}: {path} is only a pointer of git LFS, not the file itself"
            raise FetchError(msg, tip="What LFS stores is not pinned by a commit alone: lock an sdist of this package instead.")
        return content

    return read
