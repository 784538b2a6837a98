"""The machine whose build of the example several tests look at, and the workspace that the files of one unit share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, workspace
from e2e.machines import EXAMPLE, Machine, Run
from support.parallel import shared_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for what machines may share, those of other processes too: downloads, named by their hashes.

    Only tests of one unit (`support/parallel.py`) may share more.
    """
    return shared_folder(tmp_path_factory)


@pytest.fixture(scope="session")
def first(disk_folder: Callable[[str], Path], cache: Path) -> Iterator[tuple[Machine, Run]]:
    """Yield a machine on a disk, and its build, which fills an empty disk cache."""
    base = disk_folder("a")
    machine = Machine(
        base / "w", base / "s", cache / "downloads", umask=0o022, USER="alice", TZ="America/St_Johns", LANG="C.UTF-8"
    )
    try:
        yield machine, machine.bazel("build", f"--disk_cache={cache / 'disk'}", *EXAMPLE)
    finally:
        machine.remove()


@pytest.fixture(scope="session")
def kept_server(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Workspace]:
    """Yield the workspace behind `kept`."""
    with workspace(tmp_path_factory.mktemp("kept"), cache / "downloads", umask=0o022, TZ="Asia/Tokyo") as made:
        yield made


@pytest.fixture(scope="module")
def kept(kept_server: Workspace) -> Workspace:
    """Return an empty workspace whose server may have built for other files of the unit: names of hubs are theirs alone."""
    kept_server.clear()
    return kept_server
