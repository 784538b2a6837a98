"""Imports go as the contracts of import-linter in pyproject.toml say: down the layers, and never in a circle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent

FORBIDDEN = {
    "up": (
        "normalize/report.py",
        "from reprowheel.cli import build\n",
        "Imports go down only",
        "normalize.report -> reprowheel.cli.build",
    ),
    "inside a function": (
        "files.py",
        "def late() -> None:\n    from reprowheel.output import printable\n",
        "Imports go down only",
        "files -> reprowheel.output.printable",
    ),
    "for a type only": (
        "request.py",
        "if TYPE_CHECKING:\n    from reprowheel.report.read import facts\n",
        "Imports go down only",
        "request -> reprowheel.report.read",
    ),
    "sideways": ("pins/compare.py", "import reprowheel.build\n", "Imports go down only", "pins.compare -> reprowheel.build"),
    "of a folder without a layer": ("new/__init__.py", "", "Imports go down only", "reprowheel.new"),
    "in a circle of a folder": (
        "compilers/zig.py",
        "from reprowheel.compilers import toolchain\n",
        "No folder has circles",
        "reprowheel.compilers",
    ),
    "of another verb": (
        "cli/inspect.py",
        "from reprowheel.cli import normalize\n",
        "No verb imports another",
        "cli.inspect -> reprowheel.cli.normalize",
    ),
    "of a verb by what verbs share": (
        "cli/arguments.py",
        "from reprowheel.cli import build\n",
        "No verb imports another",
        "cli.arguments -> reprowheel.cli.build",
    ),
    "of argparse": ("report/write.py", "import argparse\n", "Only the command line knows argparse", "report.write -> argparse"),
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter of the tests' environment on the package in `python/`, by the contracts of its pyproject.toml."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(root / "python"), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    return subprocess.run([program, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_contracts() -> None:
    """Every contract holds."""
    result = lint_imports(REPOSITORY)
    assert result.returncode == 0, result.stdout
    assert "Contracts: 4 kept, 0 broken." in result.stdout


@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden(name: str, tmp_path: Path) -> None:
    """One import that a contract forbids breaks it, and the answer names it."""
    file, line, contract, told = FORBIDDEN[name]
    shutil.copytree(REPOSITORY / "python" / "reprowheel", tmp_path / "python" / "reprowheel")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    changed = tmp_path / "python" / "reprowheel" / file
    changed.parent.mkdir(exist_ok=True)
    with changed.open("a", encoding="utf-8") as stream:
        stream.write(line)
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert f"\n{contract} BROKEN" in result.stdout
    assert told in result.stdout
