"""How programs of the host are declared, which hooks of back ends want when they are locked."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["declare_tools"]


def declare_tools(missing: Mapping[str, Sequence[str]]) -> str:
    """Return the declaration of host tools for hooks, which the build lock passes on; headers and libraries need none here."""
    tools = missing.get("host_tools", ())
    words = shlex.join([word for tool in tools for word in ("--host-tool", tool)])
    bazel = f"host_tools = {json.dumps(tools)} in pip.override or the macro lock"
    return f"{words} here, or {bazel}; the build lock keeps it" if tools else ""
