"""What can be imported from a wheel: its top-level names.

`top_level.txt`, which setuptools writes, says it; elsewhere the files do (the layout of wheels, PEP 427).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TOP_LEVEL_FILE", "top_level_names"]

TOP_LEVEL_FILE = "top_level.txt"
_MODULES = (".py", ".so", ".pyd")


def top_level_names(files: Iterable[str], text: str | None) -> tuple[str, ...]:
    """Return the names that a wheel's modules and packages have, sorted.

    :param files: paths in the wheel, with `/`.
    :param text: what its top_level.txt says; `None`: it has none.
    """
    if text is not None:
        return tuple(sorted({line.strip() for line in text.splitlines() if line.strip()}))
    names = set()
    for path in files:
        parts = path.split("/")
        if parts[0].endswith(".data") and len(parts) > 2:
            parts = parts[2:] if parts[1] in ("purelib", "platlib") else [""]
        name = parts[0] if len(parts) > 1 else parts[0].partition(".")[0]
        if parts[-1].endswith(_MODULES) and name.isidentifier():
            names.add(name)
    return tuple(sorted(names))
