"""The repository's Python is what ruff and mypy, in the locked versions and by pyproject.toml, find nothing in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
RUFF = ("ruff", "check", "--no-cache", "--output-format=concise")
MYPY = ("mypy", "--cache-dir=/dev/null", "--no-error-summary")


def run(tool: tuple[str, ...], *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a tool of the tests' environment where pyproject.toml lies."""
    return subprocess.run(
        [sys.executable, "-m", *tool, *arguments], cwd=REPOSITORY, input=text, capture_output=True, text=True, check=False
    )


def test_ruff() -> None:
    """Every rule that is not left out with a reason holds everywhere."""
    result = run(RUFF, ".")
    assert (result.returncode, result.stdout) == (0, "All checks passed!\n")


def test_ruff_finds() -> None:
    """A file of the helper with an import that nothing uses is a finding: the rules above are in force."""
    result = run(RUFF, "--stdin-filename=python/reprowheel/new.py", "-", text='"""New."""\n\nimport os\n')
    assert result.returncode == 1
    assert "F401" in result.stdout


def test_mypy() -> None:
    """The helper and the tools are typed, strictly."""
    result = run(MYPY, "python/reprowheel", "tools/execlog")
    assert (result.returncode, result.stdout) == (0, "")


def test_mypy_finds(tmp_path: Path) -> None:
    """A wrong type is a finding."""
    (tmp_path / "new.py").write_text("def new() -> int:\n    return ''\n", encoding="utf-8")
    result = run(MYPY, str(tmp_path / "new.py"))
    assert result.returncode == 1
    assert "return-value" in result.stdout
