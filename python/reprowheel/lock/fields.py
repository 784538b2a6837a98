"""Reads fields of a build lock's JSON; what is wrong is collected, each with its dotted place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["digest_of", "file_of", "table_of", "text_of", "texts_of"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def table_of(data: Mapping[str, Any], key: str, where: str, problems: list[str]) -> dict[str, Any]:
    """Return an object; empty if it is missing or wrong."""
    value = data.get(key, {})
    if isinstance(value, dict) and all(isinstance(k, str) for k in value):
        return value
    problems.append(f"{where}{key}: expected an object")
    return {}


def text_of(data: Mapping[str, Any], key: str, where: str, problems: list[str]) -> str:
    """Return a string; empty if it is missing or wrong."""
    value = data.get(key, "")
    if not isinstance(value, str):
        problems.append(f"{where}{key}: expected a string")
        return ""
    return value


def texts_of(data: Mapping[str, Any], key: str, where: str, problems: list[str]) -> tuple[str, ...]:
    """Return a list of strings; empty if it is missing or wrong."""
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        problems.append(f"{where}{key}: expected a list of strings")
        return ()
    return tuple(value)


def digest_of(data: Mapping[str, Any], where: str, problems: list[str]) -> str:
    """Return the field `sha256`."""
    sha256 = text_of(data, "sha256", where, problems)
    if not _SHA256.fullmatch(sha256):
        problems.append(f"{where}sha256: expected 64 lower-case hexadecimal digits, found {sha256!r}")
    return sha256


def file_of(raw: object, where: str, problems: list[str]) -> tuple[dict[str, Any], str, str]:
    """Return the object of a file, its hash and its name."""
    data = raw if isinstance(raw, dict) else {}
    sha256, filename = digest_of(data, where, problems), text_of(data, "filename", where, problems)
    if not filename or "/" in filename or "\\" in filename:
        problems.append(f"{where}filename: expected a file name, found {filename!r}")
    return data, sha256, filename
