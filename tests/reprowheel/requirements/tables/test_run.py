"""The reader as the module extension runs it: by a Python that has the reader's folder and nothing else."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reprowheel.requirements.tables.lock import Request
from reprowheel.requirements.tables.read import read_tables

REPOSITORY = Path(__file__).resolve().parents[4]
TABLES = REPOSITORY / "python/reprowheel/requirements/tables"
TOML_BZL = REPOSITORY / "python/private/lock/toml.bzl"
LOCKS: dict[str, Any] = json.loads(Path(__file__).with_name("locks.json").read_text(encoding="utf-8"))
FILES = {
    "pylock": ("pylock", "tests/starlark/locks/pylock.toml", {}),
    "sources_pylock": ("pylock", "tests/starlark/locks/sources/pylock.toml", {}),
    "sources_uv": ("uv", "tests/starlark/locks/sources/uv.lock", {}),
    "uv_all": ("uv", "tests/starlark/locks/uv.lock", {"extras": ["cli"], "groups": ["dev"]}),
}


def constants() -> dict[str, Any]:
    """Return the constants of toml.bzl."""
    found: dict[str, Any] = {}
    for node in ast.parse(TOML_BZL.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.List):
            found[ast.unparse(node.targets[0])] = node.value
    return {name: ast.literal_eval(value) for name, value in found.items() if name in ("SCRIPT", "READER")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the reader, so that nothing else can be imported from beside it."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(TABLES, folder / "tables", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(folder: Path, path: str | Path, **request: Any) -> dict[str, Any]:
    """Run the script that toml.bzl runs."""
    command = [sys.executable, "-I", "-S", "-B", "-c", constants()["SCRIPT"], str(folder), str(path), json.dumps(request)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stderr == ""
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def short(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what an entry says, with a digest for its files."""
    files = json.dumps([entry.pop("files"), entry.pop("hashes")], sort_keys=True)
    nothing = {"requires_dist": None, "source": "index"}
    rest = {key: value for key, value in entry.items() if value != nothing.get(key, [] if key == "extras" else "")}
    return {**rest, "files": hashlib.sha256(files.encode()).hexdigest()}


@pytest.mark.parametrize("name", FILES)
def test_real_locks(folder: Path, name: str) -> None:
    """locks.json is what another reader, in Starlark, made of the same files: same markers, files, edges and places."""
    kind, path, wanted = FILES[name]
    answer = run(folder, REPOSITORY / path, kind=kind, where=path, **wanted)
    head, *entries = LOCKS[name]
    assert {key: answer[key] for key in head} == head
    assert [short(entry) for entry in answer["entries"]] == entries


def test_choices_are_numbers(folder: Path) -> None:
    """What choices have in common is printed once; their numbers count the entries, then those that are only in choices."""
    path = "tests/starlark/locks/groups/uv.lock"
    answer = run(folder, REPOSITORY / path, kind="uv", where=path, choices=[":all:"])
    printed = [(entry["name"], entry["version"], entry["requires_dist"]) for entry in answer["entries"] + answer["more"]]
    assert len(printed) == len(answer["entries"]) + len(answer["more"]) == len({repr(entry) for entry in printed})
    lock = read_tables(str(REPOSITORY / path), "uv", Request(where=path, base=path, choices=[":all:"]))
    assert {name: [printed[number] for number in numbers] for name, numbers in answer["choices"].items()} == {
        name: [(entry.name, entry.version, list(entry.requires_dist or ())) for entry in entries]
        for name, entries in lock.choices.items()
    }
    assert answer["entries"] == run(folder, REPOSITORY / path, kind="uv", where=path)["entries"]


def test_errors_are_answers(tmp_path: Path, folder: Path) -> None:
    """What is wrong with a lock is printed, too: where, what to do, and which repository must be asked for a commit."""
    own = '{name = "a", source = {virtual = "."}, dependencies = [{name = "b"}]}'
    moving = '{name = "b", source = {git = "https://example.org/b?tag=v1"}}'
    path = tmp_path / "uv.lock"
    for text, expected in (
        (
            "version = 2",
            {"message": "x: version: is 2; expected 1", "moving": None, "tip": "lock with a uv that writes version 1"},
        ),
        (
            f"version = 1\npackage = [{own}, {moving}]",
            {
                "message": "x: package[1] (b).source.git",
                "moving": {"name": "b", "revision": "v1", "url": "https://example.org/b"},
                "tip": "lock again",
            },
        ),
    ):
        path.write_text(text, encoding="utf-8")
        assert run(folder, path, kind="uv", where="x") == {"error": expected}
    path.write_text("a = 1\nb\n", encoding="utf-8")
    assert run(folder, path, kind="uv", where="x")["error"]["message"].startswith("x: is not TOML: Expected '=' after a key")
    assert "line 2" in run(folder, path, kind="uv", where="x")["error"]["message"]
    missing = run(folder, tmp_path / "missing", kind="uv", where="x")["error"]["message"]
    assert missing == "x: cannot be read (No such file or directory)"


@pytest.mark.parametrize(
    ("text", "version"),
    [('[project]\nrequires-python = "==3.13.2"\n', "==3.13.2"), ("[tool.x]\n", ""), ('requires-python = "==3.9"\n', "")],
)
def test_pyproject(tmp_path: Path, folder: Path, text: str, version: str) -> None:
    """Of a pyproject.toml the answer has `requires-python` of the project, and nothing else."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    answer = run(folder, path, kind="pyproject", where="x", extras=[], groups=[])
    assert {key: value for key, value in answer.items() if value} == ({"requires_python": version} if version else {})
    missing = run(folder, tmp_path / "missing", kind="pyproject", where="x")["error"]
    assert missing["tip"] == "give the path of a pyproject.toml"


@pytest.mark.parametrize("text", [f"a = {'[' * 5000}{']' * 5000}", f"version.{'.'.join('a' * 3000)} = 1"])
@pytest.mark.parametrize("kind", ["uv", "pylock"])
def test_nested_too_deeply(tmp_path: Path, folder: Path, kind: str, text: str) -> None:
    """Arrays, and tables by dotted keys, of thousands of levels are one line, not a RecursionError."""
    path = tmp_path / "uv.lock"
    path.write_text(text.replace("version", "lock-version" if kind == "pylock" else "version"), encoding="utf-8")
    error = run(folder, path, kind=kind, where="x")["error"]
    assert error["message"].endswith("nested too deeply")


def test_all_files_are_watched() -> None:
    """toml.bzl names every file of the reader: a change of any of them reads the locks again."""
    assert sorted(constants()["READER"]) == sorted(path.name for path in TABLES.glob("*.py"))
