"""Makes text from unknown sources safe for terminals of any encoding.

`main` puts `EscapingStream` in place of both standard streams. So text of a build, an archive or an index cannot control the
terminal, wherever it is printed. See docs/decisions.md, "Text from outside".
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, ClassVar

from reprowheel.errors import ClosedOutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

__all__ = ["EscapingStream", "before_printing", "escaped_streams", "printable", "shown", "tell", "warn", "write"]

_LINE_ENDS = str.maketrans("", "", "\n\t")
_LABELS = {"ERROR": "1;31", "TIP": "1;36", "WARNING": "1;33"}
_before: list[Callable[[], None]] = []
"""What is done before anything is printed: a line of progress goes out of the way."""


def write(text: str, stream: TextIO) -> None:
    """Write text to a stream of any encoding; characters that the encoding lacks become question marks."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def printable(text: str) -> str:
    """Return text with escapes for all characters that are not printable, so that it cannot control a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def shown(text: str) -> str:
    """Return text of several lines with escapes as in `printable`; line feeds and tabs stay."""
    if text.translate(_LINE_ENDS).isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def tell(label: str, text: str) -> None:
    """Print a line on standard error that begins with `ERROR`, `TIP` or `WARNING`, in colour at a terminal."""
    from reprowheel.output.colour import coloured  # noqa: PLC0415 - builds that go well do not need it

    coloured(sys.stderr, f"{label:5}", _LABELS[label])
    write(f" {shown(text) if label == 'TIP' else printable(text)}\n", sys.stderr)


def warn(text: str) -> None:
    """Print a warning of one line; nothing for empty text."""
    if text and sys.stderr:
        with contextlib.suppress(OSError):
            tell("WARNING", text)


class EscapingStream:
    """A standard stream whose text is escaped by `shown`.

    :param stream: the stream that it stands for.
    :param needed: whether text that cannot be written is an error. It is for answers; it is not for messages.
    """

    unfinished: ClassVar[bool] = False
    """Whether the last line of any of them goes on: then a line of progress would overwrite its beginning."""

    def __init__(self, stream: TextIO, *, needed: bool) -> None:
        self._stream, self._needed = stream, needed

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write escaped text.

        :raises ClosedOutputError: nobody reads the stream any more.
        :raises UsageError: it cannot be written.
        """
        for call in _before:
            call()
        EscapingStream.unfinished = True
        try:
            with self._checked():
                encoding = self._stream.encoding or "utf-8"
                self._stream.write(shown(text).encode(encoding, "replace").decode(encoding))
        finally:
            EscapingStream.unfinished = not text.endswith("\n")
        return len(text)

    def switch(self, style: str) -> None:
        """Switch the terminal to a style (a parameter of SGR, such as `1;31`): it is ours, so it is not escaped."""
        with self._checked():
            self._stream.write(f"\x1b[{style}m")

    def flush(self) -> None:
        """Write what is buffered; errors are those of `write`."""
        with self._checked():
            self._stream.flush()

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            self._discard()
            if isinstance(e, BrokenPipeError):
                msg = "nobody reads the output any more"
                raise ClosedOutputError(msg) from e
            if self._needed:
                msg = f"standard output: {e.strerror}"
                raise UsageError(msg) from e

    def _discard(self) -> None:
        """Let further text go nowhere. Otherwise the interpreter tries to write the buffered text again when it ends."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextlib.contextmanager
def before_printing(call: Callable[[], None]) -> Iterator[None]:
    """Call `call` before anything is printed in the block."""
    _before.append(call)
    try:
        yield
    finally:
        _before.remove(call)


@contextlib.contextmanager
def escaped_streams() -> Iterator[None]:
    """Let everything that is printed in the block be escaped."""
    out, err = sys.stdout, sys.stderr
    sys.stdout = EscapingStream(out, needed=True) if out else out
    sys.stderr = EscapingStream(err, needed=False) if err else err
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
