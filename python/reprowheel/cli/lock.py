"""The verb `lock`: locks the build requirements of every sdist in a requirements file."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reprowheel.containment import allowed_kinds
from reprowheel.errors import LockError, UsageError
from reprowheel.fetch.upload_time import parse_moment
from reprowheel.files import atomic_file
from reprowheel.lock.addresses import expand_variables
from reprowheel.lock.build_lock import BuildLock, difference, read_build_lock
from reprowheel.lock.join import join_locks
from reprowheel.lock.offline import OfflineCheck, check_offline
from reprowheel.lock.resolve import target_python
from reprowheel.lock.wanted import ALL, read_wanted
from reprowheel.lock.write import lock_requirements, say

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["HELP", "add_arguments", "run"]

HELP = "lock what the sdists of a requirements file need to build"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb `lock`."""
    parser.add_argument("requirements", type=Path, help="requirements.txt with hashes, pylock.toml or uv.lock")
    parser.add_argument("--extra", action="append", default=[], metavar="NAME", help="an extra of the locked project (TOML)")
    parser.add_argument("--group", action="append", metavar="NAME", help="a dependency group of the locked project (TOML)")
    parser.add_argument(
        "--dep-group",
        action="append",
        default=[],
        metavar="NAME",
        help=f"also lock what the flag dep_group can choose of a uv.lock: a group or an extra; {ALL} for all of them",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the build lock; its pins are kept")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if FILE is stale, and show why")
    parser.add_argument("--offline", action="store_true", help="with --check: only what can be told without an index")
    parser.add_argument(
        "--upgrade",
        action="append",
        default=[],
        metavar="NAME",
        help=f"take the newest version of this build requirement; {ALL} for all of them",
    )
    parser.add_argument(
        "--no-binary",
        action="append",
        default=[],
        metavar="NAME",
        help=f"lock its sdist even if a wheel fits; {ALL} for every distribution that has a locked sdist",
    )
    parser.add_argument(
        "--only-binary",
        action="append",
        default=[],
        metavar="NAME",
        help=f"do not lock its sdist, since it is never built; {ALL} for every distribution that --no-binary does not name",
    )
    parser.add_argument(
        "--build-requirement",
        action="append",
        default=[],
        metavar="NAME=REQUIREMENT",
        help="what the sdist NAME is built with besides what it asks for",
    )
    parser.add_argument(
        "--from-source",
        action="store_true",
        help="lock every distribution and every build requirement as an sdist; wheels only where a cycle needs a first one",
    )
    parser.add_argument(
        "--before",
        default="",
        metavar="DATE",
        help="leave out files that the index got on or after this date or date and time (ISO 8601, UTC without a zone)",
    )
    parser.add_argument(
        "--portable",
        action="store_true",
        help="take a build requirement's wheel for any platform where it has one: slower builds, fewer locks",
    )
    parser.add_argument(
        "--host-tool",
        action="append",
        default=[],
        metavar="TOOL",
        help="program of the host that hooks may run: name or absolute path; the lock keeps those that were run",
    )
    parser.add_argument("--python", default=sys.executable, metavar="EXE", help="the interpreter to lock for")
    parser.add_argument(
        "--python-version", default="", metavar="VERSION", help="fail if the interpreter is another, such as 3.13"
    )
    parser.add_argument("--index-url", default="", metavar="URL", help="instead of the configured index")
    parser.add_argument(
        "--extra-index-url", action="append", default=[], metavar="URL", help="instead of the configured extra indexes"
    )
    parser.add_argument(
        "--envsubst", action="append", default=[], metavar="NAME", help="environment variable that is replaced in these addresses"
    )
    parser.add_argument("--netrc", default="", metavar="FILE", help="netrc file with passwords of indexes")
    parser.add_argument("--update-command", default="", metavar="TEXT", help="what messages say to run")
    parser.add_argument(
        "--allow-uncontained",
        action="append",
        default=[],
        metavar="KINDS",
        help="run back ends though files, network or processes are not contained (docs/containment.md)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    parser.add_argument(
        "--and",
        dest="others",
        nargs=argparse.REMAINDER,
        default=[],
        help="another lock with its own options follows; those with the same --out are joined",
    )


def run(args: Namespace) -> int:
    """Run the verb with parsed arguments and return its exit code."""
    parts = _parts(args)
    files = {part.out: [other for other in parts if other.out == part.out] for part in parts}
    if any(part.offline for part in parts):
        if len(files) < len(parts):
            msg = f"--offline, and {args.out} is for several locks; one of them alone cannot be compared with it"
            raise UsageError(msg, tip="use --check without --offline")
        return max(_run_offline(part) for part in parts)
    for out in [out for out in files if not args.check]:
        _check_writable(out)
    previous = {out: read_build_lock(out) if out.exists() else BuildLock() for out in files}
    locks = {out: [_lock(part, previous[out]) for part in members] for out, members in files.items()}
    joined = {out: _join(members, locks[out], out) for out, members in files.items()}
    return max(_write_one(members[0], previous[out], joined[out]) for out, members in files.items())


def _parts(args: Namespace) -> list[Namespace]:
    """Return the arguments of each lock that the command line names."""
    parts = [args]
    while parts[-1].others:
        parser = argparse.ArgumentParser(prog="reprowheel lock … --and", allow_abbrev=False)
        add_arguments(parser)
        parts.append(parser.parse_args(parts[-1].others))
    return parts


def _lock(args: Namespace, previous: BuildLock) -> BuildLock:
    """Lock what one part of the command line names."""
    if args.netrc:
        os.environ["NETRC"] = args.netrc
    return lock_requirements(
        args.requirements,
        previous=previous,
        python=args.python,
        python_version=args.python_version,
        index_url=expand_variables(args.index_url, args.envsubst),
        extra_index_urls=[expand_variables(url, args.envsubst) for url in args.extra_index_url],
        upgrade=args.upgrade,
        no_binary=args.no_binary,
        only_binary=args.only_binary,
        build_requirements=args.build_requirement,
        portable=args.portable,
        from_source=args.from_source,
        before=parse_moment(args.before) if args.before else None,
        extras=args.extra,
        groups=args.group,
        dep_groups=args.dep_group,
        allow_uncontained=allowed_kinds(args.allow_uncontained),
        host_tools=args.host_tool,
    )


def _join(parts: Sequence[Namespace], locks: Sequence[BuildLock], out: Path) -> BuildLock:
    if len(locks) == 1:
        return locks[0]
    names = [f"{part.requirements} and Python {part.python_version or part.python}" for part in parts]
    return join_locks(list(zip(names, locks, strict=True)), os.fspath(out))


def _write_one(args: Namespace, previous: BuildLock, lock: BuildLock) -> int:
    """Write one file, or compare it; print the result and return the exit code."""
    out: Path = args.out
    text = lock.to_json()
    old = out.read_text(encoding="utf-8") if out.exists() else ""
    changed = text != old
    if changed and not args.check:
        _write(out, text)
        _say_left_out(args, previous, lock)
    lines = difference(old, text, out) if args.check else ()
    _print(args, lock, {"changed": changed, "difference": lines})
    return _finish(args, lock, "is stale" if args.check and changed else "written" if changed else "is up to date")


def _say_left_out(args: Namespace, previous: BuildLock, lock: BuildLock) -> None:
    names = {key.partition("==")[0] for key in lock.sdists}
    for key in sorted(previous.sdists.keys() - lock.sdists.keys()):
        name = key.partition("==")[0]
        option = "add it to no_binary" if args.update_command else f"add --no-binary {name}"
        if name not in names:
            say(f"left out: {key}, which {args.out} had; if it is still to be built from its sdist, {option}")


def _run_offline(args: Namespace) -> int:
    """Run `--check --offline`: check what is possible without an index; return the exit code."""
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
            only_binary=args.only_binary,
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
    words = ["reprowheel", "lock", os.fspath(args.requirements), "--out", os.fspath(args.out)]
    lists = {name: getattr(args, name.replace("-", "_")) or () for name in _LISTS}
    for option, names in lists.items():
        for name in names:
            words += [f"--{option}", name]
    words += ["--python", args.python] if args.python != sys.executable else []
    words += ["--from-source"] * args.from_source + ["--portable"] * args.portable
    return shlex.join(words + (["--before", args.before] if args.before else []))


_LISTS = (
    "extra",
    "group",
    "dep-group",
    "no-binary",
    "only-binary",
    "upgrade",
    "build-requirement",
    "host-tool",
    "allow-uncontained",
)


def _write(path: Path, text: str) -> None:
    try:
        with atomic_file(path) as out:
            out.write(text.encode("utf-8"))
    except OSError as e:
        msg = f"{path}: cannot be written ({e.strerror})"
        raise LockError(msg, tip="name a file in an existing, writable folder with --out") from e
