"""What the proofs of all corpora share: archives by hash, `pip wheel` with the same requirements, a wheel that is used.

env: XDG_CACHE_HOME. Reads: what the helper fetched, in the user's cache. Writes: the folder that the caller names.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parents[3]


def environment() -> dict[str, str]:
    """Return this environment with the helper importable."""
    return os.environ | {"PYTHONPATH": str(ROOT / "python")}


def archives() -> Path:
    """Return the folder where the helper keeps what it fetched, by hash."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "reprowheel" / "archives"


def fetched(sha256: str) -> Path:
    """Return a fetched archive."""
    return next((archives() / sha256).iterdir())


def time_pip(key: str, lock: dict, work: Path, more: dict[str, str] | None = None) -> tuple[float, float]:
    """Return the seconds, of time and of processors, that `pip wheel` takes with the same requirements, or 0 where it fails."""
    entry = lock["sdists"][key]
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        links = Path(scratch) / "links"
        links.mkdir()
        for requirement in entry["build_requirements"]:
            wheel = fetched(lock["wheels"][requirement]["sha256"])
            (links / wheel.name).symlink_to(wheel)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps", "--no-cache-dir"]
        offline = ["--no-index", f"--find-links={links}", "-w", scratch, str(fetched(entry["sha256"]))]
        start, before = time.monotonic(), processor_seconds()
        run = subprocess.run([*pip, *offline], check=False, capture_output=True, env=os.environ | (more or {}))
        return (time.monotonic() - start, processor_seconds() - before) if run.returncode == 0 else (0.0, 0.0)


def processor_seconds() -> float:
    """Return what the processes that this one has waited for took of all processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def works(check: str, wheel: Path, work: Path) -> bool:
    """Install our wheel, with what it needs at run time, into an empty environment and run its check."""
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        venv, built = Path(scratch) / "venv", work / "wheels"
        built.mkdir(exist_ok=True)
        (built / wheel.name).write_bytes(wheel.read_bytes())
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        python = str(venv / "bin" / "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", f"--find-links={built}"]
        installed = subprocess.run([*pip, str(wheel)], check=False)
        if installed.returncode:
            return False
        return subprocess.run([python, "-c", check], check=False, cwd=scratch).returncode == 0


def table(results: Mapping[str, Mapping[str, Any]], more: Callable[[Mapping[str, Any]], object]) -> str:
    """Return the rows of a page, one for each package, and how many are as they should be.

    :param more: gives what one page tells besides of a result.
    """
    rows = []
    for key, r in results.items():
        ours, pip = r["seconds"], r["pip_seconds"]
        ratio = f"{ours:.0f} s / {pip:.0f} s = {ours / pip:.2f}" if pip else "—"
        status = r["status"] if r["status"] == "equal" else f"**{r['status']}**"
        cells = (key, status, r["applied"], "yes" if r["works"] else "**no**", ratio, more(r), f"`{r['sha256'][:16]}…`")
        rows.append(f"| {' | '.join(map(str, cells))} |\n")
    equal = sum(r["status"] == "equal" and r["works"] for r in results.values())
    return f"{''.join(rows)}\n{equal} of {len(results)} are reproducible and work.\n"
