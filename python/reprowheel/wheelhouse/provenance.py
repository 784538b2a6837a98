"""Writes the provenance of a wheel: an unsigned in-toto Statement v1 with SLSA provenance v1 (docs/wheelhouse.md).

It does not say when or where the build ran; the signer adds that.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reprowheel.settings import build_settings
from reprowheel.wheelhouse.distributions import package_url

if TYPE_CHECKING:
    from reprowheel.report.read import BuildRecord, Material, Party
    from reprowheel.wheelhouse.distributions import Distribution

__all__ = ["BUILDER_ID", "BUILD_TYPE", "statement"]

BUILD_TYPE = "pkg:generic/rules_reprowheel#docs/wheelhouse.md"
"""Identifies the page that explains the parameters."""
BUILDER_ID = "pkg:generic/rules_reprowheel"
"""The default identity of the builder."""


def statement(distribution: Distribution, build: BuildRecord, builder_id: str) -> dict[str, Any]:
    """Return the statement of one wheel."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": distribution.filename, "digest": {"sha256": distribution.sha256}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "name": build.name,
                    "version": build.version,
                    "sdist": {"name": build.sdist.name, "digest": {"sha256": build.sdist.sha256}},
                    **_parameters(build, "external"),
                },
                "internalParameters": _parameters(build, "internal") | {"key": asdict(build.key)},
                "resolvedDependencies": [
                    *(_descriptor(material) for material in build.materials),
                    _party(build.interpreter),
                    *map(_party, build.parties),
                ],
            },
            "runDetails": {"builder": {"id": builder_id}},
        },
    }


def _parameters(build: BuildRecord, place: str) -> dict[str, Any]:
    """Return the settings that are external or internal parameters of an attestation."""
    settings = {name: setting for name, setting in build_settings().items() if setting.attested == place}
    return {_camel(name): s.form.attested(build.settings[name]) for name, s in settings.items() if s.form}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _descriptor(material: Material) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"name": material.name, "digest": {"sha256": material.sha256}}
    if material.version:
        descriptor["uri"] = material.purl or package_url(material.name, material.version)
    return descriptor


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "digest": {"sha256": party.sha256}, "annotations": dict(party.identity)}
