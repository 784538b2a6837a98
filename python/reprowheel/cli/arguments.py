"""Arguments that several verbs have, and what is made of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.archives.metadata import ExpectedMetadata
from reprowheel.compilers.describe import find_toolchain, read_toolchain
from reprowheel.compilers.native import read_native
from reprowheel.errors import UsageError
from reprowheel.request import BuildRequest

if TYPE_CHECKING:
    import argparse

__all__ = ["add_request_arguments", "find_wheel", "make_request"]


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


def find_wheel(path: Path) -> Path:
    """Return the wheel that `path` is or holds.

    :raises UsageError: there is none, or more than one.
    """
    wheels = sorted(path.glob("*.whl")) if path.is_dir() else [path]
    if len(wheels) != 1 or not wheels[0].is_file():
        msg = f"{path}: expected one wheel, found {len(wheels) if path.is_dir() else 'none'}"
        raise UsageError(msg)
    return wheels[0]
