"""The verb `verify`: builds sdists twice, the second time in changed surroundings, and explains the differences."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.cli.arguments import add_progress_arguments, add_request_arguments, find_wheel, how_to_lock, make_request
from reprowheel.environment.fingerprint import check_fingerprint
from reprowheel.errors import UsageError
from reprowheel.files import atomic_file, write_json
from reprowheel.inputs.archives import need_sdist
from reprowheel.inputs.guess import did_you_mean
from reprowheel.lock.build_lock import read_build_lock
from reprowheel.output.printable import write
from reprowheel.output.progress import finish, step
from reprowheel.output.publish import check_file_target, check_folder_target
from reprowheel.request import requirement_template
from reprowheel.verify import VerifyOptions, perturbation_table, verify_sdist
from reprowheel.verify.page import verdict_page
from reprowheel.verify.render import verdict_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.lock.locked_builds import LockedBuilds
    from reprowheel.request import BuildRequest
    from reprowheel.verify import Verdict

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "build sdists again with everything changed that must not matter, and explain what differs"


EXAMPLES = (
    ("reprowheel verify psutil-7.2.2.tar.gz --build-lock build-lock.json", "one sdist"),
    ("reprowheel verify build-lock.json --only psutil --html verdict.html", "of a lock; the verdict as a page"),
    ("reprowheel verify psutil-7.2.2.tar.gz --resolve-build-requirements --against dist", "with a wheel that was built before"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument(
        "subject", type=Path, nargs="*", metavar="SDIST|BUILD-LOCK", help="sdists, or one build lock for all it names"
    )
    add = parser.add_argument_group("what is verified").add_argument
    add("--only", action="append", default=[], metavar="NAME", help="of a build lock, verify only these")
    add("--without", action="append", default=[], metavar="NAME", help="a perturbation to leave out")
    add("--max-builds", type=int, default=24, metavar="N", help="most builds that the search for the cause may take")
    add("--perturbations", action="store_true", help="print the table of perturbations and do nothing else")
    add = parser.add_argument_group("a wheel that takes the place of the first build").add_argument
    add("--against", type=Path, metavar="DIR", help="wheel, or directory with one")
    add("--against-debug", type=Path, metavar="DIR", help="debug files of that wheel")
    add("--against-report", type=Path, metavar="FILE", help="report of that wheel")
    add = parser.add_argument_group("results").add_argument
    add("--keep", type=Path, metavar="DIR", help="keep the outputs of both builds here")
    add("--diffoscope", action="store_true", help="add what diffoscope says about the two wheels")
    add("--html", type=Path, metavar="FILE", help="write the verdicts as one page")
    add("--verdict", type=Path, metavar="DIR", help="write verdict.{txt,json,html,exit} here and exit with 0")
    add("--json", action="store_true", help="print the verdicts as JSON on standard output")
    add_request_arguments(parser)
    add_progress_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify one sdist after another and print the verdicts.

    :returns: the exit code: 0 if all sdists are reproducible, 1 if one is not, else that of the first build that failed.
    """
    if arguments.perturbations:
        print(perturbation_table(), end="")
        return 0
    _check(arguments)
    options = VerifyOptions(
        without=arguments.without,
        max_builds=arguments.max_builds,
        keep=arguments.keep,
        diffoscope=arguments.diffoscope,
        against=_against(arguments),
        progress=step,
        verbose=arguments.verbose,
    )
    for path in filter(lambda subject: not _is_lock(subject), arguments.subject):
        need_sdist(path)
    verdicts = []
    for request in _requests(arguments):
        verdict = verify_sdist(request, options)
        verdicts.append(verdict)
        finish(f"{verdict.package}: verified")
        write(verdict_text(verdict), sys.stderr if arguments.json else sys.stdout)
    return _finish(arguments, verdicts)


def _check(arguments: argparse.Namespace) -> None:
    """Raise UsageError for arguments that exclude each other."""
    if not arguments.subject:
        msg = "nothing to verify; expected sdists or a build lock"
        raise UsageError(msg)
    if any(_is_lock(path) for path in arguments.subject) and (len(arguments.subject) > 1 or arguments.build_lock):
        msg = f"{arguments.subject[0]}: a build lock is verified alone, and needs no --build-lock"
        raise UsageError(msg)
    if arguments.against and len(arguments.subject) > 1:
        msg = "--against goes with one sdist"
        raise UsageError(msg)
    if arguments.build_wheel and (arguments.build_lock or arguments.resolve_build_requirements):
        msg = "--build-wheel goes with neither --build-lock nor --resolve-build-requirements"
        raise UsageError(msg)
    if arguments.only and not _is_lock(arguments.subject[0]):
        msg = "--only goes with a build lock, which names several sdists"
        raise UsageError(msg)
    _check_files(arguments)
    if arguments.fingerprint:
        check_fingerprint(arguments.fingerprint)


def _check_files(arguments: argparse.Namespace) -> None:
    """Raise UsageError for files that lack their wheel, and for outputs that could not be written after all builds."""
    if (arguments.against_debug or arguments.against_report) and not arguments.against:
        msg = f"{'--against-debug' if arguments.against_debug else '--against-report'} needs --against"
        raise UsageError(msg, tip="Name the wheel, too: --against WHEEL.")
    for option, folder in (("--keep", arguments.keep), ("--verdict", arguments.verdict)):
        if folder:
            check_folder_target(option, folder)
    if arguments.html:
        check_file_target("--html", arguments.html)


def _is_lock(path: Path) -> bool:
    return path.suffix == ".json"


def _against(arguments: argparse.Namespace) -> tuple[Path, Path | None, Path | None] | None:
    if not arguments.against:
        return None
    return find_wheel(arguments.against), arguments.against_debug, arguments.against_report


def _requests(arguments: argparse.Namespace) -> Iterator[BuildRequest]:
    """Yield the builds to verify; build requirements are fetched and built before each."""
    arguments.sdist, arguments.out, arguments.debug_dir, arguments.report = (
        arguments.subject[0],
        Path("dist"),
        None,
        None,
    )
    subjects: list[Path] = arguments.subject
    if _is_lock(subjects[0]) or arguments.build_lock:
        yield from _locked(arguments, subjects[0] if _is_lock(subjects[0]) else arguments.build_lock)
    elif arguments.resolve_build_requirements:
        yield from _resolved(arguments)
    else:
        request = make_request(arguments)
        for sdist in subjects:
            yield replace(request, sdist=sdist, locking=how_to_lock(arguments, sdist))


def _resolved(arguments: argparse.Namespace) -> Iterator[BuildRequest]:
    """Yield the builds to verify, with build requirements that are resolved from the index now."""
    from reprowheel.lock.crates.locker import RustSettings  # noqa: PLC0415
    from reprowheel.lock.write import lock_archive  # noqa: PLC0415 - needs pip, which actions do not have

    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        for number, sdist in enumerate(arguments.subject):
            lock = Path(scratch) / f"build-lock-{number}.json"
            tools = [tool for found in _per_package(arguments.host_tool).values() for tool in found]
            rust = RustSettings(toolchain=arguments.rust_toolchain)
            found = lock_archive(sdist, python=arguments.python or sys.executable, host_tools=tools, rust=rust)
            lock.write_text(found.to_json(), encoding="utf-8")
            yield from _locked(argparse.Namespace(**vars(arguments) | {"subject": [sdist]}), lock)


def _locked(arguments: argparse.Namespace, lock: Path) -> Iterator[BuildRequest]:
    """Yield the builds to verify, with build requirements from a lock."""
    from reprowheel.lock import locked_builds  # noqa: PLC0415 - needs pip, which actions do not have

    libraries, headers = _per_package(arguments.host_library), _per_package(arguments.host_header)
    tools = _per_package(arguments.host_tool)
    none: dict[str, list[str]] = {"host_library": [], "host_header": [], "host_tool": []}
    request = make_request(argparse.Namespace(**vars(arguments) | none))
    with locked_builds.LockedBuilds(lock, requirement_template(request)) as locked:
        for key, sdist in _chosen(arguments, lock, locked):
            name = key.partition("==")[0]
            one = replace(
                request,
                sdist=sdist,
                host_libraries=libraries.get("", []) + libraries.get(name, []),
                host_headers=headers.get("", []) + headers.get(name, []),
                host_tools=[*tools.get("", []), *tools.get(name, [])],
            )
            yield locked.completed(one)


def _chosen(arguments: argparse.Namespace, lock: Path, locked: LockedBuilds) -> Iterator[tuple[str, Path]]:
    """Yield key and archive of the sdists to verify with a lock."""
    if lock is not arguments.subject[0]:
        for sdist in arguments.subject:
            yield locked.entry(sdist)[0], sdist
        return
    arguments.only = [str(canonicalize_name(name)) for name in arguments.only]
    keys = list(read_build_lock(lock).sdists)
    names = {key.partition("==")[0] for key in keys}
    if unknown := sorted(set(arguments.only) - names):
        msg = f"{lock}: has no sdist of {unknown[0]}{did_you_mean(unknown[0], names)}"
        raise UsageError(msg)
    if not keys:
        msg = f"{lock}: names no sdist, so there is nothing to verify"
        raise UsageError(msg)
    for key in keys:
        if not arguments.only or key.partition("==")[0] in arguments.only:
            yield key, locked.archive(key)


def _per_package(items: list[str]) -> dict[str, list[str]]:
    """Split `[NAME=]VALUE` items into name → values; values for every sdist have an empty name."""
    found: dict[str, list[str]] = {}
    for item in items:
        name, equals, value = item.rpartition("=")
        found.setdefault(name if equals else "", []).append(value)
    return found


def _finish(arguments: argparse.Namespace, verdicts: list[Verdict]) -> int:
    """Write the outputs that options ask for, and return the exit code."""
    data = {"verdict_version": 1, "verdicts": [verdict.as_dict() for verdict in verdicts]}
    codes = [verdict.exit_code for verdict in verdicts if verdict.exit_code]
    code = 1 if 1 in codes else next(iter(codes), 0)
    if arguments.html:
        _write(arguments.html, verdict_page(verdicts))
    if arguments.verdict:
        arguments.verdict.mkdir(parents=True, exist_ok=True)
        _write(arguments.verdict / "verdict.txt", "".join(map(verdict_text, verdicts)))
        _write(arguments.verdict / "verdict.html", verdict_page(verdicts))
        write_json(arguments.verdict / "verdict.json", data)
        _write(arguments.verdict / "verdict.exit", f"{code}\n")
        return 0
    if arguments.json:
        print(json.dumps(data, indent=2, sort_keys=True))
    elif len(verdicts) > 1:
        good = sum(verdict.status == "equal" for verdict in verdicts)
        print(f"{good} of {len(verdicts)} sdists are reproducible")
    return code


def _write(path: Path, text: str) -> None:
    with atomic_file(path) as stream:
        stream.write(text.encode())
