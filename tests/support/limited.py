"""Runs Python code in a process that has little memory, for tests of limits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MEMORY = 400 << 20
"""Bytes of address space: Python with the helper's modules takes about 50 MB."""
_SECONDS = 60
_START = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)\n"
_END = """
from reprowheel.errors import ReprowheelError
try:
    run(*sys.argv[2:])
    print("accepted")
except ReprowheelError as error:
    print(error.message)
    print(error.tip)
"""


def run_limited(code: str, *arguments: object, memory: int = MEMORY) -> tuple[str, str]:
    """Call the function `run` of `code` with `arguments`; return (message, tip) of its error, or ("accepted", "").

    Another error than the helper's own, such as MemoryError, fails the test, and so does more than a minute.
    """
    path = os.pathsep.join([str(ROOT / "python"), *sys.path[1:]])
    result = subprocess.run(
        [sys.executable, "-B", "-c", _START + code + _END, str(memory), *map(str, arguments)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    message, _, tip = result.stdout.rstrip("\n").partition("\n")
    return message, tip
