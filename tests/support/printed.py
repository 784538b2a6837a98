"""What the command line has printed."""

from __future__ import annotations

import re

__all__ = ["without_progress"]


def without_progress(text: str) -> list[str]:
    """Return the lines of standard error but for those that tell of steps: a time, and what begins then."""
    return [line for line in text.splitlines() if not re.match(r" *\d+(?:\.\d s|:\d\d min)  ", line)]
