"""Joins the parts of `neutral/` into one module, which every Python process of a build loads at start-up."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprowheel.files import RealTimes

__all__ = ["startup_source"]

_PARTS = Path(__file__).with_name("neutral")
_FIRST, _LAST = ("__init__", "shared"), ("patching",)  # the parts that others use, and the part that uses others
_BETWEEN_PARTS = re.compile(r"^from reprowheel\.environment\.neutral\.\w+ import .*\n", re.MULTILINE)


def startup_source(*, times: RealTimes, root: Path) -> str:
    """Return the source of `sitecustomize` for a build.

    It is one module, because several would be visible to the build and slower to load.

    :param times: the time that the build sees, and real ones.
    :param root: root of the workspace.
    """
    between = sorted({part.stem for part in _PARTS.glob("*.py")}.difference(_FIRST, _LAST))
    texts = [(_PARTS / f"{name}.py").read_text(encoding="utf-8") for name in (*_FIRST, *between, *_LAST)]
    source = _BETWEEN_PARTS.sub("", "\n\n".join(texts))
    values: dict[str, object] = {"EPOCH": times.epoch, "ROOT": os.fspath(root)}
    if times.epoch >= times.started > 0:  # else all real times are later than the epoch
        values |= {"STARTED": times.started, "SDIST_TIMES": set(times.known)}
    for name, value in values.items():
        source = re.sub(rf"^{name} = .*$", lambda _, line=f"{name} = {value!r}": line, source, count=1, flags=re.MULTILINE)  # type: ignore[misc]
    return source
