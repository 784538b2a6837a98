"""Fixtures of the helper's tests that are too dear to make for each test."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builds import NEUTRAL_EPOCH

from reprowheel._environment import BuildEnvironment, create_environment
from reprowheel._interpreter import probe
from reprowheel._workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def environments() -> Iterator[tuple[BuildEnvironment, BuildEnvironment]]:
    """Two build environments without requirements, each in its own workspace; tests must not change them."""
    with tempfile.TemporaryDirectory(prefix="rt", dir="/tmp") as base:
        with create_workspace(Path(base)) as one, create_workspace(Path(base)) as two:
            interpreter = probe(sys.executable)
            yield (
                create_environment(one, interpreter, [], epoch=NEUTRAL_EPOCH, extra={}),
                create_environment(two, interpreter, [], epoch=NEUTRAL_EPOCH, extra={}),
            )


@pytest.fixture(scope="session")
def environment(environments: tuple[BuildEnvironment, BuildEnvironment]) -> BuildEnvironment:
    """One of the two."""
    return environments[0]
