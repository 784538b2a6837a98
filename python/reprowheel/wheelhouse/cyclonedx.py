"""Writes the software bill of materials (SBOM) of a wheelhouse: CycloneDX 1.6, JSON.

The wheels are its components. Their builds are its *formulation*, with one workflow for each build. The inputs of a workflow
are the sdist, files that were added to it, the build requirements, crates, the interpreter and the toolchains. Inputs are
referred to by digest (`sha256:…`), so an input of several builds is listed once. The document does not depend on time or place.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

from reprowheel.settings import build_settings
from reprowheel.wheelhouse.distributions import package_url, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reprowheel.report.read import BuildRecord, Material, Party
    from reprowheel.wheelhouse.distributions import Distribution

__all__ = ["bill_of_materials"]

_ROOT = "wheelhouse"
_PLACES = ("environmentVars", "parameters")
"""Kinds of inputs of a workflow for settings, in the order in which they are written."""


def bill_of_materials(name: str, distributions: Sequence[Distribution], edges: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the document.

    :param name: name of the set of wheels.
    :param edges: result of `dependency_graph`.
    """
    purls = {d.name: d.purl for d in distributions}
    built = [(d, d.build) for d in distributions if d.build is not None]
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "reprowheel"}]},
            "component": {"type": "application", "bom-ref": _ROOT, "name": name},
        },
        "components": [_component(d) for d in distributions],
        "dependencies": [
            {"ref": _ROOT, "dependsOn": [purls[n] for n in roots(edges)]},
            *({"ref": purls[n], "dependsOn": [purls[other] for other in edges[n]]} for n in sorted(edges)),
        ],
    }
    if built:
        formula = {
            "bom-ref": "builds",
            "components": _inputs(build for _, build in built),
            "workflows": [_workflow(d, build) for d, build in built],
        }
        document["formulation"] = [formula]
    return document | {"serialNumber": _serial_number(document)}


def _serial_number(document: Mapping[str, Any]) -> str:
    """Return a serial number (UUID) that is made from the digest of the content."""
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{digest}").urn


def _component(distribution: Distribution) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": distribution.purl,
        "name": distribution.name,
        "version": str(distribution.version),
        "purl": distribution.purl,
        "hashes": _hashes(distribution.sha256),
        "properties": _properties({"filename": distribution.filename}),
    }
    if distribution.license_expression:
        component["licenses"] = [{"expression": distribution.license_expression, "acknowledgement": "declared"}]
    elif distribution.license_name:
        component["licenses"] = [{"license": {"name": distribution.license_name, "acknowledgement": "declared"}}]
    if distribution.build:
        sdist = distribution.build.sdist
        if distribution.build.crates:
            component["components"] = _crates(distribution.build)
        component["pedigree"] = {"ancestors": [{"type": "file", "name": sdist.name, "hashes": _hashes(sdist.sha256)}]}
    return component


def _inputs(builds: Iterable[BuildRecord]) -> list[dict[str, Any]]:
    """Return the inputs of all builds as components, each once."""
    found: dict[str, dict[str, Any]] = {}
    for build in builds:
        for material in build.materials:
            found.setdefault(_ref(material), _material(material))
        for party, kind in ((build.interpreter, "platform"), *((party, "application") for party in build.parties)):
            found.setdefault(
                _ref(party),
                {
                    "type": kind,
                    "bom-ref": _ref(party),
                    "name": party.name,
                    "version": party.version,
                    "properties": _properties(party.identity),
                },
            )
    return [found[ref] for ref in sorted(found)]


def _material(material: Material) -> dict[str, Any]:
    component = {"type": material.kind, "bom-ref": _ref(material), "name": material.name, "hashes": _hashes(material.sha256)}
    if not material.version:
        return component
    return component | {"version": material.version, "purl": material.purl or package_url(material.name, material.version)}


def _crates(build: BuildRecord) -> list[dict[str, Any]]:
    """Return the crates of a build as parts of its wheel; they have no reference, because several wheels may have the same."""
    parts = [_material(crate) for crate in build.crates]
    return [{key: value for key, value in part.items() if key != "bom-ref"} for part in parts]


def _workflow(distribution: Distribution, build: BuildRecord) -> dict[str, Any]:
    refs = [*map(_ref, build.materials), _ref(build.interpreter), *map(_ref, build.parties)]
    inputs: list[dict[str, Any]] = [{"resource": {"ref": ref}} for ref in dict.fromkeys(refs)]
    inputs += [{place: values} for place in _PLACES if (values := list(_values(build, place)))]
    settings: dict[str, Any] = {"environment_sha256": build.key.environment}
    for name, setting in build_settings().items():
        if setting.form and setting.bill == "properties":
            settings |= setting.form.properties(name, build.settings[name])
    return {
        "bom-ref": f"build:{distribution.purl}",
        "uid": f"build:{distribution.sha256}",
        "name": f"build of {distribution}",
        "taskTypes": ["build"],
        "inputs": inputs,
        "outputs": [{"type": "artifact", "resource": {"ref": distribution.purl}}],
        "properties": _properties(settings),
    }


def _values(build: BuildRecord, place: str) -> Iterator[dict[str, str]]:
    """Yield name and value of the settings for one kind of inputs; a list has the name of its command-line option."""
    for name, setting in build_settings().items():
        if setting.form and setting.bill == place:
            told = build.settings[name]
            for key, given in (told if isinstance(told, dict) else {setting.options[0].name: told}).items():
                yield from ({"name": key, "value": value} for value in ([given] if isinstance(given, str) else given))


def _ref(item: Material | Party) -> str:
    return f"sha256:{item.sha256}"


def _hashes(sha256: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": sha256}]


def _properties(told: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return values as properties named `reprowheel:…`; values that are no texts become JSON, empty ones are left out."""
    texts = {key: value if isinstance(value, str) else json.dumps(value, sort_keys=True) for key, value in told.items()}
    return [{"name": f"reprowheel:{key}", "value": texts[key]} for key in sorted(told) if told[key] not in ("", [], {})]
