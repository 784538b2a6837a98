"""The version: it stands in MODULE.bazel, and everything that users copy from has the same one."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from release.errors import ReleaseError
from release.source import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["MODULE", "changes", "check_versions", "module_version", "set_version"]

MODULE = "rules_reprowheel"

_FILES = re.compile(r"README\.md|docs/.*\.md|(?:e2e|examples)/.*MODULE\.bazel|python/.*\.(?:bzl|py)")
"""What users copy from, and what they are told."""

_VERSION = r"[0-9]+\.[0-9]+\.[0-9]+"
_PLACES = (
    re.compile(rf'bazel_dep\(\s*name = "{MODULE}",\s*version = "({_VERSION})"'),
    re.compile(rf"\b{MODULE}-v?({_VERSION})\b"),
    re.compile(rf"\b{MODULE}/releases/download/v({_VERSION})/"),
    re.compile(rf'^__version__ = "({_VERSION})"$', re.MULTILINE),
)
_MODULE_CALL = re.compile(rf'^(    version = ")({_VERSION})(",)$', re.MULTILINE)


def module_version(text: str) -> str:
    """Return the version that MODULE.bazel gives the module."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "module":
            for keyword in node.value.keywords:
                if keyword.arg == "version" and isinstance(keyword.value, ast.Constant):
                    return _checked(str(keyword.value.value))
    msg = "MODULE.bazel: module() has no version; write one"
    raise ReleaseError(msg)


def check_versions(names: Iterable[str], read: Callable[[str], str], version: str) -> None:
    """Refuse a file that names another version of the module than MODULE.bazel."""
    for name in filter(_FILES.fullmatch, names):
        text = read(name)
        for pattern in _PLACES:
            for match in pattern.finditer(text):
                if match[1] != version:
                    line = text.count("\n", 0, match.start(1)) + 1
                    msg = f"{name}:{line}: says {match[1]}, but MODULE.bazel says {version}; {_command(version)} makes them agree"
                    raise ReleaseError(msg)


def set_version(root: Path, version: str) -> list[str]:
    """Write a version to MODULE.bazel and to what users copy from; return the files that changed."""
    _checked(version)
    changed = []
    for name in git(root, "ls-files", "-z").decode().split("\0"):
        if name != "MODULE.bazel" and not _FILES.fullmatch(name):
            continue
        path = root / name
        old = new = path.read_text(encoding="utf-8")
        if name == "MODULE.bazel":
            new = _MODULE_CALL.sub(rf"\g<1>{version}\g<3>", old, count=1)
        for pattern in _PLACES:
            new = pattern.sub(lambda match: match[0].replace(match[1], version), new)
        if new != old:
            path.write_text(new, encoding="utf-8")
            changed.append(name)
    return changed


def changes(changelog: str, version: str, *, released: bool) -> str:
    """Return what CHANGELOG.md says of a version.

    :param released: the heading has to have a date.
    """
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    for section in sections:
        heading, _, body = section.partition("\n")
        if heading.split(" ")[0] != version:
            continue
        if released and not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", heading):
            msg = f'CHANGELOG.md: the heading "## {heading}" has no date; write "## {version} (YYYY-MM-DD)"'
            raise ReleaseError(msg)
        if body.strip():
            return body.strip()
        msg = f'CHANGELOG.md: nothing stands below the heading "## {heading}"; say what changed'
        raise ReleaseError(msg)
    msg = f'CHANGELOG.md: no heading "## {version}"; write one, with what changed'
    raise ReleaseError(msg)


def _checked(version: str) -> str:
    if not re.fullmatch(_VERSION, version):
        msg = f"{version!r} is no version that Bazel and Python order alike; write three numbers, such as 1.2.0"
        raise ReleaseError(msg)
    return version


def _command(version: str) -> str:
    return f"`python3 tools/release --set-version {version}`"
