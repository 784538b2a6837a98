"""Compares two wheels, trees or files, and explains where they differ and why; used by the verbs `compare` and `verify`.

`compare_paths` → `Comparison` → `render.text` or `Comparison.as_dict`. Needs pyelftools for ELF files.
"""

from __future__ import annotations

from reprowheel.compare.engine import compare_paths
from reprowheel.compare.model import Cause, Comparison, Difference, Excerpt, KnownValues

__all__ = ["Cause", "Comparison", "Difference", "Excerpt", "KnownValues", "compare_paths"]
