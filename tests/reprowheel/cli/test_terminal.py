"""Text from outside never controls the terminal: a build's log, PKG-INFO, METADATA, addresses, names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.builds import make_sdist, make_wheel
from support.hostile_sdists import hostile_sdist, run_helper

from reprowheel.__main__ import main

CONTROLS = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b32m\u202egnp.exe\u2066\u200b\x08\x7f"


def check(printed: bytes) -> str:
    """Check that nothing in what was printed controls a terminal, and that something was escaped; return the text."""
    text = printed.decode()
    assert [c for c in text if not c.isprintable() and c not in "\n\t"] == []
    assert "\\x1b" in text
    return text


def test_log_of_a_build(tmp_path: Path, short_directory: Path) -> None:
    """Both the message and the last lines of the log are escaped; the lines stay lines, and none of them is ours."""
    sdist = hostile_sdist("hostile-text", tmp_path)
    run = run_helper(["build", sdist, "--out", tmp_path / "out", "--work-root", short_directory])
    assert run.returncode == 3
    text = check(run.stderr)
    assert len(re.findall("(?m)^ERROR ", text)) == 1
    assert re.search(r"(?m)^  \| first line .*\n(?:  \| .*\n)*  \| last line ", text)


def test_metadata(tmp_path: Path, short_directory: Path) -> None:
    """The requirements of a wheel that was built are told in a message."""
    sdist = hostile_sdist("hostile-text", tmp_path)
    (tmp_path / "expect.json").write_text('{"requires_dist": []}', encoding="utf-8")
    options = ["--config-setting=build=1", "--expect", tmp_path / "expect.json", "--work-root", short_directory]
    run = run_helper(["build", sdist, "--out", tmp_path / "out", *options])
    assert run.returncode == 4
    assert "the build lock is stale" in check(run.stderr)


def test_pkg_info(tmp_path: Path, short_directory: Path) -> None:
    """Name and version of an sdist that is not the expected one."""
    info = f"Metadata-Version: 2.1\nName: tiny{CONTROLS}\nVersion: 1.0\n"
    sdist = make_sdist(tmp_path, {"PKG-INFO": info})
    run = run_helper(["build", sdist, "--out", tmp_path / "out", "--name", "tiny", "--work-root", short_directory])
    assert run.returncode == 2
    check(run.stderr)


@pytest.mark.parametrize(
    "text", [f"tiny @ https://127.0.0.1:1/{CONTROLS}/tiny-1.0.tar.gz --hash=sha256:{'0' * 64}\n", f"tiny=={CONTROLS}\n"]
)
def test_addresses_and_requirements(tmp_path: Path, text: str) -> None:
    """What stands in a requirements file."""
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
    run = run_helper(["lock", tmp_path / "requirements.txt", "--out", tmp_path / "lock.json", "--index-url", "https://127.0.0.1:1/"])
    assert run.returncode == 2
    check(run.stderr)


def test_names_of_members(tmp_path: Path) -> None:
    """The answers of verbs that show what is in a wheel, on standard output."""
    folders = [tmp_path / name for name in "ab"]
    wheels = [make_wheel(folder, "foo", "1.0", {f"x{CONTROLS}.py": folder.name}) for folder in folders]
    run = run_helper(["compare", *wheels])
    assert run.returncode == 1
    check(run.stdout)


def test_wrong_use(capfd: pytest.CaptureFixture[str]) -> None:
    """The message repeats arguments that are not known."""
    assert main(["build", "x.tar.gz", "--out", "out", f"--{CONTROLS}"]) == 2
    check(capfd.readouterr().err.encode())
