"""The verb `install`: installs a wheel into a tree of files."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.cli.arguments import find_wheel
from reprowheel.errors import UsageError
from reprowheel.install.changes import InstallChanges
from reprowheel.install.tree import copy_dist_info, copy_file, install_wheel

if TYPE_CHECKING:
    import argparse

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "unpack a wheel into site-packages, bin, include and data"

EXAMPLES = (
    ("reprowheel install dist --out tree", "the one wheel in dist"),
    ("reprowheel install tiny-1.0-py3-none-any.whl --out tree --exclude-source 'site-packages/*/tests/*'", "without tests"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("wheel", type=Path, metavar="WHEEL_OR_DIR", help="a wheel, or a directory with exactly one")
    add("--out", type=Path, required=True, metavar="DIR", help="the tree to make")
    add("--patch", type=Path, action="append", default=[], metavar="FILE", help="patch for site-packages, in order")
    add("--patch-strip", type=int, default=0, metavar="N", help="leading folders to drop from the patches' paths")
    add("--exclude", action="append", default=[], metavar="GLOB", help="files to leave out, but Python sources")
    add("--exclude-source", action="append", default=[], metavar="GLOB", help="Python sources to leave out")
    add("--namespace-packages", action="store_true", help="write __init__.py where a package has none")
    add("--dist-info-file", type=Path, action="append", default=[], metavar="FILE", help="copy .dist-info's file of that name")
    add("--dist-info-dir", type=Path, metavar="DIR", help="copy the other files of .dist-info")
    add("--copy", action="append", default=[], metavar="PATH=FILE", help="copy a file of the tree")
    add("--copy-executable", action="append", default=[], metavar="PATH=FILE", help="copy a file, so that it can be run")


def run(arguments: argparse.Namespace) -> int:
    """Install the wheel and make the copies; return the exit code."""
    changes = InstallChanges(
        patches=arguments.patch,
        patch_strip=arguments.patch_strip,
        exclude=arguments.exclude,
        exclude_sources=arguments.exclude_source,
        namespaces=arguments.namespace_packages,
    )
    copies: list[tuple[str, Path, bool | None]] = [(*_pair(text, "--copy"), None) for text in arguments.copy]
    copies += [(*_pair(text, "--copy-executable"), True) for text in arguments.copy_executable]
    out, is_new = arguments.out, not arguments.out.exists()
    for option, globs in (("--exclude", arguments.exclude), ("--exclude-source", arguments.exclude_source)):
        if "" in globs:
            msg = f"{option} '': expected a glob, such as tests/**"
            raise UsageError(msg)
    result = install_wheel(find_wheel(arguments.wheel), out, changes)
    try:
        copy_dist_info(out, result, arguments.dist_info_file, arguments.dist_info_dir)
        for name, target, executable in copies:
            copy_file(out, name, target, executable=executable)
    except BaseException:
        if is_new:
            shutil.rmtree(out, ignore_errors=True)
        raise
    for name in result.ignored_pth:
        line = f"WARNING {result.distribution}=={result.version}: {name} is not run: its folder is no site directory"
        print(line, file=sys.stderr)
    return 0


def _pair(text: str, option: str) -> tuple[str, Path]:
    name, equals, target = text.partition("=")
    if not equals or not name or not target:
        msg = f"{option} {text!r}: expected PATH=FILE"
        raise UsageError(msg)
    return name, Path(target)
