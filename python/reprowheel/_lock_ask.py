"""Asks, in the cheapest way there is, what the wheel of an sdist will say of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprowheel._lock_metadata import read_dist_info, read_pkg_info, read_wheel, static_entry_points
from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reprowheel._lock_environment import BackEnd
    from reprowheel._lock_metadata import BuildSystem, WheelMetadata

__all__ = ["ask_metadata"]


def ask_metadata(
    back_end: BackEnd, system: BuildSystem, tree: Path, *, key: str, say: Callable[[str], None]
) -> WheelMetadata:
    """Ask the metadata hook; else PKG-INFO where it binds every wheel; else build the wheel and read it.

    A hook that fails, because it wants a compiler that is not here, is no reason not to lock what PKG-INFO binds.

    :param tree: the unpacked sdist.
    :param key: whose it is, for messages.
    :param say: takes one progress line.
    :raises LockError: the back end fails.
    """
    static = read_pkg_info(tree, system)
    try:
        directory = back_end.prepare_metadata()
    except LockError as e:
        if static is None:
            raise
        say(f"  {e.message}; its PKG-INFO is taken")
        directory = None
    if directory is not None:
        metadata = read_dist_info(directory)
        points = static_entry_points(system)  # some hooks write METADATA only
        return metadata if points is None else replace(metadata, entry_points=points)
    if static is None:
        say(f"  {key}: its back end has no metadata hook: building the wheel")
        return read_wheel(back_end.build_wheel())
    return static
