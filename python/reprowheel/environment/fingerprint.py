"""Checks that the host's tools are still those whose fingerprint is in the cache key of the build.

The fingerprint file maps the path of each tool to commands, and to their output when Bazel recorded it. The file is an input
of the build, so it is part of Bazel's cache key. If a tool has changed since then, its output would be cached under the key
of the old tool. See docs/decisions.md, "Fingerprinted host tools".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.errors import RefusedError, UsageError
from reprowheel.inputs.json_file import misfit, read_object
from reprowheel.programs import run_program

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_fingerprint"]


def check_fingerprint(path: Path) -> None:
    """Run every recorded command again and compare its output.

    :raises UsageError: the file cannot be read as a fingerprint.
    :raises RefusedError: a tool prints something else than recorded.
    """
    what = "a fingerprint of the host, as the rules write it"
    data = read_object(path, what)
    try:
        recorded = [
            (tool, list(command["argv"]), str(command["stdout"]))
            for tool, commands in sorted(data.items())
            for command in commands
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        msg = f"{path}: {misfit(e)}; expected {what}"
        raise UsageError(msg) from e
    for tool, argv, stdout in recorded:
        found = _answer([tool, *argv])
        if found.strip() != stdout.strip():
            msg = f"host tool {tool} {' '.join(argv)[:60]} is not what the build was keyed with:"
            msg += f" recorded {_brief(stdout, found)!r}, found {_brief(found, stdout)!r}"
            raise RefusedError(
                msg,
                tip="It changed since Bazel looked, or this executor has another one:"
                " run 'bazel fetch --configure --force', or use a toolchain made of declared files.",
            )


def _answer(command: list[str]) -> str:
    try:
        return run_program(command).stdout
    except OSError as e:
        return f"cannot be run: {e.strerror}"


def _brief(text: str, other: str) -> str:
    """Return the first line of `text` that `other` does not have."""
    lines = other.splitlines()
    return next((line for line in text.splitlines() if line not in lines), "")[:120]
