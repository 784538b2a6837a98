"""Compares two RECORD files: separates rows that differ because their file differs from other differences."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

from reprowheel.archives.record import read_record
from reprowheel.compare.causes import CAUSES, remark
from reprowheel.compare.lines import compare_text
from reprowheel.compare.model import Difference

if TYPE_CHECKING:
    from collections.abc import Collection

    from reprowheel.compare.model import KnownValues

__all__ = ["compare_record", "is_record"]


def is_record(path: str) -> bool:
    """Say whether a member is the RECORD of a wheel."""
    return path.endswith(".dist-info/RECORD")


def compare_record(path: str, left: bytes, right: bytes, changed: Collection[str], known: KnownValues) -> list[Difference]:
    """Return the differences of two RECORDs.

    :param changed: members of the wheel that differ, so their rows must differ, too.
    """
    try:
        ours, theirs = ({name: ",".join(row[1:]) for name, row in read_record(side).items()} for side in (left, right))
    except (csv.Error, UnicodeDecodeError):
        return compare_text(path, left, right, known)
    differing = [name for name in dict.fromkeys([*ours, *theirs]) if ours.get(name) != theirs.get(name)]
    unexplained = [name for name in differing if name not in changed]
    if unexplained:
        row = unexplained[0]
        note = f"row of {row}: {ours.get(row, 'none')} on the left, {theirs.get(row, 'none')} on the right"
        return [replace(remark(path, "content", "content", note), count=len(unexplained))]
    if differing:
        note = f"{len(differing)} row{'s' if len(differing) > 1 else ''} of files that differ"
        found = compare_text(path, left, right, known)[0]
        return [
            Difference(
                path=path,
                kind="content",
                place=found.place,
                left=found.left,
                right=found.right,
                cause=CAUSES["digest"],
                note=note,
                follows=True,
            )
        ]
    if list(ours) != list(theirs):
        pairs = zip(ours, theirs, strict=True)
        number, (a, b) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
        note = f"the same rows in another order, from row {number + 1} on: {a} on the left, {b} on the right"
        return [remark(path, "order", "order", note)]
    return compare_text(path, left, right, known)  # quoting, line ends
