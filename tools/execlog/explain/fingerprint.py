"""Two host fingerprints (JSON, docs/contracts.md) compared: which program, header or library of the host.

An action's command line has them shortened: the first line of each answer, and after ` #` a number that stands for all of it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from execlog.explain.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["compare_fingerprints", "version_of"]

_SHORTENED = re.compile(r" #-?[0-9a-f]+$")
_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+[\w.+~-]*)")
_PYTHON = re.compile(r'"(?:implementation_version|python_full_version)":\s*"([^"]+)"')
_DIGEST = re.compile(r"^([0-9a-f]{12,128}) [ *](.+)$", re.MULTILINE)
_COMPILER = re.compile(r"^(?:.*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-[\d.]+)?$")
_RUST = re.compile(r"^(?:rustc|cargo)(?:-[\d.]+)?$")
_INTERPRETER = re.compile(r"^python[\d.]*t?$")
Answers = dict[tuple[str, ...], str]


def version_of(commands: object) -> str:
    """Return the version that a tool told, or what it told first."""
    for text in _answers(commands).values():
        python = _PYTHON.search(text)
        if python:
            return python[1]
        line = _SHORTENED.sub("", text.split("\n", 1)[0]).strip()
        versions = _VERSION.findall(line)
        return str(versions[-1]) if versions else line[:80]
    return ""


def compare_fingerprints(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Fact]:
    """Return what differs; programs that went from one version to another together are one fact."""
    files: list[Fact] = []
    programs: dict[tuple[str, str | None, str | None], list[str]] = {}
    for tool in sorted(left.keys() | right.keys()):
        old, new = _answers(left.get(tool)), _answers(right.get(tool))
        of_files = {argv for argv in old.keys() | new.keys() if _kind(tool, argv)}
        files += _files(tool, {argv: (old.get(argv, ""), new.get(argv, "")) for argv in sorted(of_files)})
        old, new = ({argv: text for argv, text in side.items() if argv not in of_files} for side in (old, new))
        if old != new or (not of_files and (tool in left) != (tool in right)):
            kind, before, after = _program(tool, left.get(tool), right.get(tool), old, new)
            programs.setdefault((kind, before, after), []).append(tool)
    return [*_programs(programs), *files]


def _answers(commands: object) -> Answers:
    """Return arguments → answer."""
    found: Answers = {}
    for command in commands if isinstance(commands, list) else ():
        if isinstance(command, dict) and isinstance(command.get("argv"), list):
            found[tuple(map(str, command["argv"]))] = str(command.get("stdout", ""))
    return found


def _kind(tool: str, argv: tuple[str, ...]) -> str:
    """Return which files a command gives the digests of, or nothing where it asks a program for its version."""
    if "-path" in argv:
        return "header"
    if os.path.basename(tool) == "sha256sum":
        return "library"
    if os.path.basename(tool) != "sh":
        return ""
    return "rust" if any("/rustlib" in word for word in argv) else "tool"


def _files(tool: str, answers: dict[tuple[str, ...], tuple[str, str]]) -> Iterator[Fact]:
    """Yield a fact for each declaration whose files differ."""
    for argv, (before, after) in answers.items():
        if before == after:
            continue
        old, new = ({path: digest for digest, path in _DIGEST.findall(text)} for text in (before, after))
        changed = [(p, old.get(p), new.get(p)) for p in sorted(old.keys() | new.keys()) if old.get(p) != new.get(p)]
        if changed:
            path, *sides = changed[0]
            more = f" and {len(changed) - 1} more" if changed[1:] else ""
            left, right = (side and side[:12] for side in sides)
            yield Fact(kind=_kind(tool, argv), subject=path + more, left=left, right=right, also=tuple(changed[1:]))
        else:
            what = argv[argv.index("-path") + 1] if "-path" in argv[:-1] else argv[-1]
            yield Fact(kind=_kind(tool, argv), subject=what, left=before[-80:].strip(), right=after[-80:].strip())


def _program(tool: str, before: object, after: object, old: Answers, new: Answers) -> tuple[str, str | None, str | None]:
    """Return kind and both sides of a program that differs."""
    name = os.path.basename(tool)
    is_python = _INTERPRETER.match(name) or any(_PYTHON.search(text) for text in (*old.values(), *new.values()))
    kind = "python" if is_python else "compiler" if _COMPILER.match(name) else "rust" if _RUST.match(name) else "tool"
    left, right = (version_of(side) if side is not None else None for side in (before, after))
    if left != right:
        return kind, left, right
    argv = next((a for a in old.keys() | new.keys() if old.get(a) != new.get(a)), ())
    one, two = _first_difference(old.get(argv, ""), new.get(argv, ""))
    told = " ".join(argv)[:40]
    if _SHORTENED.search(one) and _SHORTENED.search(two):
        one, two = ("…" + found[0] for found in map(_SHORTENED.search, (one, two)) if found)
    return kind, f"{left}, answers {told}: {one}", f"{right}, answers {told}: {two}"


def _first_difference(left: str, right: str) -> tuple[str, str]:
    lines = left.split("\n"), right.split("\n")
    for one, two in zip(*lines, strict=False):
        if one != two:
            return one[:80], two[:80]
    return f"{len(lines[0])} lines", f"{len(lines[1])} lines"


def _programs(found: dict[tuple[str, str | None, str | None], list[str]]) -> Iterator[Fact]:
    """Yield the facts of programs: those of one package have one version."""
    merged: dict[tuple[str | None, str | None], tuple[str, list[str]]] = {}
    for (kind, left, right), tools in found.items():
        known, names = merged.get((left, right), (kind, []))
        merged[left, right] = ("compiler" if "compiler" in (known, kind) else known), names + tools
    for (left, right), (kind, tools) in merged.items():
        yield Fact(kind=kind, subject=", ".join(tools), left=left, right=right)
