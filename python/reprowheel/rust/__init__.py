"""Rust in the build of an sdist: its projects, its crates, its compiler. Most builds need none of it, so it is imported late."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["may_use_rust"]

_MANIFEST = "Cargo.toml"


def may_use_rust(tree: Path) -> bool:
    """Say whether an sdist has anything of Rust: a manifest of cargo, or a Meson project, which may compile without one."""
    if (tree / _MANIFEST).is_file() or (tree / "meson.build").is_file():
        return True
    return any(_MANIFEST in files for _, _, files in os.walk(tree))
