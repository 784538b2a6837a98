"""The verb `lock`: locks the build requirements of every sdist in a requirements file."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reprowheel.cli.arguments import add_progress_arguments
from reprowheel.containment import allowed_kinds
from reprowheel.errors import LockError, UsageError
from reprowheel.fetch.upload_time import parse_moment, shown_moment
from reprowheel.files import atomic_file
from reprowheel.inputs.archives import SDIST_SUFFIXES, need_sdist
from reprowheel.lock.build_lock import BuildLock, difference, read_build_lock
from reprowheel.lock.offline import OfflineCheck, check_offline
from reprowheel.lock.resolve import target_python
from reprowheel.lock.wanted import ALL, read_wanted
from reprowheel.lock.why import Why
from reprowheel.lock.write import lock_archive, lock_requirements, say
from reprowheel.output.command import command
from reprowheel.output.progress import finish

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "lock what the sdists of a requirements file need to build"


EXAMPLES = (
    ("reprowheel lock requirements.txt --out build-lock.json", "write the lock, or renew it; pins are kept"),
    ("reprowheel lock requirements.txt --out build-lock.json --upgrade setuptools", "take a newer one"),
    ("reprowheel lock uv.lock --out build-lock.json --before 7d", "nothing that is younger than a week"),
    ("reprowheel lock requirements.txt --out build-lock.json --check", "exit 1 if it is due, and say why"),
    ("reprowheel lock requirements.txt --out build-lock.json --why wheel", "who wants wheel?"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb `lock`."""
    parser.add_argument("requirements", type=Path, help="requirements.txt with hashes, pylock.toml, uv.lock, or one sdist")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build-lock.json"),
        metavar="FILE",
        help="the build lock; its pins are kept (default: build-lock.json)",
    )
    many: dict[str, Any] = {"action": "append", "default": []}
    add = parser.add_argument_group("instead of writing the lock").add_argument
    add("--check", action="store_true", help="write nothing; exit 1 if FILE is stale, and show why")
    add("--offline", action="store_true", help="with --check: only what can be told without an index")
    add("--why", default="", metavar="NAME", help="write nothing; print from which sdists to which requirement of NAME it goes")
    add = parser.add_argument_group("what is locked").add_argument
    add("--extra", metavar="NAME", help="an extra of the locked project (TOML)", **many)
    add("--group", action="append", metavar="NAME", help="a dependency group of the locked project (TOML)")
    add(
        "--dep-group",
        metavar="NAME",
        help=f"also lock what the flag dep_group can choose of a uv.lock: a group or an extra; {ALL} for all of them",
        **many,
    )
    add(
        "--no-binary",
        metavar="NAME",
        help=f"lock its sdist even if a wheel fits; {ALL} for every distribution that has a locked sdist",
        **many,
    )
    add(
        "--from-source",
        action="store_true",
        help="lock every distribution and every build requirement as an sdist; wheels only where a cycle needs a first one",
    )
    _add_resolution(parser, many)
    add = parser.add_argument_group("hooks of back ends").add_argument
    add("--python", default=sys.executable, metavar="EXE", help="the interpreter to lock for")
    add(
        "--host-tool",
        metavar="TOOL",
        help="program of the host that hooks may run: name or absolute path; the lock keeps those that were run",
        **many,
    )
    add(
        "--allow-uncontained",
        metavar="KINDS",
        help="run back ends though files, network or processes are not contained (docs/containment.md)",
        **many,
    )
    add = parser.add_argument_group("what is printed").add_argument
    add("--update-command", default="", metavar="TEXT", help="what messages say to run")
    add("--json", action="store_true", help="print the result as JSON on standard output")
    add_progress_arguments(parser)


def _add_resolution(parser: ArgumentParser, many: Mapping[str, Any]) -> None:
    """Declare the options that choose among what the index has."""
    add = parser.add_argument_group("which versions and files").add_argument
    add("--upgrade", metavar="NAME", help=f"take the newest version of this build requirement; {ALL} for all of them", **many)
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
    add("--index-url", default="", metavar="URL", help="before every configured index")


def run(args: Namespace) -> int:
    """Run the verb with parsed arguments and return its exit code."""
    out: Path = args.out
    if args.why and (args.check or args.offline):
        msg = "--why goes with neither --check nor --offline"
        raise UsageError(msg, tip="It asks the index and the back ends, and writes nothing.")
    if args.offline:
        return _run_offline(args)
    if not args.check and not args.why:
        _check_writable(out)
    if out.exists() and args.requirements.exists() and out.samefile(args.requirements):
        msg = f"--out {out}: is the lock that is read; expected another file for the build lock"
        raise UsageError(msg, tip="Write it beside that one: --out build-lock.json.")
    previous = read_build_lock(out) if out.exists() else BuildLock()
    before = parse_moment(args.before) if args.before else None
    if before and args.before != shown_moment(before):
        say(f"--before {args.before}: what the index got before {shown_moment(before)}")
    why = Why(args.why) if args.why else None
    locked = _lock_sdist if args.requirements.name.endswith(SDIST_SUFFIXES) else _lock
    lock = locked(args, previous, before, why)
    finish(f"{args.requirements}: locked")
    if why:
        return _tell_why(args, why)
    return _settle(args, previous, replace(lock, before=_recorded(args, previous, lock, before)))


def _lock_sdist(args: Namespace, previous: BuildLock, before: datetime | None, why: Why | None) -> BuildLock:
    """Lock one sdist on disk; other entries of the lock stay."""
    need_sdist(args.requirements)
    lists = {"--extra": args.extra, "--group": args.group, "--dep-group": args.dep_group, "--no-binary": args.no_binary}
    for option, names in {**lists, "--why": why}.items():
        if names:
            msg = f"{option} goes with a requirements.txt or another lock; {args.requirements} is one sdist"
            raise UsageError(msg)
    return lock_archive(
        args.requirements,
        previous=previous,
        python=args.python,
        index_url=args.index_url,
        upgrade=args.upgrade,
        portable=args.portable,
        from_source=args.from_source,
        before=before,
        allow_uncontained=allowed_kinds(args.allow_uncontained),
        host_tools=args.host_tool,
    )


def _settle(args: Namespace, previous: BuildLock, lock: BuildLock) -> int:
    """Write the lock or compare it, print what has changed, and return the exit code."""
    out: Path = args.out
    text = lock.to_json()
    old = out.read_text(encoding="utf-8") if out.exists() else ""
    changed = text != old
    if changed and not args.check:
        _write(out, text)
        for key in sorted(previous.sdists.keys() - lock.sdists.keys()):
            name = key.partition("==")[0]
            if name not in {other.partition("==")[0] for other in lock.sdists}:
                say(f"left out: {key}, which {out} had; if it is still to be built from its sdist, add --no-binary {name}")
    if not lock.sdists:
        say(f"{args.requirements}: all of it is taken as wheels here; to build one from its sdist: --no-binary NAME")
    lines = difference(old, text, out) if args.check else ()
    _print(args, lock, {"changed": changed, "difference": lines})
    return _finish(args, lock, "is stale" if args.check and changed else "written" if changed else "is up to date")


def _lock(args: Namespace, previous: BuildLock, before: datetime | None, why: Why | None) -> BuildLock:
    """Lock as the arguments say."""
    return lock_requirements(
        args.requirements,
        previous=previous,
        python=args.python,
        index_url=args.index_url,
        upgrade=args.upgrade,
        no_binary=args.no_binary,
        portable=args.portable,
        from_source=args.from_source,
        before=before,
        extras=args.extra,
        groups=args.group,
        dep_groups=args.dep_group,
        allow_uncontained=allowed_kinds(args.allow_uncontained),
        host_tools=args.host_tool,
        why=why,
    )


def _tell_why(args: Namespace, why: Why) -> int:
    """Print the ways to a build requirement; the exit code is 1 if there is none."""
    if args.json:
        print(json.dumps({"name": why.name, "versions": why.versions, "ways": why.ways}, sort_keys=True))
    elif why.ways:
        print(", ".join(f"{why.name}=={version}" for version in why.versions))
        for way in why.ways:
            print(f"  {' → '.join(way)}")
    else:
        print(f"{why.name}: no sdist of {args.requirements} needs it to build")
    return 0 if why.ways else 1


def _recorded(args: Namespace, previous: BuildLock, lock: BuildLock, before: datetime | None) -> str:
    """Return what the lock says of `--before`: if nothing else changes, an earlier time stays, since it is still true."""
    same = replace(lock, before=previous.before).to_json() == previous.to_json()
    if args.check or (before and same and previous.before and parse_moment(previous.before) <= before):
        return previous.before
    return shown_moment(before) if before else ""


def _run_offline(args: Namespace) -> int:
    """Run `--check --offline`: check what is possible without an index; return the exit code."""
    if args.requirements.name.endswith(SDIST_SUFFIXES):
        msg = f"--offline goes with a requirements.txt or another lock; {args.requirements} is one sdist"
        raise UsageError(msg)
    if not args.check or args.upgrade:
        msg = "--offline goes with --check, and not with --upgrade"
        raise UsageError(msg, tip="writing a build lock needs an index")
    out: Path = args.out
    if not out.exists():
        lock = BuildLock()
        answer = OfflineCheck(problems=(f"{out}: does not exist",), expected=lock, unchecked=())
    else:
        lock = read_build_lock(out)
        target = target_python(args.python)
        wanted = read_wanted(
            args.requirements,
            target.markers,
            no_binary=args.no_binary,
            from_source=args.from_source,
            extras=args.extra,
            groups=args.group,
            dep_groups=args.dep_group,
        )
        answer = check_offline(lock, wanted, out=out, tags=target.tags)
    old = out.read_text(encoding="utf-8") if out.exists() else lock.to_json()
    lines = difference(old, answer.expected.to_json(), out, what="what of it is needed")
    problems = answer.problems or ((f"{out}: is not as the verb `lock` writes it",) if lines else ())
    for line in problems:
        say(line)
    if not problems:
        for line in answer.unchecked:
            say(f"not checked without an index: {line}")
    state = {"changed": bool(problems), "difference": lines, "problems": problems, "unchecked": answer.unchecked}
    _print(args, lock, state)
    return _finish(args, lock, "is stale" if problems else "is up to date, as far as can be told without an index")


def _print(args: Namespace, lock: BuildLock, answer: Mapping[str, object]) -> None:
    if args.json:
        print(json.dumps({**answer, "sdists": sorted(lock.sdists), "wheels": sorted(lock.wheels)}, sort_keys=True))
        return
    for line in cast("Iterable[str]", answer["difference"]):
        print(line, flush=True)


def _finish(args: Namespace, lock: BuildLock, state: str) -> int:
    """Print the result and return the exit code."""
    found = f", {len(lock.cycles)} that need each other" if lock.cycles else ""
    say(f"{args.out} {state}: {len(lock.sdists)} sdists, {len(lock.wheels)} wheels{found}")
    if state == "is stale":
        say(f"To fix: {args.update_command or _command(args)}")
        return 1
    return 0


def _check_writable(path: Path) -> None:
    """Raise LockError if the lock could not be written at the end."""
    if not path.parent.is_dir():
        msg = f"{path}: cannot be written (there is no folder {path.parent})"
    elif path.is_dir():
        msg = f"{path}: cannot be written (it is a folder)"
    elif path.exists() and not path.stat().st_mode & 0o222:
        msg = f"{path}: cannot be written (it is read-only)"
    else:
        return
    raise LockError(msg, tip="name a file in an existing, writable folder with --out")


def _command(args: Namespace) -> str:
    """Return the command that writes the lock that `--check` expects."""
    words = [os.fspath(args.requirements), "--out", os.fspath(args.out)]
    lists = {
        "extra": args.extra,
        "group": args.group or (),
        "dep-group": args.dep_group,
        "no-binary": args.no_binary,
        "upgrade": args.upgrade,
    }
    lists |= {"allow-uncontained": args.allow_uncontained, "host-tool": args.host_tool}
    for option, names in lists.items():
        for name in names:
            words += [f"--{option}", name]
    words += ["--python", args.python] if args.python != sys.executable else []
    words += ["--from-source"] * args.from_source + ["--portable"] * args.portable
    return command("lock", *words, *(["--before", args.before] if args.before else []))


def _write(path: Path, text: str) -> None:
    try:
        with atomic_file(path) as out:
            out.write(text.encode("utf-8"))
    except OSError as e:
        msg = f"{path}: cannot be written ({e.strerror})"
        raise LockError(msg, tip="name a file in an existing, writable folder with --out") from e
