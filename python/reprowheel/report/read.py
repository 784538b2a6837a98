"""Reads the report of a build (docs/contracts.md, "Report"), for SBOM and attestation: all inputs of a wheel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from packaging.utils import canonicalize_name
from packaging.version import Version

from reprowheel.errors import UsageError
from reprowheel.files import json_sha256
from reprowheel.inputs.json_file import misfit, read_object
from reprowheel.report.key import RUST_TOOLS, BuildKey, key_of, toolchain_inputs
from reprowheel.rust.cargo_lock import is_default_source
from reprowheel.settings import build_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["REPORT", "REPORT_TIP", "BuildRecord", "Material", "Party", "read_build_record"]


REPORT = "a report of a build"
REPORT_TIP = "`reprowheel build … --report FILE` writes one; in Bazel it is the output group `report`."


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """One input of a build: a file, a distribution with its version, or the helper itself."""

    name: str
    sha256: str
    version: str = ""
    kind: str = "file"
    purl: str = ""
    """Package URL, for what is no distribution of Python."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """An interpreter or a toolchain, identified by its own description; it is no single file that could be hashed."""

    name: str
    version: str
    identity: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """The digest of `identity`; for a toolchain it is the same as in the build key."""
        return json_sha256(dict(self.identity))


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRecord:
    """The inputs and the result of a build, as its report has them."""

    origin: Path
    """Path of the report, for messages."""
    name: str
    version: str
    filename: str
    sha256: str
    sdist: Material
    added: tuple[Material, ...]
    """Files that came with settings: patches, headers, static libraries."""
    build_requirements: tuple[Material, ...]
    helper: Material
    """The sources of the helper that ran the build."""
    interpreter: Party
    toolchain: Party
    rust: Party | None
    """The Rust toolchain of a build that used one."""
    crates: tuple[Material, ...]
    """Crates of all its Cargo.lock. Which of them are compiled in, and which only for build scripts, a lock does not tell."""
    key: BuildKey
    settings: Mapping[str, Any]
    """Name of a setting → its value in the report."""

    @property
    def materials(self) -> tuple[Material, ...]:
        """All inputs that have a digest, the sdist first."""
        return (self.sdist, *self.added, *self.build_requirements, *self.crates, self.helper)

    @property
    def parties(self) -> tuple[Party, ...]:
        """The toolchains of the build."""
        return (self.toolchain, self.rust) if self.rust else (self.toolchain,)


def read_build_record(path: Path) -> BuildRecord:
    """Read a report.

    :raises UsageError: `path` is no report, or its format is of another version.
    """
    data = read_object(path, REPORT, tip=REPORT_TIP)
    try:
        return _record(path, data)
    except UsageError as e:
        msg = f"{path}: {e.message}"
        raise UsageError(msg, tip=e.tip) from e
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        msg = f"{path}: {misfit(e)}; expected {REPORT}"
        raise UsageError(msg, tip=REPORT_TIP) from e


def _record(path: Path, report: Mapping[str, Any]) -> BuildRecord:
    if report["report_version"] != 1:
        msg = f"is a report of version {report['report_version']}; expected 1"
        raise UsageError(msg, tip="It was written by another version of the helper: build again.")
    forms = {name: setting.form for name, setting in build_settings().items() if setting.form}
    settings = {name: form.read(report[name]) for name, form in forms.items()}
    interpreter = report["interpreter"]
    toolchain = {name: value for name, value in toolchain_inputs(report).items() if name != "rust"}
    return BuildRecord(
        origin=path,
        name=str(canonicalize_name(report["name"])),
        version=str(Version(report["version"])),
        filename=report["wheel"]["filename"],
        sha256=report["wheel"]["sha256"],
        sdist=Material(name=report["sdist"]["filename"], sha256=report["sdist"]["sha256"]),
        added=tuple(
            Material(name=path, sha256=digest) for name, form in forms.items() for path, digest in form.files(settings[name])
        ),
        build_requirements=tuple(
            Material(name=str(canonicalize_name(r["name"])), version=r["version"], sha256=r["sha256"], kind="library")
            for r in report["build_requirements"]
        ),
        helper=Material(name="reprowheel", sha256=report["helper"]["sha256"], kind="application"),
        interpreter=Party(name=interpreter["implementation"], version=interpreter["version"], identity=interpreter),
        toolchain=Party(name=toolchain["compiler"], version=toolchain["version"], identity=toolchain),
        rust=_rust(report["rust"]) if "rust" in report else None,
        crates=tuple(_crate(crate) for crate in report.get("rust", {}).get("crates", [])),
        key=key_of(report),
        settings=settings,
    )


def _rust(told: Mapping[str, Any]) -> Party:
    """Return the Rust toolchain."""
    return Party(name="rustc", version=told["rustc"], identity={name: told[name] for name in RUST_TOOLS})


def _crate(told: Mapping[str, str]) -> Material:
    """Return a crate. Spec: the types `cargo` and `vcs_url`, `repository_url` of package URLs."""
    source = told["source"]
    kind, _, url = source.partition("+")
    purl = f"pkg:cargo/{quote(told['name'])}@{quote(told['version'])}"
    if kind == "git":
        place, _, commit = url.partition("#")
        repository = f"git+{place.partition('?')[0]}@{commit}"
        purl += f"?vcs_url={quote(repository, safe='')}"
    elif source and not is_default_source(source):
        purl += f"?repository_url={quote(url, safe='')}"
    return Material(name=told["name"], sha256=told["sha256"], version=told["version"], kind="library", purl=purl)
