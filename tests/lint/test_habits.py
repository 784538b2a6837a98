"""What editors, git and commit hooks are told fits what is in the repository and what tests/lint runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from typing import Any

import pytest
import yaml
from lint.linters import LINTERS, ROOT, shell_files, starlark_files, tracked


def hooks() -> dict[str, dict[str, Any]]:
    """Return the hooks that run before a commit, by id."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (local,) = config["repos"]
    assert local["repo"] == "local", "a hook of another repository has a version of its own"
    return {hook["id"]: hook for hook in local["hooks"]}


def test_one_hook_for_each_linter() -> None:
    """None is missing, and each is called as the tests call it: by linters.py, which has options and versions."""
    assert list(hooks()) == list(LINTERS)
    for name, hook in hooks().items():
        assert (hook["language"], hook["pass_filenames"]) == ("system", False)
        program, *words = shlex.split(hook["entry"])
        assert (ROOT / program).stat().st_mode & 0o111, program
        assert words == ["python3", "-B", "tests/lint/linters.py", name]
        assert (ROOT / words[2]).is_file()


def test_hook_runs() -> None:
    """Its entry, as pre-commit calls it, ends as the linter does."""
    command = shlex.split(hooks()["shellcheck"]["entry"])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wrong = subprocess.run([*command[:-1], "rough"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "no such linter: rough" in wrong.stderr


@pytest.mark.parametrize("name", ["buildifier", "ruff"])
def test_hook_is_called_for_its_files(name: str) -> None:
    """The pattern lets through every file that the linter reads."""
    read = starlark_files(ROOT) if name == "buildifier" else [file for file in tracked(ROOT) if file.endswith(".py")]
    assert [file for file in read if not re.search(hooks()[name]["files"], file)] == []


def test_text_files_end_as_editors_are_told() -> None:
    """UTF-8, lines that end with LF, a last one too, and no blanks before an end: .editorconfig says so."""
    wrong = []
    for name in tracked(ROOT):
        if name.endswith(".webp"):
            continue
        data = (ROOT / name).read_bytes()
        blanks = b"" if name.endswith(".patch") else rb"|[ \t]\n"
        if data and (b"\0" in data or re.search(rb"\r" + blanks, data) or not data.endswith(b"\n")):
            wrong.append(name)
        data.decode()
    assert wrong == []


def test_shell_scripts_are_named() -> None:
    """Those that no suffix tells stand in .editorconfig by name: their indentation is 2."""
    text = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    (names,) = re.findall(r"^\[\{\*\.sh,(.*)\}\]$", text, re.MULTILINE)
    assert names.split(",") == [name for name in shell_files(ROOT) if not name.endswith(".sh")]


def test_line_length_is_that_of_ruff() -> None:
    """Python's in .editorconfig is the one in pyproject.toml."""
    text = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    length = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["line-length"]
    assert f"[*.py]\nmax_line_length = {length}\n" in text
