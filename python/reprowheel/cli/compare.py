"""The verb `compare`: explains the differences of two wheels, trees or files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.compare import compare_paths
from reprowheel.compare.page import comparison_page
from reprowheel.compare.render import comparison_text
from reprowheel.files import atomic_file
from reprowheel.output.printable import write

if TYPE_CHECKING:
    import argparse

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "explain what differs between two wheels, trees or files"

EXAMPLES = (
    ("reprowheel compare first/tiny-1.0-py3-none-any.whl second/tiny-1.0-py3-none-any.whl", "say what differs, and why"),
    ("reprowheel compare first second --html difference.html", "two trees; the answer as a page"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("left", type=Path, metavar="A", help="a wheel, a directory, or a file such as a .so or .debug")
    parser.add_argument("right", type=Path, metavar="B", help="another of the same kind")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the comparison as one page")
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compare and explain; the exit code is 0 for equal and 1 for different."""
    comparison = compare_paths(arguments.left, arguments.right)
    if arguments.html:
        with atomic_file(arguments.html) as stream:
            stream.write(comparison_page(comparison).encode())
    if arguments.json:
        print(json.dumps(comparison.as_dict(), indent=2, sort_keys=True))
    else:
        write(comparison_text(comparison), sys.stdout)
    return 0 if comparison.equal else 1
