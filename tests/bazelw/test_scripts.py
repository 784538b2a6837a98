"""The scripts themselves."""

from __future__ import annotations

import subprocess

from bazelw.machine import REPOSITORY


def test_shellcheck() -> None:
    """Shellcheck has nothing to say about them."""
    scripts = [REPOSITORY / "bazelw", REPOSITORY / "tools/bazelw/shell", *(REPOSITORY / "tools/bazelw").glob("*.sh")]
    assert len(scripts) >= 6
    result = subprocess.run(["shellcheck", *map(str, scripts)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
