"""Applies patches to a tree, strictly: either every hunk fits in exactly one way, or nothing is written.

A hunk belongs at the line that its header names. If its old lines are not there, or if the hunk before it was moved, the rest
of the file is searched for exactly these lines. They must be there once; no place or two places are an error. Context lines are
never ignored. Files are written at the end, each by a rename. See docs/decisions.md, "Patches applied in Python".
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reprowheel.errors import BuildError, UsageError
from reprowheel.files import file_sha256
from reprowheel.patches.parse import parse_patch, split_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprowheel.patches.parse import FileDiff, Hunk

__all__ = ["AppliedPatch", "apply_patches"]

_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class AppliedPatch:
    """A patch and the files that it changed: posix paths relative to the tree, sorted."""

    filename: str
    sha256: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    executable: bool


def apply_patches(tree: Path, patches: Sequence[Path], *, strip: int, mtime: int | None = None) -> tuple[AppliedPatch, ...]:
    """Apply `patches` in order to the files below `tree`; either all of them or none.

    :param strip: leading folders to drop from the patches' paths.
    :param mtime: time of changed files, in seconds since 1970; `None`: now.
    :raises BuildError: a hunk does not fit (the message names patch, hunk and line), or a file is missing or exists already.
    :raises UsageError: a patch cannot be read, or names a file outside of the tree.
    """
    state = _State(tree)
    applied = []
    for patch in patches:
        try:
            data = patch.read_bytes()
        except OSError as e:
            msg = f"{patch}: {e.strerror}"
            raise UsageError(msg) from e
        changed: set[str] = set()
        for diff in parse_patch(data, patch.name):
            changed |= _Applier(state, patch.name, diff, strip).apply()
        applied.append(AppliedPatch(filename=patch.name, sha256=file_sha256(patch), files=tuple(sorted(changed))))
    state.write(mtime)
    return tuple(applied)


class _State:
    """The tree after the patches so far, in memory."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._files: dict[str, _File | None] = {}

    def get(self, path: str) -> _File | None:
        """Return a file's content and mode; `None` if it does not exist.

        :raises OSError: the path is not a plain file, or leads through a link.
        """
        if path in self._files:
            return self._files[path]
        full = self._tree
        parts = PurePosixPath(path).parts
        for depth, part in enumerate(parts, start=1):
            full = full / part
            known = self._files.get("/".join(parts[:depth]))
            if full.is_symlink():
                msg = f"{full.relative_to(self._tree).as_posix()} is a symbolic link"
                raise OSError(msg)
            if depth < len(parts) and (known or ("/".join(parts[:depth]) not in self._files and full.is_file())):
                msg = f"{'/'.join(parts[:depth])} is not a folder"
                raise OSError(msg)
        if not full.exists():
            return None
        if not full.is_file():
            msg = f"{path} is not a file"
            raise OSError(msg)
        return _File(full.read_bytes(), bool(full.stat().st_mode & 0o100))

    def put(self, path: str, file: _File | None) -> None:
        self._files[path] = file

    def write(self, mtime: int | None) -> None:
        """Write the changes; files are removed first, because a folder may take the place of a file."""
        for path, file in sorted(self._files.items()):
            if file is None:
                (self._tree / path).unlink(missing_ok=True)
                self._remove_empty((self._tree / path).parent)
        for path, file in sorted(self._files.items()):
            if file is not None:
                self._write_file(self._tree / path, file, mtime)

    def _remove_empty(self, folder: Path) -> None:
        while folder != self._tree and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    def _write_file(self, path: Path, file: _File, mtime: int | None) -> None:
        missing = [parent for parent in path.parents if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir()
            parent.chmod(0o755)
        partial = path.with_name(f".{path.name[:200]}.reprowheel")
        partial.write_bytes(file.data)
        partial.chmod(0o755 if file.executable else 0o644)
        if mtime is not None:
            os.utime(partial, (mtime, mtime))
        partial.replace(path)


class _Applier:
    """Applies one file of one patch."""

    def __init__(self, state: _State, patch: str, diff: FileDiff, strip: int) -> None:
        self._state, self._patch, self._diff, self._strip = state, patch, diff, strip

    def apply(self) -> set[str]:
        """Change the state; return the paths that changed."""
        diff = self._diff
        source, target = self._paths()
        before = self._get(source)
        creates = diff.created and not any(hunk.old for hunk in diff.hunks)
        if creates and before is not None and (diff.git or diff.old is None or before.data):
            msg = f"{target} is there already; the patch creates it"
            raise self._error(msg)
        if before is None and not creates:
            msg = f"there is no file {source}"
            raise self._error(msg, tip="Look at the paths in the patch and at patch_strip.")
        if source != target and self._get(target) is not None:
            msg = f"{target} is there already; the patch renames or copies {source} to it"
            raise self._error(msg)
        data = self._patched(before.data if before else b"", target)
        if diff.deleted and data and (diff.git or diff.new is None):
            msg = f"the patch deletes {source}, which has lines that the patch does not know"
            raise self._error(msg)
        deleted = diff.deleted and not data
        executable = before.executable if before and diff.executable is None else bool(diff.executable)
        if diff.renamed or deleted:
            self._state.put(source, None)
        if not deleted:
            self._state.put(target, _File(data, executable))
        return {source, target} if diff.renamed else {target}

    def _error(self, problem: str, *, tip: str = "") -> BuildError:
        return BuildError(f"{self._patch}:{self._diff.line}: {problem}", tip=tip)

    def _get(self, path: str) -> _File | None:
        try:
            return self._state.get(path)
        except OSError as e:
            msg = f"{e}; patches change plain files only"
            raise self._error(msg) from e

    def _paths(self) -> tuple[str, str]:
        """Return the paths of the file to read and the file to write."""
        diff = self._diff
        old = self._stripped(diff.old) if diff.old is not None else None
        new = self._stripped(diff.new) if diff.new is not None else None
        if diff.renamed or diff.copied:
            assert old is not None and new is not None  # noqa: S101, PT018 - the parser has checked
            return old, new
        one = new or old
        assert one is not None  # noqa: S101 - the parser has checked
        if diff.deleted and old is not None:
            one = old
        elif not diff.git and not diff.created and old is not None and self._get(one) is None:
            one = old  # `--- file` `+++ file.new`
        return one, one

    def _stripped(self, path: str) -> str:
        """Return a path without the leading folders.

        :raises UsageError: the path has too few folders, or leads out of the tree.
        """
        parts = re.split("/+", path)
        kept = [part for part in parts[self._strip :] if part != "."]
        if not kept or kept == [""]:
            msg = f"{self._patch}:{self._diff.line}: {path!r} has no {self._strip} leading folders to drop"
            raise UsageError(msg, tip="Set patch_strip (--patch-strip): 1 for `git diff`, 0 for plain paths.")
        if ".." in kept or "" in kept or "\\" in path or "\0" in path:
            msg = f"{self._patch}:{self._diff.line}: {path!r} leads out of the package"
            raise UsageError(msg)
        return "/".join(kept)

    def _patched(self, data: bytes, path: str) -> bytes:
        """Return the content after all hunks."""
        hunks = self._diff.hunks
        if self._diff.crlf and b"\r\n" not in data:
            hunks = [_without_cr(hunk) for hunk in hunks]  # the line ends of the patch were converted, but not those of the file
        lines = split_lines(data)
        result: list[bytes] = []
        done, moved = 0, False
        for hunk in hunks:
            at = self._place(hunk, lines, done, path, moved=moved)
            moved |= at != _named_place(hunk)
            result += lines[done:at] + list(hunk.new)
            done = at + len(hunk.old)
        result += lines[done:]
        if any(not line.endswith(b"\n") for line in result[:-1]):
            msg = f"{path}: a line without line end would be followed by another"
            raise self._error(msg)
        return b"".join(result)

    def _place(self, hunk: Hunk, lines: list[bytes], done: int, path: str, *, moved: bool) -> int:
        """Return the index of the line at which a hunk begins."""
        wanted, at = list(hunk.old), _named_place(hunk)
        if not moved and done <= at <= len(lines) and lines[at : at + len(wanted)] == wanted:
            return at
        if wanted:
            places = [i for i in range(done, len(lines) - len(wanted) + 1) if lines[i : i + len(wanted)] == wanted]
            if len(places) == 1:
                return places[0]
            if places:
                numbers = ", ".join(str(place + 1) for place in places[:4])
                raise self._misfit(hunk, path, f"its lines are not there, and fit at more than one place: {numbers}")
        raise self._misfit(hunk, path, _difference(lines, wanted, at))

    def _misfit(self, hunk: Hunk, path: str, detail: str) -> BuildError:
        msg = f"{self._patch}:{hunk.line}: hunk {hunk.number} does not fit {path} at line {hunk.start}: {detail}"
        return BuildError(msg, tip="Make the patch again for this version of the package; it may hold the change already.")


def _named_place(hunk: Hunk) -> int:
    """Return the index of the line that a hunk's header names."""
    return hunk.start - 1 if hunk.old else hunk.start


def _difference(lines: list[bytes], wanted: list[bytes], at: int) -> str:
    """Return the first difference between the file and the lines that a hunk expects."""
    if not wanted or at < 0 or at > len(lines):
        return f"the file has {len(lines)} lines"
    for index, line in enumerate(wanted):
        if at + index >= len(lines):
            return f"the file ends at line {len(lines)}"
        if lines[at + index] != line:
            return f"line {at + index + 1} is {_show(lines[at + index])}; the patch expects {_show(line)}"
    return "a hunk before it takes up these lines"


def _show(line: bytes) -> str:
    return repr(line.decode("utf-8", "replace")[:_SHOWN])


def _without_cr(hunk: Hunk) -> Hunk:
    def strip(lines: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return tuple(line[:-2] + b"\n" if line.endswith(b"\r\n") else line for line in lines)

    return replace(hunk, old=strip(hunk.old), new=strip(hunk.new))
