"""`python3 tools/execlog A B`, and the program that `bazel run //tools/execlog -- A B` starts: see cli.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_TOOLS = Path(os.path.abspath(__file__)).parents[1]  # not resolved: among runfiles, the rest is there, too
sys.path[:0] = [str(_TOOLS), str(_TOOLS.parent / "python")]

from execlog.cli import main  # noqa: E402 - needs the paths

if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    raise SystemExit(code)
