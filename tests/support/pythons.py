"""Interpreters of other versions than that of the tests, for what enters the interpreter of a build.

They are Debian's, of the suite that has them: packages are downloaded with apt from the mirror that this machine uses, in its
architecture, and unpacked into the cache folder, once for each version. Nothing is installed. `REPROWHEEL_TEST_PYTHONS` names
more interpreters, paths with colons between them: Debian has no CPython 3.10 and no free-threaded one.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support.suite import cache

__all__ = ["OTHERS", "VARIABLE", "NoPythonError", "download_packages", "mirror_of", "python_of"]

VARIABLE = "REPROWHEEL_TEST_PYTHONS"
_SUITES = {"3.9": "bullseye", "3.11": "bookworm", "3.13": "trixie", "3.14": "forky", "3.15": "forky"}
_PACKAGES = ("python{}-minimal", "libpython{}-minimal", "libpython{}-stdlib", "libpython{}", "libpython{}-dev")
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What apt says of a suite or package that the mirror no longer has.
_GONE = ("does not have a Release file", "no longer has a Release file", "Unable to locate package", "404  Not Found")
_NAME = "import sys; print('%d.%d%s' % (*sys.version_info[:2], sys.abiflags))"


class NoPythonError(Exception):
    """An interpreter cannot be had here."""


@functools.cache
def _named() -> dict[str, Path]:
    """Return version → interpreter, of those that the variable names."""
    paths = [path for path in os.environ.get(VARIABLE, "").split(":") if path]
    return {_version(Path(path)): Path(path) for path in paths}


def _version(python: Path) -> str:
    """Return what an interpreter says: `3.14`, `3.14t`; nothing if it does not start."""
    run = subprocess.run([python, "-c", _NAME], check=False, capture_output=True, text=True)
    return run.stdout.strip()


OTHERS = tuple(dict.fromkeys(["3.9", "3.13", "3.15", *_named()]))
"""Versions that tests build with: the oldest that is supported, one in between, the newest, and those that the variable names."""


@functools.cache
def python_of(version: str) -> Path:
    """Return an interpreter with its headers.

    :raises NoPythonError: this machine has no apt, or Debian's mirror no longer has the version.
    """
    if version in _named():
        return _named()[version]
    if version == "{}.{}".format(*sys.version_info[:2]) and os.path.exists(f"{sys.base_prefix}/include/python{version}/Python.h"):
        return Path(os.path.realpath(sys.executable))
    final = cache() / f"python-{version}-{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]}"
    with Path(f"{final}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.exists():
            _provide(version, final)
    return final / "usr" / "bin" / f"python{version}"


def _provide(version: str, final: Path) -> None:
    """Unpack Debian's packages; the folder is complete or absent."""
    if version not in _SUITES or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        msg = f"no Python {version}: name one in {VARIABLE}"
        raise NoPythonError(msg)
    with tempfile.TemporaryDirectory(prefix="python-", dir=cache()) as scratch:
        packages = download_packages(version, Path(scratch, "apt"))
        root = Path(scratch, "root")
        for package in packages:
            subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
        for unused in [*root.rglob("*.a"), root / f"usr/lib/python{version}/sitecustomize.py"]:
            unused.unlink()
        # The common header includes that of the architecture by a path below /usr/include.
        for header in root.glob(f"usr/include/*/python{version}/pyconfig.h"):
            text = header.read_text(encoding="utf-8").replace("#define HAVE_CRYPT_H 1\n", "")  # another package has that header
            (root / f"usr/include/python{version}/pyconfig.h").write_text(text, encoding="utf-8")
        if _version(root / f"usr/bin/python{version}") != version:
            msg = f"no Python {version}: Debian's does not run here"
            raise NoPythonError(msg)
        root.rename(final)


def download_packages(version: str, folder: Path) -> list[Path]:
    """Download the packages with an apt that has a configuration and lists of its own.

    :raises NoPythonError: the mirror no longer has the version.
    :raises RuntimeError: apt fails for another reason, such as a network that is down.
    """
    for name in ("state/lists/partial", "cache/archives/partial", "packages"):
        (folder / name).mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYS}] {mirror_of(Path('/etc/apt'))} {_SUITES[version]} main\n", encoding="utf-8")
    settings = {
        "Dir::State": folder / "state",
        "Dir::Cache": folder / "cache",
        "Dir::State::status": "/dev/null",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",  # an old suite's list is past its date: it is signed all the same
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "--quiet=2", *(f"-o{key}={value}" for key, value in settings.items())]
    for command in (["update"], ["download", *(name.format(version) for name in _PACKAGES)]):
        done = subprocess.run([*apt, *command], cwd=folder / "packages", check=False, capture_output=True, text=True)
        if done.returncode:
            msg = f"no Python {version}: apt-get {command[0]}: {done.stderr.strip()}"
            gone = any(words in done.stderr for words in _GONE)
            raise NoPythonError(msg) if gone else RuntimeError(msg)  # a network that is down must not pass for a skip
    return sorted((folder / "packages").glob("*.deb"))


def mirror_of(settings: Path) -> str:
    """Return the mirror of Debian that apt uses: the first address in its lists of sources that ends with `/debian`.

    :raises NoPythonError: there is none.
    """
    files = [settings / "sources.list", *sorted((settings / "sources.list.d").glob("*"))]
    text = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())
    for line in text.splitlines():
        if found := re.match(r"\s*(?:deb\s+(?:\[[^\]]*\]\s*)?|URIs:\s*)(?P<address>[^#\s]+/debian/?)(?=\s|$)", line):
            return found["address"]
    msg = "apt has no mirror of Debian here"
    raise NoPythonError(msg)
