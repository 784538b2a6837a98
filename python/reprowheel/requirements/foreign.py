"""Tells what a user has named in place of a lock, and how to make a lock of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.errors import LockError
from reprowheel.inputs.guess import near_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["refuse_foreign", "unreadable"]

_WHAT = "a requirements.txt with hashes, a pylock.toml or a uv.lock"
_NAMES = (".txt", ".toml", ".lock")
_COMPILE = "uv pip compile --generate-hashes {} -o requirements.txt"
_MAKERS = {
    "Pipfile.lock": ("the lock of pipenv", "pipenv requirements --hash > requirements.txt"),
    "pdm.lock": ("the lock of pdm", "pdm export --format requirements --output requirements.txt"),
    "poetry.lock": ("the lock of poetry", "poetry export --format requirements.txt --output requirements.txt"),
    "pyproject.toml": ("a project, and no lock", _COMPILE),
    "setup.cfg": ("a project, and no lock", _COMPILE),
    "setup.py": ("a project, and no lock", _COMPILE),
}
_SUFFIXES = {
    ".in": ("not compiled, and no lock", _COMPILE),
    ".json": ("JSON, as a build lock is", ""),
    ".whl": ("a wheel", ""),
    ".yaml": ("YAML", ""),
    ".yml": ("YAML", ""),
}


def refuse_foreign(path: Path) -> None:
    """Raise LockError for a file that, by its name, is something else than a lock that can be read."""
    found, make = _MAKERS.get(path.name) or _SUFFIXES.get(path.suffix) or ("", "")
    if found and path.is_file():
        msg = f"{path}: is {found}; expected {_WHAT}"
        raise LockError(msg, tip=f"make one: `{make.format(path.name)}`" if make else "")


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> LockError:
    """Return the error for a file that cannot be read as text."""
    if path.is_dir():
        found = "is a folder"
    elif isinstance(error, FileNotFoundError):
        found = f"no such file{near_file(path, _NAMES)}"
    elif isinstance(error, OSError):
        found = f"cannot be read ({error.strerror})"
    elif error.object[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return LockError(f"{path}: is UTF-16 text; expected UTF-8", tip="write the file again, in UTF-8")
    else:
        found = f"is not UTF-8 text (byte {error.start})"
    return LockError(f"{path}: {found}; expected {_WHAT}")
