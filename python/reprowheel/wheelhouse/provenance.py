"""How a wheel came to be, as an unsigned in-toto Statement v1 with SLSA provenance v1 (docs/wheelhouse.md).

Nothing in it tells when or where the build ran: who signs it adds that, with a name.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reprowheel.wheelhouse.distributions import package_url

if TYPE_CHECKING:
    from reprowheel.report.read import BuildFacts, Material, Party
    from reprowheel.wheelhouse.distributions import Distribution

__all__ = ["BUILDER_ID", "BUILD_TYPE", "statement"]

BUILD_TYPE = "pkg:generic/rules_reprowheel#docs/wheelhouse.md"
"""The page that says what the parameters mean."""
BUILDER_ID = "pkg:generic/rules_reprowheel"
"""Who built, where nobody says."""


def statement(distribution: Distribution, build: BuildFacts, builder_id: str) -> dict[str, Any]:
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
                    "patches": [{"name": p.name, "digest": {"sha256": p.sha256}} for p in build.patches],
                    "configSettings": {key: list(values) for key, values in sorted(build.config_settings.items())},
                    "globalOptions": list(build.global_options),
                    "buildOptions": list(build.build_options),
                    "env": dict(sorted(build.env.items())),
                    "native": dict(sorted(build.native_settings.items())),
                    "cpuBaseline": build.cpu_baseline,
                    "deep": build.deep,
                },
                "internalParameters": {
                    "epoch": build.epoch,
                    "hostLibraries": list(build.host_libraries),
                    "key": asdict(build.key),
                },
                "resolvedDependencies": [
                    *(_descriptor(material) for material in build.materials),
                    _party(build.interpreter),
                    _party(build.toolchain),
                ],
            },
            "runDetails": {"builder": {"id": builder_id}},
        },
    }


def _descriptor(material: Material) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"name": material.name, "digest": {"sha256": material.sha256}}
    if material.version:
        descriptor["uri"] = package_url(material.name, material.version)
    return descriptor


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "digest": {"sha256": party.sha256}, "annotations": dict(party.facts)}
