"""Checks what a back end answers, and takes what its answers name out of the workspace: a wheel, a folder of metadata.

A hook may answer anything, and may have put anything where its answer points. So an answer is taken only if it has the type and
the form that PEP 517 gives it, and a file is copied to a folder that the build never saw before anybody reads it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from reprowheel import limits
from reprowheel.backend.adapters import EXCHANGE, HOOKS
from reprowheel.backend.build_system import requirement_problem
from reprowheel.untrusted import MAX_TEXT, UntrustedFileError, copy_untrusted, read_untrusted

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.workspace import Workspace

__all__ = ["AnswerError", "checked_requirements", "read_answer", "take_metadata", "take_wheel"]

_FORM: dict[str, type] = {
    "unsupported": bool,
    "no_backend": bool,
    "hook_missing": bool,
    "traceback": str,
    "backend_error": str,
    "missing_hook_name": str,
}
"""What the script of pyproject-hooks writes beside the hook's own answer."""

_NAME = re.compile(r"[\w.+!-]{1,255}")
_METADATA = ("METADATA", "entry_points.txt", "top_level.txt")


class AnswerError(Exception):
    """An answer that PEP 517 does not allow; the text goes after the name of the hook."""


def read_answer(workspace: Workspace) -> bytes:
    """Return the JSON that the script of pyproject-hooks wrote for the hook that has just ended.

    :raises AnswerError: there is none, or it is not what that script writes.
    """
    try:
        data = json.loads(read_untrusted(workspace.root, HOOKS, EXCHANGE, "output.json"))
    except UntrustedFileError as e:
        msg = f"gave no answer: {e}"
        raise AnswerError(msg) from e
    except (ValueError, RecursionError) as e:
        msg = "gave an answer that is no JSON"
        raise AnswerError(msg) from e
    if not isinstance(data, dict) or "return_val" not in data:
        msg = "gave an answer in an unknown form"
        raise AnswerError(msg)
    told = {key: data[key] for key, kind in _FORM.items() if isinstance(data.get(key), kind)}
    return json.dumps(told | {"return_val": data["return_val"]}).encode()


def checked_requirements(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    """Return the requirements of an answer, sorted."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        msg = f"answered {_short(value)}; expected a list of strings (PEP 517)"
        raise AnswerError(msg)
    if problem := requirement_problem(value):
        msg = f"answered a list in which {problem}"
        raise AnswerError(msg)
    return tuple(sorted(value))


def take_wheel(value: Any, out: Path, workspace: Workspace) -> Path:  # noqa: ANN401
    """Return a copy of the wheel that an answer names, which must be a file in `out`; other files there are left behind.

    :raises UntrustedFileError: it is no regular file, or it is missing.
    """
    name = _plain_name(value, "a wheel")
    try:
        parse_wheel_filename(name)
    except (InvalidWheelFilename, ValueError) as e:
        msg = f"answered {name!r}, which is no name of a wheel"
        raise AnswerError(msg) from e
    folder = workspace.outside / "raw"
    folder.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    copy_untrusted(workspace.root, out.name, name, target=folder / name, limit=limits.MAX_WHEEL)
    return folder / name


def take_metadata(value: Any, out: Path, workspace: Workspace) -> Path:  # noqa: ANN401
    """Return a copy of the `.dist-info` folder that an answer names, which must be in `out`.

    :raises UntrustedFileError: METADATA is missing, or one of its files is no regular file.
    """
    name = _plain_name(value, "a folder")
    folder = workspace.outside / "metadata"
    folder.mkdir()
    for file in _METADATA:
        try:
            copy_untrusted(workspace.root, out.name, name, file, target=folder / file, limit=MAX_TEXT)
        except UntrustedFileError as e:
            if file == "METADATA" or not e.is_missing:
                raise
    return folder


def _plain_name(value: Any, what: str) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value in (".", ".."):
        msg = f"answered {_short(value)}; expected the name of {what} in its output folder (PEP 517)"
        raise AnswerError(msg)
    return value


def _short(value: object) -> str:
    return json.dumps(value)[:200]
