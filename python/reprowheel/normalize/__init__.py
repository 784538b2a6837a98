"""The normalize stage: it turns a raw wheel into a canonical one.

`unpack_wheel` → `normalize_tree` → `keep_recorded` (→ other edits of the tree) → `write_wheel`. Needs pyelftools and packaging.
"""

from __future__ import annotations

from reprowheel.archives.wheel import WheelName
from reprowheel.normalize.recorded import keep_recorded
from reprowheel.normalize.report import FileReport
from reprowheel.normalize.tree import normalize_tree
from reprowheel.normalize.wheel import unpack_wheel, write_wheel

__all__ = ["FileReport", "WheelName", "keep_recorded", "normalize_tree", "unpack_wheel", "write_wheel"]
