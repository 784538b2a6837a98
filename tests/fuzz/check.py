"""What all targets share: the error that says an invariant does not hold, and the epoch they normalize with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from reprowheel import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reprowheel.errors import ReprowheelError

__all__ = ["EPOCH", "SMALL", "BrokenError", "check_message", "check_size", "ensure", "small_limits"]

EPOCH = 1_600_000_000
"""2020-09-13; the seeds carry times before and after it."""

_MAX_MESSAGE = 20_000

SMALL = {
    "MAX_DEPTH": 12,
    "MAX_DIRECTORY": 8192,
    "MAX_HEADER": 4096,
    "MAX_IN_MEMORY": 1 << 16,
    "MAX_LISTED": 40,
    "MAX_MEMBERS": 60,
    "MAX_METADATA": 4096,
    "MAX_NAME": 300,
    "MAX_PADDING": 20480,
    "MAX_PAGE": 1 << 16,
    "MAX_SDIST": 1 << 20,
    "MAX_WHEEL": 1 << 20,
    "RATIO_FREE": 1 << 18,
}
"""Limits of `reprowheel.limits` while targets run: so small that inputs reach them."""


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


@contextmanager
def small_limits() -> Iterator[None]:
    """Make the limits small."""
    with mock.patch.multiple(limits, **SMALL):
        yield


def check_size(tree: Path, most: int) -> None:
    """Check that a tree that was made of an archive is within the limits."""
    paths = [path.relative_to(tree) for path in tree.rglob("*")]
    ensure(len(paths) <= 2 * SMALL["MAX_MEMBERS"], f"{len(paths)} files and folders")
    ensure(all(len(path.parts) <= SMALL["MAX_DEPTH"] + 1 for path in paths), "too deep")
    total = sum((tree / path).lstat().st_size for path in paths if (tree / path).is_file())
    ensure(total <= most, f"unpacked to {total} bytes")
