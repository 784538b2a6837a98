"""Values of options that every verb checks alike: paths and numbers."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["check_values", "given_path", "whole_number"]

_MOST = 1 << 40


def check_values(parser: argparse.ArgumentParser) -> None:
    """Let a parser check every path and every number that is declared after this."""
    parser.register("type", Path, given_path)
    parser.register("type", int, whole_number)


def given_path(text: str) -> Path:
    """Return the path that an argument names.

    :raises argparse.ArgumentTypeError: it is empty, as from a variable of the shell that is not set.
    """
    if not text:
        msg = "is empty; expected a path"
        raise argparse.ArgumentTypeError(msg)
    return Path(text)


def whole_number(text: str) -> int:
    """Return the number that an argument names; all numbers of the command line count something.

    :raises argparse.ArgumentTypeError: it is no whole number, or a negative or absurd one.
    """
    if not text.isascii() or not text.isdigit() or int(text) > _MOST:
        msg = f"{text!r} is no whole number from 0 to {_MOST}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
