"""Shows progress on standard error: one line that changes, at a terminal; otherwise a line for each step.

At a terminal a timer of the process, SIGALRM, draws the line again. It is no thread: a build starts processes by fork, which does
not go with threads. Children inherit no timer. See docs/decisions.md, "Progress and colour".
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from reprowheel.output.colour import DIM, is_terminal, wants_colour
from reprowheel.output.printable import EscapingStream, before_printing, printable, shown
from reprowheel.output.progress import showing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["show_progress"]

_TICK = 0.2
"""Seconds from one drawing of the line to the next."""
_CLEAR = "\r\x1b[K"
_PIECE = 1 << 20
"""Bytes of a log that are read at once."""


@contextlib.contextmanager
def show_progress(*, verbose: bool = False) -> Iterator[None]:
    """Show the steps of the block; with `verbose` also what builds print, as it comes."""
    if not sys.stderr:
        yield
        return
    line = is_terminal(sys.stderr) and not verbose
    display = _Line() if line else _Lines(follows=verbose)
    with _ticking(display) if line or verbose else contextlib.nullcontext(), before_printing(display.hide), showing(display):
        try:
            yield
        finally:
            display.end()


class _Lines:
    """A line for each step; the log of a build, if it is to be followed, between them."""

    def __init__(self, *, follows: bool = False) -> None:
        self._started = time.monotonic()
        self._follows = follows
        self._log: int | None = None
        self._rest = b""
        self._is_reading = False

    def step(self, text: str) -> None:
        """Print the time since the start, and what begins."""
        self.tick()
        self.print_line(f"{self.elapsed():>7}  {text}")

    def elapsed(self) -> str:
        """Return the time since the start."""
        seconds = time.monotonic() - self._started
        return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60}:{int(seconds) % 60:02} min"

    def print_line(self, text: str) -> None:
        """Print one line."""
        _write(f"{printable(text)}\n")

    @contextlib.contextmanager
    def follow(self, log: Path) -> Iterator[None]:
        """Print what is added to the log of a build in the block."""
        if not self._follows:
            yield
            return
        self._log = os.open(log, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.lseek(self._log, 0, os.SEEK_END)
        try:
            yield
        finally:
            self.tick()
            descriptor, self._log = self._log, None
            os.close(descriptor)
            if self._rest:
                self._print_log(b"\n")

    def tick(self) -> None:
        """Print what a log has got since the last time, but no half of a line."""
        if self._is_reading:  # the timer came in between
            return
        self._is_reading = True
        try:
            while self._log is not None and (piece := os.read(self._log, _PIECE)):
                self._print_log(piece)
        finally:
            self._is_reading = False

    def _print_log(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        _write("".join(f"  | {shown(line.decode(errors='replace'))}\n" for line in lines))

    def hide(self) -> None:
        """Make room for what is printed next: here lines stand one below the other anyway."""

    def end(self) -> None:
        """Show no more."""

    def finish(self, text: str) -> None:
        """Print how long it took."""
        self.end()
        self.print_line(f"{self.elapsed():>7}  {text}")


class _Line(_Lines):
    """One line at the bottom of a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._text, self._is_shown = "", False
        self._dim, self._plain = (f"\x1b[{DIM}m", "\x1b[0m") if wants_colour(sys.stderr) else ("", "")

    def step(self, text: str) -> None:
        """Show this step."""
        self._text = printable(text)
        self.tick()

    def tick(self) -> None:
        """Draw the line; text that is wider than the terminal is cut off."""
        if not self._text or EscapingStream.unfinished:
            return
        elapsed = f"{self.elapsed():>7}  "
        room = _columns() - len(elapsed) - 1
        text = self._text if len(self._text) <= room else f"{self._text[: max(0, room - 1)]}…"
        _write(f"{_CLEAR}{self._dim}{elapsed}{self._plain}{text}")
        self._is_shown = True

    def hide(self) -> None:
        """Take the line away; the next tick draws it again."""
        if self._is_shown:
            _write(_CLEAR)
            self._is_shown = False

    def end(self) -> None:
        """Take the line away for good."""
        self._text = ""
        self.hide()


@contextlib.contextmanager
def _ticking(display: _Lines) -> Iterator[None]:
    """Call the display again and again in the block, between two steps of the interpreter."""

    def tick(*_: object) -> None:
        with contextlib.suppress(OSError):
            display.tick()

    try:
        before = signal.signal(signal.SIGALRM, tick)
    except ValueError:  # this is not the main thread
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _write(text: str) -> None:
    """Write to standard error past its buffer: a timer may interrupt whatever writes there."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # RuntimeError: a timer came into a flush
        try:
            descriptor = sys.stderr.fileno()
        except (OSError, ValueError, AttributeError):  # it is no file
            sys.stderr.write(text)
            return
        sys.stderr.flush()
        data = text.encode(sys.stderr.encoding or "utf-8", "replace")
        while data:
            data = data[os.write(descriptor, data) :]
