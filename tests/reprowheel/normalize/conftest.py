"""Fixtures of the normalizer's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.elf_tools import compile_c


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks of this folder."""
    config.addinivalue_line("markers", "elfutils: needs elfutils (eu-elflint, eu-unstrip) beside binutils")


@pytest.fixture
def shared_object(tmp_path: Path) -> Path:
    """Return a freshly compiled shared object with debug information and a sha1 build-id."""
    return compile_c(tmp_path / "src", "sample.so", "-g", "-Wl,--build-id=sha1")
