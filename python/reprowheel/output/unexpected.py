"""Tells of an exception that no part of the helper expects in one line: of which package, and where its traceback is."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import traceback
from typing import TYPE_CHECKING

from reprowheel.errors import ReprowheelError, UnexpectedError, UsageError
from reprowheel.untrusted import UntrustedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OF_THE_MACHINE", "as_error", "machine_fault", "of_package", "unexpected"]

OF_THE_MACHINE = frozenset(
    {
        errno.EAGAIN,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EROFS,
    }
)
"""Errors of system calls that may come without a path, and that say enough without a traceback."""


def machine_fault(error: OSError) -> str:
    """Return in one line what the machine refused, such as a full disk; empty if the error does not tell that."""
    if isinstance(error.filename, (str, bytes)) and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return os.strerror(error.errno) if error.errno in OF_THE_MACHINE else ""


def as_error(error: Exception) -> ReprowheelError:
    """Return an error of one line for any exception; unless the machine is at fault, its traceback is saved."""
    if isinstance(error, ReprowheelError):
        return error
    if isinstance(error, OSError) and (fault := machine_fault(error)):
        return UsageError(fault)
    return UnexpectedError(unexpected(error), tip="This is a defect of reprowheel. Please report it, with that file.")


def unexpected(error: Exception) -> str:
    """Save the traceback of an exception in a new file of the folder for temporary files (TMPDIR); return the message.

    The file has mode 0600, because a traceback may have paths and addresses in it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {'/'.join(frames[-1].filename.split('/')[-2:])}:{frames[-1].lineno}" if frames else ""
    detail = " ".join(str(error).split())[:500]
    text = f"unexpected {type(error).__name__}{place}{': ' if detail else ''}{detail}"
    try:
        handle, path = tempfile.mkstemp(prefix="reprowheel-", suffix=".traceback")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError as e:
        return f"{text}; its traceback could not be saved ({e.strerror})"
    return f"{text}; its traceback is in {path}"


@contextlib.contextmanager
def of_package(package: str, error: type[ReprowheelError]) -> Iterator[None]:
    """Turn what the machine refuses, and what a build has left in place of a file, into an error with the package's name."""
    try:
        yield
    except UntrustedFileError as e:
        msg = f"{package}: after its build, {e}"
        raise error(msg) from e
    except OSError as e:
        if fault := machine_fault(e):
            msg = f"{package}: {fault}"
            raise error(msg) from e
        raise
