"""Runs the helper in forks of a process that has imported it (`helper_server.py`): to import it is a fifth of a small build.

What Python or the C library read when they start cannot be given to a fork. So a run with such a variable is not for this module.
Runs of one thread are shared out in turn among two servers, since two runs must not have the seed of hashes in common.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_READ_AT_START = ("GCONV_", "GLIBC_", "LANG", "LC_", "LD_", "LOCPATH", "MALLOC_", "PYTHON", "TZ")
"""Begin the names of variables that count when a process starts, or when it first looks at the time."""

_SERVERS = 2


class _Server:
    """A process that forks."""

    def __init__(self, folder: Path) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-X", "utf8", "-B", Path(__file__).with_name("helper_server.py"), str(theirs.fileno())],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": os.fspath(folder)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.end)

    def run(self, message: bytes, output: int, errors: int) -> int:
        """Run the helper and return its exit code, or minus the signal that ended it."""
        socket.send_fds(self._socket, [message], [output, errors])
        answer = self._socket.recv(64)
        if not answer:
            msg = "the process that runs the helper has ended"
            raise AssertionError(msg)
        return int(answer)

    def end(self) -> None:
        """End the process."""
        self._socket.close()
        self._process.wait()


_idle: deque[_Server] = deque()
_started: list[_Server] = []
_change = threading.Lock()


def can_be_forked(variables: Mapping[str, str], folder: Path) -> bool:
    """Say whether a run of the helper in `folder` with these variables, which are all it has, needs no process of its own."""
    return all(not name.startswith(_READ_AT_START) for name in variables.keys() - {"PYTHONPATH"}) and (
        variables.get("PYTHONPATH") == os.fspath(folder)
    )


def run_forked(
    arguments: Sequence[str], variables: Mapping[str, str], directory: Path | None, umask: int | None, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run the helper in `folder` with these variables and no standard input; None: in the current folder, with umask 022."""
    server = _server(folder)
    asked = {
        "arguments": arguments,
        "variables": dict(variables),
        "directory": os.fspath(directory or Path.cwd()),
        "umask": 0o022 if umask is None else umask,
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output, tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        code = server.run(json.dumps(asked).encode(), output.fileno(), errors.fileno())
        with _change:
            _idle.append(server)
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(["reprowheel", *arguments], code, output.read(), errors.read())


def _server(folder: Path) -> _Server:
    """Return the server that has been idle for longest; a new one if there are too few."""
    with _change:
        if len(_started) >= _SERVERS and _idle:
            return _idle.popleft()
        _started.append(_Server(folder))
        return _started[-1]
