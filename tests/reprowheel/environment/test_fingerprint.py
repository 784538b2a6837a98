"""Host tools are asked again before a build: the same answer goes on, another stops."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from reprowheel.environment.fingerprint import check_fingerprint
from reprowheel.errors import RefusedError, UsageError


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A tool with a version and a target."""
    path = tmp_path / "mycc"
    path.write_text('#!/bin/sh\n[ "$1" = -dumpmachine ] && echo x86 || printf "mycc 1.0\\nTarget: $HOME$SECRET\\n"\n')
    path.chmod(0o755)
    return path


def record(tmp_path: Path, *tools: Path) -> Path:
    """Write down what the tools answer now."""
    data = {
        str(tool): [
            {
                "argv": argv,
                "stdout": subprocess.run([tool, *argv], check=True, capture_output=True, text=True, env={}).stdout,
            }
            for argv in (["--version"], ["-dumpmachine"])
        ]
        for tool in tools
    }
    path = tmp_path / "fingerprint.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_same_answer(tmp_path: Path, tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens, whatever the caller's environment is."""
    path = record(tmp_path, tool)
    monkeypatch.setenv("SECRET", "noise")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    check_fingerprint(path)


def test_real_compiler(tmp_path: Path) -> None:
    """With a tool that is really there."""
    check_fingerprint(record(tmp_path, Path("/usr/bin/gcc")))


def test_another_answer(tmp_path: Path, tool: Path) -> None:
    """The message has the tool and the first line that differs, before and after; one line in all."""
    path = record(tmp_path, tool)
    tool.write_text(tool.read_text().replace("mycc 1.0", "mycc 1.1"))
    with pytest.raises(RefusedError, match=r"mycc --version .* recorded 'mycc 1\.0', found 'mycc 1\.1'$") as caught:
        check_fingerprint(path)
    assert "bazel" in caught.value.tip


def test_tool_that_is_gone(tmp_path: Path, tool: Path) -> None:
    """A missing tool is another answer."""
    path = record(tmp_path, tool)
    tool.unlink()
    with pytest.raises(RefusedError, match="found 'cannot be run: No such file or directory'"):
        check_fingerprint(path)


def test_every_command_is_asked(tmp_path: Path, tool: Path) -> None:
    """A difference in the last command of the last tool counts."""
    other = tmp_path / "zz"
    other.write_bytes(tool.read_bytes())
    other.chmod(0o755)
    path = record(tmp_path, tool, other)
    other.write_text(other.read_text().replace("x86", "arm"))
    with pytest.raises(RefusedError, match=r"zz -dumpmachine .*'x86', found 'arm'"):
        check_fingerprint(path)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"t": 7}', '{"t": [{"argv": ["-v"]}]}', '{"t": [["-v"]]}', '{"t": [{"argv": 7, "stdout": ""}]}']
)
def test_bad_file(tmp_path: Path, text: str) -> None:
    """Another form is an error of use, not a silent pass."""
    path = tmp_path / "fingerprint.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="fingerprint.json.*; expected a fingerprint of the host"):
        check_fingerprint(path)
    with pytest.raises(UsageError, match="none.json: no such file; expected a fingerprint of the host"):
        check_fingerprint(tmp_path / "none.json")
