"""Builds without their build requirements: what is missing is named before any hook runs, and the printed commands work."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from support.builds import make_sdist
from support.local_index import clear_pip_configuration, make_wheel, toy_back_end, toy_sdist, write_simple
from support.printed import without_progress

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An index with two versions of the back end `toy` and a tool, which builds without a lock do not ask."""
    clear_pip_configuration(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)
    files = tmp_path / "files"
    files.mkdir()
    archives = [toy_back_end(files, "1.0"), toy_back_end(files, "2.0"), make_wheel(files, "tool", "1.0")]
    url = write_simple(tmp_path / "index", archives)
    monkeypatch.setenv("PIP_INDEX_URL", url)
    return url


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 3) -> tuple[str, list[list[str]]]:
    """Run the helper, which must fail; return its error, and the commands that its tip names, as words."""
    assert main(list(arguments)) == code
    out, err = capsys.readouterr()
    assert out == ""
    error, tip = without_progress(err)
    commands = [shlex.split(command) for command in re.findall(r"`(reprowheel [^`]*)`", tip)]
    assert all(command[0] == "reprowheel" for command in commands)
    return error.removeprefix("ERROR "), [command[1:] for command in commands]


def wheels(folder: Path) -> list[str]:
    """Return the names of what was built."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.usefixtures("index")
def test_both_ways_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All static requirements are named, no hook has run, and each of the commands builds the wheel as it is printed."""
    toy_sdist(tmp_path, "foo", requires=["toy>=1.5", "tool"])
    error, (resolve, lock, build) = refused(capsys, "build", "foo-1.0.tar.gz", "--out", "two words")
    assert error == "foo==1.0: its build back end requires tool, toy>=1.5; no build requirement is given"
    assert wheels(tmp_path / "two words") == []
    assert main(resolve) == 0
    said = capsys.readouterr().err
    (built,) = wheels(tmp_path / "two words")
    assert re.search(r"resolved now, not locked: tool==1\.0 \(sha256 [0-9a-f]{64}\), toy==2\.0 \(sha256 [0-9a-f]{64}\)\n", said)
    keep = re.search(r"To lock them, for --build-lock build-lock\.json: reprowheel (.*)\n", said)
    assert keep
    assert shlex.split(keep[1]) == lock
    first = (tmp_path / "two words" / built).read_bytes()
    (tmp_path / "two words" / built).unlink()
    assert main(lock) == 0
    assert main(build) == 0
    assert (tmp_path / "two words" / built).read_bytes() == first


@pytest.mark.usefixtures("index")
def test_no_hook_runs_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A back end in the sdist, which fails when it is asked anything, is not asked; with its requirement it is (control)."""
    text = '[build-system]\nrequires = ["toy"]\nbuild-backend = "back"\nbackend-path = ["."]\n'
    sdist = make_sdist(tmp_path, {"pyproject.toml": text, "back.py": "raise SystemExit('a hook has run')\n"})
    error, (resolve, _, _) = refused(capsys, "build", sdist.name, "--out", "o")
    assert error == "tiny==1.0: its build back end requires toy; no build requirement is given"
    assert main(resolve) != 0
    assert "a hook has run" in capsys.readouterr().err


@pytest.mark.usefixtures("index")
def test_what_a_hook_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Requirements of `get_requires_for_build_wheel` are told likewise, with a command that works."""
    toy_sdist(tmp_path, "foo", asks=["tool>=1"])
    toy = str(tmp_path / "files" / "toy-2.0-py3-none-any.whl")
    error, (resolve, _, _) = refused(capsys, "build", "foo-1.0.tar.gz", "--build-wheel", toy, "--out", "o")
    assert error == "foo==1.0: its build back end requires tool>=1 (none is locked)"
    assert main(resolve) == 0
    assert wheels(tmp_path / "o") == ["foo-1.0-py3-none-any.whl"]


@pytest.mark.usefixtures("index")
def test_lock_with_another_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lock that has another version than the sdist wants is locked again by the printed command, and keeps other entries."""
    toy_sdist(tmp_path, "foo", requires=["toy<2"])
    toy_sdist(tmp_path, "bar")
    for name in ("foo", "bar"):
        assert main(["lock", f"{name}-1.0.tar.gz", "--out", "build-lock.json"]) == 0
    data = json.loads((tmp_path / "build-lock.json").read_text(encoding="utf-8"))
    assert sorted(data["sdists"]) == ["bar==1.0", "foo==1.0"]
    data["sdists"]["foo==1.0"]["build_requirements"] = ["toy==2.0"]
    (tmp_path / "build-lock.json").write_text(json.dumps(data), encoding="utf-8")
    capsys.readouterr()
    arguments = ["build", "foo-1.0.tar.gz", "--build-lock", "build-lock.json", "--out", "o"]
    error, (lock,) = refused(capsys, *arguments)
    assert error == "foo==1.0: its build back end requires toy<2 (2.0 is locked)"
    assert main(lock) == 0
    assert main(arguments) == 0
    written = json.loads((tmp_path / "build-lock.json").read_text(encoding="utf-8"))["sdists"]
    assert {key: entry["build_requirements"] for key, entry in written.items()} == {
        "bar==1.0": ["toy==2.0"],
        "foo==1.0": ["toy==1.0"],
    }


@pytest.mark.usefixtures("index")
def test_lock_without_the_sdist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lock that has no entry for an sdist, or one for another archive, is completed by the printed command."""
    toy_sdist(tmp_path, "foo")
    (tmp_path / "l.json").write_text('{"build_lock_version": 1, "sdists": {}, "wheels": {}}', encoding="utf-8")
    arguments = ["build", "foo-1.0.tar.gz", "--build-lock", "l.json", "--out", "o"]
    error, (lock,) = refused(capsys, *arguments, code=2)
    assert re.fullmatch(r"l\.json: no entry for foo-1\.0\.tar\.gz \(sha256 [0-9a-f]{64}\)", error)
    assert main(lock) == 0
    capsys.readouterr()
    toy_sdist(tmp_path, "foo", module="other = 1")
    error, _ = refused(capsys, *arguments, code=2)
    assert re.search(r"; its foo==1\.0 is another archive, with sha256 [0-9a-f]{64}$", error)
    assert main(lock) == 0
    assert main(arguments) == 0


@pytest.mark.usefixtures("index")
def test_sdist_whose_name_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Name and version are then those of its PKG-INFO, for the lock as for the build."""
    toy_sdist(tmp_path, "foo").rename(tmp_path / "download.tar.gz")
    _, (_, lock, build) = refused(capsys, "build", "download.tar.gz", "--out", "o")
    assert main(lock) == 0
    assert main(build) == 0
    assert wheels(tmp_path / "o") == ["foo-1.0-py3-none-any.whl"]


@pytest.mark.usefixtures("index")
def test_verify_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`verify` names what is missing, and the same commands with its own verb."""
    toy_sdist(tmp_path, "foo")
    assert main(["verify", "foo-1.0.tar.gz"]) == 3
    verdict, tip = capsys.readouterr().out.splitlines()
    assert verdict == "FAILED foo==1.0: its build back end requires toy; no build requirement is given"
    commands = re.findall(r"`reprowheel ([^`]*)`", tip)
    assert commands == [
        "verify foo-1.0.tar.gz --resolve-build-requirements",
        "lock foo-1.0.tar.gz --out build-lock.json",
        "verify foo-1.0.tar.gz --build-lock build-lock.json",
    ]


@pytest.mark.usefixtures("index")
def test_hub_of_bazel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In an action, what helps is the hub's own target; no requirement is resolved there."""
    toy_sdist(tmp_path, "foo")
    assert main(["build", "foo-1.0.tar.gz", "--out", "o", "--hub", "pypi"]) == 3
    assert "TIP   Its build lock is stale. Write it again: `bazel run @pypi//:lock.update`\n" in capsys.readouterr().err
