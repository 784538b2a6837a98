"""The verb `pin`: records the digests of built wheels in `wheels.lock`, or compares them with it.

argv: `pin --lock FILE --built REPORT WHEEL… [--check [--warn] [--verdict FILE]] [--out FILE] [--pruned-out FILE]
    [--difference FILE] [--prune] [--update-command TEXT] [--lock-name TEXT] [--json]`; `--built` any number of times.
env: nothing. reads: FILE, reports, wheels. writes: FILE (or the file of `--out`), complete or not at all; with `--check`
only the verdict. exit codes: 0 recorded, or every wheel has its pin; 2 an input is at fault; 4 a wheel differs from its pin.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.cli.arguments import find_wheel
from reprowheel.errors import LockError, PinError, UsageError
from reprowheel.files import atomic_file, write_json
from reprowheel.lock.build_lock import difference
from reprowheel.output.publish import check_file_target
from reprowheel.pins.compare import check_wheel, read_built, record
from reprowheel.pins.wheels_lock import WheelsLock, read_wheels_lock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reprowheel.pins.compare import BuiltWheel

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "record the digests of built wheels in wheels.lock, or compare them with it"

EXAMPLES = (
    ("reprowheel pin --lock wheels.lock --built report.json dist", "record the digest of a wheel"),
    ("reprowheel pin --lock wheels.lock --built report.json dist --check", "compare it with what is recorded"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("--lock", type=Path, required=True, metavar="FILE", help="the wheels lock; without --check it need not exist")
    add(
        "--built",
        type=Path,
        nargs=2,
        action="append",
        default=[],
        metavar=("REPORT", "WHEEL"),
        help="what `build --report REPORT` made: the wheel, or a directory with exactly one",
    )
    add("--check", action="store_true", help="write nothing; compare each wheel with its pin, and explain (exit 4)")
    add("--warn", action="store_true", help="with --check: say what differs, and go on (exit 0)")
    add("--verdict", type=Path, metavar="FILE", help="with --check: where the result goes, as JSON")
    add("--prune", action="store_true", help="drop every pin but those of the wheels that are given")
    add("--out", type=Path, metavar="FILE", help="where the new lock goes (default: the lock itself)")
    add("--pruned-out", type=Path, metavar="FILE", help="where the new lock goes, too, as with --prune")
    add("--difference", type=Path, metavar="FILE", help="where a diff of old and new goes; empty if there is none")
    add("--update-command", default="", metavar="TEXT", help="command that does this again; messages of --check name it")
    add("--lock-name", default="", metavar="TEXT", help="what messages call the lock (default: its file name)")
    add("--json", action="store_true", help="print the result as JSON on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Record or compare the wheels; return the exit code."""
    for option in ("warn", "verdict"):
        if getattr(arguments, option) and not arguments.check:
            msg = f"--{option} goes with --check"
            raise UsageError(msg)
    if not arguments.check:
        check_file_target("--lock", arguments.lock)
    built = [read_built(report, find_wheel(wheel)) for report, wheel in arguments.built]
    return _check(arguments, built) if arguments.check else _record(arguments, built)


def _check(arguments: argparse.Namespace, built: Sequence[BuiltWheel]) -> int:
    """Compare every wheel; print all problems, then raise PinError if there are any, unless `--warn` is given."""
    if not arguments.lock.is_file():
        msg = f"{arguments.lock}: no such file"
        raise LockError(msg, tip="Make an empty file of that name, and record the wheels: reprowheel pin without --check.")
    lock = read_wheels_lock(arguments.lock)
    name = arguments.lock_name or arguments.lock.name
    verdicts = [check_wheel(lock, wheel, name) for wheel in built]
    wrong = [verdict for verdict in verdicts if verdict.message]
    if arguments.json:
        print(json.dumps({"verdicts": [asdict(verdict) for verdict in verdicts]}, sort_keys=True))
    if wrong and not arguments.warn:
        for verdict in wrong[:-1]:
            _say(f"ERROR {verdict.message}\nTIP   {verdict.tip}")
        raise PinError(wrong[-1].message, tip=wrong[-1].tip)
    for verdict in wrong:
        _say(f"WARNING {verdict.message}\nTIP   {verdict.tip}")
    if arguments.verdict:
        write_json(arguments.verdict, {"verdicts": [asdict(verdict) for verdict in verdicts]})
    return 0


def _record(arguments: argparse.Namespace, built: Sequence[BuiltWheel]) -> int:
    """Write the new lock, and the other files that options ask for."""
    path: Path = arguments.lock
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    lock = read_wheels_lock(path) if path.is_file() else WheelsLock()
    command = arguments.update_command
    new = record(lock, built, update=command, prune=arguments.prune).to_json()
    out = arguments.out or path
    if new != old or out != path:
        _write(out, new)
    if arguments.pruned_out:
        _write(arguments.pruned_out, record(lock, built, update=command, prune=True).to_json())
    if arguments.difference:
        lines = difference(old, new, Path(arguments.lock_name or path.name))
        _write(arguments.difference, "".join(f"{line}\n" for line in lines))
    if arguments.json:
        answer = {"changed": new != old, "pins": {wheel.name: wheel.pin.sha256 for wheel in built}}
        print(json.dumps(answer, sort_keys=True))
    elif not arguments.out:
        _say(f"{path} {'written' if new != old else 'is up to date'}: {len(built)} built wheels")
    return 0


def _write(path: Path, text: str) -> None:
    with atomic_file(path) as stream:
        stream.write(text.encode())


def _say(text: str) -> None:
    print(text, file=sys.stderr)
