"""Back ends that lie to the lock about metadata: one line each, nothing hangs, no file of this host is read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support.hostile_sdists import hostile_sdist

from reprowheel.errors import LockError
from reprowheel.lock.write import lock_archive

if TYPE_CHECKING:
    from pathlib import Path

HOOK = "its build back end's hook prepare_metadata_for_build_wheel "
FILES = "left something else than it answered: 'out/tiny-1.0.dist-info"
CASES = {
    "metadata is a fifo": f"{HOOK}{FILES}/METADATA' is no regular file",
    "metadata is a link": f"{HOOK}{FILES}/METADATA' is no regular file",
    "metadata is missing": f"{HOOK}{FILES}/METADATA' is missing",
    "metadata is huge": f"{HOOK}{FILES}/METADATA' is larger than the limit of ",
    "metadata is not text": "the metadata that its back end made cannot be read ('utf-8' codec",
    "entry points are a fifo": f"{HOOK}{FILES}/entry_points.txt' is no regular file",
    "entry points are nonsense": "the metadata that its back end made cannot be read (",
    "folder is a link": f"{HOOK}{FILES}' is no folder",
    "name is a path": f"{HOOK}answered ",
    "name is no text": f"{HOOK}answered ",
}


def sdist_of(case: str, folder: Path) -> Path:
    """Return the sdist for a case; its PKG-INFO does not stand in for the hook."""
    info = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
    return hostile_sdist("hostile-metadata", folder, {"case": f"{case}|{folder / 'precious'}", "PKG-INFO": info})


@pytest.mark.parametrize("case", CASES)
def test_metadata(tmp_path: Path, case: str) -> None:
    """The message names the sdist and what is wrong."""
    (tmp_path / "precious").write_text("Name: secret\nVersion: 1\n", encoding="utf-8")
    with pytest.raises(LockError) as caught:
        lock_archive(sdist_of(case, tmp_path), python=sys.executable)
    assert caught.value.message.startswith("tiny-1.0.tar.gz: tiny==1.0: ") or caught.value.message.startswith("tiny==1.0: ")
    assert CASES[case] in caught.value.message
    assert "secret" not in caught.value.message + caught.value.tip
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("case", ["nothing", "pkg-info is a fifo"])
def test_control(tmp_path: Path, case: str) -> None:
    """The same sdist is locked if its hook does as PEP 517 says; PKG-INFO is not read through a FIFO."""
    assert "tiny==1.0" in lock_archive(sdist_of(case, tmp_path), python=sys.executable).sdists
