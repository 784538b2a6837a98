"""The repository's pages, for tests of what they say."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["FENCE", "REPOSITORY", "pages"]

REPOSITORY = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2[`~]*$", re.MULTILINE | re.DOTALL)


def pages(root: Path) -> list[str]:
    """Return the paths of all pages below `root`, without hidden folders and Bazel's links."""
    found = []
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith((".", "bazel-"))]
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in files if name.endswith(".md")]
    return sorted(found)
