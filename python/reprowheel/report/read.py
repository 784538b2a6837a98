"""Reads the report of a build (docs/contracts.md, "Report"): what a wheel was made of, for those who tell it to others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from reprowheel.errors import UsageError
from reprowheel.report.key import BuildKey, digest, key_of, toolchain_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["BuildFacts", "Material", "Party", "read_build_facts"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """One thing that went into a build: a file, a distribution with its version, or the helper itself."""

    name: str
    sha256: str
    version: str = ""
    kind: str = "file"


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """An interpreter or a toolchain: what it says it is. It is no file, so its digest is one of these words."""

    name: str
    version: str
    facts: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """The digest of all that it says; of a toolchain, that of the build's key."""
        return digest(dict(self.facts))


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildFacts:
    """The part of a report that is about what went in."""

    origin: Path
    """The report's file, for messages."""
    name: str
    version: str
    filename: str
    sha256: str
    sdist: Material
    patches: tuple[Material, ...]
    native: tuple[Material, ...]
    """Headers and static libraries of the workspace."""
    host_headers: tuple[Material, ...]
    build_requirements: tuple[Material, ...]
    helper: Material
    """The sources of the helper that ran the build."""
    interpreter: Party
    toolchain: Party
    key: BuildKey
    config_settings: Mapping[str, list[str]]
    global_options: tuple[str, ...]
    build_options: tuple[str, ...]
    env: Mapping[str, str]
    cpu_baseline: str
    deep: bool
    epoch: int
    host_libraries: tuple[str, ...]
    native_settings: Mapping[str, list[str]]
    """Defines and link flags that came with `native`."""

    @property
    def materials(self) -> tuple[Material, ...]:
        """Everything with a digest that went in, the sdist first."""
        return (self.sdist, *self.patches, *self.native, *self.host_headers, *self.build_requirements, self.helper)


def read_build_facts(path: Path) -> BuildFacts:
    """Read a report.

    :raises UsageError: `path` is no report, or is one of another form.
    """
    try:
        return _facts(path, json.loads(path.read_text(encoding="utf-8")))
    except UsageError as e:
        msg = f"{path}: {e.message}"
        raise UsageError(msg, tip=e.tip) from e
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        msg = f"{path}: not a report of a build ({e!r})"
        raise UsageError(msg, tip="`reprowheel build --report FILE` writes one; in Bazel it is the output group `report`.") from e


def _facts(path: Path, report: Mapping[str, Any]) -> BuildFacts:
    if report["report_version"] != 1:
        msg = f"is a report of version {report['report_version']}; expected 1"
        raise UsageError(msg, tip="It was written by another version of the helper: build again.")
    native = report.get("native") or {}
    interpreter, toolchain = report["interpreter"], toolchain_inputs(report)
    return BuildFacts(
        origin=path,
        name=str(canonicalize_name(report["name"])),
        version=str(Version(report["version"])),
        filename=report["wheel"]["filename"],
        sha256=report["wheel"]["sha256"],
        sdist=Material(name=report["sdist"]["filename"], sha256=report["sdist"]["sha256"]),
        patches=tuple(Material(name=p["filename"], sha256=p["sha256"]) for p in report["patches"]),
        native=tuple(
            Material(name=f["path"], sha256=f["sha256"]) for key in ("headers", "libraries") for f in native.get(key, ())
        ),
        host_headers=tuple(Material(name=h["path"], sha256=h["sha256"]) for h in report["host_headers"]),
        build_requirements=tuple(
            Material(name=str(canonicalize_name(r["name"])), version=r["version"], sha256=r["sha256"], kind="library")
            for r in report["build_requirements"]
        ),
        helper=Material(name="reprowheel", sha256=report["helper"]["sha256"], kind="application"),
        interpreter=Party(name=interpreter["implementation"], version=interpreter["version"], facts=interpreter),
        toolchain=Party(name=toolchain["compiler"], version=toolchain["version"], facts=toolchain),
        key=key_of(report),
        config_settings=dict(report["config_settings"]),
        global_options=tuple(report["global_options"]),
        build_options=tuple(report["build_options"]),
        env=dict(report["env"]),
        cpu_baseline=report["cpu_baseline"],
        deep=bool(report["deep"]),
        epoch=int(report["epoch"]),
        host_libraries=tuple(report["host_libraries"]),
        native_settings={key: native[key] for key in ("defines", "link_flags") if native.get(key)},
    )
