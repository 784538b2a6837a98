"""Command-line arguments that several verbs share, and the objects that are made from them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.archives.metadata import ExpectedMetadata
from reprowheel.compilers.describe import find_toolchain, read_toolchain
from reprowheel.errors import UsageError
from reprowheel.inputs.archives import need_wheel
from reprowheel.output.command import command
from reprowheel.request import BuildRequest
from reprowheel.settings import build_settings
from reprowheel.settings.forms import split_pairs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["add_progress_arguments", "add_request_arguments", "find_wheel", "how_to_lock", "make_request"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[\w.+!-]+")
_SHOWN = 3


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that describe a build: its inputs and settings; the verbs `build` and `verify` have them."""
    sdist = parser.add_argument_group("what the sdist must be")
    sdist.add_argument("--name", default="", help="name the sdist must have")
    sdist.add_argument("--version", default="", help="version the sdist must have")
    sdist.add_argument("--expect", type=Path, metavar="FILE", help="metadata the wheel must have, as JSON")
    sdist.add_argument("--hub", default="", metavar="NAME", help="hub in MODULE.bazel that messages name")
    needed = parser.add_argument_group("build requirements")
    source = needed.add_mutually_exclusive_group()
    source.add_argument("--build-lock", type=Path, metavar="FILE", help="lock that names the build requirements")
    source.add_argument(
        "--resolve-build-requirements", action="store_true", help="resolve them from the index now, and report them"
    )
    needed.add_argument("--build-wheel", type=Path, action="append", default=[], metavar="WHEEL", help="a build requirement")
    add = parser.add_argument_group("crates of Rust").add_argument
    add("--crates", type=Path, action="append", default=[], metavar="PATH", help="archive of a crate, or folder of archives")
    add("--cargo-lock", action="append", default=[], metavar="PLACE=FILE", help="Cargo.lock for an sdist that has none there")
    host = parser.add_argument_group("Python, compilers and host")
    host.add_argument("--python", default="", metavar="EXE", help="interpreter to build with (default: the one running)")
    host.add_argument("--cc-toolchain", type=Path, metavar="FILE", help="C/C++ toolchain as JSON (default: found on PATH)")
    host.add_argument("--rust-toolchain", type=Path, metavar="PATH", help="Rust: folder with bin/, or JSON (default: the host's)")
    host.add_argument("--fingerprint", type=Path, metavar="FILE", help="what the host's tools must answer, as JSON")
    host.add_argument("--work-root", type=Path, metavar="DIR", help="where the private workspace is made (default: /tmp)")
    settings = parser.add_argument_group("settings of the build")
    limits = parser.add_argument_group("limits of the build, which change no byte of the wheel")
    for setting in build_settings().values():
        for option in setting.options:
            group = limits if option.name.startswith(("--max-", "--jobs")) else settings
            group.add_argument(option.name, help=option.help, **option.arguments)


def add_progress_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of verbs that take long: how much they tell on standard error while they run."""
    group = parser.add_argument_group("what is told meanwhile").add_mutually_exclusive_group()
    group.add_argument("-q", "--quiet", action="store_true", help="no progress: only results, warnings and errors")
    group.add_argument("-v", "--verbose", action="store_true", help="also what back ends and compilers print, as it comes")


def make_request(arguments: argparse.Namespace) -> BuildRequest:
    """Return the build request that the arguments describe."""
    if arguments.name and not _NAME.fullmatch(arguments.name):
        msg = f"--name {arguments.name!r} is no name of a distribution; expected one such as numpy"
        raise UsageError(msg)
    if arguments.version and not _VERSION.fullmatch(arguments.version):
        msg = f"--version {arguments.version!r} is no version; expected one such as 1.0"
        raise UsageError(msg)
    for wheel in arguments.build_wheel:
        need_wheel(wheel)
    return BuildRequest(
        sdist=arguments.sdist,
        build_wheels=arguments.build_wheel,
        toolchain=read_toolchain(arguments.cc_toolchain) if arguments.cc_toolchain else find_toolchain(),
        python=arguments.python or sys.executable,
        out=arguments.out,
        name=arguments.name,
        version=arguments.version,
        hub=arguments.hub,
        expected=ExpectedMetadata.read(arguments.expect) if arguments.expect else None,
        debug_dir=arguments.debug_dir,
        report=arguments.report,
        work_root=arguments.work_root,
        rust_toolchain=arguments.rust_toolchain,
        crates=[path.absolute() for path in arguments.crates],
        cargo_locks={place: Path(file) for place, file in split_pairs("--cargo-lock", arguments.cargo_lock).items()},
        locking=how_to_lock(arguments, arguments.sdist),
        **_settings(arguments),
    )


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of `BuildSettings` that the arguments describe."""
    return {
        name: setting.make(*(getattr(arguments, option.attribute) for option in setting.options))
        for name, setting in build_settings().items()
    }


def find_wheel(path: Path) -> Path:
    """Return `path` if it is a wheel, or the one wheel in the folder `path`.

    :raises UsageError: there is no wheel, or more than one.
    """
    wheels = sorted(path.glob("*.whl")) if path.is_dir() else [path]
    if len(wheels) != 1:
        names = f": {', '.join(wheel.name for wheel in wheels[:_SHOWN])}" if wheels else ""
        msg = f"{path}: expected one wheel, found {len(wheels)}{names}"
        raise UsageError(msg, tip="Name the wheel itself." if wheels else "")
    need_wheel(wheels[0])
    return wheels[0]


def how_to_lock(arguments: argparse.Namespace, sdist: Path) -> str:
    """Return what to do if a build requirement is missing or stale: commands that work as they are."""
    if arguments.hub or "given" not in arguments:
        return ""
    lock = arguments.build_lock or Path("build-lock.json")
    write = command("lock", sdist, "--out", lock, *(["--python", arguments.python] if arguments.python else []))
    if arguments.build_lock:
        return f"Lock its build requirements again: `{write}`"
    words = [word for word in _without(arguments.given[1:], "--build-wheel") if word != "--resolve-build-requirements"]
    resolve = command(arguments.verb, *words, "--resolve-build-requirements")
    build = command(arguments.verb, *words, "--build-lock", lock)
    return f"Take them from the index now: `{resolve}`. Or lock them with hashes first: `{write}`, and then `{build}`"


def _without(words: Sequence[str], option: str) -> list[str]:
    """Return arguments without an option and its values."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == option:
            next(rest, "")
        elif not word.startswith(f"{option}="):
            kept.append(word)
    return kept
