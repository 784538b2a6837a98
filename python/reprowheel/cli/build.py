"""The verb `build`: builds one sdist into one canonical wheel."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.build import build_wheel
from reprowheel.checks.at_once import told_at_once
from reprowheel.cli.arguments import add_progress_arguments, add_request_arguments, make_request
from reprowheel.compilers.cache import find_compiler_cache
from reprowheel.environment.fingerprint import check_fingerprint
from reprowheel.errors import LockError, UsageError
from reprowheel.inputs.archives import need_sdist
from reprowheel.output.command import command
from reprowheel.output.progress import finish
from reprowheel.request import BuildRequest, requirement_template

if TYPE_CHECKING:
    import argparse

    from reprowheel.request import BuildResult

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "build an sdist into a wheel with the same bytes everywhere"


EXAMPLES = (
    ("reprowheel build psutil-7.2.2.tar.gz --build-lock build-lock.json", "make a wheel in dist/"),
    ("reprowheel build psutil-7.2.2.tar.gz --resolve-build-requirements", "with what the index offers now"),
    (
        "reprowheel build psutil-7.2.2.tar.gz --build-lock build-lock.json --env CFLAGS=-O1 --report report.json -v",
        "and watch it",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("sdist", type=Path, metavar="SDIST", help="the source distribution")
    add = parser.add_argument_group("results").add_argument
    add("--out", type=Path, default=Path("dist"), metavar="DIR", help="directory that the wheel is added to (default: dist)")
    add("--exclusive", action="store_true", help="DIR of --out and --debug-dir must be empty, and holds nothing else in the end")
    add("--wheel-file", type=Path, metavar="FILE", help="where the wheel goes, too, under a name of your own")
    add("--debug-dir", type=Path, metavar="DIR", help="where split debug files go")
    add("--report", type=Path, metavar="FILE", help="where the JSON report goes")
    add("--json", action="store_true", help="print the report on standard output")
    add_request_arguments(parser)
    add = parser.add_argument_group("caches, which change no byte of the wheel").add_argument
    add("--compiler-cache", metavar="PROGRAM", help="ccache or sccache, by path or name (docs/compiler-cache.md)")
    add("--compiler-cache-dir", type=Path, metavar="DIR", help="where it keeps results (default: where it does for you)")
    add("--bytecode-cache", type=Path, metavar="DIR", help="folder that keeps bytecode of build requirements for later builds")
    add_progress_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Build the wheel and print its digest; return the exit code."""
    need_sdist(arguments.sdist)
    if arguments.build_wheel and (arguments.build_lock or arguments.resolve_build_requirements):
        msg = "--build-wheel goes with neither --build-lock nor --resolve-build-requirements"
        raise UsageError(msg)
    if arguments.fingerprint:
        check_fingerprint(arguments.fingerprint)
    if arguments.compiler_cache_dir and not arguments.compiler_cache:
        msg = "--compiler-cache-dir needs --compiler-cache"
        raise UsageError(msg)
    program, directory = arguments.compiler_cache, arguments.compiler_cache_dir
    cache = find_compiler_cache(program, directory) if program else None
    caches = {"compiler_cache": cache, "bytecode_cache": arguments.bytecode_cache}
    outputs = {"wheel_file": arguments.wheel_file, "exclusive": arguments.exclusive, "keep_log": not arguments.exclusive}
    request = replace(make_request(arguments), **caches, **outputs)
    if arguments.resolve_build_requirements:
        result = _build_resolved(request)
    elif arguments.build_lock:
        result = _build_locked(arguments.build_lock, request)
    else:
        result = build_wheel(request)
    finish(f"{result.report['name']}=={result.report['version']}: built")
    if cache and result.cache_use:
        print(f"{cache.kind}: {result.cache_use.hits} hits, {result.cache_use.misses} misses", file=sys.stderr)
    if arguments.json:
        print(json.dumps(result.report, indent=2, sort_keys=True))
    elif arguments.report is None:
        print(f"{result.sha256}  {result.wheel}", file=sys.stderr)
    return 0


def _build_locked(lock: Path, request: BuildRequest) -> BuildResult:
    """Build with the requirements and the expected metadata of a build lock."""
    from reprowheel.lock.locked_builds import LockedBuilds  # noqa: PLC0415 - needs pip, which actions do not have

    with LockedBuilds(lock, requirement_template(request)) as locked:
        return build_wheel(locked.completed(request))


def _build_resolved(request: BuildRequest) -> BuildResult:
    """Lock and build; the error of locking tells what the build will need, too."""
    return told_at_once(request, _resolve_and_build, LockError)


def _resolve_and_build(request: BuildRequest) -> BuildResult:
    """Resolve build requirements from the index now, build with them, and print their versions."""
    from reprowheel.lock.crates.locker import RustSettings  # noqa: PLC0415
    from reprowheel.lock.write import lock_archive  # noqa: PLC0415 - needs pip, which actions do not have

    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        lock = Path(scratch) / "build-lock.json"
        found = lock_archive(
            request.sdist,
            python=request.python,
            host_tools=request.host_tools,
            allow_uncontained=tuple(request.allow_uncontained),
            rust=RustSettings(toolchain=request.rust_toolchain),
        )
        lock.write_text(found.to_json(), encoding="utf-8")
        result = _build_locked(lock, request)
    taken = [f"{r['name']}=={r['version']} (sha256 {r['sha256']})" for r in result.report["build_requirements"]]
    print(f"resolved now, not locked: {', '.join(taken) or 'nothing'}", file=sys.stderr)
    if taken:
        keep = command("lock", request.sdist, "--out", "build-lock.json")
        print(f"To lock them, for --build-lock build-lock.json: {keep}", file=sys.stderr)
    return result
