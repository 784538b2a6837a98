"""The options of the verb `lock`, and the parts of its command line: each says how one lock is locked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.cli.arguments import add_progress_arguments
from reprowheel.cli.parser import Parser, WrongUseError
from reprowheel.cli.values import check_values
from reprowheel.errors import UsageError
from reprowheel.fetch.upload_time import parse_moment, shown_moment
from reprowheel.lock.wanted import ALL
from reprowheel.lock.write import say

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

__all__ = ["add_lock_arguments", "lock_parts"]

_MANY: Mapping[str, Any] = {"action": "append", "default": []}


def add_lock_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb `lock`."""
    parser.add_argument("requirements", type=Path, help="requirements.txt with hashes, pylock.toml, uv.lock, or one sdist")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build-lock.json"),
        metavar="FILE",
        help="the build lock; its pins are kept (default: build-lock.json)",
    )
    add = parser.add_argument_group("instead of writing the lock").add_argument
    add("--check", action="store_true", help="write nothing; exit 1 if FILE is stale, and show why")
    add("--offline", action="store_true", help="with --check: only what can be told without an index")
    add("--why", default="", metavar="NAME", help="write nothing; print from which sdists to which requirement of NAME it goes")
    _add_wanted(parser)
    _add_files(parser)
    _add_indexes(parser)
    _add_hooks(parser)
    add = parser.add_argument_group("what is printed").add_argument
    add("--update-command", default="", metavar="TEXT", help="what messages say to run")
    add("--json", action="store_true", help="print the result as JSON on standard output")
    add_progress_arguments(parser)


def _add_wanted(parser: ArgumentParser) -> None:
    """Declare the options that choose among what the lock has."""
    add = parser.add_argument_group("what is locked").add_argument
    add("--extra", metavar="NAME", help="an extra of the locked project (TOML)", **_MANY)
    add("--group", action="append", metavar="NAME", help="a dependency group of the locked project (TOML)")
    add(
        "--dep-group",
        metavar="NAME",
        help=f"also lock what the flag dep_group can choose of a uv.lock: a group or an extra; {ALL} for all of them",
        **_MANY,
    )
    add(
        "--no-binary",
        metavar="NAME",
        help=f"lock its sdist even if a wheel fits; {ALL} for every distribution that has a locked sdist",
        **_MANY,
    )
    add(
        "--only-binary",
        metavar="NAME",
        help=f"do not lock its sdist, since it is never built; {ALL} for every distribution that --no-binary does not name",
        **_MANY,
    )
    add(
        "--build-requirement",
        metavar="NAME=REQUIREMENT",
        help="what the sdist NAME is built with besides what it asks for",
        **_MANY,
    )
    add("--patch", metavar="NAME=FILE", help="patch that the build of the sdist NAME applies, in order", **_MANY)
    add("--patch-strip", metavar="NAME=N", help="leading folders to drop from the paths in the patches of NAME", **_MANY)
    add(
        "--from-source",
        action="store_true",
        help="lock every distribution and every build requirement as an sdist; wheels only where a cycle needs a first one",
    )
    add(
        "--and",
        dest="others",
        nargs="...",
        default=[],
        help="another lock with its own options follows; those with the same --out are joined",
    )


def _add_files(parser: ArgumentParser) -> None:
    """Declare the options that choose among what the index has."""
    add = parser.add_argument_group("which versions and files").add_argument
    add("--upgrade", metavar="NAME", help=f"take the newest version of this build requirement; {ALL} for all of them", **_MANY)
    add(
        "--before",
        default="",
        metavar="WHEN",
        help="leave out files that the index got then or later: a date or date and time (ISO 8601, UTC without a zone), "
        "or how long ago, such as 7d, 2w or 36h",
    )
    add(
        "--portable",
        action="store_true",
        help="take a build requirement's wheel for any platform where it has one: slower builds, fewer locks",
    )


def _add_indexes(parser: ArgumentParser) -> None:
    """Declare the options that name indexes and their passwords."""
    add = parser.add_argument_group("where from").add_argument
    add("--index-url", default="", metavar="URL", help="instead of the configured index")
    add("--extra-index-url", metavar="URL", help="instead of the configured extra indexes", **_MANY)
    add("--envsubst", metavar="NAME", help="environment variable that is replaced in these addresses", **_MANY)
    add("--crate-index", default="", metavar="URL", help="sparse index of crates (default: what cargo is configured for)")
    add("--netrc", default="", metavar="FILE", help="netrc file with passwords of indexes")


def _add_hooks(parser: ArgumentParser) -> None:
    """Declare the options of what runs hooks."""
    add = parser.add_argument_group("hooks of back ends").add_argument
    add("--python", default=sys.executable, metavar="EXE", help="the interpreter to lock for")
    add("--rust-toolchain", type=Path, metavar="PATH", help="Rust: folder with bin/, or JSON (default: the host's)")
    add("--python-version", default="", metavar="VERSION", help="fail if the interpreter is another, such as 3.13")
    add(
        "--host-tool",
        metavar="TOOL",
        help="program of the host that hooks may run: name or absolute path; the lock keeps those that were run",
        **_MANY,
    )
    add(
        "--allow-uncontained",
        metavar="KINDS",
        help="run back ends though files, network or processes are not contained",
        **_MANY,
    )


def lock_parts(args: Namespace) -> list[Namespace]:
    """Return the arguments of each lock that the command line names; `moment` is what `--before` means now, or None.

    :raises UsageError: what follows `--and` is wrong.
    """
    parts = [args]
    while parts[-1].others:
        parser = Parser(prog="reprowheel lock … --and", allow_abbrev=False)
        check_values(parser)
        add_lock_arguments(parser)
        try:
            parts.append(parser.parse_args(parts[-1].others))
        except WrongUseError as e:
            msg = f"{parser.prog}: {e.message}"
            raise UsageError(msg, tip="reprowheel lock --help has all options.") from e
    for part in parts:
        part.moment = parse_moment(part.before) if part.before else None
    for text, moment in {part.before: part.moment for part in parts if part.moment}.items():
        if text != shown_moment(moment):
            say(f"--before {text}: what the index got before {shown_moment(moment)}")
    return parts
