"""Writes the report of a build (docs/contracts.md, "Report"): inputs and changes to files, nothing about this machine."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.compilers.identity import toolchain_identity
from reprowheel.files import file_sha256
from reprowheel.settings import build_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel import normalize
    from reprowheel.archives.sdist import Sdist
    from reprowheel.checks.leaks import Rewrite
    from reprowheel.environment.create import BuildEnvironment
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.files import RealTimes
    from reprowheel.request import BuildRequest

__all__ = ["BuildState", "build_report", "helper_sha256"]


@dataclass(frozen=True, slots=True)
class BuildState:
    """The facts about a build that are known after the back end has run."""

    sdist: Sdist
    name: str
    version: str
    times: RealTimes
    interpreter: Interpreter
    environment: BuildEnvironment
    found: dict[str, Any]
    """Name of a setting → the value that the build found, for settings with `Setting.measured`."""
    rust: dict[str, Any] = field(default_factory=dict)
    """Toolchain and crates of a build that uses Rust."""


@functools.cache
def helper_sha256() -> str:
    """Return a digest of the helper's own sources, because a change of them may change wheels."""
    digest = hashlib.sha256()
    here = Path(__file__).parents[1]
    suffixes = (".c", ".h", ".py", ".sh")
    sources = [path for path in here.rglob("*") if path.suffix in suffixes and path.is_file()]  # in an action they are links
    for path in sorted(sources, key=lambda path: path.relative_to(here).as_posix()):
        digest.update(f"{file_sha256(path)}  {path.relative_to(here).as_posix()}\n".encode())
    return digest.hexdigest()


def _settings(request: BuildRequest, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return name → value of all settings for the report; a value that the build found replaces the user's."""
    told = {}
    for name, setting in build_settings().items():
        value = getattr(request, name)
        if setting.measured and (value or name in found):
            told[name] = found[name]  # if it is missing, the build stage has a bug
        elif setting.form:
            told[name] = setting.form.told(value)
    return told


def build_report(
    request: BuildRequest,
    state: BuildState,
    wheel: Path,
    files: Sequence[normalize.FileReport],
    rewrites: Sequence[Rewrite],
) -> dict[str, Any]:
    """Return the report as a JSON object; docs/contracts.md, "Report", has its format."""
    return {
        "report_version": 1,
        "name": state.name,
        "version": state.version,
        "sdist": {"filename": state.sdist.filename, "sha256": state.sdist.sha256},
        **_settings(request, {"epoch": state.times.epoch} | state.found),
        "build_requirements": [
            {"name": r.name, "version": r.version, "sha256": r.sha256} for r in state.environment.requirements
        ],
        "helper": {"sha256": helper_sha256()},
        "interpreter": state.interpreter.identity,
        "toolchain": toolchain_identity(request.toolchain),
        **({"rust": state.rust} if state.rust else {}),
        "files": [file.as_dict() for file in files],
        "leaks_rewritten": [{"path": r.path, "count": r.count} for r in rewrites],
        "wheel": {"filename": wheel.name, "sha256": file_sha256(wheel)},
    }
