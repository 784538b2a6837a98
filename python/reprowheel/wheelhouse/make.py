"""Wheels on their way out: a directory from which plain pip installs exactly them, on a machine without Bazel.

    DIR/<name>-<version>-<tags>.whl      every wheel, under its own name
    DIR/requirements.txt                 name==version and the sha256 of these very wheels
    DIR/sbom.cdx.json                    what each is, needs, and was built of (CycloneDX 1.6)
    DIR/attestations/<wheel>.intoto.json how each built wheel came to be (in-toto Statement v1, SLSA provenance v1), unsigned

The same wheels and reports give the same bytes, in whatever order and from whatever place they are given. A wheel without a
report was not built here, or nobody says how: it has no attestation.
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
    """What goes in, and where to put it.

    :param wheels: files under their own names; the same one may be there twice.
    :param reports: of those that were built, in any order.
    :param out: a new or empty directory.
    :param name: what the bill of materials calls the set.
    :param builder_id: URI of who built, for the attestations.
    """

    wheels: Sequence[Path]
    reports: Sequence[Path]
    out: Path
    name: str = "wheelhouse"
    builder_id: str = BUILDER_ID


def make_wheelhouse(request: WheelhouseRequest) -> list[Distribution]:
    """Make the directory and return what is in it; after an error there is nothing in it.

    :raises InstallError: a wheel is damaged, or is not what its name says.
    :raises UsageError: wheels or reports that do not belong together, or an `out` that is not empty.
    """
    if not is_vacant(request.out):
        msg = f"{request.out}: is not an empty folder; expected a new one for the wheelhouse"
        raise UsageError(msg)
    if not _URI.fullmatch(request.builder_id):
        msg = f"the builder's id is {request.builder_id!r}; expected a URI that names who built"
        raise UsageError(msg)
    if not request.wheels:
        msg = "no wheel is given; expected at least one"
        raise UsageError(msg)
    distributions = read_distributions(request.wheels, request.reports)
    edges = dependency_graph(distributions)
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
