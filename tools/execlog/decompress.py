"""Zstandard data as a stream, by whatever this machine has for it."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from execlog.errors import LogError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAGIC", "MODULES", "open_zstd"]

MAGIC = b"\x28\xb5\x2f\xfd"
# Python 3.14 has the first; the second is the same code for older ones. Other packages do not tell when data is cut off.
MODULES = ("compression.zstd", "backports.zstd")


@contextmanager
def open_zstd(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading what it holds decompressed; damage is a `LogError`."""
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        with module.ZstdFile(path) as stream:
            try:
                yield cast("BinaryIO", stream)
            except EOFError as e:
                raise LogError(path, os.path.getsize(path), "the compressed data is cut off: did Bazel end?") from e
            except module.ZstdError as e:
                raise LogError(path, -1, f"the compressed data is damaged: {e}") from e
        return
    program = shutil.which("zstd")
    if program is None:
        what = "zstd-compressed, and nothing here reads that: use Python 3.14, the package backports.zstd or the program zstd"
        raise LogError(path, -1, what)
    yield from _by_program(program, path)


def _by_program(program: str, path: str) -> Iterator[BinaryIO]:
    """Yield the output of `zstd`; its exit code is looked at when all of it was read, or reading it has failed."""
    command = [program, "--decompress", "--stdout", "--quiet", "--", path]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if process.stdout is None or process.stderr is None:  # pragma: no cover - both are pipes
            raise AssertionError
        try:
            yield cast("BinaryIO", process.stdout)
        except LogError:
            _check(process, path)
            raise
        finally:
            process.stdout.close()
        _check(process, path)


def _check(process: subprocess.Popen[bytes], path: str) -> None:
    """Raise what the program has said, if it has failed by itself."""
    if process.stdout is not None:
        process.stdout.close()
    said = process.stderr.read().decode("utf-8", "replace").strip() if process.stderr is not None else ""
    if process.wait() > 0:
        raise LogError(path, -1, f"the compressed data is damaged: {' '.join(said.split())}")
