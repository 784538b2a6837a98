"""The verb `normalize`: writes a wheel or file in canonical form, for wheels that somebody else built."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.files import EPOCH_1980, file_sha256
from reprowheel.normalize.path import normalize_path
from reprowheel.output.printable import printable, write
from reprowheel.output.publish import check_folder_target

if TYPE_CHECKING:
    import argparse

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "write a wheel or file so that equal contents have equal bytes"

EXAMPLES = (
    ("reprowheel normalize downloads/psutil-7.2.2-cp314-cp314-linux_x86_64.whl", "write it to dist/"),
    ("reprowheel normalize libfoo.so --out canonical --debug-dir debug", "keep split debug information"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("path", type=Path, metavar="WHEEL|FILE", help="a wheel, or a file such as a .so, .a or .pyc")
    add("--out", type=Path, default=Path("dist"), metavar="DIR", help="where it goes, under the same name (default: dist)")
    add("--debug-dir", type=Path, metavar="DIR", help="keep split debug information here")
    add("--epoch", type=int, default=EPOCH_1980, metavar="N", help="times in data files that are later become this one")
    add("--json", action="store_true", help="print what was done as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Normalize, and print the changes and the digest; return the exit code."""
    check_folder_target("--out", arguments.out)
    if arguments.debug_dir:
        check_folder_target("--debug-dir", arguments.debug_dir)
    is_new = not arguments.out.exists()
    try:
        result, reports = normalize_path(
            arguments.path, arguments.out, debug_dir=arguments.debug_dir, epoch=max(EPOCH_1980, arguments.epoch)
        )
    except BaseException:
        if is_new:
            shutil.rmtree(arguments.out, ignore_errors=True)
        raise
    digest = file_sha256(result)
    if arguments.json:
        done = {"path": str(result), "sha256": digest, "files": [report.as_dict() for report in reports]}
        print(json.dumps(done, indent=2, sort_keys=True))
        return 0
    lines = [*(report.as_text() for report in reports), f"{digest}  {result}"]
    write("".join(f"{printable(line)}\n" for line in lines), sys.stdout)
    return 0
