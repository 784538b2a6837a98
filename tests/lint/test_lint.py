"""The linters, in the locked versions and by the rules of the repository, find nothing; and they do find what is wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lint.linters import LINTERS, ROOT, installed, main, run, shell_files, starlark_files
from lint.npm import NpmError

if TYPE_CHECKING:
    from collections.abc import Callable

# Linter → file, what is in it, and the name of the finding.
FAULTS = {
    "buildifier, an unused load": ("buildifier", "sub/new.bzl", '"""New."""\n\nload(":x.bzl", "x")\n', "sub/new.bzl:3: load:"),
    "buildifier, a format": ("buildifier", "sub/BUILD", "filegroup(name='x')\n", "sub/BUILD # reformat"),
    "buildifier, a module": ("buildifier", "MODULE.bazel", 'x = {"b": 1, "a": 2}\n', "MODULE.bazel:1: unsorted-dict-items:"),
    "shellcheck, by suffix": ("shellcheck", "sub/new.sh", "#!/bin/sh\nrm $1\n", "sub/new.sh:2:4: note: Double quote"),
    "shellcheck, by first line": ("shellcheck", "new", "#!/usr/bin/env bash\nrm $1\n", "new:2:4: note: Double quote"),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """An empty one, with the settings of this one."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".shellcheckrc").write_bytes((ROOT / ".shellcheckrc").read_bytes())
    return tmp_path


@pytest.mark.parametrize("name", LINTERS)
def test_nothing_is_found(name: str) -> None:
    """Every rule that is not left out with a reason holds everywhere."""
    result = run(LINTERS[name])
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("name", "file", "text", "finding"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found(checkout: Path, name: str, file: str, text: str, finding: str) -> None:
    """A file that is new in a checkout is given to the linter, and the fault in it is a finding."""
    (checkout / file).parent.mkdir(exist_ok=True)
    (checkout / file).write_text(text, encoding="utf-8")
    result = run(LINTERS[name], checkout)
    assert result.returncode != 0
    assert finding in result.stdout + result.stderr


def test_ruff_finds() -> None:
    """A file of the helper with an import that nothing uses is a finding: the rules above are in force."""
    linter = LINTERS["ruff"]
    command = [linter.program(), *linter.options, "--stdin-filename=python/reprowheel/new.py", "-"]
    result = subprocess.run(command, cwd=ROOT, input='"""New."""\n\nimport os\n', capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "F401" in result.stdout


def test_mypy_finds(tmp_path: Path) -> None:
    """A wrong type is a finding."""
    (tmp_path / "new.py").write_text("def new() -> int:\n    return ''\n", encoding="utf-8")
    linter = LINTERS["mypy"]
    command = [linter.program(), *linter.options, tmp_path / "new.py"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "return-value" in result.stdout


def test_import_linter_finds(tmp_path: Path) -> None:
    """An import that a contract forbids is a finding, and without it nothing is."""
    (tmp_path / "house").mkdir()
    for name, text in {"__init__": "", "low": "from house import high\n", "high": ""}.items():
        (tmp_path / f"house/{name}.py").write_text(text, encoding="utf-8")
    contract = 'name = "down"\ntype = "layers"\nlayers = ["house.high", "house.low"]\n'
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.importlinter]\nroot_package = "house"\n[[tool.importlinter.contracts]]\n{contract}', encoding="utf-8"
    )
    command = [installed("lint-imports")(), "--no-cache", "--no-logo"]
    broken = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert "house.low -> house.high (l.1)" in broken.stdout
    (tmp_path / "house/low.py").write_text("", encoding="utf-8")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("files", "some"),
    [
        (starlark_files, {"MODULE.bazel", "WORKSPACE.bzlmod", "python/defs.bzl", "tests/e2e/switch/BUILD.bazel"}),
        (shell_files, {".ci/run", "bazelw", "tests/run", "tools/bazelw/enter.sh"}),
    ],
    ids=["starlark", "shell"],
)
def test_files(files: Callable[[Path], list[str]], some: set[str]) -> None:
    """Files of every kind are read, and none of another kind."""
    found = files(ROOT)
    assert some <= set(found)
    assert not [name for name in found if name.endswith((".py", ".json", ".md"))]


def test_fix(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What buildifier can put right, it does; the others write nothing."""
    (checkout / "BUILD").write_text("filegroup(name='x')\n", encoding="utf-8")
    run(LINTERS["buildifier"], checkout, fix=True)
    assert (checkout / "BUILD").read_text(encoding="utf-8") == 'filegroup(name = "x")\n'
    monkeypatch.setattr("lint.linters.run", lambda *_, **__: pytest.fail("ran"))
    assert main(["--fix", "ruff", "mypy", "shellcheck"]) == 0


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """0: nothing found; 1: something; 2: no such linter, or it cannot be had."""

    def answer(code: int) -> Callable[..., subprocess.CompletedProcess[str]]:
        return lambda *_, **__: subprocess.CompletedProcess([], code, "out\n", "err\n")

    for said, code in ((0, 0), (1, 1), (4, 1)):
        monkeypatch.setattr("lint.linters.run", answer(said))
        assert main(["ruff"]) == code
        assert capsys.readouterr().out == ("out\nerr\n" if code else "")

    def refuse(*_: object, **__: object) -> None:
        msg = "cannot be had"
        raise NpmError(msg)

    monkeypatch.setattr("lint.linters.run", refuse)
    assert main(["buildifier"]) == 2
    assert capsys.readouterr().err == "buildifier: cannot be had\n"
    with pytest.raises(SystemExit, match="2"):
        main(["rough"])
    assert "no such linter: rough; expected ruff, mypy, buildifier, shellcheck" in capsys.readouterr().err
