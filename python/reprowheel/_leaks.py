"""Layer 3 of D2: what still carries the build's own path after the build is rewritten, or fails the build.

A rewrite replaces the workspace's path by `CANONICAL_ROOT`, which has as many bytes, so no offset moves. The random
token of the path is letters and digits only and so survives quoting, mangling and most escapes: after the rewrite it must
be nowhere, neither in a file nor in what a compressed member unpacks to.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import mmap
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from reprowheel._workspace import CANONICAL_ROOT
from reprowheel.determinism import sorted_files
from reprowheel.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprowheel._workspace import Workspace

__all__ = ["Rewrite", "refuse_leaks", "rewrite_leaks"]

_NEEDLE = 14
_MAX_UNPACKED = 1024**3
_CHUNK = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Rewrite:
    """One file in which the path was replaced: `path` in the wheel, `count` of places."""

    path: str
    count: int


def rewrite_leaks(tree: Path, workspace: Workspace) -> tuple[Rewrite, ...]:
    """Replace the workspace's path in every file below `tree`: in place and length for length.

    The one form whose length depends on how deep the workspace is, with every `/` escaped, changes the length of files
    that are not ELF, so that it is the same from everywhere.
    """
    root, canonical = str(workspace.root), CANONICAL_ROOT
    escaped = root.replace("/", "\\/"), canonical.replace("/", "\\/")
    plain = {root.encode(): canonical.encode(), root.encode("utf-16-le"): canonical.encode("utf-16-le")}
    mangled = {re.sub(r"\W", "_", root).encode(): re.sub(r"\W", "_", canonical).encode()}
    in_elf = plain | {escaped[0].encode(): _padded(escaped[1], escaped[0])}
    rewrites = []
    for path in sorted_files(tree):
        if path.stat().st_size == 0:
            continue
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            elf = view[:4] == b"\x7fELF"
            count = sum(_replace(view, old, new) for old, new in (in_elf if elf else plain | mangled).items())
            longer = not elf and view.find(escaped[0].encode()) >= 0
        if longer:
            data = path.read_bytes()
            count += data.count(escaped[0].encode())
            path.write_bytes(data.replace(escaped[0].encode(), escaped[1].encode()))
        if count:
            rewrites.append(Rewrite(path=path.relative_to(tree).as_posix(), count=count))
    return tuple(rewrites)


def refuse_leaks(tree: Path, workspace: Workspace, foreign: Sequence[str]) -> None:
    """Raise if any file still tells where it was built.

    :param foreign: other paths of this machine that must not appear, such as the interpreter's prefix.
    :raises RefusedError: names the member, the ELF section where there is one, and the offset.
    """
    needle = workspace.token[:_NEEDLE].encode()
    needles = {needle: "part of the build directory's path", needle.decode().encode("utf-16-le"): "its path in UTF-16"}
    needles |= {path.encode(): f"the host path {path}" for path in foreign}
    files = {path.relative_to(tree).as_posix(): path for path in sorted_files(tree)}
    for name in files:  # before contents: RECORD repeats the names
        if needle in name.encode():
            msg = f"{name}: its file name holds {needles[needle]}, which differs from build to build"
            raise RefusedError(msg, tip="Patch the package so that it does not name files after the place of its build.")
    for name, path in files.items():
        for wanted, what in needles.items():
            for place, offset in _find(path, wanted):
                section = _section(path, offset) if place == "" else ""
                where = f"{name}{place}{f', section {section}' if section else ''}, offset {offset:#x}"
                msg = f"{where}: holds {what}, which differs from build to build"
                raise RefusedError(
                    msg,
                    tip="It is compressed, split, hashed or mangled there, so it cannot be rewritten; patch the package"
                    " so that it does not record where it is built.",
                )


def _padded(text: str, like: str) -> bytes:
    """Return the escaped canonical path cut or padded by whole `\\/.` steps to the length of the escaped original."""
    missing = len(like) - len(text)
    while missing < 0:
        text, missing = text.removesuffix("\\/."), missing + 3
    return (text + "/" * missing).encode()


def _replace(view: mmap.mmap, old: bytes, new: bytes) -> int:
    """Replace every occurrence in place; return how many."""
    count, start = 0, view.find(old)
    while start >= 0:
        view[start : start + len(old)] = new
        count, start = count + 1, view.find(old, start + len(old))
    return count


def _find(path: Path, needle: bytes) -> Iterator[tuple[str, int]]:
    """Yield (inner place, offset) of the first occurrence in the file and in each compressed part of it."""
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        offset = view.find(needle)
        if offset >= 0:
            yield "", offset
            return
        head = bytes(view[:8])
    for place, unpacked in _unpacked(path, head):
        offset = unpacked.find(needle)
        if offset >= 0:
            yield place, offset


def _unpacked(path: Path, head: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what compressed containers hold; damaged ones hold nothing that could be read by anyone."""
    openers = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))
    try:
        for magic, opener in openers:
            if head.startswith(magic):
                with opener(path, "rb") as packed:
                    yield " (unpacked)", packed.read(_MAX_UNPACKED)
        if head.startswith(b"PK\x03\x04"):
            yield from _zip_members(path.read_bytes())
        elif head[:1] == b"\x78" and int.from_bytes(head[:2], "big") % 31 == 0:
            yield " (unpacked)", zlib.decompressobj().decompress(path.read_bytes(), _MAX_UNPACKED)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError):
        return


def _zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        for info in bundle.infolist():
            with bundle.open(info) as member:
                yield f"!{info.filename}", member.read(_MAX_UNPACKED)


def _section(path: Path, offset: int) -> str:
    """Return the name of the ELF section at a file offset, or nothing."""
    try:
        with path.open("rb") as file:
            for section in ELFFile(file).iter_sections():
                start = section["sh_offset"]
                if section["sh_type"] != "SHT_NOBITS" and start <= offset < start + section["sh_size"]:
                    return str(section.name)
    except (ELFError, OSError, ValueError, KeyError):
        pass
    return ""
