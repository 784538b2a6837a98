"""The verb `archive`: packs a git commit or a folder into a canonical sdist."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError
from reprowheel.output.publish import check_folder_target
from reprowheel.sources.pack import archive_crates, archive_directory, archive_git

if TYPE_CHECKING:
    import argparse

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "pack a commit of a git repository, or a folder, into an sdist with the same bytes everywhere"

EXAMPLES = (
    (
        "reprowheel archive git+https://example.org/mylib.git@49790e73684bebad1df05ff8a828fa212e87f6ae --name mylib",
        "of a commit",
    ),
    ("reprowheel archive ./mylib --name mylib --version 1.2 --out sdists", "of a folder"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("source", metavar="git+URL@COMMIT|DIR", help="a full commit of a repository that git can reach, or a folder")
    add("--name", required=True, help="the distribution's name")
    add("--version", default="", help="its version (default: what the project states, if it does)")
    add("--subdirectory", default="", metavar="DIR", help="folder of the project in the source")
    add("--crates", action="store_true", help="the commit is a source of Rust crates: pack all of it, as fetch-crates does")
    add("--out", type=Path, default=Path("dist"), metavar="DIR", help="where the archive goes (default: dist)")
    add("--json", action="store_true", help="print file name, digest, version and time on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Write the archive and print its digest."""
    check_folder_target("--out", arguments.out)
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", arguments.name):
        msg = f"--name {arguments.name!r} is no name of a distribution; expected one such as numpy"
        raise UsageError(msg)
    if arguments.version and not re.fullmatch(r"[\w.+!-]+", arguments.version):
        msg = f"--version {arguments.version!r} is no version; expected one such as 1.0"
        raise UsageError(msg)
    if arguments.crates and (arguments.version or arguments.subdirectory or not arguments.source.startswith("git+")):
        msg = "--crates packs a whole commit; expected git+URL@COMMIT, without --version and --subdirectory"
        raise UsageError(msg)
    options = {"name": arguments.name, "version": arguments.version, "subdirectory": arguments.subdirectory}
    if arguments.source.startswith("git+"):
        url, _, commit = arguments.source.removeprefix("git+").rpartition("@")
        if not url:
            msg = f"{arguments.source}: names no commit; expected git+URL@COMMIT"
            raise UsageError(msg, tip=f"`git ls-remote {arguments.source.removeprefix('git+')} HEAD` prints one.")
        if arguments.crates:
            made = archive_crates(url, commit, arguments.out, name=arguments.name)
        else:
            made = archive_git(url, commit, arguments.out, **options)
    elif "://" in arguments.source:
        msg = f"{arguments.source}: is an address; expected git+URL@COMMIT, or a folder"
        raise UsageError(msg, tip=f"Of a git repository: git+{arguments.source}@COMMIT.")
    else:
        made = archive_directory(Path(arguments.source), arguments.out, **options)
    if arguments.json:
        told = {"filename": made.path.name, "sha256": made.sha256, "version": made.version}
        print(json.dumps(told | {"epoch": made.epoch, "source": made.source}, indent=2, sort_keys=True))
    else:
        print(f"{made.sha256}  {made.path}", file=sys.stderr)
    return 0
