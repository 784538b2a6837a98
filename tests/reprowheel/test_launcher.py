"""How an action starts the helper: dependencies as wheels, nothing installed, bytecode that is made once."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, helper, make_sdist, make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable


def test_launcher(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """Started as an action starts it, with dependencies as wheels and no installation: the same wheel."""
    launcher = ROOT / "python" / "reprowheel_launch.py"
    setup = "from setuptools import setup\nsetup(name='tiny', version='1.0', py_modules=['tiny'])\n"
    archive = make_sdist(tmp_path, {"setup.py": setup, "tiny.py": "answer = 42\n"})
    dependencies = []
    for name in ("pyproject_hooks", "installer", "elftools", "packaging"):
        module = __import__(name)
        root = os.path.dirname(os.path.dirname(module.__file__ or ""))
        if root not in dependencies:
            dependencies.append(root)
    options = [part for root in dependencies for part in ("--wheel", root)]
    arguments: list[str | Path] = [
        "build",
        archive,
        "--work-root",
        short_directory,
        "--build-wheel",
        build_wheel("setuptools"),
    ]
    command: list[str | Path] = [sys.executable, "-I", "-B", launcher, *options, "--", *arguments]
    done = subprocess.run(
        [*command, "--out", tmp_path / "launched"],
        env={"PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert helper([*arguments, "--out", tmp_path / "direct"]).returncode == 0
    name = "tiny-1.0-py3-none-any.whl"
    assert (tmp_path / "launched" / name).read_bytes() == (tmp_path / "direct" / name).read_bytes()


def write_small_helper(folder: Path, *, answer: int = 42, whose: str = "mine") -> None:
    """Write a launcher beside a helper of one module, which imports a module of a wheel."""
    python = folder / "python"
    (python / "reprowheel").mkdir(parents=True, exist_ok=True)
    for name in ("reprowheel_launch.py", "reprowheel_bytecode.py"):
        (python / name).write_bytes((ROOT / "python" / name).read_bytes())
    (python / "reprowheel" / "__init__.py").write_text("", encoding="utf-8")
    code = f"def main(argv):\n    import dep.part as p\n    print(p.__file__, p.answer(), {whose!r})\n    return 0\n"
    (python / "reprowheel" / "__main__.py").write_text(code, encoding="utf-8")
    modules = {"dep/__init__.py": "", "dep/part.py": f"def answer():\n    return {answer}\n", "dep/broken.py": "def"}
    make_wheel(folder, "dep", "1.0", modules)


@pytest.fixture
def small_helper(tmp_path: Path) -> Path:
    """The folder of the launcher."""
    write_small_helper(tmp_path)
    return tmp_path / "python"


def start(folder: Path, *options: str | Path) -> str:
    """Start it; return what it prints."""
    wheel = folder.parent / "dep-1.0-py3-none-any.whl"
    command = [sys.executable, "-I", "-B", "-X", "utf8", folder / "reprowheel_launch.py", *options, "--wheel", wheel, "--"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compiled(folder: Path, out: Path) -> bytes:
    """Compile it as the action does."""
    sources = sorted((folder / "reprowheel").iterdir())
    wheel = folder.parent / "dep-1.0-py3-none-any.whl"
    command = [sys.executable, "-s", "-S", "-B", folder / "reprowheel_bytecode.py", out, "--wheel", wheel, *sources]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "0"})
    return out.read_bytes()


def test_launcher_takes_bytecode(tmp_path: Path, small_helper: Path) -> None:
    """What runs is the bytecode, of the helper and of wheels; that of another Python is left alone."""
    plain = start(small_helper)
    assert plain == f"{tmp_path}/dep-1.0-py3-none-any.whl/dep/part.py 42 mine\n"
    write_small_helper(tmp_path, answer=43, whose="changed")
    data = compiled(small_helper, tmp_path / "bytecode")
    write_small_helper(tmp_path)
    assert start(small_helper, "--bytecode", tmp_path / "bytecode") == plain.replace("42 mine", "43 changed")
    (tmp_path / "other").write_bytes(b"\0\0\r\n" + data[4:])
    assert start(small_helper, "--bytecode", tmp_path / "other") == plain


def test_bytecode_is_the_same_everywhere(tmp_path: Path, small_helper: Path) -> None:
    """Equal sources in another folder give equal bytes; another source gives others."""
    first = compiled(small_helper, tmp_path / "first")
    (tmp_path / "elsewhere" / "below").mkdir(parents=True)
    moved = tmp_path / "elsewhere" / "below" / "python"
    shutil.copytree(small_helper, moved)
    shutil.copy(tmp_path / "dep-1.0-py3-none-any.whl", moved.parent)
    assert compiled(moved, tmp_path / "second") == first
    (moved / "reprowheel" / "__main__.py").write_text("def main(argv): ...\n", encoding="utf-8")
    assert compiled(moved, tmp_path / "third") != first


def test_bytecode_wrong_use() -> None:
    """Exit 2 and one line."""
    done = subprocess.run(
        [sys.executable, ROOT / "python" / "reprowheel_bytecode.py", "--wheel"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ERROR reprowheel_bytecode.py: expected OUT [--wheel FILE]... SOURCE...\n"


@pytest.mark.parametrize(("arguments", "message"), [([], "expected"), (["--wheel", "none", "--", "x"], "none: no such wheel")])
def test_launcher_wrong_use(arguments: list[str], message: str) -> None:
    """Exit 2 and one line."""
    launcher = ROOT / "python" / "reprowheel_launch.py"
    done = subprocess.run([sys.executable, "-I", launcher, *arguments], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ERROR reprowheel_launch.py: ")
    assert message in done.stderr


def test_python_that_is_too_old(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An interpreter whose version no toolchain tells may be too old for the helper; one line says it, before any import."""
    launcher = runpy.run_path(str(ROOT / "python" / "reprowheel_launch.py"))
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert launcher["main"](["--", "build"]) == 2
    assert capsys.readouterr().err == (
        f"ERROR reprowheel_launch.py: {sys.executable} is Python 3.10; expected CPython 3.11 or newer for the helper. To fix: "
        "name one with --@rules_reprowheel//python/config_settings:helper_python\n"
    )
