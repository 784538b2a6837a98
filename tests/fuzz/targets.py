"""The fuzz targets: what reads bytes that somebody else wrote, and what must hold for any bytes at all.

A target takes the input and an empty folder. It returns when the reader kept its promises, and raises otherwise: the
only errors that readers may raise are `reprowheel.errors`, which the targets catch.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import seeds
from fuzz.archive_check import run_members, run_sdist, run_tar, run_wheel
from fuzz.backend_check import run_backend
from fuzz.elf_check import run_elf
from fuzz.file_check import run_ar, run_data
from fuzz.page_check import run_page

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One reader under test."""

    reads: str
    """What is under test, for people."""
    check: Callable[[bytes, Path], None]
    """Runs the reader on the input in an empty folder and raises if something does not hold."""
    seeds: Callable[[], list[bytes]]
    """Makes valid inputs to start from."""
    max_size: int
    """Bytes up to which inputs are made."""

    def __call__(self, data: bytes) -> None:
        """Check one input in a folder of its own, which is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            self.check(data, Path(folder))


TARGETS = {
    "elf": Target(reads="normalize.elf", check=run_elf, seeds=seeds.elf_seeds, max_size=8192),
    "ar": Target(reads="normalize.ar", check=run_ar, seeds=seeds.ar_seeds, max_size=4096),
    "data": Target(reads="normalize.stamps, pyc, sbom", check=run_data, seeds=seeds.data_seeds, max_size=16384),
    "wheel": Target(reads="unpack, normalize, write", check=run_wheel, seeds=seeds.wheel_seeds, max_size=8192),
    "members": Target(reads="the same, intact archives", check=run_members, seeds=seeds.member_seeds, max_size=16384),
    "sdist": Target(reads="archives.sdist", check=run_sdist, seeds=seeds.sdist_seeds, max_size=16384),
    "backend": Target(reads="answers of hooks", check=run_backend, seeds=seeds.backend_seeds, max_size=8192),
    "page": Target(reads="fetch.page", check=run_page, seeds=seeds.page_seeds, max_size=16384),
    "tar": Target(reads="the same, checksums repaired", check=run_tar, seeds=seeds.tar_seeds, max_size=16384),
}
