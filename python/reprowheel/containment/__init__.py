"""Contains what a build runs: no network, no files but its own and declared ones, no process that outlives it.

`run_contained` runs one command. See docs/containment.md, and docs/decisions.md, "One containment".
"""

from __future__ import annotations

from reprowheel.containment.policy import KINDS, Containment, Limits, allowed_kinds
from reprowheel.containment.run import run_contained

__all__ = ["KINDS", "Containment", "Limits", "allowed_kinds", "run_contained"]
