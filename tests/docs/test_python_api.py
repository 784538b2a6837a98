"""`import reprowheel`: what it offers is typed, loads on first use, is on docs/api/python.md, and works as the page shows it."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import ROOT, make_sdist

import reprowheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PAGE = ROOT / "docs/api/python.md"
INIT = ROOT / "python/reprowheel/__init__.py"
TYPED = """\
import reprowheel
from reprowheel import BuildResult, UsageError

def build(request: reprowheel.BuildRequest) -> BuildResult:
    try:
        return reprowheel.build_wheel(request)
    except UsageError as error:
        raise SystemExit(error.message) from error
"""


@pytest.fixture(scope="module")
def python_api() -> ModuleType:
    """Return the program as a module."""
    spec = importlib.util.spec_from_file_location("python_api", ROOT / "tools/dev/python_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def python(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the tests' interpreter with the helper on its path."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.fspath(ROOT / "python")}
    return subprocess.run([sys.executable, "-B", *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", reprowheel.__all__)
def test_every_name_is_there(name: str) -> None:
    """A public name can be imported, is what it is called, and says what it is."""
    namespace: dict[str, Any] = {}
    exec(f"from reprowheel import {name}", namespace)  # noqa: S102 - as a user writes it
    assert namespace[name].__name__ == name
    assert inspect.getdoc(namespace[name])
    assert name in dir(reprowheel)


def test_three_lists_agree() -> None:
    """What a checker sees, what `__all__` says and what is loaded are the same names, each sorted."""
    tree = ast.parse(INIT.read_text(encoding="utf-8"))
    (seen,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imported = [alias.name for node in seen.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    homes = {name: home for home, names in reprowheel._HOMES.items() for name in names.split()}
    modules = {alias.name: node.module for node in seen.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert sorted(imported) == sorted(reprowheel.__all__) == list(reprowheel.__all__) == sorted(homes)
    assert modules == {name: f"reprowheel.{home}" for name, home in homes.items()}


def test_other_names_are_refused() -> None:
    """A name that is not there is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="module 'reprowheel' has no attribute 'biuld_wheel'"):
        reprowheel.biuld_wheel  # type: ignore[attr-defined] # noqa: B018


def test_importing_loads_nothing() -> None:
    """An action pays for the modules of its verb alone; using a name loads its modules (control)."""
    code = "import sys; before = set(sys.modules); import reprowheel; {}; print(*sorted(set(sys.modules) - before))"
    loaded = python("-c", code.format("pass")).stdout.split()
    assert [name for name in loaded if name.startswith("reprowheel")] == ["reprowheel"]
    assert not {"argparse", "build", "elftools", "importlib.util", "json", "packaging", "pathlib", "subprocess"} & set(loaded)
    used = python("-c", code.format("reprowheel.compare_paths")).stdout.split()
    assert {"reprowheel.compare.engine", "json"} <= set(used)


def test_types(tmp_path: Path) -> None:
    """A checker knows the public names and no others."""
    wrong = "\nresult: int = reprowheel.find_toolchain()\nreprowheel.biuld_wheel\n"
    (tmp_path / "good.py").write_text(TYPED, encoding="utf-8")
    (tmp_path / "bad.py").write_text(TYPED + wrong, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}/cache", "--follow-imports=silent"]
    command += ["--no-error-summary"]
    runs = {
        name: subprocess.run([*command, str(tmp_path / name)], cwd=ROOT, capture_output=True, text=True, check=False)
        for name in ("good.py", "bad.py")
    }
    assert (runs["good.py"].returncode, runs["good.py"].stdout) == (0, "")
    assert re.findall(r"\[([a-z-]+)\]", runs["bad.py"].stdout) == ["assignment", "attr-defined"]


def test_page_is_fresh(python_api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The page is as it would be written now; if not, the command that writes it is named."""
    code = python_api.main(["--check"])
    assert (code, capsys.readouterr().out) == (0, "")


def test_page_has_every_name() -> None:
    """Each public name has a section, and a section for what is not public there is none."""
    page = PAGE.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^## (\w+)$", page, re.MULTILINE)) == sorted(reprowheel.__all__)
    assert "| `cpu_baseline` | `str` | `''` | `--cpu-baseline CPU`: CPU to make code for" in page


def test_every_row_has_words() -> None:
    """No argument and no field is left without an explanation."""
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row.endswith("|  |")] == []


def test_a_stale_page_is_noticed(
    python_api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one letter changed the check says how to write the page; writing it makes the check pass."""
    monkeypatch.setattr(python_api, "PAGE", str(tmp_path / "python.md"))
    (tmp_path / "python.md").write_text(PAGE.read_text(encoding="utf-8").replace("sdist", "sdits", 1), encoding="utf-8")
    assert python_api.main(["--check"]) == 1
    assert "stale. To fix: python3 tools/dev/python_api.py" in capsys.readouterr().out
    assert python_api.main([]) == 0
    capsys.readouterr()
    assert python_api.main(["--check"]) == 0
    assert (tmp_path / "python.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_example(short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """The page's example builds an sdist with a C extension; its wheel is canonical, so normalizing changes nothing."""
    (example,) = re.findall(r"^# reprowheel\n.*?```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    source = ROOT / "tests/sdists/backend-in-tree"
    files = {path.relative_to(source).as_posix(): path.read_bytes() for path in sorted(source.rglob("*")) if path.is_file()}
    make_sdist(short_directory, files)
    (short_directory / "wheels").mkdir()
    wheel = build_wheel("setuptools")
    (short_directory / "wheels" / wheel.name).symlink_to(wheel)
    path = [os.fspath(ROOT / "python"), *filter(None, sys.path)]
    code = f"import sys; sys.path[:0] = {path}\n{example}"
    run = python("-c", code, cwd=short_directory)
    assert (run.returncode, run.stderr) == (0, "")
    first, second = run.stdout.splitlines()
    (built,) = (short_directory / "dist").iterdir()
    assert re.fullmatch(rf"[0-9a-f]{{64}} {re.escape(built.name)}", first)
    assert second == "True"
