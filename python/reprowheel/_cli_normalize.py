"""The verb `normalize`: a wheel or a single file in its canonical form, for wheels that somebody else built."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel._printable import printable, write
from reprowheel.determinism import EPOCH_1980, atomic_file, canonical_mode, file_sha256
from reprowheel.errors import UsageError
from reprowheel.normalize import normalize_tree, unpack_wheel, write_wheel

if TYPE_CHECKING:
    import argparse

    from reprowheel.normalize import FileReport

__all__ = ["HELP", "add_arguments", "describe", "normalize_path", "run"]

HELP = "write a wheel or file so that equal contents have equal bytes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("path", type=Path, metavar="WHEEL|FILE", help="a wheel, or a file such as a .so, .a or .pyc")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the result goes, under the same name")
    parser.add_argument("--debug-dir", type=Path, metavar="DIR", help="keep split debug information here")
    parser.add_argument(
        "--epoch", type=int, default=EPOCH_1980, metavar="N", help="times in data files that are later become this one"
    )
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Normalize."""
    result, reports = normalize_path(
        arguments.path, arguments.out, debug_dir=arguments.debug_dir, epoch=max(EPOCH_1980, arguments.epoch)
    )
    digest = file_sha256(result)
    if arguments.json:
        done = {"path": str(result), "sha256": digest, "files": [report.as_dict() for report in reports]}
        print(json.dumps(done, indent=2, sort_keys=True))  # noqa: T201 - a command line
        return 0
    lines = [*map(describe, reports), f"{digest}  {result}"]
    write("".join(f"{printable(line)}\n" for line in lines), sys.stdout)
    return 0


def describe(report: FileReport) -> str:
    """Return a report as a line for people."""
    details = [f"without {', '.join(report.dropped)}"] if report.dropped else []
    details += [f"debug information in {report.debug}"] if report.debug else []
    details += [report.reason] if report.reason else []
    return f"{report.path}: {report.kind} {report.action}" + (f" ({'; '.join(details)})" if details else "")


def normalize_path(
    path: Path, out: Path, *, debug_dir: Path | None = None, epoch: int = EPOCH_1980
) -> tuple[Path, tuple[FileReport, ...]]:
    """Write the canonical form of a wheel or file to `out`, under its own name; the input stays as it is.

    :param epoch: seconds since 1970; later times in data files were made by the build and become this one.
    :returns: the new file, and what was done to each file of a kind that matters.
    :raises UsageError: `path` is no file, or the one that would be written.
    :raises NormalizeError: for a damaged wheel; nothing is then written.
    """
    if not path.is_file():
        msg = f"{path}: no such file; expected a wheel or a file"
        raise UsageError(msg)
    if (out / path.name).exists() and (out / path.name).samefile(path):
        msg = f"{path}: is what would be written"
        raise UsageError(msg, tip="Name another folder with --out.")
    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        tree, debug = Path(scratch) / "tree", Path(scratch) / "debug"
        debug.mkdir()
        wheel = path.suffix == ".whl"
        if wheel:
            unpack_wheel(path, tree)
        else:
            tree.mkdir()
            shutil.copyfile(path, tree / path.name)
            (tree / path.name).chmod(canonical_mode(path))
        reports = normalize_tree(tree, debug_dir=debug, epoch=epoch)
        if debug_dir is not None:
            shutil.copytree(debug, debug_dir, dirs_exist_ok=True)
        result = write_wheel(tree, out, filename=path.name) if wheel else _publish(tree / path.name, out)
    return result, reports


def _publish(file: Path, out: Path) -> Path:
    """Copy one normalized file to its folder; a bytecode cache that the tree dropped is an error of its own."""
    if not file.exists():
        msg = f"{file.name}: is a bytecode cache, which a wheel does not hold"
        raise UsageError(msg)
    out.mkdir(parents=True, exist_ok=True)
    with atomic_file(out / file.name, mode=canonical_mode(file)) as sink, file.open("rb") as source:
        shutil.copyfileobj(source, sink, 1 << 20)
    return out / file.name
