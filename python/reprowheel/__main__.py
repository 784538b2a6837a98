"""The command line `reprowheel VERB …`; Bazel actions use it, too.

argv: a verb and its options; `@FILE` stands for the arguments in FILE, one per line.
env: nothing, except for the variables of pip if a verb uses the index.
Writes: see the verb; with `--json` one JSON object on standard output, everything else goes to standard error.
Exit codes: 0 done, 1 the answer is no, 2 wrong use or a bad input file, 3 the build failed, 4 a result was refused,
70 an unexpected exception, whose traceback was saved, 128 + N ended by signal N.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # before the imports, which an older Python cannot read
    _FOUND = ".".join(map(str, sys.version_info[:2]))
    sys.stderr.write(f"ERROR reprowheel runs on CPython 3.11 or newer; this is Python {_FOUND}\n")
    sys.stderr.write("TIP   Start it with a newer one; --python EXE names the Python of the build, which is 3.9 or newer.\n")
    raise SystemExit(2)

import contextlib
import signal
from typing import TYPE_CHECKING, NoReturn

from reprowheel.cli.command import parse
from reprowheel.errors import ClosedOutputError, ReprowheelError
from reprowheel.output.printable import escaped_streams, tell
from reprowheel.output.unexpected import as_error
from reprowheel.utf8_mode import ensure_utf8_mode

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from types import FrameType

__all__ = ["main"]

_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    if argv is None:
        ensure_utf8_mode()
    with escaped_streams():
        try:
            code = _run((sys.argv[1:] if argv is None else argv) or ["--help"])
            if sys.stdout:
                sys.stdout.flush()
        except ReprowheelError as e:
            return _tell(e)
        except KeyboardInterrupt:
            return _interrupted()
        except Exception as e:  # noqa: BLE001 - the one place that catches everything
            return _tell(as_error(e))
        return code


def _run(given: Sequence[str]) -> int:
    """Run one verb, with handlers for the signals that end it."""
    arguments = parse(given)
    handled = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _stop) for number in handled}
    try:
        with _progress(arguments):
            return int(arguments.run(arguments))
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is _stop:  # if _stop has run, signals must stay ignored
                signal.signal(number, handler)


def _tell(error: ReprowheelError) -> int:
    """Print an error, and return its exit code."""
    if sys.stderr and not isinstance(error, ClosedOutputError):
        with contextlib.suppress(ReprowheelError):
            tell("ERROR", error.message)
            if error.tip:
                tell("TIP", error.tip)
    return error.exit_code


def _interrupted() -> int:
    """Say a word on Ctrl-C, and return its exit code."""
    if sys.stderr:
        with contextlib.suppress(ReprowheelError):
            tell("ERROR", "interrupted; what was not finished is removed, and no output is half-written")
    return 128 + signal.SIGINT


def _progress(arguments: Namespace) -> contextlib.AbstractContextManager[None]:
    """Return what shows the progress of verbs that have any; actions ask for silence, and load none of it."""
    if getattr(arguments, "quiet", True):
        return contextlib.nullcontext()
    from reprowheel.output.live import show_progress  # noqa: PLC0415 - see above

    return show_progress(verbose=arguments.verbose)


def _stop(signum: int, _frame: FrameType | None) -> NoReturn:
    """Exit by an exception, so that temporary directories are removed; ignore further signals meanwhile."""
    signal.signal(signum, signal.SIG_IGN)
    if signum == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    raise SystemExit(main())
