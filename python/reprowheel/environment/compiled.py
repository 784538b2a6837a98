"""Keeps bytecode of build requirements in a folder of the caller, for later builds with the same ones (`--bytecode-cache`).

Only the helper writes to the folder, never a build: what a build compiled may be anything. There is one file for each wheel and
interpreter. It has the bytecode of all modules, compiled as at a place that does not exist. The path of every workspace has the
same length, so its name can be put in place of that one. See docs/decisions.md, "Bytecode".
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import marshal
import os
import secrets
import subprocess
from typing import TYPE_CHECKING

from reprowheel.environment.entering import program
from reprowheel.errors import UsageError
from reprowheel.files import file_sha256
from reprowheel.programs import bare_environment
from reprowheel.workspace import PATH_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.workspace import Workspace

__all__ = ["PLACE", "give_bytecode"]

PLACE = "/reprowheel-bytecode".ljust(PATH_LENGTH, "-")
"""Path of the workspace that modules are compiled in."""

_FORM = "1"
"""Part of the names of files: another number when their form or `entering/compiling.py` changes."""

_LIMIT = 300
"""Seconds for the modules of one wheel."""

_DIGEST = hashlib.sha256().digest_size


def give_bytecode(cache: Path, workspace: Workspace, interpreter: Interpreter, site: str, wheels: Sequence[Path]) -> None:
    """Put bytecode of installed wheels where the processes of a build look for it (`neutral/bytecode.py`).

    :param cache: the folder that keeps bytecode from one build to the next; it is made if it does not exist.
    :param site: the folder that the wheels are installed in.
    :raises UsageError: the folder cannot be made, or others may write to it.
    """
    _check_folder(cache)
    root = os.fspath(workspace.root)
    known = {}
    for wheel in wheels:
        for name, (size, code) in _bytecode_of(wheel, cache, interpreter, site.removeprefix(root)).items():
            path = f"{site}/{name}"
            with contextlib.suppress(OSError):
                found = os.stat(path)
                if found.st_size == size:
                    known[path, found.st_mtime_ns, size, 0] = code.replace(PLACE.encode(), root.encode())
    if known:
        (workspace.directory("bytecode") / "given").write_bytes(marshal.dumps(known, 2))


def _check_folder(cache: Path) -> None:
    """Make the folder; raise UsageError if somebody else may say what builds run."""
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = cache.stat()
    except OSError as e:
        msg = f"--bytecode-cache {cache}: {e.strerror}"
        raise UsageError(msg, tip="Name a folder that can be written, or build without --bytecode-cache.") from e
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        msg = f"--bytecode-cache {cache}: other users may write to it, and so change what builds do"
        raise UsageError(msg, tip="Name a folder of your own with mode 0700, or build without --bytecode-cache.")


def _bytecode_of(wheel: Path, cache: Path, interpreter: Interpreter, site: str) -> Mapping[str, tuple[int, bytes]]:
    """Return module → size of its source, bytecode; compile the modules if the cache has no sound file of them."""
    sha256 = file_sha256(wheel)
    key = json.dumps([_FORM, sha256, PLACE, site, interpreter.cache_tag, interpreter.identity], sort_keys=True)
    file = cache / hashlib.sha256(key.encode()).hexdigest()
    found = _read(file)
    if found is None:
        with _new(file) as made:
            _compile(interpreter, [os.fspath(wheel), sha256, PLACE, site, os.fspath(made)])
        found = _read(file)
    return found or {}


def _read(file: Path) -> Mapping[str, tuple[int, bytes]] | None:
    """Return what a file of the cache has; `None` if it is missing or damaged."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        return None
    found: dict[str, tuple[int, bytes]] = marshal.loads(data[_DIGEST:])  # noqa: S302 - our own, by its digest
    return found


@contextlib.contextmanager
def _new(file: Path) -> Iterator[Path]:
    """Yield a path for a new file, which is renamed in the end if it was written; a cache that fails costs time only."""
    made = file.with_name(f".{secrets.token_hex(8)}")
    try:
        yield made
        with contextlib.suppress(OSError):
            made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def _compile(interpreter: Interpreter, arguments: Sequence[str]) -> None:
    """Compile the modules of a wheel with the build's interpreter, which runs nothing of the wheel."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            [interpreter.executable, "-B", "-S", "-s", "-c", program("compiling"), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=bare_environment({"PYTHONHASHSEED": "0"}),
            timeout=_LIMIT,
        )
