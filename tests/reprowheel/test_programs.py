"""Programs that are asked something: what they see, and what comes back."""

from __future__ import annotations

import os
import sys

import pytest

from reprowheel.programs import answer, bare_environment, first_line, run_program

SHOW = [sys.executable, "-I", "-c", "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))"]


def test_nothing_of_the_caller_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program sees PATH, the locale and what it is given, and an empty standard input."""
    monkeypatch.setenv("SECRET", "1")
    assert answer(SHOW) == "['LC_ALL', 'PATH', 'PYTHONUTF8'] ''\n"
    assert answer(SHOW, bare_environment({"A": "1"})) == "['A', 'LC_ALL', 'PATH', 'PYTHONUTF8'] ''\n"
    assert "SECRET" in answer(SHOW, os.environ)


def test_messages_are_english_whatever_the_variables_say() -> None:
    """PATH can be given, the locale and the encoding cannot."""
    fixed = {"LC_ALL": "C.UTF-8", "PATH": "/opt/bin", "PYTHONUTF8": "1"}
    assert bare_environment({"LC_ALL": "de_DE.UTF-8", "PATH": "/opt/bin", "PYTHONUTF8": "0"}) == fixed


def test_failures_are_no_answer() -> None:
    """A program that fails or does not exist answers nothing; who wants to know why runs it."""
    assert answer(["/bin/sh", "-c", "echo half; exit 3"]) == ""
    assert answer(["/nonexistent/program"]) == ""
    run = run_program(["/bin/sh", "-c", "echo half; echo why >&2; exit 3"])
    assert (run.returncode, run.stdout, run.stderr) == (3, "half\n", "why\n")
    with pytest.raises(FileNotFoundError):
        run_program(["/nonexistent/program"])


def test_bytes_that_are_no_text() -> None:
    """They can be turned back into the bytes, as names of files can, or be replaced where people read them."""
    command = ["/bin/sh", "-c", r"printf '/a\377b'"]
    assert os.fsencode(answer(command)) == b"/a\xffb"
    assert run_program(command, errors="replace").stdout == "/a\N{REPLACEMENT CHARACTER}b"


def test_first_line() -> None:
    """The first line without white space around it; nothing of nothing."""
    assert [first_line(text) for text in ("gcc 12 \nmore", "one", "")] == ["gcc 12", "one", ""]
