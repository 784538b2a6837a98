"""The exceptions of the helper: one root class, one subclass for each stage, each with its exit code.

Every message is one line: what is wrong, which package or file, what was found. `tip` says what to do next.
"""

from __future__ import annotations

__all__ = [
    "BuildError",
    "ClosedOutputError",
    "FetchError",
    "InstallError",
    "LockError",
    "NormalizeError",
    "PinError",
    "RefusedError",
    "ReprowheelError",
    "UnexpectedError",
    "UsageError",
]


class ReprowheelError(Exception):
    """Root of all errors that the helper raises on purpose; never raised directly.

    :param message: one line, usually without a full stop at the end.
    :param tip: what the user can do, or an empty string.
    """

    exit_code = 2

    def __init__(self, message: str, *, tip: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.tip = tip


class UsageError(ReprowheelError):
    """Arguments that contradict each other or name something that does not exist (exit 2)."""


class LockError(ReprowheelError):
    """A lock that cannot be read, resolved or written (exit 2)."""


class FetchError(ReprowheelError):
    """An archive that is missing, has another hash or is not what its name says (exit 2)."""


class BuildError(ReprowheelError):
    """The build back end failed, or the build environment could not be made (exit 3)."""

    exit_code = 3


class NormalizeError(ReprowheelError):
    """A file that could not be normalized and must not be shipped as it is (exit 3)."""

    exit_code = 3


class InstallError(ReprowheelError):
    """A wheel that cannot be installed (exit 3)."""

    exit_code = 3


class RefusedError(ReprowheelError):
    """A result that was built but must not be used: leak, undeclared host library, stale lock (exit 4)."""

    exit_code = 4


class PinError(ReprowheelError):
    """A wheel that differs from its pin in `wheels.lock`, or has no pin there (exit 4)."""

    exit_code = 4


class ClosedOutputError(ReprowheelError):
    """The program that reads standard output has ended; as after SIGPIPE, nothing is said (exit 128 + 13)."""

    exit_code = 128 + 13


class UnexpectedError(ReprowheelError):
    """An exception that nobody expected: a defect of the helper (exit 70, EX_SOFTWARE of sysexits.h)."""

    exit_code = 70
