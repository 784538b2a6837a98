"""Pairs of trees to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.compare import Comparison, Difference, compare_paths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["only_difference", "trees"]


def trees(directory: Path, left: Mapping[str, bytes], right: Mapping[str, bytes]) -> Comparison:
    """Write two trees and compare them."""
    for side, files in (("left", left), ("right", right)):
        for name, data in files.items():
            path = directory / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return compare_paths(directory / "left", directory / "right")


def only_difference(comparison: Comparison) -> Difference:
    """Return the one difference that follows from no other."""
    (difference,) = [d for d in comparison.differences if not d.follows]
    return difference
