"""Opens a TOML lock, or a pyproject.toml, and reads it as what it is."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from .lock import Lock
from .pylock import parse_pylock
from .table import LockTableError, Table
from .uv import parse_uv_lock

if TYPE_CHECKING:
    from .lock import Request

__all__ = ["read_tables"]


def read_tables(path: str, kind: str, request: Request) -> Lock:
    """Read a lock.

    :param path: the file.
    :param kind: `uv`, `pylock`, or `pyproject`, which gives `requires_python` and nothing else.
    :raises LockTableError: it cannot be read, or something in it is not locked.
    """
    try:
        return _read(path, kind, request)
    except RecursionError as e:
        message = f"{request.where}: cannot be read: its tables or arrays are nested too deeply"
        raise LockTableError(message) from e


def _read(path: str, kind: str, request: Request) -> Lock:
    tip = f"give the path of a {'pyproject.toml' if kind == 'pyproject' else 'pylock.toml or uv.lock'}"
    try:
        with open(path, "rb") as file:
            data = tomllib.load(file)
    except OSError as e:
        message = f"{request.where}: cannot be read ({e.strerror})"
        raise LockTableError(message, tip) from e
    except (ValueError, RecursionError) as e:
        message = f"{request.where}: is not TOML: {'nested too deeply' if isinstance(e, RecursionError) else e}"
        raise LockTableError(message, tip) from e
    top = Table(data, f"{request.where}: ")
    if kind == "pyproject":
        requires_python = top.table("project").text("requires-python")
        return Lock(entries=(), names=(), has_edges=False, index_url="", requires_python=requires_python, environments=())
    return parse_uv_lock(top, request) if kind == "uv" else parse_pylock(top, request)
