"""What goes wrong on purpose."""

from __future__ import annotations

__all__ = ["LogError", "WireError"]


class LogError(Exception):
    """A file that cannot be read as an execution log.

    :param path: the file.
    :param offset: the byte that it was read up to, or -1 where there is none.
    :param what: what was found there.
    :param place: what the offset counts, if not the bytes of the file.
    """

    def __init__(self, path: str, offset: int, what: str, *, place: str = "byte") -> None:
        """Make the message."""
        where = f"{path}: {place} {offset}" if offset >= 0 else path
        super().__init__(f"{where}: {what}")


class WireError(ValueError):
    """Bytes that are no protobuf message.

    :param offset: where in the message.
    :param what: what was found.
    """

    def __init__(self, offset: int, what: str) -> None:
        """Keep the place, which the reader of the file adds to its own."""
        super().__init__(what)
        self.offset = offset
