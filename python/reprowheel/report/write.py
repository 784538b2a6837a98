"""The report of a build (docs/contracts.md, "Report"): what went in, what became of each file, and nothing of this machine."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.compilers.identity import toolchain_identity
from reprowheel.files import file_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel import normalize
    from reprowheel.archives.sdist import Sdist
    from reprowheel.checks.leaks import Rewrite
    from reprowheel.environment.create import BuildEnvironment
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.request import BuildRequest

__all__ = ["Facts", "build_report", "helper_sha256"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known once the back end has run."""

    sdist: Sdist
    name: str
    version: str
    epoch: int
    interpreter: Interpreter
    environment: BuildEnvironment
    inputs: dict[str, Any]
    """The report of what was added to the sdist."""


@functools.cache
def helper_sha256() -> str:
    """Return a digest of this helper's own sources: what it makes of a build may change with them."""
    digest = hashlib.sha256()
    here = Path(__file__).parents[1]
    suffixes = (".c", ".h", ".py", ".sh")
    sources = [path for path in here.rglob("*") if path.suffix in suffixes and path.is_file()]  # links, in an action
    for path in sorted(sources, key=lambda path: path.relative_to(here).as_posix()):
        digest.update(f"{file_sha256(path)}  {path.relative_to(here).as_posix()}\n".encode())
    return digest.hexdigest()


def _settings(given: Mapping[str, str | list[str]]) -> dict[str, list[str]]:
    """Return PEP 517 config settings in one form: key → values, as they were given."""
    return {key: [value] if isinstance(value, str) else list(value) for key, value in sorted(given.items())}


def build_report(
    request: BuildRequest,
    facts: Facts,
    wheel: Path,
    files: Sequence[normalize.FileReport],
    rewrites: Sequence[Rewrite],
) -> dict[str, Any]:
    """Assemble the report; docs/contracts.md, "Report", has its form."""
    return {
        "report_version": 1,
        "name": facts.name,
        "version": facts.version,
        "sdist": {"filename": facts.sdist.filename, "sha256": facts.sdist.sha256},
        "epoch": facts.epoch,
        "deep": request.deep,
        "cpu_baseline": request.cpu_baseline,
        "config_settings": _settings(request.config_settings),
        "global_options": list(request.global_options),
        "build_options": list(request.build_options),
        "env": dict(sorted(request.env.items())),
        **({"patches": [], "native": None} | facts.inputs),
        "build_requirements": [
            {"name": r.name, "version": r.version, "sha256": r.sha256} for r in facts.environment.requirements
        ],
        "helper": {"sha256": helper_sha256()},
        "interpreter": facts.interpreter.identity,
        "toolchain": toolchain_identity(request.toolchain),
        "files": [
            {
                "path": f.path,
                "kind": f.kind,
                "action": f.action,
                "dropped": list(f.dropped),
                "build_id": f.build_id,
                "debug": f.debug,
                "reason": f.reason,
            }
            for f in files
        ],
        "leaks_rewritten": [{"path": r.path, "count": r.count} for r in rewrites],
        "wheel": {"filename": wheel.name, "sha256": file_sha256(wheel)},
    }
