"""Rewrites the build path in built files, and refuses files that have it in another form.

See docs/decisions.md, "Rewriting leaked paths". A rewrite replaces the path of the workspace by `CANONICAL_ROOT`, which has
the same length, so no offset changes. The random token of the path has letters and digits only, so quoting, name mangling
and most escapes leave it as it is. After the rewrite, the token may be nowhere: not in a file, and not in data that is packed
inside a file at any depth (`archives.embedded`).
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
    """One rewritten file: its `path` in the wheel, and the `count` of replaced places."""

    path: str
    count: int


def rewrite_leaks(tree: Path, workspace: Workspace) -> tuple[Rewrite, ...]:
    """Replace the path of the workspace in every file below `tree`, in place and without a change of length.

    A file is left alone if a checksum covers the path, as in a stored member of a zip file: a rewrite would damage it.

    One form of the path may change the length of a file that is not ELF: the form in which every `/` is escaped. Its length
    depends on the number of folders in the path, and the result must not.
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
                continue  # refuse_leaks reports the place
            for at, old, new in places:
                view[at : at + len(old)] = new
        if longer:
            data = path.read_bytes()
            path.write_bytes(data.replace(escaped[0].encode(), escaped[1].encode()))
        if count := len(places) + len(longer):
            rewrites.append(Rewrite(path=path.relative_to(tree).as_posix(), count=count))
    return tuple(rewrites)


def refuse_leaks(tree: Path, workspace: Workspace, foreign: Sequence[str]) -> None:
    """Raise if any file still holds the build path.

    :param foreign: other paths of this host that must not appear, such as the interpreter's prefix.
    :raises RefusedError: a path was found; the message names the member, its ELF section if any, and the offset.
    """
    needle = workspace.token[:_NEEDLE].encode()
    needles = _forms(workspace.token) | {path.encode(): f"the host path {path}" for path in foreign}
    files = named_files(tree)
    for name in files:  # names before contents, because RECORD repeats the names
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
    """Return the byte strings to search for: the random part of the path, plain and in encodings, at any alignment."""
    needle = token[:_NEEDLE]
    forms = {needle.encode(): "part of the build directory's path", needle.encode("utf-16-le"): "its path in UTF-16"}
    for skipped in range(3):
        body = token[skipped : skipped + _NEEDLE // 3 * 3].encode()
        forms[base64.b64encode(body)] = "the build directory's path in Base64"
    for text in (needle.encode().hex(), needle.encode().hex().upper()):
        forms[text.encode()] = "the build directory's path in hexadecimal"
    return forms


def _first_hit(path: Path, needles: Mapping[bytes, str]) -> Hit | None:
    """Return the first place where a file, or data packed in it, holds one of the needles; `None` if there is none."""
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return next(find_packed(view, needles), None)


def _padded(text: str, like: str) -> bytes:
    r"""Return the escaped canonical path in the length of the escaped original: cut by whole `\/.` steps, or padded by `/`."""
    missing = len(like) - len(text)
    while missing < 0:
        text, missing = text.removesuffix("\\/."), missing + 3
    return (text + "/" * missing).encode()


def _places(view: mmap.mmap, text: bytes) -> list[int]:
    """Return the offsets of all occurrences of `text`."""
    found, at = [], view.find(text)
    while at >= 0:
        found.append(at)
        at = view.find(text, at + len(text))
    return found


def _section(path: Path, offset: int) -> str:
    """Return the name of the ELF section at a file offset; an empty string if there is none."""
    with suppress(DamagedElfError), open_elf(path) as elf:
        for section in elf.iter_sections() if elf else ():
            start = section["sh_offset"]
            if section["sh_type"] != "SHT_NOBITS" and start <= offset < start + section["sh_size"]:
                return str(section.name)
    return ""
