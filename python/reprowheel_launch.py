"""Starts the helper inside a Bazel action, without installing anything.

argv: `[--wheel FILE]… -- VERB …`. Each FILE is a pure-Python wheel, or a directory of such, that goes on `sys.path`;
what follows `--` are the helper's own arguments (see `reprowheel.__main__`).
env: nothing.
Writes: nothing of its own.
Exit codes: the helper's; 2 for wrong use.
"""

from __future__ import annotations

import os
import sys

__all__ = ["main", "split_arguments"]


def split_arguments(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split `argv` into the wheels and the helper's arguments.

    :raises ValueError: something other than `--wheel FILE` stands before `--`, or there is no `--`.
    """
    wheels: list[str] = []
    rest = list(argv)
    while rest:
        option = rest.pop(0)
        if option == "--":
            return wheels, rest
        if option != "--wheel" or not rest:
            break
        wheels.append(rest.pop(0))
    msg = "expected [--wheel FILE]... -- VERB ..."
    raise ValueError(msg)


def _import_path(wheel: str) -> str:
    """Return the absolute path that `sys.path` gets for a wheel."""
    path = os.path.abspath(wheel)
    if not os.path.exists(path):
        msg = f"{wheel}: no such wheel"
        raise ValueError(msg)
    return path


def main(argv: list[str]) -> int:
    """Put wheels and helper on `sys.path`, run the helper, return its exit code."""
    try:
        wheels, arguments = split_arguments(argv)
        paths = [_import_path(wheel) for wheel in wheels]
    except ValueError as e:
        print(f"ERROR reprowheel_launch.py: {e}", file=sys.stderr)  # noqa: T201 - a command line
        return 2
    # The folder of this file holds the package; the host's own site-packages come after all of it.
    sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), *paths]
    from reprowheel.__main__ import main as helper  # noqa: PLC0415 - only importable from here on

    return helper(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
