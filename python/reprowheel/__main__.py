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

import argparse
import contextlib
import importlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from reprowheel.cli.values import given_path, whole_number
from reprowheel.errors import ClosedOutputError, ReprowheelError, UsageError
from reprowheel.output.printable import escaped_streams, printable
from reprowheel.output.unexpected import as_error
from reprowheel.utf8_mode import ensure_utf8_mode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

__all__ = ["main"]

_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
_VERBS = ("archive", "build", "compare", "inspect", "install", "lock", "normalize", "pin", "verify", "wheelhouse")


def make_parser(verbs: Sequence[str] = _VERBS) -> argparse.ArgumentParser:
    """Return the parser with these verbs; each is the module `cli/<verb>.py`, which is imported here."""
    parser = argparse.ArgumentParser(
        prog="reprowheel",
        description="Build Python source distributions into wheels with the same bytes everywhere.",
        epilog="Exit codes: 0 done, 1 the answer is no, 2 wrong use or bad input, 3 build failed, 4 result refused, 70 a defect.",
        fromfile_prefix_chars="@",
    )
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name in verbs:
        module = importlib.import_module(f"reprowheel.cli.{name}")
        verb = subparsers.add_parser(name, help=module.HELP, description=module.HELP, fromfile_prefix_chars="@")
        verb.register("type", Path, given_path)
        verb.register("type", int, whole_number)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    if argv is None:
        ensure_utf8_mode()
    with escaped_streams():
        try:
            code = _run(sys.argv[1:] if argv is None else argv)
            if sys.stdout:
                sys.stdout.flush()
        except ReprowheelError as e:
            return _tell(e)
        except KeyboardInterrupt:  # before or after the handlers of `_run`
            return 128 + signal.SIGINT
        except Exception as e:  # noqa: BLE001 - the one place that catches everything
            return _tell(as_error(e))
        return code


def _run(given: Sequence[str]) -> int:
    """Run one verb, with handlers for the signals that end it."""
    asked = [verb for verb in _VERBS if verb in given[:1]]  # to start fast, import the modules of one verb only
    try:
        arguments = make_parser(asked or _VERBS).parse_args(given)
        arguments.given = list(given)  # for messages with a command
    except UnicodeDecodeError as e:
        msg = f"a file of arguments is not UTF-8 ({e.reason})"
        raise UsageError(msg) from e
    handled = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _stop) for number in handled}
    try:
        return int(arguments.run(arguments))
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is _stop:  # if _stop has run, signals must stay ignored
                signal.signal(number, handler)


def _tell(error: ReprowheelError) -> int:
    """Print an error, and return its exit code."""
    if sys.stderr and not isinstance(error, ClosedOutputError):
        with contextlib.suppress(ReprowheelError):
            print(f"ERROR {printable(error.message)}", file=sys.stderr)  # noqa: T201 - a command line
            if error.tip:
                print(f"TIP   {error.tip}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def _stop(signum: int, _frame: FrameType | None) -> NoReturn:
    """Exit by an exception, so that temporary directories are removed; ignore further signals meanwhile."""
    signal.signal(signum, signal.SIG_IGN)
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    raise SystemExit(main())
