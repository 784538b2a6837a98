"""The verb `build`: one sdist to one canonical wheel."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel._compiler_cache import find_compiler_cache
from reprowheel._expected import ExpectedMetadata
from reprowheel._fingerprint import check_fingerprint
from reprowheel._native import read_native
from reprowheel._toolchain import find_toolchain, read_toolchain
from reprowheel.build import BuildRequest, build_wheel
from reprowheel.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reprowheel.build import BuildResult

__all__ = ["HELP", "add_arguments", "add_request_arguments", "make_request", "requirement_template", "run"]

HELP = "build an sdist into a wheel with the same bytes everywhere"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("sdist", type=Path, metavar="SDIST", help="the source distribution")
    add("--out", type=Path, required=True, metavar="DIR", help="directory that will hold exactly the wheel")
    add_request_arguments(parser)
    add("--wheel-file", type=Path, metavar="FILE", help="where the wheel goes, too, under a name of your own")
    add("--compiler-cache", metavar="PROGRAM", help="ccache or sccache, by path or name (docs/compiler-cache.md)")
    add("--compiler-cache-dir", type=Path, metavar="DIR", help="where it keeps results (default: where it does for you)")
    add("--debug-dir", type=Path, metavar="DIR", help="where split debug files go")
    add("--report", type=Path, metavar="FILE", help="where the JSON report goes")
    add("--json", action="store_true", help="print the report on standard output")


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say what is built, and with what; `verify` has the same."""
    add = parser.add_argument
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--build-lock", type=Path, metavar="FILE", help="lock that names the build requirements")
    source.add_argument(
        "--resolve-build-requirements", action="store_true", help="resolve them from the index now, and report them"
    )
    add("--build-wheel", type=Path, action="append", default=[], metavar="WHEEL", help="a build requirement")
    add("--name", default="", help="name the sdist must have")
    add("--version", default="", help="version the sdist must have")
    add("--python", default="", metavar="EXE", help="interpreter to build with (default: the one running)")
    add("--cc-toolchain", type=Path, metavar="FILE", help="C/C++ toolchain as JSON (default: found on PATH)")
    add("--fingerprint", type=Path, metavar="FILE", help="what the host's tools must answer, as JSON")
    add("--expect", type=Path, metavar="FILE", help="metadata the wheel must have, as JSON")
    add("--host-library", action="append", default=[], metavar="SONAME", help="host library the wheel may need")
    add("--host-header", action="append", default=[], metavar="GLOB", help="header compilers may take from the host")
    add("--epoch", type=int, metavar="SECONDS", help="the build's time (default: newest member of the sdist)")
    add("--config-setting", action="append", default=[], metavar="K=V", help="PEP 517 config setting")
    add("--global-option", action="append", default=[], metavar="OPTION", help="option of setup.py before its command")
    add("--build-option", action="append", default=[], metavar="OPTION", help="option of setup.py's bdist_wheel")
    add("--env", action="append", default=[], metavar="K=V", help="variable for the build")
    add("--deep", action="store_true", help="fix what programs like date, find and uname see, too (docs/deep-mode.md)")
    add("--patch", type=Path, action="append", default=[], metavar="FILE", help="patch for the unpacked sdist, in order")
    add("--patch-strip", type=int, default=0, metavar="N", help="leading folders to drop from the patches' paths")
    add("--native", type=Path, metavar="FILE", help="headers and libraries that the build finds, as JSON")
    add("--native-include", type=Path, action="append", default=[], metavar="DIR", help="folder of headers it finds")
    add("--native-library", type=Path, action="append", default=[], metavar="FILE", help="static library it finds")
    add("--cpu-baseline", default="", metavar="CPU", help="CPU to make code for, such as x86-64-v3 (default: the oldest)")
    add("--jobs", type=int, default=0, metavar="N", help="jobs that may run at once (default: the builders' own)")
    add("--work-root", type=Path, metavar="DIR", help="where the private workspace is made (default: /tmp)")


def run(arguments: argparse.Namespace) -> int:
    """Build and print the wheel's digest."""
    if not arguments.sdist.is_file():
        msg = f"{arguments.sdist}: no such file"
        raise UsageError(msg)
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
    request = replace(make_request(arguments), wheel_file=arguments.wheel_file, compiler_cache=cache)
    if arguments.resolve_build_requirements:
        result = _build_resolved(request)
    elif arguments.build_lock:
        result = _build_locked(arguments.build_lock, request)
    else:
        result = build_wheel(request)
    if cache and result.cache_use:
        print(f"{cache.kind}: {result.cache_use.hits} hits, {result.cache_use.misses} misses", file=sys.stderr)  # noqa: T201
    if arguments.json:
        print(json.dumps(result.report, indent=2, sort_keys=True))  # noqa: T201 - a command line
    elif arguments.report is None:
        print(f"{result.sha256}  {result.wheel}", file=sys.stderr)  # noqa: T201
    return 0


def make_request(arguments: argparse.Namespace) -> BuildRequest:
    """Return the build that the arguments describe."""
    return BuildRequest(
        sdist=arguments.sdist,
        build_wheels=arguments.build_wheel,
        toolchain=read_toolchain(arguments.cc_toolchain) if arguments.cc_toolchain else find_toolchain(),
        python=arguments.python or sys.executable,
        out=arguments.out,
        name=arguments.name,
        version=arguments.version,
        epoch=arguments.epoch,
        config_settings=_settings(arguments.config_setting),
        global_options=arguments.global_option,
        build_options=arguments.build_option,
        env=_pairs(arguments.env, "--env"),
        host_libraries=arguments.host_library,
        host_headers=arguments.host_header,
        expected=ExpectedMetadata.read(arguments.expect) if arguments.expect else None,
        debug_dir=arguments.debug_dir,
        report=arguments.report,
        patches=[patch.absolute() for patch in arguments.patch],
        patch_strip=arguments.patch_strip,
        native=read_native(arguments.native, arguments.native_include, arguments.native_library),
        cpu_baseline=arguments.cpu_baseline,
        jobs=arguments.jobs,
        work_root=arguments.work_root,
        deep=arguments.deep,
    )


def requirement_template(request: BuildRequest) -> BuildRequest:
    """Return what builds of build requirements take from a request: toolchain, interpreter, work root."""
    template = replace(request, name="", version="", epoch=None, host_libraries=(), host_headers=())
    template = replace(template, config_settings={}, global_options=(), build_options=(), env={})
    template = replace(template, wheel_file=None, patches=(), patch_strip=0, native=None, cpu_baseline="", jobs=0, deep=False)
    return replace(template, expected=None, debug_dir=None, report=None)


def _build_locked(lock: Path, request: BuildRequest) -> BuildResult:
    """Build with the requirements and the expected metadata of a build lock."""
    from reprowheel._requirements_source import LockedBuilds  # noqa: PLC0415 - needs pip, which an action lacks

    with LockedBuilds(lock, requirement_template(request)) as locked:
        _, entry = locked.entry(request.sdist)
        expected = request.expected or ExpectedMetadata(
            requires_dist=tuple(entry.requires_dist), provides_extra=tuple(entry.provides_extra)
        )
        return build_wheel(replace(request, build_wheels=locked.wheels_for(entry), expected=expected))


def _build_resolved(request: BuildRequest) -> BuildResult:
    """Build with what the index offers now, and say what that was."""
    from reprowheel.lock import lock_archive  # noqa: PLC0415 - needs pip, which an action lacks

    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        lock = Path(scratch) / "build-lock.json"
        lock.write_text(lock_archive(request.sdist, python=request.python).to_json(), encoding="utf-8")
        result = _build_locked(lock, request)
    taken = ", ".join(f"{r['name']}=={r['version']}" for r in result.report["build_requirements"])
    print(f"resolved now, not locked: {taken or 'nothing'}", file=sys.stderr)  # noqa: T201
    return result


def _pairs(items: list[str], option: str) -> dict[str, str]:
    """Split `K=V` items."""
    pairs: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            msg = f"{option} {item!r}: expected KEY=VALUE"
            raise UsageError(msg)
        pairs[key] = value
    return pairs


def _settings(items: list[str]) -> dict[str, str | list[str]]:
    """Collect config settings; a key given more than once becomes a list, as in PyPA's front ends."""
    settings: dict[str, str | list[str]] = {}
    for item in items:
        key, value = next(iter(_pairs([item], "--config-setting").items()))
        earlier = settings.get(key)
        settings[key] = value if earlier is None else [*([earlier] if isinstance(earlier, str) else earlier), value]
    return settings
