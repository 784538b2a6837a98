"""Packs and builds the sdists that attack the front end (tests/sdists/hostile-*); a build that hangs is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from support.builds import ROOT, compiled_helper, make_sdist

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["hostile_sdist", "run_helper"]

_SECONDS = 120


def hostile_sdist(name: str, directory: Path, more: Mapping[str, str | bytes] | None = None) -> Path:
    """Return `tiny-1.0.tar.gz` with the files of tests/sdists/NAME; `more` are files that are added or replaced."""
    folder = ROOT / "tests" / "sdists" / name
    files: dict[str, str | bytes] = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    return make_sdist(directory, files | dict(more or {}))


def run_helper(
    arguments: Sequence[object], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m reprowheel ARGUMENTS` with a limit on time; the output is bytes, because controls are looked for."""
    return subprocess.run(
        [*prefix, sys.executable, "-B", "-m", "reprowheel", *map(str, arguments)],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.fspath(compiled_helper()), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
