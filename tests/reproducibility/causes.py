"""The catalogue: every cause of non-determinism that is known here, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reproducibility import rows_machine, rows_order, rows_place, rows_process, rows_rust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reproducibility.cause import Cause

__all__ = ["CAUSES", "GROUPS"]

GROUPS: Mapping[str, tuple[Cause, ...]] = {
    "Place: the build's, the interpreter's, the build requirements'": rows_place.ROWS,
    "Order, chance and time": rows_order.ROWS,
    "Processes: isolated ones, other programs, the kernel's counters": rows_process.ROWS,
    "User, machine and tools": rows_machine.ROWS,
    "Rust": rows_rust.ROWS,
}

CAUSES: tuple[Cause, ...] = tuple(cause for group in GROUPS.values() for cause in group)
