"""The catalogue: every cause of non-determinism that is known here, as one table."""

from __future__ import annotations

from reproducibility import rows_machine, rows_order, rows_place
from reproducibility.cause import Cause

__all__ = ["CAUSES"]

CAUSES: tuple[Cause, ...] = (*rows_place.ROWS, *rows_order.ROWS, *rows_machine.ROWS)
