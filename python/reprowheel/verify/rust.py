"""Copies a Rust toolchain to another folder; a build with the copy shows whether its place changes the wheel."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from typing import TYPE_CHECKING

from reprowheel.errors import BuildError
from reprowheel.rust.toolchain import find_rust

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reprowheel.rust.toolchain import RustToolchain

__all__ = ["copy_rust"]

_SYSTEM = frozenset(("/", "/usr", "/usr/local"))
_LEFT_OUT = "share"
"""What no compiler reads: manuals, of many files."""


def copy_rust(given: Path | None, places: Sequence[Path]) -> Path:
    """Copy a toolchain, by hard links if one of `places` is on its file system; return the description of the copy.

    :param given: as of `find_rust`.
    :param places: existing folders for the copy, in order.
    :raises BuildError: there is no toolchain, or it is not in a folder of its own, or the copy does not run there.
    """
    toolchain = find_rust(given, "the second build")
    old = os.path.realpath(toolchain.sysroot)
    inside = [path for path in (toolchain.rustc, toolchain.cargo) if os.path.realpath(path).startswith(f"{old}/")]
    if old in _SYSTEM or toolchain.rustc not in inside:
        msg = f"the toolchain of {toolchain.rustc} is not in a folder of its own, which could be copied"
        raise BuildError(msg)
    near = [place for place in places if place.stat().st_dev == os.stat(old).st_dev]
    folder = (near or list(places))[0] / "another rust"
    if not near and _size(old) > shutil.disk_usage(folder.parent).free // 2:
        msg = f"there is no room in {folder.parent} for a copy of {old}"
        raise BuildError(msg)

    def ignored(place: str, _: list[str]) -> list[str]:
        return [_LEFT_OUT] if place == old else []

    shutil.copytree(old, folder, ignore=ignored, copy_function=_link, ignore_dangling_symlinks=True)
    return _describe(toolchain, old, folder)


def _describe(toolchain: RustToolchain, old: str, folder: Path) -> Path:
    """Write and check the description of the copy."""

    def moved(text: str) -> str:
        for path in dict.fromkeys((toolchain.sysroot, old)):
            text = text.replace(f"{path}/", f"{folder}/")
        return text

    tools = {name: os.path.realpath(getattr(toolchain, name)) for name in ("rustc", "cargo")}
    data = {name: moved(path) for name, path in tools.items()} | {"env": {k: moved(v) for k, v in toolchain.env.items()}}
    description = folder / "reprowheel.json"
    description.write_text(json.dumps(data), encoding="utf-8")
    found = os.path.realpath(find_rust(description, "the second build").sysroot)
    if found != os.path.realpath(folder):
        msg = f"a copy of the toolchain in {old} keeps its sysroot"
        raise BuildError(msg)
    return description


def _link(source: str, target: str) -> None:
    """Link a file, or copy it where that is not possible, such as to another file system."""
    with contextlib.suppress(OSError):
        os.link(os.path.realpath(source), target)
        return
    shutil.copy2(source, target)


def _size(folder: str) -> int:
    """Return the bytes of a tree."""
    files = (os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)
    return sum(os.stat(file).st_size for file in files if os.path.isfile(file))
