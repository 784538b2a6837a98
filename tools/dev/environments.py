"""The environments that tests and programs for developers run in: locked wheels, installed on first use.

env: XDG_CACHE_HOME, pip's configuration. Writes: the user's cache folder only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tests" / "requirements.txt"
WHEELS = ROOT / "tests" / "build-wheels.txt"
OLDEST_WHEELS = ROOT / "tests" / "oldest-wheels.txt"
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # not that of a virtual environment, which may go away


def cache() -> Path:
    """Return the folder for what tests install."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = Path(base) / "rules_reprowheel" / "tests"
    path.mkdir(parents=True, exist_ok=True)
    return path


def test_python() -> Path:
    """Return the interpreter of the environment that the tests run in."""
    return virtual_environment(REQUIREMENTS)


def virtual_environment(requirements: Path) -> Path:
    """Return the interpreter of a virtual environment with locked requirements, made on first use by one process."""
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    final = cache() / f"venv-{key}"
    if not (final / "complete").exists():
        with final.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (final / "complete").exists():
                _install(requirements, final)
    return final / "bin" / "python"


def _install(requirements: Path, final: Path) -> None:
    """Make a virtual environment in place of one that is not complete."""
    shutil.rmtree(final, ignore_errors=True)
    print(f"installing {requirements.relative_to(ROOT)} into {final}", flush=True)
    subprocess.run([BASE_PYTHON, "-m", "venv", str(final)], check=True)
    pip = [str(final / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", str(requirements)], check=True)
    (final / "complete").touch()


def wheel_directory(locked: Path = WHEELS) -> Path:
    """Return a folder with the locked wheels that test builds use, filled on first use by one process."""
    key = hashlib.sha256(locked.read_bytes() + sys.version.encode()).hexdigest()[:16]
    final = cache() / f"wheels-{key}"
    with final.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.exists():
            partial = Path(tempfile.mkdtemp(prefix="wheels-", dir=cache()))
            command = [str(test_python()), "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
            subprocess.run([*command, "--require-hashes", "-d", str(partial), "-r", str(locked)], check=True)
            partial.rename(final)
    return final
