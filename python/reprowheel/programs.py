"""Runs a program to read its output as text: without the caller's environment, and without standard input."""

from __future__ import annotations

import os
import resource
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["answer", "bare_environment", "first_line", "run_limited", "run_program"]


def bare_environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the system's default PATH, the given variables, and those for messages in English and UTF-8.

    :param variables: they may set PATH, but not what the encoding depends on, because the output is parsed.
    """
    return {"PATH": os.defpath} | dict(variables or {}) | {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}


def run_program(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, errors: str = "surrogateescape"
) -> subprocess.CompletedProcess[str]:
    """Run a program without standard input; return its exit code and output.

    :param environment: all environment variables of the program; `None`: `bare_environment()`.
    :param errors: how bytes that are not UTF-8 are decoded: `surrogateescape` as in file names, or `replace` for messages.
    :raises OSError: the program cannot be started.
    """
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors=errors,
        env=bare_environment() if environment is None else environment,
        stdin=subprocess.DEVNULL,
    )


def answer(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return the output of a program; empty if it cannot be started or fails."""
    try:
        run = run_program(command, environment)
    except OSError:
        return ""
    return "" if run.returncode else run.stdout


def first_line(text: str) -> str:
    """Return the first line without white space around it; an empty string if there is none."""
    return (text.splitlines() or [""])[0].strip()


def run_limited(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: str | os.PathLike[str] | None,
    *,
    seconds: float,
    memory: int,
) -> tuple[int, str]:
    """Run a program that reads what a server sends; return its exit code and what it wrote to standard error.

    :param environment: all environment variables of the program.
    :param memory: bytes of address space that it may have.
    :raises OSError: it cannot be started.
    :raises subprocess.TimeoutExpired: it took longer; it has been ended.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        encoding="utf-8",
        errors="replace",
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    with process:
        with suppress(AttributeError, OSError, ValueError):  # not on Linux; it has ended; it has a lower limit
            resource.prlimit(process.pid, resource.RLIMIT_AS, (memory, memory))
        try:
            _, said = process.communicate(timeout=seconds)
        except BaseException:
            process.kill()
            raise
    return process.returncode, said
