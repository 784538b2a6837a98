"""Parses the file names of sdists and wheels into name and version (PEP 427, PEP 625)."""

from __future__ import annotations

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion

__all__ = ["archive_identity"]

_SDIST_SUFFIXES = (".tar.gz", ".zip")


_OLD_SDIST_SUFFIXES = (".tar.bz2", ".tar.xz", ".tgz", ".tar")


def archive_identity(filename: str) -> tuple[str, str, bool] | None:
    """Return (normalized name, PEP 440 version, whether it is a wheel); `None` if it names neither sdist nor wheel."""
    try:
        if filename.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(filename)
            return name, str(version), True
        for suffix in _OLD_SDIST_SUFFIXES:
            if filename.endswith(suffix):
                filename = filename.removesuffix(suffix) + ".tar.gz"
        if filename.endswith(_SDIST_SUFFIXES):
            name, version = parse_sdist_filename(filename)
            return name, str(version), False
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None
    return None
