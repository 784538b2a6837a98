"""Completion in shells, made from the parser by shtab: a script, so that no Python starts when somebody types.

shtab is the extra `completion` of the package. See docs/decisions.md, "Completion and manual".
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reprowheel.cli.parser import Parser

__all__ = ["completion"]

_FOLDERS = ("DIR",)


def completion(parser: Parser, shell: str) -> str:
    """Return the script for a shell.

    :raises UsageError: shtab is not installed, or does not know the shell.
    """
    try:
        shtab: Any = importlib.import_module("shtab")
    except ImportError as e:
        msg = "--print-completion: needs the Python package shtab, which is not installed"
        raise UsageError(msg, tip="Install it: pip install 'rules-reprowheel[completion]', or pip install shtab.") from e
    if shell not in shtab.SUPPORTED_SHELLS:
        msg = f"--print-completion {shell}: there is no such shell; expected one of {', '.join(shtab.SUPPORTED_SHELLS)}"
        raise UsageError(msg)
    for one in (parser, *parser.verbs().values()):
        for _, actions in one.groups():
            for action in actions:
                _complete_paths(action, shtab)
    return str(shtab.complete(parser, shell=shell))


def _complete_paths(action: argparse.Action, shtab: Any) -> None:  # noqa: ANN401 - a module that may not be there
    """Let the value of an argument be completed to files or folders, if it is one."""
    if action.type is Path or action.metavar == "EXE":
        action.complete = shtab.DIRECTORY if action.metavar in _FOLDERS else shtab.FILE  # type: ignore[attr-defined]
