"""What still carries the build's own path is rewritten, or fails the build (docs/decisions.md, "Rewriting leaked paths").

A rewrite replaces the workspace's path by `CANONICAL_ROOT`, which has as many bytes, so no offset moves. The random
token of the path is letters and digits only and so survives quoting, mangling and most escapes: after the rewrite it must
be nowhere, neither in a file nor in what is packed in one, at whatever offset and depth (`archives.embedded`).
"""

from __future__ import annotations

import base64
import mmap
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.archives.embedded import find_packed, sealed
from reprowheel.errors import RefusedError
from reprowheel.files import named_files, sorted_files
from reprowheel.normalize.elf.image import is_elf
from reprowheel.normalize.elf.reader import DamagedElfError, open_elf
from reprowheel.workspace import CANONICAL_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.archives.embedded import Hit
    from reprowheel.workspace import Workspace

__all__ = ["Rewrite", "refuse_leaks", "rewrite_leaks"]

_NEEDLE = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Rewrite:
    """One file in which the path was replaced: `path` in the wheel, `count` of places."""

    path: str
    count: int


def rewrite_leaks(tree: Path, workspace: Workspace) -> tuple[Rewrite, ...]:
    """Replace the workspace's path in every file below `tree`: in place and length for length.

    Not in a file in which a checksum covers it, such as a stored member of a zip file: that file would be damaged.

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
            elf = is_elf(view[:4])
            texts = in_elf if elf else plain | mangled
            places = [(at, old, new) for old, new in texts.items() for at in _places(view, old)]
            longer = [] if elf else _places(view, escaped[0].encode())
            if sealed(view, [*(at for at, _, _ in places), *longer]):
                continue  # refuse_leaks says where
            for at, old, new in places:
                view[at : at + len(old)] = new
        if longer:
            data = path.read_bytes()
            path.write_bytes(data.replace(escaped[0].encode(), escaped[1].encode()))
        if count := len(places) + len(longer):
            rewrites.append(Rewrite(path=path.relative_to(tree).as_posix(), count=count))
    return tuple(rewrites)


def refuse_leaks(tree: Path, workspace: Workspace, foreign: Sequence[str]) -> None:
    """Raise if any file still tells where it was built.

    :param foreign: other paths of this machine that must not appear, such as the interpreter's prefix.
    :raises RefusedError: names the member, the ELF section where there is one, and the offset.
    """
    needle = workspace.token[:_NEEDLE].encode()
    needles = _forms(workspace.token) | {path.encode(): f"the host path {path}" for path in foreign}
    files = named_files(tree)
    for name in files:  # before contents: RECORD repeats the names
        if needle in name.encode():
            msg = f"{name}: its file name holds {needles[needle]}, which differs from build to build"
            raise RefusedError(msg, tip="Patch the package so that it does not name files after the place of its build.")
    for name, path in files.items():
        hit = _first_hit(path, needles)
        if hit is not None:
            section = _section(path, hit.outer)
            where = f"{name}{hit.place}{f', section {section}' if section else ''}, offset {hit.offset:#x}"
            msg = f"{where}: holds {needles[hit.needle]}, which differs from build to build"
            raise RefusedError(
                msg,
                tip="It is compressed, encoded, under a checksum or split there, so it cannot be rewritten; patch the package"
                " so that it does not record where it is built.",
            )


def _forms(token: str) -> dict[bytes, str]:
    """Return what to search for: the path's random part, and what encodings make of it at any position of theirs."""
    needle = token[:_NEEDLE]
    forms = {needle.encode(): "part of the build directory's path", needle.encode("utf-16-le"): "its path in UTF-16"}
    for skipped in range(3):
        body = token[skipped : skipped + _NEEDLE // 3 * 3].encode()
        forms[base64.b64encode(body)] = "the build directory's path in Base64"
    for text in (needle.encode().hex(), needle.encode().hex().upper()):
        forms[text.encode()] = "the build directory's path in hexadecimal"
    return forms


def _first_hit(path: Path, needles: Mapping[bytes, str]) -> Hit | None:
    """Return where the file, or what is packed in it, holds one of the needles."""
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return next(find_packed(view, needles), None)


def _padded(text: str, like: str) -> bytes:
    r"""Return the escaped canonical path cut or padded by whole `\/.` steps to the length of the escaped original."""
    missing = len(like) - len(text)
    while missing < 0:
        text, missing = text.removesuffix("\\/."), missing + 3
    return (text + "/" * missing).encode()


def _places(view: mmap.mmap, text: bytes) -> list[int]:
    """Return the offset of every occurrence."""
    found, at = [], view.find(text)
    while at >= 0:
        found.append(at)
        at = view.find(text, at + len(text))
    return found


def _section(path: Path, offset: int) -> str:
    """Return the name of the ELF section at a file offset, or nothing."""
    with suppress(DamagedElfError), open_elf(path) as elf:
        for section in elf.iter_sections() if elf else ():
            start = section["sh_offset"]
            if section["sh_type"] != "SHT_NOBITS" and start <= offset < start + section["sh_size"]:
                return str(section.name)
    return ""
