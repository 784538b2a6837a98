"""Fixtures of the helper's tests that are too dear to make for each test."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import NEUTRAL_EPOCH
from support.deep_machines import Machine, make_machine
from support.places import DISK
from support.wrapped_compilers import Tools, fake_compilers, wrappers

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.environment.create import BuildEnvironment, create_environment
from reprowheel.environment.interpreter import probe
from reprowheel.files import RealTimes
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BUILD_PYTHON = "REPROWHEEL_TEST_BUILD_PYTHON"
"""Names another interpreter for `environments`: by name only, to run the tests of the start-up module under it."""


@pytest.fixture(scope="session")
def environments() -> Iterator[tuple[BuildEnvironment, BuildEnvironment]]:
    """Two build environments without requirements, each in its own workspace; tests must not change them."""
    with tempfile.TemporaryDirectory(prefix="rt", dir="/tmp") as base:
        with create_workspace(Path(base)) as one, create_workspace(Path(base)) as two:
            interpreter = probe(os.environ.get(BUILD_PYTHON) or sys.executable)
            yield (
                create_environment(one, interpreter, [], times=RealTimes(epoch=NEUTRAL_EPOCH), extra={}),
                create_environment(two, interpreter, [], times=RealTimes(epoch=NEUTRAL_EPOCH), extra={}),
            )


@pytest.fixture(scope="session")
def environment(environments: tuple[BuildEnvironment, BuildEnvironment]) -> BuildEnvironment:
    """One of the two."""
    return environments[0]


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Tools]:
    """A function that writes wrappers around compilers that print their arguments."""
    cc, cxx = fake_compilers(tmp_path / "fake")

    def make(maps: Sequence[tuple[str, str]] | None = None, **keywords: object) -> Tools:
        toolchain = CcToolchain(compiler="gcc", tools={"cc": cc, "cxx": cxx}, **keywords)  # type: ignore[arg-type]
        return wrappers(toolchain, tmp_path / "root", maps)

    return make


@pytest.fixture
def real(short_directory: Path) -> Callable[[str], Tools]:
    """A function that writes wrappers around this machine's compilers, in a directory of its own."""
    toolchain = find_toolchain()

    def make(name: str) -> Tools:
        root = short_directory / name
        return wrappers(toolchain, root)

    return make


@pytest.fixture(scope="session")
def machines() -> Iterator[tuple[Machine, Machine]]:
    """Two workspaces of deep mode, made more than a second apart, the second in memory: there, the newest is listed first."""
    with create_workspace(Path(DISK)) as one, create_workspace(Path("/dev/shm")) as two:
        first = make_machine(one)
        time.sleep(1.1)
        yield first, make_machine(two)


@pytest.fixture(scope="session")
def machine(machines: tuple[Machine, Machine]) -> Machine:
    """One of the two."""
    return machines[0]
