"""Tells what the helper is doing. Nothing is shown unless the command line asks for it: then `output/live.py` shows it.

Every stage may call `step`. Actions and other programs that import the helper see nothing of it, and pay nothing for it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Display", "finish", "following", "showing", "step"]


class Display(Protocol):
    """What shows the steps."""

    def step(self, text: str) -> None:
        """Show that something begins."""

    def finish(self, text: str) -> None:
        """Show in a line that stays that all is done, and how long it took."""

    def follow(self, log: Path) -> contextlib.AbstractContextManager[None]:
        """Show what is added to a file in the block, if that is asked for."""


_shown: list[Display] = []


def step(text: str) -> None:
    """Tell in a few words what begins now; it ends where the next step begins."""
    for display in _shown:
        display.step(text)


def finish(text: str) -> None:
    """Tell in a few words that all is done; what is printed next is the result."""
    for display in _shown:
        display.finish(text)


@contextlib.contextmanager
def following(log: Path) -> Iterator[None]:
    """Let what is added to the log of a build be shown in the block, if the user asked for that."""
    with contextlib.ExitStack() as stack:
        for display in _shown:
            stack.enter_context(display.follow(log))
        yield


@contextlib.contextmanager
def showing(display: Display) -> Iterator[None]:
    """Let a display show the steps of the block."""
    _shown.append(display)
    try:
        yield
    finally:
        _shown.remove(display)
