"""Mistakes at the command line: one line that says what, where and what to do, the documented exit code, and nothing written."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import make_sdist, make_wheel
from support.local_index import clear_pip_configuration, sha256
from support.printed import without_progress

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = sorted((Path(__file__).parent / "mistakes").glob("*.txt"))
"""What is typed, after `$`, with the exit code if that is not 2; then all that is printed."""


def mistakes() -> Iterator[tuple[str, int, list[str]]]:
    """Yield the arguments, the exit code and the printed lines of each mistake."""
    for table in TABLES:
        for block in re.split(r"(?m)^\$ ", table.read_text(encoding="utf-8"))[1:]:
            typed, *printed = block.splitlines()
            arguments, _, code = typed.partition("  # ")
            yield arguments, int(code or 2), printed


IN_TREE = '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'


def fill(folder: Path) -> None:
    """Write what users mix up."""
    tiny = make_sdist(folder, {"setup.py": "", "tiny.py": ""})
    make_sdist(folder, {"pyproject.toml": IN_TREE, "back.py": ""}, name="inner")
    wheel = make_wheel(folder, "foo", "1.0", {"foo.py": ""})
    for name in ("dir", "project", "sdists", "wheels"):
        (folder / name).mkdir()
    shutil.copy(tiny, folder / "sdists")
    shutil.copy(wheel, folder / "wheels")
    make_wheel(folder / "wheels", "bar", "1.0", {"bar.py": ""})
    shutil.copy(wheel, folder / "foo.zip")
    texts = {
        "dir/x": "x",
        "file": "I am a file.\n",
        "project/pyproject.toml": '[project]\nname = "tiny"\nversion = "1.0"\n',
        "requirements.txt": f"tiny==1.0 --hash=sha256:{sha256(tiny)}\n",
        "nohash.txt": "tiny==1.0\n",
        "loose.txt": "tiny>=1\n",
        "colon.txt": f"# a comment\nmystore==: --hash=sha256:{'0' * 64}\n",
        "poetry.lock": "[[package]]\n",
        "empty.tar.gz": "",
        "empty.whl": "",
        "empty.json": "",
        "empty-name.whl": "x",
        "list.json": "[]",
        "bad.json": '{"a": 1,\n  "b": }\n',
        "ok.json": '{"build_lock_version": 1, "sdists": {}, "wheels": {}}\n',
        "newer.json": '{\n"build_lock_version": 7}\n',
        "conflict.json": '{\n<<<<<<< HEAD\n"build_lock_version": 1}\n',
        "field.json": '{"build_lock_version": 1,\n"sdists": {\n"tiny==1.0": {"sha256": "zz"}},\n"wheels": {}}\n',
    }
    entry = '"sha256": "%s", "filename": "tiny-1.0.tar.gz", "build_backend": "b", "requires_dist": [], "provides_extra": []'
    tail = '"requires_python": "", "entry_points": {}, "build_requirements": ["setuptools==1"]'
    needed = '"wheels": {"setuptools==1": {"sha256": "%s", "filename": "setuptools-1-py3-none-any.whl"}}'
    zeros = "0" * 64
    sdists = f'"sdists": {{"tiny==1.0": {{{entry % zeros}, {tail}}}}}'
    texts["build-lock.json"] = f'{{"build_lock_version": 1, {sdists}, {needed % zeros}}}\n'
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "utf16.txt").write_bytes("tiny==1.0".encode("utf-16"))
    (folder / "latin.txt").write_bytes("tinä==1.0".encode("latin-1"))
    (folder / "program.tar.gz").write_bytes(b"\x7fELF" + bytes(100))
    (folder / "cut-1.0.tar.gz").write_bytes(tiny.read_bytes()[:12])
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.writestr("a.txt", "a")
        archive.writestr("b.txt", "b")
    with tarfile.open(folder / "other-1.0.tar.gz", "w:gz") as archive:
        archive.add(folder / "dir", "other-1.0")
    os.mkfifo(folder / "fifo")
    (folder / "gone.tar.gz").symlink_to("nowhere")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what users mix up; tests that find more in it afterwards fail."""
    folder = tmp_path_factory.mktemp("mistakes")
    fill(folder)
    return folder


@pytest.fixture
def here(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same as the current folder, without a network."""
    clear_pip_configuration(monkeypatch)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    monkeypatch.chdir(filled)
    before = sorted(filled.rglob("*"))
    yield filled
    assert sorted(filled.rglob("*")) == before


@pytest.mark.parametrize(("typed", "code", "printed"), list(mistakes()), ids=[typed for typed, _, _ in mistakes()])
def test_mistake(here: Path, typed: str, code: int, printed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what is wrong, the next what to do; the exit code is the documented one, and no file is left."""
    assert main(shlex.split(typed)) == code
    out, err = capsys.readouterr()
    assert without_progress(err.replace(f"{here}/", "")) == printed
    assert out == ""


USES = {
    "empty path": (["build", "", "--out", "o"], "argument SDIST: is empty; expected a path"),
    "empty output": (["build", "inner-1.0.tar.gz", "--out", ""], "argument --out: is empty; expected a path"),
    "negative jobs": (["build", "inner-1.0.tar.gz", "--out", "o", "--jobs", "-1"], "'-1' is no whole number from 0"),
    "jobs in words": (["build", "inner-1.0.tar.gz", "--out", "o", "--jobs", "all"], "'all' is no whole number from 0"),
    "negative limit": (["build", "inner-1.0.tar.gz", "--out", "o", "--max-memory", "-1"], "'-1' is no whole number from 0"),
    "negative strip": (["build", "inner-1.0.tar.gz", "--out", "o", "--patch-strip", "-1"], "'-1' is no whole number from 0"),
    "epoch in words": (["normalize", "file", "--out", "o", "--epoch", "now"], "'now' is no whole number from 0"),
    "negative builds": (["verify", "inner-1.0.tar.gz", "--max-builds", "-3"], "'-3' is no whole number from 0"),
    "both sources": (
        ["build", "inner-1.0.tar.gz", "--out", "o", "--build-lock", "ok.json", "--resolve-build-requirements"],
        "not allowed with argument --build-lock",
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", USES)
def test_value_of_an_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A value that an option cannot have ends in exit code 2, before anything is read or written."""
    arguments, said = USES[name]
    assert main(arguments) == 2
    error, tip = capsys.readouterr().err.splitlines()
    assert error.startswith("ERROR ")
    assert said in error
    assert tip.startswith("TIP   ")


@pytest.mark.usefixtures("here")
def test_command_by_bazel(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where `bazel run` has started the helper, commands in messages begin with that."""
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", "/somewhere")
    assert main(["build", "project", "--out", "o"]) == 2
    command = "bazel run @rules_reprowheel//tools:archive -- project --name tiny --out dist"
    assert f"TIP   Pack it first: `{command}`\n" in capsys.readouterr().err
