"""Reports without builds: what a command line asks for, told as the build stage tells it, and what others make of it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from reprowheel.cli.arguments import add_request_arguments, make_request
from reprowheel.report.read import read_build_record
from reprowheel.report.write import build_report
from reprowheel.wheelhouse.cyclonedx import bill_of_materials
from reprowheel.wheelhouse.distributions import Distribution
from reprowheel.wheelhouse.provenance import BUILDER_ID, statement
from support.builds import EPOCH
from support.pins import REPORT
from support.wheelhouses import write_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.report.read import BuildRecord
    from reprowheel.request import BuildRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a report's readers make of it."""

    record: BuildRecord
    predicate: dict[str, Any]
    """Of the attestation."""
    bill: dict[str, Any]

    @property
    def properties(self) -> dict[str, str]:
        """The properties of the build in the bill of materials, without their prefix."""
        (workflow,) = self.bill["formulation"][0]["workflows"]
        return {entry["name"].removeprefix("reprowheel:"): entry["value"] for entry in workflow["properties"]}


def request_of(arguments: Sequence[str]) -> BuildRequest:
    """Return the build that the options of `build` and `verify` describe."""
    parser = argparse.ArgumentParser()
    add_request_arguments(parser)
    parser.set_defaults(sdist=Path("tiny-1.0.tar.gz"), out=Path("out"), debug_dir=None, report=None)
    return make_request(parser.parse_args(arguments))


def told_by(request: BuildRequest, folder: Path, found: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return the report of a build of `request` in which these things were found."""
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    state = SimpleNamespace(
        sdist=SimpleNamespace(**REPORT["sdist"]),
        name="tiny",
        version="1.0",
        times=SimpleNamespace(epoch=EPOCH),
        interpreter=SimpleNamespace(identity=REPORT["interpreter"]),
        environment=SimpleNamespace(requirements=[SimpleNamespace(**r) for r in REPORT["build_requirements"]]),
        found=dict(found or {}),
        rust={},
    )
    return build_report(request, state, wheel, [], [])  # type: ignore[arg-type]


def read_by_all(report: Mapping[str, Any], folder: Path) -> Told:
    """Give a report to all that read one."""
    record = read_build_record(write_report(folder / "report.json", report))
    distribution = Distribution(
        path=Path(record.filename),
        name=record.name,
        version=Version(record.version),
        sha256=record.sha256,
        requires=(),
        build=record,
    )
    return Told(
        record=record,
        predicate=statement(distribution, record, BUILDER_ID)["predicate"],
        bill=bill_of_materials("w", [distribution], {record.name: ()}),
    )
