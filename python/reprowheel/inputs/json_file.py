"""Reads a JSON file that a user names, and says in one line what is wrong with it, with line and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reprowheel.errors import ReprowheelError, UsageError
from reprowheel.inputs.guess import near_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["misfit", "parse_json", "read_object", "read_text"]

_MERGE = "<<<<<<< "
_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false", type(None): "null"}


def read_object(path: Path, what: str, *, error: type[ReprowheelError] = UsageError, tip: str = "") -> dict[str, Any]:
    """Return the JSON object in a file.

    :param what: what the file should be, with its article, for messages.
    :param error: class of the error to raise, that of the calling stage.
    :raises ReprowheelError: the file cannot be read, or holds something else.
    """
    data = parse_json(read_text(path, what, error=error, tip=tip), str(path), what, error=error, tip=tip)
    if not isinstance(data, dict):
        msg = f"{path}: is {_KINDS.get(type(data), 'something else')}; expected {what}, which is a JSON object"
        raise error(msg, tip=tip)
    return data


def read_text(path: Path, what: str, *, error: type[ReprowheelError] = UsageError, tip: str = "") -> str:
    """Return the text of a file; parameters and errors are those of `read_object`."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as e:
        found = "a link to nothing" if path.is_symlink() else "no such file"
        msg = f"{path}: {found}{near_file(path)}; expected {what}"
        raise error(msg, tip=tip) from e
    except UnicodeDecodeError as e:
        msg = f"{path}: is not UTF-8 text (byte {e.start}); expected {what}"
        raise error(msg, tip=tip) from e
    except OSError as e:
        found = "is a folder" if path.is_dir() else f"cannot be read ({e.strerror})"
        msg = f"{path}: {found}; expected {what}"
        raise error(msg, tip=tip) from e


def parse_json(text: str, place: str, what: str, *, error: type[ReprowheelError] = UsageError, tip: str = "") -> Any:  # noqa: ANN401
    """Return the JSON value of a text.

    :param place: the file, for messages.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        if not text.strip():
            msg = f"{place}: is empty; expected {what}"
            raise error(msg, tip=tip) from e
        lines = text.splitlines()
        merged = next((number for number, line in enumerate(lines, 1) if line.startswith(_MERGE)), 0)
        if merged:
            msg = f"{place}:{merged}: has the marks of a merge with conflicts; expected {what}"
            raise error(msg, tip=tip or "Resolve the conflict.") from e
        msg = f"{place}:{e.lineno}:{e.colno}: is no JSON ({_lower(e.msg)}); expected {what}"
        raise error(msg, tip=tip) from e
    except RecursionError as e:
        msg = f"{place}: is nested too deeply; expected {what}"
        raise error(msg, tip=tip) from e


def misfit(error: Exception) -> str:
    """Return in words what an exception says of parsed JSON that lacks a field, or has one of another type."""
    if isinstance(error, KeyError) and error.args:
        return f"has no field {error.args[0]!r}"
    return f"has a field of another type than expected: {' '.join(str(error).split())[:200]}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
