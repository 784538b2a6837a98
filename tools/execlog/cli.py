"""The command line: `execlog A B`, two execution logs of Bazel, and why the second build missed the cache.

argv: A and B (compact, JSON or binary), --contents DIR…, --why LABEL_OR_OUTPUT, --json, --html FILE.
env: BUILD_WORKING_DIRECTORY and BUILD_WORKSPACE_DIRECTORY of `bazel run`.
Reads: the two files; below the folders DIR, and below `bazel-out` of the workspace, files that have a digest of the logs.
Writes: the report on standard output, and FILE.
Exit codes: 0 the builds are equal, 1 they differ, 2 wrong use or a file that is no execution log; 141 if the reader of
standard output ended first.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from execlog.analysis import Analysis
from execlog.errors import LogError
from execlog.explain.contents import Contents
from execlog.model import Store
from execlog.page import report_page
from execlog.read import COMPACT, form_of, read_log
from execlog.report import report_dict
from execlog.text import report_text, why_text
from reprowheel.output.printable import printable, write

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def make_parser() -> argparse.ArgumentParser:
    """Return the parser."""
    parser = argparse.ArgumentParser(
        prog="execlog",
        description="Compare two execution logs of Bazel and trace every difference to its root cause.",
        epilog="Exit codes: 0 equal, 1 different, 2 wrong use or a bad file.",
    )
    parser.add_argument("left", metavar="A", help="log of the first build (of --execution_log_compact_file, or JSON, or binary)")
    parser.add_argument("right", metavar="B", help="log of the build that missed the cache")
    parser.add_argument(
        "--contents",
        metavar="DIR",
        action="append",
        default=[],
        help="where to find files of the builds: a disk cache, an output base or a workspace; may be repeated",
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--why", metavar="TARGET", help="show the way from this label or output back to its root causes")
    shown.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--html", metavar="FILE", help="write a page as well")
    return parser


def main(argv: Sequence[str]) -> int:
    """Compare and report."""
    arguments = make_parser().parse_args(argv)
    folder = os.environ.get("BUILD_WORKING_DIRECTORY", "")  # `bazel run` has changed the directory
    paths = [os.path.join(folder, path) if folder else path for path in (arguments.left, arguments.right)]
    try:
        forms = [form_of(path) for path in paths]
        store = Store(expand=forms.count(COMPACT) == 1)
        contents = Contents(_folders(arguments.contents, folder))
        analysis = Analysis(read_log(paths[0], store), read_log(paths[1], store), store, contents)
        if arguments.html:
            _write_page(os.path.join(folder, arguments.html), report_page(analysis))
    except LogError as e:
        print(f"ERROR {printable(str(e))}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(report_dict(analysis), indent=2, sort_keys=True))
    else:
        write(why_text(analysis, arguments.why) if arguments.why else report_text(analysis), sys.stdout)
    return 0 if analysis.equal else 1


def _folders(given: Sequence[str], folder: str) -> list[str]:
    """Return where files of the builds may be: what was named, and the workspace, where the last build has left its own."""
    folders = [os.path.expanduser(path) for path in given]
    folders = [os.path.join(folder, path) if folder else path for path in folders]
    for path in folders:
        if not os.path.isdir(path):
            raise LogError(path, -1, "no such folder; expected a disk cache, an output base or a workspace for --contents")
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY", os.curdir)
    return [*folders, *([workspace] if os.path.isdir(os.path.join(workspace, "bazel-out")) else [])]


def _write_page(path: str, page: str) -> None:
    """Write the page; nothing of it stays where it cannot be written whole."""
    part = f"{path}.part"
    try:
        with open(part, "w", encoding="utf-8") as stream:
            stream.write(page)
        os.replace(part, path)
    except OSError as e:
        raise LogError(path, -1, f"cannot be written: {e.strerror}") from e
