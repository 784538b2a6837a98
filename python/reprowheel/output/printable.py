"""Text from anywhere, for a terminal or a page of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["printable", "write"]


def write(text: str, stream: TextIO) -> None:
    """Write text to a stream of any encoding; what it lacks becomes a question mark."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def printable(text: str) -> str:
    """Return text that cannot move a terminal's cursor: what is not printable is escaped."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
