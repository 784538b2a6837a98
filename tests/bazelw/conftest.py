"""The fixture that gives each test a pretend machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from bazelw.machine import SHELL_TOOLS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without Bazel, without apt, without anything to make a root with."""
    made = Machine(folder=tmp_path)
    for folder in (made.bin, made.workspace, tmp_path / "home", tmp_path / "log"):
        folder.mkdir()
    (made.workspace / "MODULE.bazel").touch()
    for tool in SHELL_TOOLS:
        path = shutil.which(tool)
        assert path, f"these tests need {tool} on PATH"
        os.symlink(path, made.bin / tool)
    return made
