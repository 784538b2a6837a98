"""Runs the helper again and again, each run in a fork of this process, which has imported all of it already.

argv: the descriptor of a socket. Each message on it is a run in JSON (`arguments`, `directory`, `umask`, `variables`), with two
descriptors for its standard output and error; the answer is its exit code. Ends when the other end is closed.
`warm_helper.py` starts it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys

import reprowheel.__main__ as helper
from reprowheel.cli.command import VERBS
from reprowheel.report.write import helper_sha256

MOST = 1 << 20
"""Bytes of a message."""


def main() -> int:
    """Answer the runs; in a fork, return the helper's exit code."""
    for verb in VERBS:
        importlib.import_module(f"reprowheel.cli.{verb.replace('-', '_')}")
    importlib.import_module("reprowheel.build")
    helper_sha256()  # keeps its answer
    gc.freeze()  # a collection in a fork would copy all memory that it shares with this process
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        while True:
            message, descriptors, _, _ = socket.recv_fds(connection, MOST, 2)
            if not message:
                return 0
            process = os.fork()
            if not process:
                break
            for descriptor in descriptors:
                os.close(descriptor)
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            connection.send(str(code).encode())
    return run(message, *descriptors)


def run(message: bytes, output: int, errors: int) -> int:
    """Become the process that the message describes, and run the helper."""
    asked = json.loads(message)
    for descriptor, standard in ((output, 1), (errors, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(asked["variables"])
    os.umask(asked["umask"])
    os.chdir(asked["directory"])
    sys.argv = [str(helper.__file__), *asked["arguments"]]
    return helper.main()


if __name__ == "__main__":
    sys.exit(main())
