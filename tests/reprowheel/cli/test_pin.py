"""The verb `pin`: what it writes, prints and returns, for people and for Bazel's actions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from support.pins import built

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMAND = "bazel run //:wheels.update"


@pytest.fixture
def pin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the verb on tmp_path/wheels.lock; it returns exit code, output and messages."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["pin", "--lock", str(tmp_path / "wheels.lock"), *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_record_then_check(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """A lock is made, is left alone when nothing changes, and the recorded wheel passes."""
    report, wheel = built(tmp_path / "one")
    lock = tmp_path / "wheels.lock"
    assert pin("--built", report, wheel, "--update-command", COMMAND) == (0, "", f"{lock} written: 1 built wheels\n")
    before = (lock.read_bytes(), lock.stat().st_mtime_ns)
    assert json.loads(before[0])["update"] == COMMAND
    assert pin("--built", report, wheel) == (0, "", f"{lock} is up to date: 1 built wheels\n")
    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before
    assert pin("--built", report, wheel.parent, "--check", "--verdict", tmp_path / "verdict.json") == (0, "", "")
    (verdict,) = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["verdicts"]
    assert (verdict["result"], verdict["name"], verdict["message"]) == ("pinned", "tiny", "")


def test_check_tells_all_that_is_wrong(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """Every wheel is compared before the command fails; no verdict is written; the lock stays as it was."""
    pin("--built", *built(tmp_path / "one"), "--update-command", COMMAND)
    before = (tmp_path / "wheels.lock").read_bytes()
    other = built(tmp_path / "two", files={"tiny.py": "x = 2\n"})
    new = built(tmp_path / "three", {"name": "new"})
    verdict = tmp_path / "verdict.json"
    code, out, err = pin("--check", "--built", *other, "--built", *new, "--verdict", verdict, "--lock-name", "my.lock")
    assert (code, out) == (4, "")
    assert re.fullmatch(
        r"ERROR tiny==1\.0: is not the wheel that my\.lock records: sha256 \w+…, expected \w+…; it differs in Python sources;"
        r" the whole key is equal, so the build is not reproducible\nTIP   To find the cause: .*\n"
        rf"ERROR new==1\.0: my\.lock has no pin of new\nTIP   To record it: {COMMAND}\n",
        err,
    )
    assert not verdict.exists()
    assert (tmp_path / "wheels.lock").read_bytes() == before


def test_warn(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """The same text as a warning, the verdict is written, and all is well."""
    pin("--built", *built(tmp_path / "one"))
    verdict = tmp_path / "verdict.json"
    code, _, err = pin("--check", "--warn", "--built", *built(tmp_path / "two", {"epoch": 1}), "--verdict", verdict)
    assert code == 0
    assert err.startswith(
        "WARNING tiny==1.0: wheels.lock has no pin for this build; changed since the nearest pin:"
        " build environment: epoch 1600000000 → 1; the bytes are still those of that pin\nTIP   If that is meant, record it: "
    )
    assert json.loads(verdict.read_text(encoding="utf-8"))["verdicts"][0]["result"] == "unpinned"


def test_outputs_of_an_action(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """The new lock goes elsewhere, with a pruned one and a diff; the old one is only read."""
    pin("--built", *built(tmp_path / "old", {"name": "gone"}))
    before = (tmp_path / "wheels.lock").read_bytes()
    outputs = ["--out", tmp_path / "new", "--pruned-out", tmp_path / "pruned", "--difference", tmp_path / "diff"]
    one = built(tmp_path / "one")
    assert pin("--built", *one, *outputs) == (0, "", "")
    assert (tmp_path / "wheels.lock").read_bytes() == before
    assert [sorted(json.loads((tmp_path / name).read_text(encoding="utf-8"))["wheels"]) for name in ("new", "pruned")] == [
        ["gone", "tiny"],
        ["tiny"],
    ]
    diff = (tmp_path / "diff").read_text(encoding="utf-8").splitlines()
    assert diff[:2] == ["--- wheels.lock (as it is)", "+++ wheels.lock (as it should be)"]
    (tmp_path / "new").replace(tmp_path / "wheels.lock")
    pin("--built", *one, *outputs)
    assert (tmp_path / "diff").read_bytes() == b""
    assert (tmp_path / "new").read_bytes() == (tmp_path / "wheels.lock").read_bytes()


def test_prune(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """What was not built now is dropped."""
    pin("--built", *built(tmp_path / "old", {"name": "gone"}))
    pin("--built", *built(tmp_path / "one"), "--prune")
    assert list(json.loads((tmp_path / "wheels.lock").read_text(encoding="utf-8"))["wheels"]) == ["tiny"]


def test_json(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """One object alone on standard output, also when the answer is no."""
    code, out, err = pin("--json", "--built", *built(tmp_path / "one"))
    assert (code, err) == (0, "")
    assert json.loads(out)["changed"] is True
    code, out, err = pin("--json", "--check", "--built", *built(tmp_path / "two", files={"a.py": ""}))
    assert code == 4
    (verdict,) = json.loads(out)["verdicts"]
    assert (verdict["result"], verdict["differs"], verdict["moved"]) == ("different", ["Python sources"], [])
    assert err.startswith("ERROR tiny==1.0: is not the wheel")


def test_check_without_a_lock(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """A lock that is not there is not an empty one."""
    code, _, err = pin("--check", "--built", *built(tmp_path / "one"))
    assert code == 2
    assert err == (
        f"ERROR {tmp_path}/wheels.lock: no such file\n"
        "TIP   Make an empty file of that name, and record the wheels: reprowheel pin without --check.\n"
    )


def test_bad_lock_is_not_overwritten(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """A file that is no wheels lock stays as it is."""
    (tmp_path / "wheels.lock").write_text("[]", encoding="utf-8")
    code, _, err = pin("--built", *built(tmp_path / "one"))
    assert code == 2
    assert err.startswith(f"ERROR {tmp_path}/wheels.lock: wheels_lock_version is None; expected 1\nTIP   Restore the file")
    assert (tmp_path / "wheels.lock").read_text(encoding="utf-8") == "[]"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "wheels.lock"]


def test_missing_wheel(tmp_path: Path, pin: Callable[..., tuple[int, str, str]]) -> None:
    """It is named."""
    report, _ = built(tmp_path / "one")
    code, _, err = pin("--built", report, tmp_path / "none.whl")
    assert code == 2
    assert err.startswith(f"ERROR {tmp_path}/none.whl: no such file; expected a wheel")
