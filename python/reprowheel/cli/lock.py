"""The verb `lock`: writes the build lock, or checks it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from reprowheel.cli.resolution import add_lock_arguments, lock_parts
from reprowheel.containment import allowed_kinds
from reprowheel.errors import LockError, UsageError
from reprowheel.fetch.upload_time import parse_moment, shown_moment
from reprowheel.files import atomic_file
from reprowheel.inputs.archives import SDIST_SUFFIXES, need_sdist
from reprowheel.lock.addresses import expand_variables
from reprowheel.lock.build_lock import BuildLock, difference, read_build_lock
from reprowheel.lock.crates.differences import crate_changes
from reprowheel.lock.crates.locker import RustSettings
from reprowheel.lock.join import join_locks
from reprowheel.lock.offline import OfflineCheck, check_offline
from reprowheel.lock.patched import LockPatches
from reprowheel.lock.resolve import target_python
from reprowheel.lock.wanted import read_wanted
from reprowheel.lock.why import Why
from reprowheel.lock.write import lock_archive, lock_requirements, say
from reprowheel.output.command import command
from reprowheel.output.progress import finish

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

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
    add_lock_arguments(parser)


def run(args: Namespace) -> int:
    """Run the verb with parsed arguments and return its exit code."""
    if args.why and (args.check or args.offline):
        msg = "--why goes with neither --check nor --offline"
        raise UsageError(msg, tip="It asks the index and the back ends, and writes nothing.")
    parts = lock_parts(args)
    files = {part.out: [other for other in parts if other.out == part.out] for part in parts}
    if any(part.offline for part in parts):
        if len(files) < len(parts):
            msg = f"--offline, and {args.out} is for several locks; one of them alone cannot be compared with it"
            raise UsageError(msg, tip="use --check without --offline")
        return max(_run_offline(part) for part in parts)
    for part in parts:
        _check_target(part)
    made: dict[tuple[object, ...], str] = {}
    for part in parts:
        part.made = made
    previous = {out: read_build_lock(out) if out.exists() else BuildLock() for out in files}
    why = Why(args.why) if args.why else None
    locks = {out: [_lock(part, previous[out], why) for part in members] for out, members in files.items()}
    if why:
        return _tell_why(args, why)
    joined = {out: _join(members, locks[out], out) for out, members in files.items()}
    return max(_settle(members[0], previous[out], joined[out]) for out, members in files.items())


def _check_target(args: Namespace) -> None:
    """Raise if the lock could not be written at the end, or would overwrite what is read."""
    if not args.check and not args.why:
        _check_writable(args.out)
    if args.out.exists() and args.requirements.exists() and args.out.samefile(args.requirements):
        msg = f"--out {args.out}: is the lock that is read; expected another file for the build lock"
        raise UsageError(msg, tip="Write it beside that one: --out build-lock.json.")


def _lock(args: Namespace, previous: BuildLock, why: Why | None) -> BuildLock:
    """Lock what one part of the command line names."""
    if args.netrc:
        os.environ["NETRC"] = args.netrc
    patches = _patches(args)
    if args.requirements.name.endswith(SDIST_SUFFIXES):
        lock = _lock_sdist(args, previous, why, patches)
    else:
        lock = lock_requirements(
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
            before=args.moment,
            extras=args.extra,
            groups=args.group,
            dep_groups=args.dep_group,
            allow_uncontained=allowed_kinds(args.allow_uncontained),
            host_tools=args.host_tool,
            why=why,
            rust=_rust(args),
            patches=patches,
        )
    for name in sorted(patches.files.keys() - {key.partition("==")[0] for key in lock.sdists}):
        say(f"--patch {name}: no sdist of this name is locked")
    finish(f"{args.requirements}: locked")
    return lock


def _lock_sdist(args: Namespace, previous: BuildLock, why: Why | None, patches: LockPatches) -> BuildLock:
    """Lock one sdist on disk; other entries of the lock stay."""
    need_sdist(args.requirements)
    names = ("extra", "group", "dep-group", "no-binary", "only-binary", "build-requirement", "extra-index-url")
    given = {f"--{name}": getattr(args, name.replace("-", "_")) for name in names}
    for option, value in {**given, "--and": args.others, "--why": why}.items():
        if value:
            msg = f"{option} goes with a requirements.txt or another lock; {args.requirements} is one sdist"
            raise UsageError(msg)
    return lock_archive(
        args.requirements,
        previous=previous,
        python=args.python,
        index_url=expand_variables(args.index_url, args.envsubst),
        upgrade=args.upgrade,
        portable=args.portable,
        from_source=args.from_source,
        before=args.moment,
        allow_uncontained=allowed_kinds(args.allow_uncontained),
        host_tools=args.host_tool,
        rust=_rust(args),
        patches=patches,
    )


def _rust(args: Namespace) -> RustSettings:
    return RustSettings(toolchain=args.rust_toolchain, crate_index=args.crate_index, made=args.made)


def _patches(args: Namespace) -> LockPatches:
    """Return the patches; a command of Bazel's may name one that is made by a target."""
    return LockPatches.of(args.patch, args.patch_strip, generated=bool(args.update_command))


def _join(parts: Sequence[Namespace], locks: Sequence[BuildLock], out: Path) -> BuildLock:
    if len(locks) == 1:
        return locks[0]
    names = [f"{part.requirements} and Python {part.python_version or part.python}" for part in parts]
    return join_locks(list(zip(names, locks, strict=True)), os.fspath(out))


def _settle(args: Namespace, previous: BuildLock, lock: BuildLock) -> int:
    """Write one file, or compare it; print the result and return the exit code."""
    out: Path = args.out
    lock = replace(lock, before=_recorded(args, previous, lock))
    text = lock.to_json()
    old = out.read_text(encoding="utf-8") if out.exists() else ""
    changed = text != old
    if changed and not args.check:
        _write(out, text)
        _say_left_out(args, previous, lock)
    if not lock.sdists:
        say(f"{args.requirements}: all of it is taken as wheels here; to build one from its sdist: {_by_sdist(args, 'NAME')}")
    lines = difference(old, text, out) if args.check else ()
    for line in crate_changes(previous, lock) if args.check else ():
        say(line)
    _print(args, lock, {"changed": changed, "difference": lines})
    return _finish(args, lock, "is stale" if args.check and changed else "written" if changed else "is up to date")


def _say_left_out(args: Namespace, previous: BuildLock, lock: BuildLock) -> None:
    names = {key.partition("==")[0] for key in lock.sdists}
    for key in sorted(previous.sdists.keys() - lock.sdists.keys()):
        name = key.partition("==")[0]
        if name not in names:
            say(f"left out: {key}, which {args.out} had; if it is still to be built from its sdist, {_by_sdist(args, name)}")


def _by_sdist(args: Namespace, name: str) -> str:
    """Say what makes `name` one of those that are built: a command of Bazel's has no options, but a place that says it."""
    return f"add {name} to no_binary" if args.update_command else f"add --no-binary {name}"


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


def _recorded(args: Namespace, previous: BuildLock, lock: BuildLock) -> str:
    """Return what the lock says of `--before`: if nothing else changes, an earlier time stays, since it is still true."""
    before = args.moment
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
        print(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…", flush=True)


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
    lists = {name: getattr(args, name.replace("-", "_")) or () for name in _LISTS}
    for option, names in lists.items():
        for name in names:
            words += [f"--{option}", name]
    words += ["--python", args.python] if args.python != sys.executable else []
    words += ["--from-source"] * args.from_source + ["--portable"] * args.portable
    return command("lock", *words, *(["--before", args.before] if args.before else []))


_LONGEST = 400
"""Characters of a line in a shown difference: the text of a Cargo.lock is one."""

_LISTS = (
    "extra",
    "group",
    "dep-group",
    "no-binary",
    "only-binary",
    "upgrade",
    "build-requirement",
    "host-tool",
    "patch",
    "patch-strip",
    "allow-uncontained",
)


def _write(path: Path, text: str) -> None:
    try:
        with atomic_file(path) as out:
            out.write(text.encode("utf-8"))
    except OSError as e:
        msg = f"{path}: cannot be written ({e.strerror})"
        raise LockError(msg, tip="name a file in an existing, writable folder with --out") from e
