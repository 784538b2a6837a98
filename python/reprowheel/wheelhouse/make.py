"""Makes a wheelhouse: a directory from which plain pip installs exactly these wheels, on machines without Bazel.

    DIR/<name>-<version>-<tags>.whl      every wheel, under its own name
    DIR/requirements.txt                 name==version and the sha256 of each wheel
    DIR/sbom.cdx.json                    bill of materials: wheels, dependencies, inputs of builds (CycloneDX 1.6)
    DIR/attestations/<wheel>.intoto.json provenance of each built wheel (in-toto Statement v1, SLSA provenance v1), unsigned

The same wheels and reports give the same bytes, independent of their order and paths. A wheel without a report has no
attestation, because nothing is known about its build. See docs/decisions.md, "Wheelhouse from wheels".
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError
from reprowheel.files import atomic_directory, is_vacant, write_json
from reprowheel.wheelhouse.cyclonedx import bill_of_materials
from reprowheel.wheelhouse.distributions import dependency_graph, read_distributions
from reprowheel.wheelhouse.provenance import BUILDER_ID, statement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reprowheel.wheelhouse.distributions import Distribution

__all__ = ["ATTESTATIONS", "REQUIREMENTS", "SBOM", "WheelhouseRequest", "make_wheelhouse"]

ATTESTATIONS = "attestations"
REQUIREMENTS = "requirements.txt"
SBOM = "sbom.cdx.json"

_HEAD = """\
# The wheels beside this file, by digest. Written by reprowheel; do not edit. To install them and nothing else:
#   pip install --no-index --find-links DIR --require-hashes -r DIR/requirements.txt
"""
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~\[\]]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelhouseRequest:
    """The wheelhouse to make.

    :param wheels: wheels with their original file names; the same wheel may be given twice.
    :param reports: reports of the built ones, in any order.
    :param out: a new or empty directory.
    :param name: name of the set in the bill of materials.
    :param builder_id: URI of the builder, for the attestations.
    :param python_version: of the Python that the wheels are for, such as `3.9`; empty: that of the helper.
    """

    wheels: Sequence[Path]
    reports: Sequence[Path]
    out: Path
    name: str = "wheelhouse"
    builder_id: str = BUILDER_ID
    python_version: str = ""


def make_wheelhouse(request: WheelhouseRequest) -> list[Distribution]:
    """Make the directory and return its distributions; if there is an error, nothing is written.

    :raises InstallError: a wheel is damaged, or its METADATA does not match its file name.
    :raises UsageError: wheels or reports do not belong together, or `out` is not empty.
    """
    if not is_vacant(request.out):
        msg = f"{request.out}: is not an empty folder; expected a new one for the wheelhouse"
        raise UsageError(msg, tip="Name another folder, or remove what is in it.")
    if not _URI.fullmatch(request.builder_id):
        msg = f"the builder's id is {request.builder_id!r}; expected a URI that names the builder"
        raise UsageError(msg)
    if request.python_version and not re.fullmatch(r"3\.\d+(\.\d+)?", request.python_version):
        msg = f"the Python version is {request.python_version!r}; expected one such as 3.9 or 3.9.2"
        raise UsageError(msg)
    if not request.wheels:
        msg = "no wheel is given; expected at least one"
        raise UsageError(msg)
    distributions = read_distributions(request.wheels, request.reports)
    edges = dependency_graph(distributions, request.python_version)
    with atomic_directory(request.out) as folder:
        for distribution in distributions:
            copy = folder / distribution.filename
            shutil.copyfile(distribution.path, copy)
            copy.chmod(0o644)
        requirements = folder / REQUIREMENTS
        requirements.write_text(_HEAD + "".join(map(_requirement, distributions)), encoding="utf-8", newline="\n")
        requirements.chmod(0o644)
        write_json(folder / SBOM, bill_of_materials(request.name, distributions, edges))
        (folder / ATTESTATIONS).mkdir()
        (folder / ATTESTATIONS).chmod(0o755)
        for distribution in distributions:
            if distribution.build:
                path = folder / ATTESTATIONS / f"{distribution.filename}.intoto.json"
                write_json(path, statement(distribution, distribution.build, request.builder_id))
    return distributions


def _requirement(distribution: Distribution) -> str:
    return f"{distribution} \\\n    --hash=sha256:{distribution.sha256}\n"
