"""Prepares the compilers of one build: caches, baseline, headers, declared libraries, wrappers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reprowheel.workspace import MAPPED_ROOT, Workspace

if TYPE_CHECKING:
    from reprowheel.environment.interpreter import Interpreter

__all__ = []


def _prefix_maps(workspace: Workspace, interpreter: Interpreter) -> list[tuple[str, str]]:
    """Return what compilers write instead of real paths; the last match wins."""
    maps = [(os.getcwd(), f"{MAPPED_ROOT}/execroot")] if os.getcwd() != "/" else []
    headers = {os.path.realpath(p) for p in (interpreter.include, interpreter.platinclude)}
    headers |= {interpreter.include, interpreter.platinclude}
    maps += [(path, f"{MAPPED_ROOT}/python/include/{os.path.basename(interpreter.include)}") for path in sorted(headers)]
    return [*maps, (os.fspath(workspace.root), MAPPED_ROOT)]
