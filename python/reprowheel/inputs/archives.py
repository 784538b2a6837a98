"""Tells what a user has named in place of an sdist or of a wheel, before anything is unpacked, and what to do about it."""

from __future__ import annotations

import os
import re
import tarfile
import tomllib
import zipfile
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion

from reprowheel.errors import UsageError
from reprowheel.inputs.guess import near_file
from reprowheel.output.command import command

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SDIST_SUFFIXES", "need_file", "need_sdist", "need_wheel"]

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_SDIST = "the archive of an sdist, such as name-1.0.tar.gz"
_WHEEL = "a wheel, such as name-1.0-py3-none-any.whl"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/+[^/]")
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
_HEAD = 4096


def need_sdist(path: Path) -> None:
    """Raise UsageError unless a path can be an sdist: a regular file that is a tar or a zip, and no wheel."""
    need_file(path, _SDIST, suffixes=SDIST_SUFFIXES)
    if path.suffix == ".whl" or _holds_wheel(path):
        tip = f"Its canonical form, without a build: `{command('normalize', path, '--out', 'dist')}`"
        raise _error(path, "is a wheel, which is built already", _SDIST, tip=tip)
    if not zipfile.is_zipfile(path) and not _is_tar(path):
        tip = _pack(path.parent) if path.name in _PROJECT else ""
        raise _error(path, f"is {_kind(path)}", _SDIST, tip=tip)


def need_wheel(path: Path) -> None:
    """Raise UsageError unless a path can be a wheel: a regular file with such a name."""
    need_file(path, _WHEEL, suffixes=(".whl",))
    if _sdist_name(path.name):
        tip = f"Build its wheel first: `{command('build', path, '--resolve-build-requirements', '--out', 'dist')}`"
        raise _error(path, "is an sdist", _WHEEL, tip=tip)
    if path.suffix != ".whl":
        holds = "holds a wheel, but its name does not end in .whl" if _holds_wheel(path) else f"is {_kind(path)}"
        raise _error(path, holds, _WHEEL, tip="Give it its own name again." if _holds_wheel(path) else "")
    try:
        parse_wheel_filename(path.name)
    except (InvalidWheelFilename, InvalidVersion) as e:
        raise _error(path, "has no name of a wheel", "NAME-VERSION-PYTHON-ABI-PLATFORM.whl") from e


def need_file(path: Path, what: str, *, suffixes: tuple[str, ...] = ("",), may_be_empty: bool = False) -> None:
    """Raise UsageError unless a path is a regular file with something in it.

    :param what: what it should be, for messages.
    :param suffixes: how names of such files end.
    """
    text = os.fspath(path)
    if path.is_file():
        if path.stat().st_size == 0 and not may_be_empty:
            raise _error(path, "is empty", what)
        if not os.access(path, os.R_OK):
            raise _error(path, "cannot be read: permission denied", what)
        return
    if path.is_dir():
        names = sorted(name for name in os.listdir(path) if name.endswith(suffixes)) if suffixes != ("",) else []
        guess = f" (did you mean {path / names[0]}?)" if len(names) == 1 else ""
        project = any((path / name).is_file() for name in _PROJECT) and what == _SDIST
        raise _error(path, f"is a folder{guess}", what, tip=_pack(path) if project and not guess else "")
    if path.is_symlink():
        raise _error(path, f"is a link to nothing ({os.readlink(path)})", what)
    if path.exists():
        raise _error(path, "is no regular file", what)
    if _ADDRESS.match(text):
        tip = "Download it first, and name the file."
        raise _error(path, "is an address, and not a file", what, tip=tip)
    guess = near_file(path, suffixes)
    raise _error(path, f"no such file{guess}", what, tip="" if guess else _download(text, what))


def _error(path: Path, found: str, what: str, *, tip: str = "") -> UsageError:
    return UsageError(f"{path}: {found}; expected {what}", tip=tip)


def _kind(path: Path) -> str:
    """Return what the content of a file is, in words."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"\x1f\x8b") or zipfile.is_zipfile(path):
        return "an archive of something else, or a damaged one"
    if b"\0" in head:
        return "no archive"
    return "a file of text" if _is_text(head) else "no archive"


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as e:
        return e.end >= len(head)
    return True


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except (OSError, EOFError, ValueError):  # a damaged one; who unpacks it says how
        return True


def _holds_wheel(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(re.fullmatch(r"[^/]+\.dist-info/WHEEL", name) for name in archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, EOFError):
        return False


def _sdist_name(name: str) -> bool:
    if not name.endswith(SDIST_SUFFIXES):
        return False
    suffix = next(suffix for suffix in SDIST_SUFFIXES if name.endswith(suffix))
    try:
        parse_sdist_filename(name.removesuffix(suffix) + ".tar.gz")
    except (InvalidSdistFilename, InvalidVersion):
        return False
    return True


def _pack(folder: Path) -> str:
    """Return how to make an sdist of a project's folder."""
    name, version = "", ""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
        name, version = str(project.get("name", "")), str(project.get("version", ""))
    except (OSError, ValueError, AttributeError, RecursionError):
        pass
    words = [folder, "--name", name or "NAME", *([] if version else ["--version", "VERSION"]), "--out", "dist"]
    return f"Pack it first: `{command('archive', *words)}`"


def _download(text: str, what: str) -> str:
    """Return how to get the sdist that a requirement names; empty if the text is none."""
    if what != _SDIST or "/" in text or text.endswith((*SDIST_SUFFIXES, ".whl", ".json", ".txt", ".toml", ".lock")):
        return ""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return ""
    return f"Download it first: `python3 -m pip download --no-deps --no-binary :all: '{requirement}'`"
