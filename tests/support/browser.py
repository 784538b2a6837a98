"""A headless Chromium for tests of pages: Debian's, unpacked into the cache folder with the libraries and the font that it needs.

apt downloads the packages that this machine lacks, of its own release and in its architecture, and checks them by Debian's
keys. Nothing is installed. `REPROWHEEL_TEST_CHROMIUM` names another program.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from support.fast_servers import in_debian_root
from support.suite import cache

__all__ = ["VARIABLE", "Chromium", "NoBrowserError", "chromium"]

VARIABLE = "REPROWHEEL_TEST_CHROMIUM"
_PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core")
_PROGRAM = "usr/lib/chromium/chromium-headless-shell"
# Packages that it depends on and does without: they draw by a graphics card, and open pages in the browser of a desktop.
_UNUSED = re.compile(r"(?:libllvm|libz3-|mesa-|libgl1|libglx|libglvnd|x11-|xdg-|xkb-)")
_ON_PATH = ("chromium-headless-shell", "chromium", "google-chrome")
_RELEASE = Path("/etc/os-release")
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{root}/usr/share/fonts</dir>
  <cachedir>{root}/fonts</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""


class NoBrowserError(Exception):
    """A browser cannot be had here."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program, and the variables that it has to be started with."""

    program: Path
    variables: dict[str, str] = field(default_factory=dict)


@functools.cache
def chromium() -> Chromium:
    """Return a Chromium.

    :raises NoBrowserError: this machine is not the Debian root, and neither has one nor an apt that offers one.
    :raises RuntimeError: apt fails, or what it brought does not fit together; in the Debian root, whatever the reason.
    """
    named = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, _ON_PATH)), "")
    if named:
        return Chromium(Path(named))
    key = hashlib.sha256(Path(__file__).read_bytes() + _RELEASE.read_bytes()).hexdigest()[:16]
    final = cache() / f"chromium-{key}"
    with Path(f"{final}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.exists():
            _provide(final)
    return _unpacked(final)


def _unpacked(root: Path) -> Chromium:
    """Return the program of a folder; its libraries are those of the folder, then those of this machine."""
    folders = sorted({os.fspath(path.parent) for path in root.glob("usr/lib/*-linux-*/**/*.so*")})
    return Chromium(root / _PROGRAM, {"LD_LIBRARY_PATH": ":".join(folders), "FONTCONFIG_FILE": os.fspath(root / "fonts.conf")})


def _provide(final: Path) -> None:
    """Download and unpack the packages; the folder is complete or absent."""
    with tempfile.TemporaryDirectory(prefix="chromium-", dir=cache()) as scratch:
        root = Path(scratch, "root")
        for package in _download(Path(scratch, "apt")):
            subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
        found = _unpacked(root)
        needs = subprocess.run(
            ["ldd", found.program], env=os.environ | found.variables, check=True, capture_output=True, text=True
        )
        if missing := [line.split()[0] for line in needs.stdout.splitlines() if line.endswith("not found")]:
            msg = f"no Chromium: of the unpacked packages none has {', '.join(missing)}"
            raise RuntimeError(msg)
        (root / "fonts.conf").write_text(_FONTS.format(root=final), encoding="utf-8")
        root.rename(final)


def _download(folder: Path) -> list[Path]:
    """Download what is not installed of the packages and all that they need, with lists of apt's own."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        msg = f"no Chromium: name one in {VARIABLE}"
        raise NoBrowserError(msg)
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
            msg = f"no Chromium: apt-get {command[0]}: {done.stderr.strip()}"
            gone = "Unable to locate package" in done.stderr or "has no installation candidate" in done.stderr
            raise NoBrowserError(msg) if gone and not in_debian_root() else RuntimeError(msg)
        return done.stdout

    run("update")
    planned = run("install", "--print-uris", "--yes", "--no-install-recommends", *_PACKAGES)
    names = [line.split()[1].partition("_")[0] for line in planned.splitlines() if line.startswith("'")]
    run("download", *(name for name in names if not _UNUSED.match(name)))
    return sorted((folder / "packages").glob("*.deb"))
