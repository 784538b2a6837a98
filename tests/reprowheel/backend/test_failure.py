"""What is read of a failed build's output: its beginning and its end, however much a build prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.limited import run_limited

from reprowheel import limits
from reprowheel.backend.failure import kept_log, printed_text

EXPLAIN = """
from pathlib import Path
from reprowheel.backend.failure import explain, printed_text
from reprowheel.errors import BuildError
from reprowheel.workspace import Workspace, create_workspace
def run(log):
    with create_workspace() as workspace:
        told = explain("build_wheel", printed_text(Path(log)), workspace, Exception("failed"), str)
    raise BuildError(f"{told.why} {len(told.tip)}", tip=told.tip)
"""


@pytest.mark.parametrize("unit", [b"x" * 100 + b"\n", b"y"], ids=["lines", "one-line"])
def test_gigabytes_of_output(tmp_path: Path, unit: bytes) -> None:
    """1.5 GB took 4 GB: now it is explained in a process with little memory, by what it ends with."""
    log = tmp_path / "build.log"
    with log.open("wb") as file:
        piece = unit * ((1 << 20) // len(unit))
        file.write(b"begins\n" + piece)
        file.truncate(3 << 29)
        file.seek(0, 2)
        file.write(b"\n" + piece + b"\nModuleNotFoundError: No module named 'z'\nends\n")
    message, tip = run_limited(EXPLAIN, log)
    assert message.startswith("ModuleNotFoundError: No module named 'z' ")
    assert int(message.rsplit(" ", 1)[1]) < 100_000
    assert tip.endswith("  | ends")


def test_long_output_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer than an error shows is kept whole in a file of its own; a short output is not."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    log = tmp_path / "build.log"
    log.write_text("line\n" * 40, encoding="utf-8")
    assert kept_log(log, "tiny") == ""
    log.write_text("line\n" * 41, encoding="utf-8")
    kept = Path(kept_log(log, "tiny"))
    assert kept.name.startswith("reprowheel-tiny-")
    assert kept.read_bytes() == log.read_bytes()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert kept_log(log, "tiny") == ""


def test_beginning_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits is read whole; else a line between beginning and end says how much is missing."""
    monkeypatch.setattr(limits, "OUTPUT_HEAD", 3)
    monkeypatch.setattr(limits, "OUTPUT_TAIL", 5)
    log = tmp_path / "build.log"
    for text, expected in (("", ""), ("12345678", "12345678"), ("123456789", "123\n(1 bytes are not shown)\n56789")):
        log.write_text(text, encoding="utf-8")
        assert printed_text(log) == expected
