"""What all targets share: the error that says an invariant does not hold, and the epoch they normalize with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprowheel.errors import ReprowheelError

__all__ = ["EPOCH", "BrokenError", "check_message", "ensure"]

EPOCH = 1_600_000_000
"""2020-09-13; the seeds carry times before and after it."""

_MAX_MESSAGE = 20_000


class BrokenError(AssertionError):
    """An invariant that does not hold for some input: a finding."""


def ensure(holds: bool, message: str) -> None:
    """Raise BrokenError with `message` unless `holds`; unlike `assert` it is there under `-O`, too."""
    if not holds:
        raise BrokenError(message)


def check_message(error: ReprowheelError) -> None:
    """Check that an error that was raised on purpose is one line of a readable length."""
    ensure(bool(error.message.strip()), "the message is empty")
    ensure("\n" not in error.message and "\r" not in error.message, f"more than one line: {error.message!r}")
    ensure(len(error.message) <= _MAX_MESSAGE, f"a message of {len(error.message)} characters")
