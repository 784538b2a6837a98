"""Debian packages for tests, downloaded by apt and unpacked into a folder: nothing is installed.

apt downloads the packages that this machine lacks, of its own release and in its architecture, and checks them by Debian's keys.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support.fast_servers import in_debian_root
from support.suite import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NoPackagesError", "libraries", "unpacked"]

_RELEASE = Path("/etc/os-release")


class NoPackagesError(Exception):
    """The packages cannot be had here: this machine is not the Debian root, and has no apt that offers them."""


def unpacked(name: str, packages: Sequence[str], recipe: Path, finish: Callable[[Path, Path], None], unused: str = "$^") -> Path:
    """Return the folder in which the packages are unpacked, which is kept for later runs.

    :param recipe: file that says what is made: a change of it makes the folder anew.
    :param finish: called with the new folder and the path that it gets.
    :param unused: pattern of the beginnings of packages that they depend on and do without.
    :raises NoPackagesError: see there.
    :raises RuntimeError: apt fails; in the Debian root, whatever the reason.
    """
    key = hashlib.sha256(recipe.read_bytes() + Path(__file__).read_bytes() + _RELEASE.read_bytes()).hexdigest()[:16]
    final = cache() / f"{name}-{key}"
    with Path(f"{final}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.exists():
            with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=cache()) as scratch:
                root = Path(scratch, "root")
                for package in _download(Path(scratch, "apt"), packages, re.compile(unused)):
                    subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
                finish(root, final)
                root.rename(final)
    return final


def libraries(root: Path) -> str:
    """Return the folders of shared libraries of unpacked packages, as LD_LIBRARY_PATH has them."""
    return ":".join(sorted({str(path.parent) for path in root.glob("usr/lib/*-linux-*/**/*.so*")}))


def _download(folder: Path, packages: Sequence[str], unused: re.Pattern[str]) -> list[Path]:
    """Download what is not installed of the packages and all that they need, with lists of apt's own."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        msg = f"this machine has no apt to get {packages[0]} with"
        raise NoPackagesError(msg)
    for name in ("state/lists/partial", "cache/archives/partial", "packages"):
        (folder / name).mkdir(parents=True)
    settings = {
        "Dir::State": folder / "state",
        "Dir::Cache": folder / "cache",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "--quiet=2", *(f"-o{key}={value}" for key, value in settings.items())]

    def run(*command: str) -> str:
        done = subprocess.run([*apt, *command], cwd=folder / "packages", check=False, capture_output=True, text=True)
        if done.returncode:
            msg = f"no {packages[0]}: apt-get {command[0]}: {done.stderr.strip()}"
            gone = "Unable to locate package" in done.stderr or "has no installation candidate" in done.stderr
            raise NoPackagesError(msg) if gone and not in_debian_root() else RuntimeError(msg)
        return done.stdout

    run("update")
    planned = run("install", "--print-uris", "--yes", "--no-install-recommends", *packages)
    names = [line.split()[1].partition("_")[0] for line in planned.splitlines() if line.startswith("'")]
    run("download", *(name for name in names if not unused.match(name)))
    return sorted((folder / "packages").glob("*.deb"))
