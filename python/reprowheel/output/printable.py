"""Makes text from unknown sources safe for terminals of any encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["printable", "write"]


def write(text: str, stream: TextIO) -> None:
    """Write text to a stream of any encoding; characters that the encoding lacks become question marks."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def printable(text: str) -> str:
    """Return text with escapes for all characters that are not printable, so that it cannot control a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
