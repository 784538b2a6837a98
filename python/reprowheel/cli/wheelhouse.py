"""The verb `wheelhouse`: makes a directory of wheels that plain pip can install from.

argv: wheels, or directories of them; `--report FILE` for each built wheel, `--out DIR`, `--name`, `--builder-id`,
`--python-version X.Y`, `--json`.
env: nothing. Reads: the wheels and reports. Writes: `DIR`, complete or not at all.
Exit codes: 0 done, 2 wheels or reports that do not belong together, or wrong use, 3 a damaged wheel.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError
from reprowheel.inputs.archives import need_wheel
from reprowheel.wheelhouse.make import WheelhouseRequest, make_wheelhouse
from reprowheel.wheelhouse.provenance import BUILDER_ID

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "put wheels into a directory that plain pip installs from, with hashes, an SBOM and attestations"

EXAMPLES = (
    ("reprowheel wheelhouse dist --report report.json", "make the folder wheelhouse/"),
    ("reprowheel wheelhouse dist other.whl --report report.json --out shelf --python-version 3.11", "for another Python"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("wheels", type=Path, nargs="+", metavar="WHEEL_OR_DIR", help="a wheel, or a directory of wheels")
    add("--report", type=Path, nargs="+", action="extend", default=[], metavar="FILE", help="report of a build that made one")
    add("--out", type=Path, default=Path("wheelhouse"), metavar="DIR", help="the directory to make (default: wheelhouse)")
    add("--name", default="wheelhouse", help="what the bill of materials calls the set (default: wheelhouse)")
    add("--builder-id", default=BUILDER_ID, metavar="URI", help="who built, for the attestations (default: %(default)s)")
    add("--python-version", default="", metavar="X.Y", help="the Python that the wheels are for (default: this one's)")
    add("--json", action="store_true", help="print what is in it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Make the wheelhouse."""
    distributions = make_wheelhouse(
        WheelhouseRequest(
            wheels=[wheel for path in arguments.wheels for wheel in _wheels(path)],
            reports=arguments.report,
            out=arguments.out,
            name=arguments.name,
            builder_id=arguments.builder_id,
            python_version=arguments.python_version,
        )
    )
    if arguments.json:
        wheels = [
            {"name": d.name, "version": str(d.version), "filename": d.filename, "sha256": d.sha256, "built": d.build is not None}
            for d in distributions
        ]
        print(json.dumps({"wheels": wheels}, indent=2, sort_keys=True))
    return 0


def _wheels(path: Path) -> Iterator[Path]:
    """Yield `path` if it is a file, or all wheels in the folder `path`.

    :raises UsageError: there is no wheel.
    """
    found = sorted(path.glob("*.whl")) if path.is_dir() else [path]
    if not found:
        msg = f"{path}: has no wheel in it; expected a wheel, or a directory of wheels"
        raise UsageError(msg)
    for wheel in found:
        need_wheel(wheel)
        yield wheel
