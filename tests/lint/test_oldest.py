"""What enters the interpreter of a build uses no part of Python that the oldest supported one lacks."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pyproject_hooks
import pytest
from lint.linters import installed

ROOT = Path(__file__).resolve().parents[2]
OLDEST = "3.9"


def entering() -> list[Path]:
    """Return the files that pyproject.toml lists for the oldest Python, and the script of pyproject-hooks that runs hooks."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["per-file-target-version"]
    assert set(table.values()) == {"py" + OLDEST.replace(".", "")}
    found = [path for pattern in table for name in expanded(pattern) for path in ROOT.glob(name)]
    return [*found, Path(pyproject_hooks.__file__).with_name("_in_process") / "_in_process.py"]


def expanded(pattern: str) -> list[str]:
    """Return a pattern for each word between braces."""
    before, brace, rest = pattern.partition("{")
    words, _, after = rest.partition("}")
    return [before + word + after for word in words.split(",")] if brace else [pattern]


def vermin(*files: Path) -> subprocess.CompletedProcess[str]:
    """Look for what is newer than the oldest Python."""
    command = [installed("vermin")(), f"--target={OLDEST}-", "--violations", "--no-tips", *map(str, files)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_nothing_newer() -> None:
    """All files that enter it, and all that an older Python reads before it is refused."""
    files = entering()
    names = {path.relative_to(ROOT / "python").as_posix() for path in files if ROOT in path.parents}
    assert {
        "reprowheel/compilers/wrapper.py",
        "reprowheel/environment/entering/compiling.py",
        "reprowheel/environment/entering/describe.py",
        "reprowheel/environment/neutral/shared.py",
        "reprowheel/__main__.py",
        "reprowheel_launch.py",
    } <= names
    run = vermin(*files)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("import tomllib\n", "'tomllib' module requires !2, 3.11"),
        ("match 1:\n    case _: pass\n", "pattern matching requires !2, 3.10"),
        ("import os\nos.process_cpu_count()\n", "'os.process_cpu_count' member requires !2, 3.13"),
    ],
    ids=["module", "syntax", "function"],
)
def test_newer_parts_are_found(tmp_path: Path, text: str, finding: str) -> None:
    """A module, a form and a function that came later are findings."""
    (tmp_path / "new.py").write_text(text, encoding="utf-8")
    run = vermin(tmp_path / "new.py")
    assert run.returncode == 1
    assert finding in run.stdout
