"""Stage lock: a lock of any format → the build lock of every sdist in it (docs/architecture.md, "Build lock").

REQUIREMENTS: requirements.txt with hashes, pylock.toml or uv.lock (docs/locks.md).

argv: `lock REQUIREMENTS --out FILE [--extra NAME]… [--group NAME]… [--check] [--upgrade NAME]… [--no-binary NAME]…
    [--from-source] [--before DATE] [--portable] [--python EXE] [--index-url URL] [--offline] [--update-command TEXT] [--json]`
env: pip's configuration, `PIP_INDEX_URL`, `UV_DEFAULT_INDEX` (where the index is); back ends inherit nothing.
reads: REQUIREMENTS, FILE (its pins are kept), the index. writes: FILE, complete or not at all.
exit codes: 0 written or up to date, 1 `--check` and FILE is stale, 2 an input, the index or a back end is at fault.

The lock holds for the platform and Python version it was written on: build requirements such as CMake or Cython are
wheels for one platform. Where a wheel for this platform and one for any platform both exist, pip takes the former;
`--portable` takes the latter, and an existing lock's file is kept as long as it fits. Where REQUIREMENTS does not say who needs
whom, wheels are asked, and those that need each other are recorded. `--from-source` locks sdists of the
build requirements, too, with as few wheels as their cycles need. `--before` sees the index as it was.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reprowheel._index import Index
from reprowheel._lock_edges import find_cycles
from reprowheel._lock_file import BuildLock, difference, read_build_lock
from reprowheel._lock_offline import OfflineCheck, check_offline
from reprowheel._lock_resolve import Pins, target_python
from reprowheel._lock_sdists import SdistLocker
from reprowheel._lock_wanted import ALL, normalized_names, read_wanted
from reprowheel._lock_wheels import FileChooser
from reprowheel._upload_time import parse_moment
from reprowheel.determinism import atomic_file
from reprowheel.errors import LockError, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

__all__ = ["add_arguments", "lock_archive", "lock_requirements", "run"]

def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb `lock`."""
    parser.add_argument("requirements", type=Path, help="requirements.txt with hashes, pylock.toml or uv.lock")
    parser.add_argument("--extra", action="append", default=[], metavar="NAME", help="an extra of the locked project (TOML)")
    parser.add_argument("--group", action="append", metavar="NAME", help="a dependency group of the locked project (TOML)")
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
    parser.add_argument("--python", default=sys.executable, metavar="EXE", help="the interpreter to lock for")
    parser.add_argument("--index-url", default="", metavar="URL", help="before every configured index")
    parser.add_argument("--update-command", default="", metavar="TEXT", help="what messages say to run")
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")


def run(args: Namespace) -> int:
    """Run the verb with parsed arguments and return its exit code."""
    out: Path = args.out
    if args.offline:
        return _run_offline(args)
    if not args.check:
        _check_writable(out)
    previous = read_build_lock(out) if out.exists() else BuildLock()
    lock = lock_requirements(
        args.requirements,
        previous=previous,
        python=args.python,
        index_url=args.index_url,
        upgrade=args.upgrade,
        no_binary=args.no_binary,
        portable=args.portable,
        from_source=args.from_source,
        before=parse_moment(args.before) if args.before else None,
        extras=args.extra,
        groups=args.group,
    )
    text = lock.to_json()
    old = out.read_text(encoding="utf-8") if out.exists() else ""
    changed = text != old
    if changed and not args.check:
        _write(out, text)
    lines = difference(old, text, out) if args.check else ()
    _print(args, lock, {"changed": changed, "difference": lines})
    return _finish(args, lock, "is stale" if args.check and changed else "written" if changed else "is up to date")


def _run_offline(args: Namespace) -> int:
    """Check what can be checked without an index."""
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
        )
        answer = check_offline(lock, wanted, out=out, tags=target.tags)
    old = out.read_text(encoding="utf-8") if out.exists() else lock.to_json()
    lines = difference(old, answer.expected.to_json(), out, what="what of it is needed")
    problems = answer.problems or ((f"{out}: is not as the verb `lock` writes it",) if lines else ())
    for line in problems:
        _say(line)
    if not problems:
        for line in answer.unchecked:
            _say(f"not checked without an index: {line}")
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
    """Say how it ended and return the exit code."""
    found = f", {len(lock.cycles)} that need each other" if lock.cycles else ""
    _say(f"{args.out} {state}: {len(lock.sdists)} sdists, {len(lock.wheels)} wheels{found}")
    if state == "is stale":
        _say(f"To fix: {args.update_command or _command(args)}")
        return 1
    return 0


def lock_requirements(  # noqa: PLR0913 - keyword-only, one per option
    path: Path,
    *,
    previous: BuildLock,
    python: str = sys.executable,
    index_url: str = "",
    upgrade: Collection[str] = (),
    no_binary: Collection[str] = (),
    portable: bool = False,
    from_source: bool = False,
    before: datetime | None = None,
    extras: Collection[str] = (),
    groups: Collection[str] | None = None,
) -> BuildLock:
    """Return the build lock of a lock of any format.

    :param previous: pins to keep, wherever a solution with them exists.
    :param upgrade: build requirements whose pins are dropped.
    :param no_binary: distributions to build though a locked wheel fits.
    :param portable: take wheels for any platform where a build requirement has them.
    :param from_source: build everything that is locked, and lock build requirements as sdists.
    :param before: files that the index got then or later do not exist.
    :param extras: extras of the locked project that are wanted (TOML locks).
    :param groups: dependency groups that are wanted (TOML locks); `None`: those that the lock calls default.
    :raises LockError, FetchError: see the message.
    """
    target = target_python(python)
    wanted = read_wanted(
        path, target.markers, no_binary=no_binary, from_source=from_source, extras=extras, groups=groups
    )
    for place in wanted.read.ignored:
        _say(f"{place} is not read: hashes decide what is taken, pip's configuration where from")
    pins = _kept_pins(previous, normalized_names(upgrade), any_file=from_source or previous.is_from_source)
    with ExitStack() as stack:
        index = stack.enter_context(Index(index_url, before=before))
        chooser = FileChooser(target, index, kept=previous.wheels, portable=portable)
        locker = stack.enter_context(SdistLocker(target, index, chooser, pins, _say, from_source=from_source))
        for number, requirement in enumerate(wanted.requirements, start=1):
            if not wanted.may_build(requirement):
                continue
            if requirement.source != "index" or chooser.must_build(requirement, no_binary=wanted.no_binary):
                _say(f"[{number}/{len(wanted.requirements)}] {requirement.key}: locking its build requirements")
                locker.add(requirement)
        lock = locker.lock()
        cycles = find_cycles(wanted.read, lock, environment=target.markers, chooser=chooser, index=index, say=_say)
        return replace(lock, cycles=cycles)


def lock_archive(archive: Path, *, python: str = sys.executable) -> BuildLock:
    """Return the build lock of one sdist on disk, resolved from the index now.

    :raises LockError, FetchError: see the message.
    """
    target = target_python(python)
    with ExitStack() as stack:
        index = stack.enter_context(Index())
        chooser = FileChooser(target, index, kept={}, portable=False)
        locker = stack.enter_context(SdistLocker(target, index, chooser, {}, _say))
        locker.add_archive(archive)
        return locker.lock()


def _kept_pins(previous: BuildLock, upgrade: Collection[str], *, any_file: bool) -> Mapping[str, Pins]:
    """Return pins of the older lock that are not to be upgraded, by sdist key and by its name.

    :param any_file: what was an sdist there may be a wheel now, and the other way round.
    """
    if ALL in upgrade:
        return {}
    pins = {key: sdist.build_requirements for key, sdist in sorted(previous.sdists.items())}
    known = {pin.partition("==")[0] for kept in pins.values() for pin in kept}
    for name in sorted(set(upgrade) - known):
        msg = f"--upgrade {name}: no sdist of the existing lock has such a build requirement"
        raise UsageError(msg, tip="name a build requirement, not a distribution that is built")
    result: dict[str, Pins] = {}
    for key, requirements in pins.items():
        kept = sorted(p for p in requirements if p.partition("==")[0] not in upgrade)
        result[key] = result[key.partition("==")[0]] = Pins(
            wheels=tuple(p for p in kept if any_file or p in previous.wheels),
            sdists=tuple(p for p in kept if not any_file and p not in previous.wheels),
        )
    return result


def _check_writable(path: Path) -> None:
    """Refuse at once what could not be written at the end."""
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
    """Return the command that writes what `--check` compared with."""
    words = ["reprowheel", "lock", os.fspath(args.requirements), "--out", os.fspath(args.out)]
    lists = (("extra", args.extra), ("group", args.group or ()), ("no-binary", args.no_binary), ("upgrade", args.upgrade))
    for option, names in lists:
        for name in names:
            words += [f"--{option}", name]
    words += ["--python", args.python] if args.python != sys.executable else []
    words += ["--from-source"] * args.from_source + ["--portable"] * args.portable
    return shlex.join(words + (["--before", args.before] if args.before else []))


def _write(path: Path, text: str) -> None:
    try:
        with atomic_file(path) as out:
            out.write(text.encode("utf-8"))
    except OSError as e:
        msg = f"{path}: cannot be written ({e.strerror})"
        raise LockError(msg, tip="name a file in an existing, writable folder with --out") from e


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
