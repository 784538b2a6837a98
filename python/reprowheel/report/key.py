"""Computes the build key from a report: five texts that identify all inputs of a wheel's bytes.

Two builds with the same key must make the same bytes. Pins in `wheels.lock` have this key. An SBOM or an attestation names
the toolchain and the build environment by the same digests. See docs/decisions.md, "Pin key from the report".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from reprowheel.errors import UsageError
from reprowheel.files import json_sha256
from reprowheel.settings import build_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RUST_TOOLS", "BuildKey", "environment_inputs", "key_of", "python_tag", "toolchain_inputs"]

RUST_TOOLS = ("cargo", "host", "llvm", "rustc")
"""Fields of a report's `rust` that identify the toolchain. Its crates follow from the sdist and from `cargo_locks`."""

_SHORT = {"cpython": "cp", "pypy": "pp"}


@dataclass(frozen=True, kw_only=True, order=True, slots=True)
class BuildKey:
    """The key of a build; each part is a digest or a tag.

    :param sdist: sha256 of the archive.
    :param python: interpreter and ABI tag, such as `cp314-cp314`.
    :param platform: platform tag, such as `linux_x86_64`.
    :param toolchain: digest of `toolchain_inputs`.
    :param environment: digest of `environment_inputs`.
    """

    sdist: str
    python: str
    platform: str
    toolchain: str
    environment: str

    def moved(self, other: BuildKey) -> tuple[str, ...]:
        """Return the names of the parts that differ, in the order of the fields."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name))


def key_of(report: Mapping[str, Any]) -> BuildKey:
    """Return the key of the build that a report describes.

    :param report: the parsed JSON of the report.
    :raises UsageError: it is no report, or it was written by another version of the helper.
    """
    try:
        interpreter = report["interpreter"]
        return BuildKey(
            sdist=str(report["sdist"]["sha256"]),
            python=python_tag(interpreter),
            platform=re.sub(r"[-. ]", "_", interpreter["platform"]),
            toolchain=json_sha256(toolchain_inputs(report)),
            environment=json_sha256(environment_inputs(report)),
        )
    except (KeyError, TypeError, AttributeError) as e:
        msg = f"not a report of a build by this version of reprowheel ({e!r})"
        raise UsageError(msg, tip="Build the wheel again: reprowheel build … --report FILE.") from e


def python_tag(interpreter: Mapping[str, str]) -> str:
    """Return the PEP 425 interpreter and ABI tags, such as `cp314-cp314`, for `interpreter` of a report."""
    number = "".join(interpreter["version"].split(".")[:2])
    short = _SHORT.get(interpreter["implementation"], interpreter["implementation"])
    parts = interpreter["soabi"].split("-")
    if parts[0] == "cpython" and len(parts) > 1:
        return f"{short}{number}-cp{parts[1]}"
    abi = "_".join(parts[:2]) if parts[0] else "none"
    return f"{short}{number}-{abi}"


def toolchain_inputs(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs from the toolchain: versions, target, flags, the Rust toolchain; empty ones are left out."""
    rust = report.get("rust", {})
    return _given(report["toolchain"] | {"rust": {name: rust[name] for name in RUST_TOOLS if rust}})


def environment_inputs(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the other inputs of the build: build requirements and settings; empty ones are left out."""
    requirements = [f"{r['name']}=={r['version']} sha256:{r['sha256']}" for r in report["build_requirements"]]
    locks = [f"{lock['path']} sha256:{lock['sha256']}" for lock in report.get("rust", {}).get("cargo_locks", [])]
    inputs: dict[str, Any] = {"build_requirements": requirements, "cargo_locks": locks}
    for name, setting in build_settings().items():
        if setting.form and not setting.apart:
            inputs |= setting.form.key(name, report[name])
    return _given(inputs)


def _given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out empty inputs, so that a new kind of input does not change the keys of builds that do not use it."""
    return {name: value for name, value in sorted(inputs.items()) if value not in ("", [], {}, None, False)}
