"""The verb `lock`: build requirements of every sdist in a requirements file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["HELP", "add_arguments", "run"]

HELP = "lock what the sdists of a requirements file need to build"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    from reprowheel import lock  # noqa: PLC0415 - needs pip, which an action does not have

    lock.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write or check the lock."""
    from reprowheel import lock  # noqa: PLC0415

    return int(lock.run(arguments))
