"""Overwrites a few bytes of a file: all of them, or none if there is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.files import atomic_file, canonical_mode, chunks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["UnknownShapeError", "patch_file"]


class UnknownShapeError(ValueError):
    """The file is damaged, or has a form that we do not change; the message is the reason in the report."""


def patch_file(path: Path, patches: Iterable[tuple[int, bytes]]) -> None:
    """Replace the bytes at each offset; size and the owner's executable bit of the file stay."""
    with path.open("rb") as source, atomic_file(path, mode=canonical_mode(path)) as sink:
        for piece in chunks(source):
            sink.write(piece)
        for offset, data in patches:
            sink.seek(offset)
            sink.write(data)
