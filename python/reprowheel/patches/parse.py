"""Parses unified diffs of `git diff`, `git format-patch` and `diff -u`; anything that is not understood is an error.

Formats: "Comparing and Merging Files" (GNU diffutils), git-diff's "generating patch text with -p". Text between
diffs is skipped. A hunk must have exactly the lines that its header counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reprowheel.errors import UsageError

__all__ = ["FileDiff", "Hunk", "parse_patch", "split_lines"]

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NULL = "/dev/null"
_NO_NEWLINE = b"\\ "
_SIGNATURE = b"-- "
_MODES = {"100644": False, "100755": True}
_MODE_HEADERS = ("old mode ", "new mode ", "deleted file mode ", "new file mode ")
_NAME_HEADERS = ("rename from ", "rename to ", "copy from ", "copy to ")
_IGNORED_HEADERS = ("similarity index ", "dissimilarity index ", "index ")
_ESCAPES = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_ABSENT = re.compile(r"\t(?:1970-01-01|1969-12-31) [0-9:.]+ [+-]\d{4}$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hunk:
    """A hunk; its lines have their line ends.

    :param line: line of its header in the patch, counted from 1.
    :param number: number of the hunk in its file, counted from 1.
    :param start: line of the old file at which it begins, counted from 1; without old lines, the line before it.
    """

    line: int
    number: int
    start: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]


@dataclass(kw_only=True, slots=True)
class FileDiff:
    """The changes of a patch to one file; names are unchanged from the patch, `None` for /dev/null.

    :param line: line of the patch at which it begins, counted from 1.
    :param crlf: whether the header lines of the patch end in CR LF.
    """

    line: int
    old: str | None
    new: str | None
    git: bool = False
    created: bool = False
    deleted: bool = False
    executable: bool | None = None
    renamed: bool = False
    copied: bool = False
    crlf: bool = False
    hunks: list[Hunk] = field(default_factory=list)


def parse_patch(data: bytes, name: str) -> list[FileDiff]:
    """Read a patch.

    :param name: its file name, for messages.
    :returns: the diff of each file; nothing for an empty file, which changes nothing, as for every patch program.
    :raises UsageError: it has no diff, or a diff is damaged or of another kind; the message names the line.
    """
    diffs = _Parser(data, name).parse()
    if not diffs and data.strip():
        msg = f"{name}: has no unified diff"
        raise UsageError(msg, tip="Write the patch with `git diff` or `diff -u`.")
    return diffs


class _Parser:
    def __init__(self, data: bytes, name: str) -> None:
        self._lines = split_lines(data)
        self._name = name
        self._at = 0
        self._hunks = 0

    def parse(self) -> list[FileDiff]:
        diffs: list[FileDiff] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(b"diff --git "):
                diffs.append(self._git_diff())
            elif self._is_header():
                diffs.append(self._plain_diff())
            elif _HUNK.match(line):
                msg = "a hunk without a file header"
                raise self._error(msg)
            else:
                self._at += 1
        return diffs

    def _error(self, problem: str) -> UsageError:
        return UsageError(f"{self._name}:{self._at + 1}: {problem}")

    def _text(self) -> str:
        return self._lines[self._at].rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def _is_header(self) -> bool:
        here = self._lines[self._at : self._at + 2]
        return len(here) > 1 and here[0].startswith(b"--- ") and here[1].startswith(b"+++ ")

    def _plain_diff(self) -> FileDiff:
        diff = FileDiff(line=self._at + 1, old=None, new=None)
        self._names(diff)
        self._read_hunks(diff)
        if not diff.hunks:
            msg = "a file header without a hunk"
            raise self._error(msg)
        return diff

    def _names(self, diff: FileDiff) -> None:
        """Read the two lines that name the files."""
        diff.crlf = self._lines[self._at].endswith(b"\r\n")
        names: list[str | None] = []
        absent = []
        for _ in range(2):
            text = self._text()[4:]
            absent.append(bool(_ABSENT.search(text)))
            path = self._unquote(text) if text.startswith('"') else text.partition("\t")[0]
            names.append(None if path.strip() == _NULL else path)
            self._at += 1
        if not diff.git:
            diff.old, diff.new = names
            diff.created, diff.deleted = names[0] is None, names[1] is None
        if names == [None, None]:
            msg = "a file header that names no file"
            raise self._error(msg)
        # diff -N does not write /dev/null: a missing file has the time 0. The hunk shows if the file is really missing.
        diff.created |= not diff.git and absent[0]
        diff.deleted |= not diff.git and absent[1]

    def _git_diff(self) -> FileDiff:
        old, new = self._git_names(self._text()[len("diff --git ") :])
        diff = FileDiff(line=self._at + 1, old=old, new=new, git=True, crlf=self._lines[self._at].endswith(b"\r\n"))
        self._at += 1
        while self._at < len(self._lines):
            text = self._text()
            if text.startswith(_MODE_HEADERS):
                self._mode(diff, text)
            elif text.startswith(_NAME_HEADERS):
                self._rename(diff, text)
            elif text.startswith(("GIT binary patch", "Binary files ")):
                msg = "a binary diff; expected a text diff"
                raise self._error(msg)
            elif not text.startswith(_IGNORED_HEADERS):
                break
            self._at += 1
        if self._at < len(self._lines) and self._is_header():
            self._names(diff)
            self._read_hunks(diff)
        if not (diff.hunks or diff.created or diff.deleted or diff.renamed or diff.copied or diff.executable is not None):
            msg = f"the diff of {new!r} changes nothing"
            raise self._error(msg)
        if diff.old is None or diff.new is None:
            msg = "a `diff --git` line whose names cannot be told apart"
            raise self._error(msg)
        return diff

    def _git_names(self, text: str) -> tuple[str | None, str | None]:
        """Split `a/name b/name`; with blanks in names, this only works if both are equal behind the prefix (else `None`)."""
        if text.startswith('"'):
            end = re.match(r'"(?:[^"\\]|\\.)*"', text)
            first, rest = (end.group(), text[end.end() + 1 :]) if end else (text, "")
            return self._unquote(first), self._unquote(rest) if rest.startswith('"') else rest
        if text.endswith('"'):
            first, _, rest = text.partition(' "')
            return first, self._unquote('"' + rest)
        if text.count(" ") == 1:
            first, _, rest = text.partition(" ")
            return first, rest
        half = len(text) // 2
        first, blank, rest = text[:half], text[half : half + 1], text[half + 1 :]
        if blank == " " and (first == rest or (first.partition("/")[2] == rest.partition("/")[2] != "")):
            return first, rest
        return None, None

    def _mode(self, diff: FileDiff, text: str) -> None:
        kind, _, mode = text.rpartition(" ")
        if mode not in _MODES:
            msg = f"mode {mode}: a link or a submodule; expected a file (100644 or 100755)"
            raise self._error(msg)
        diff.created |= kind == "new file mode"
        diff.deleted |= kind == "deleted file mode"
        if kind.startswith("new"):
            diff.executable = _MODES[mode]

    def _rename(self, diff: FileDiff, text: str) -> None:
        kind, side, path = text.split(" ", 2)
        path = self._unquote(path) if path.startswith('"') else path
        diff.renamed |= kind == "rename"
        diff.copied |= kind == "copy"
        # These names have no prefix like a/; add one, so that they are stripped like all others.
        prefix = (diff.old if side == "from" else diff.new) or "x/"
        path = (prefix.partition("/")[0] + "/" if prefix.removesuffix(path) != "" else "") + path
        if side == "from":
            diff.old = path
        else:
            diff.new = path

    def _unquote(self, text: str) -> str:
        """Return the name in a quoted string with escapes as in C."""
        match = re.match(r'"((?:[^"\\]|\\.)*)"', text)
        if not match:
            msg = "a quoted name without an end"
            raise self._error(msg)

        def character(found: re.Match[str]) -> str:
            body = found.group(1)
            return chr(int(body, 8) & 0xFF) if body[0].isdigit() else _ESCAPES.get(body, body)

        # Octal escapes are bytes of UTF-8; all other characters are text already.
        raw = re.sub(r"\\([0-7]{3}|.)", character, match.group(1).encode("utf-8", "surrogateescape").decode("latin-1"))
        return raw.encode("latin-1").decode("utf-8", "surrogateescape")

    def _read_hunks(self, diff: FileDiff) -> None:
        while self._at < len(self._lines) and _HUNK.match(self._lines[self._at]):
            self._hunk(diff)
            self._refuse_uncounted()

    def _hunk(self, diff: FileDiff) -> None:
        """Read one hunk, with as many lines as its header counts."""
        header = _HUNK.match(self._lines[self._at])
        assert header is not None  # noqa: S101 - the caller has checked
        line, start = self._at + 1, int(header.group(1))
        left = [int(header.group(2) or 1), int(header.group(4) or 1)]
        sides: tuple[list[bytes], list[bytes]] = ([], [])
        self._at += 1
        while left != [0, 0]:
            if self._at >= len(self._lines):
                msg = f"the patch ends inside the hunk of line {line}"
                raise self._error(msg)
            content = self._lines[self._at]
            kind = content[:1] if content.strip(b"\r\n") else b" "
            body = content[1:] if content.strip(b"\r\n") else content  # an editor may have removed the blank of an empty line
            on = {b" ": (0, 1), b"-": (0,), b"+": (1,)}.get(kind)
            if on is None or any(left[side] == 0 for side in on):
                msg = f"a line that does not belong to the hunk of line {line}, by the counts of its header"
                raise self._error(msg)
            self._at += 1
            if self._at < len(self._lines) and self._lines[self._at].startswith(_NO_NEWLINE):
                body = body.rstrip(b"\n").removesuffix(b"\r") if diff.crlf else body.rstrip(b"\n")
                self._at += 1
            for side in on:
                sides[side].append(body)
                left[side] -= 1
        diff.hunks.append(Hunk(line=line, number=len(diff.hunks) + 1, start=start, old=tuple(sides[0]), new=tuple(sides[1])))

    def _refuse_uncounted(self) -> None:
        """Raise if more lines follow than the header of the hunk counts, because they would be lost."""
        if self._at >= len(self._lines):
            return
        line = self._lines[self._at]
        if line.rstrip(b"\r\n") in (_SIGNATURE, b"--") or self._is_header():
            return
        if line[:1] in (b"+", b"-", b" "):
            msg = "a line that no hunk counts; the header of the hunk before it is wrong"
            raise self._error(msg)


def split_lines(data: bytes) -> list[bytes]:
    """Split into lines with their line ends; only LF ends a line, CR is part of it."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
