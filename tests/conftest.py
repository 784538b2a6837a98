"""For all tests: wheels to build with, directories with short paths, and how processes share the tests out."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dev.environments import OLDEST_WHEELS, wheel_directory
from packaging.utils import canonicalize_name, parse_wheel_filename
from support.browser import NoBrowserError, chromium
from support.builds import BYTECODE_VARIABLE
from support.devtools import Browser, started
from support.parallel import Units, place_of, shared_folder
from support.places import DISK
from support.pythons import NoPythonError, python_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WHEELS_VARIABLE = "REPROWHEEL_TEST_WHEELS"
_LOCK = Path(__file__).parent / "build-wheels.txt"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes, put long units first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Units | None:
    """Share the tests out in units, unless `--dist` says otherwise."""
    return Units(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(scope="session", autouse=True)
def _bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One folder of bytecode for all builds of this run: each would compile setuptools again (`support/builds.py`)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BYTECODE_VARIABLE, os.fspath(shared_folder(tmp_path_factory) / "bytecode"))
        yield


@pytest.fixture(scope="session")
def build_wheel() -> Callable[[str], Path]:
    """A function from a name in `tests/build-wheels.txt` to the wheel; it fails when the wheels are not there."""

    def find(name: str) -> Path:
        directory = os.environ.get(WHEELS_VARIABLE, "")
        wheels = sorted(Path(directory).glob("*.whl")) if directory else []
        found = [wheel for wheel in wheels if parse_wheel_filename(wheel.name)[0] == canonicalize_name(name)]
        if len(found) != 1:
            pytest.fail(
                f"{WHEELS_VARIABLE}={directory!r} holds {len(found)} wheels of {name}. Fill a directory and name it:\n"
                f"  {sys.executable} -m pip download --require-hashes --no-deps -d DIR -r {_LOCK}\n"
                f"  export {WHEELS_VARIABLE}=DIR"
            )
        return found[0]

    return find


@pytest.fixture(scope="session")
def oldest_wheels() -> list[Path]:
    """The wheels of `tests/oldest-wheels.txt`: setuptools that every supported Python runs."""
    return sorted(wheel_directory(OLDEST_WHEELS).glob("*.whl"))


@pytest.fixture(scope="session")
def other_python() -> Callable[[str], str]:
    """A function from a version to an interpreter (`support/pythons.py`); the test is skipped if it cannot be had here."""

    def find(version: str) -> str:
        try:
            return os.fspath(python_of(version))
        except NoPythonError as e:
            pytest.skip(str(e))

    return find


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium (`support/browser.py`); the test is skipped if none can be had here, but never in the Debian root."""
    try:
        found = chromium()
    except NoBrowserError as e:
        pytest.skip(str(e))
    with started(found, tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A new directory with a path short enough for a workspace in it, which pytest's own may not be."""
    directory = Path(tempfile.mkdtemp(prefix="rt", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def disk_folder() -> Iterator[Callable[[str], Path]]:
    """A function from a name to a new folder on a disk, which lists names in another order than memory does.

    `/tmp` is in memory where there is room (`support/places.py`).
    """
    base = Path(tempfile.mkdtemp(prefix="rt", dir=DISK))
    yield lambda name: Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
    shutil.rmtree(base, ignore_errors=True)
