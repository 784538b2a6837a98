"""The verb `install`: a wheel to a tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError
from reprowheel.install import install_wheel

if TYPE_CHECKING:
    import argparse

__all__ = ["HELP", "add_arguments", "run"]

HELP = "unpack a wheel into site-packages, bin, include and data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("wheel", type=Path, metavar="WHEEL_OR_DIR", help="a wheel, or a directory with exactly one")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the tree to make")


def run(arguments: argparse.Namespace) -> int:
    """Install."""
    install_wheel(find_wheel(arguments.wheel), arguments.out)
    return 0


def find_wheel(path: Path) -> Path:
    """Return the wheel that `path` is or holds.

    :raises UsageError: there is none, or more than one.
    """
    wheels = sorted(path.glob("*.whl")) if path.is_dir() else [path]
    if len(wheels) != 1 or not wheels[0].is_file():
        msg = f"{path}: expected one wheel, found {len(wheels) if path.is_dir() else 'none'}"
        raise UsageError(msg)
    return wheels[0]
