"""Finds members whose digest, as the build made them, is recorded in another member; normalizing would make it a wrong one.

Packages with integrity checks write down digests of what they have just built. Such a member stays as the build made it, if
that is the same in every build. Otherwise no wheel can be right and reproducible, and it is refused. See docs/decisions.md,
"Recorded digests". RECORD is not searched: it is made anew.
"""

from __future__ import annotations

import base64
import hashlib
import mmap
import re
import sys
import zipfile
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from reprowheel.archives.embedded import unpacked
from reprowheel.errors import RefusedError
from reprowheel.files import canonical_mode, named_files
from reprowheel.normalize.report import FileReport
from reprowheel.normalize.wheel import is_shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["keep_recorded"]

_ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512", "blake2b")
_WORD = 8
_CHANCE = re.compile(rb"\0cc[A-Za-z0-9]{6}\.")
"""Names of a compiler's temporary files, which are in the symbol tables of unstripped files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A digest of `member` that `holder` has."""

    member: str
    holder: str
    algorithm: str


def keep_recorded(  # noqa: PLR0913 - keyword-only
    package: str,
    *,
    wheel: Path,
    tree: Path,
    reports: Sequence[FileReport],
    rewritten: Iterable[str] = (),
    debug: Path | None = None,
) -> tuple[FileReport, ...]:
    """Bring members back whose digest another member has; return the reports, which say so.

    :param package: name of the package or wheel, for messages.
    :param wheel: the wheel as the build made it.
    :param tree: the same unpacked and normalized.
    :param rewritten: members in which the path of the build was replaced before.
    :param debug: folder with the split debug files; those of members that are brought back are removed.
    :raises RefusedError: such a member differs from build to build; the message names both members.
    """
    leaks = dict.fromkeys(rewritten, "the path of the build was in it")
    changed = [report.path for report in reports if report.action != "unchanged"]
    if not changed and not leaks:
        return tuple(reports)
    result = {report.path: report for report in reports}
    with zipfile.ZipFile(wheel) as archive:
        originals = _Originals(archive, {*changed, *leaks}, tree)
        pending = [name for name in named_files(tree) if is_shipped(name)]
        while pending:  # what is brought back may have digests, too
            found = [hit for holder in pending for hit in originals.found_in(holder, tree / holder)]
            pending = []
            for hit in found:
                if hit.member in originals.members:
                    data = archive.read(hit.member)
                    why = leaks.get(hit.member) or _varies(result[hit.member], data)
                    if why:
                        raise _refusal(package, hit, why)
                    _restore(tree / hit.member, data)
                    result[hit.member] = _kept(result.pop(hit.member), hit, result.values(), debug)
                    originals.members.remove(hit.member)
                    pending.append(hit.member)
    return tuple(result[name] for name in sorted(result, key=str.encode))


class _Originals:
    """The digests of members as they were, in all forms in which a file may have them."""

    def __init__(self, archive: zipfile.ZipFile, names: set[str], tree: Path) -> None:
        self.members = set()
        self._forms: dict[str, list[tuple[str, bytes]]] = {}
        self._words: dict[int, list[str]] = {}
        for name in sorted(names):
            data = archive.read(name)
            path = tree / name
            if not path.exists() or path.read_bytes() != data:
                self.members.add(name)
                self._add(name, data)
        self._keys = frozenset(self._words)

    def _add(self, name: str, data: bytes) -> None:
        self._forms[name] = [
            (algorithm, form)
            for algorithm in _ALGORITHMS
            for form in _forms(hashlib.new(algorithm, data, usedforsecurity=False).digest())
        ]
        for _, form in self._forms[name]:
            # Wherever a form lies, one of these words of it is aligned: the shortest form has 16 bytes.
            for phase in range(_WORD):
                word = int.from_bytes(form[phase : phase + _WORD], sys.byteorder)
                members = self._words.setdefault(word, [])
                if name not in members:
                    members.append(name)

    def found_in(self, holder: str, path: Path) -> Iterator[_Found]:
        """Yield the digests of other members that a file has, also in what is packed in it."""
        if path.stat().st_size < 2 * _WORD:
            return
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            parts: Iterator[mmap.mmap | bytes] = chain((data,), unpacked(data))
            for part in parts:
                for name in sorted(self._suspects(part) - {holder}):
                    for algorithm in (algorithm for algorithm, form in self._forms[name] if part.find(form) >= 0):
                        yield _Found(member=name, holder=holder, algorithm=algorithm)

    def _suspects(self, data: mmap.mmap | bytes) -> set[str]:
        with memoryview(data) as view, view[: len(data) // _WORD * _WORD] as whole, whole.cast("Q") as words:
            if self._keys.isdisjoint(words):
                return set()
            return {name for word in self._keys.intersection(words) for name in self._words[word]}


def _forms(digest: bytes) -> tuple[bytes, ...]:
    """Return a digest as bytes, in hexadecimal and in Base64 without padding."""
    text = digest.hex()
    pairs = ":".join(text[at : at + 2] for at in range(0, len(text), 2))
    standard, safe = (encode(digest).rstrip(b"=") for encode in (base64.standard_b64encode, base64.urlsafe_b64encode))
    return (digest, *(form.encode() for form in (text, text.upper(), pairs, pairs.upper())), *{standard, safe})


def _varies(report: FileReport, data: bytes) -> str:
    """Return why a member differs from build to build as it was, or an empty string."""
    if report.action == "removed":
        return "it is a bytecode cache, which no wheel holds"
    if report.kind != "elf":
        return f"it is a {report.kind} file with times, owners or random numbers"
    return "its symbols have names of temporary files" if _CHANCE.search(data) else ""


def _refusal(package: str, hit: _Found, why: str) -> RefusedError:
    msg = f"{package}: {hit.holder} has the {hit.algorithm} of {hit.member}, which differs from build to build: {why}"
    return RefusedError(msg, tip="Patch the package so that it records no digest of it, or makes it without what differs.")


def _restore(path: Path, data: bytes) -> None:
    mode = canonical_mode(path)
    path.write_bytes(data)
    path.chmod(mode)


def _kept(old: FileReport, hit: _Found, others: Iterable[FileReport], debug: Path | None) -> FileReport:
    """Return the new report; remove the debug file, unless another member has the same."""
    if old.debug and debug is not None and all(other.debug != old.debug for other in others):
        (debug / old.debug).unlink(missing_ok=True)
    return FileReport.unchanged(old.path, old.kind, f"left as it was built: {hit.holder} has its {hit.algorithm}")
