"""Recognises what of the system a failed build did not find, and says which packages of Debian and Fedora bring it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.backend.system_packages import provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reprowheel.backend.system_packages import Provider

__all__ = ["Missing", "missing_parts", "what_brings"]

_CANNOT = "(?:can't|cannot|can not|could not|couldn't|unable to)"
_SAID: dict[str, tuple[re.Pattern[str], ...]] = {
    "header": (
        re.compile(r"fatal error: '?([\w./+-]+)'?(?:: No such file or directory| file not found)"),
        re.compile(rf"(?i){_CANNOT} find (?:the )?(?:header|include)(?: file)?:? [<\"']?([\w./+-]+\.h)"),
        re.compile(r"(?i)['\"<]?([\w./+-]+\.h)['\">]? (?:was |is )?(?:not found|missing|could not be found)"),
    ),
    "library": (
        re.compile(r"cannot find -l([\w.+-]+)"),
        re.compile(r"unable to find library -l([\w.+-]+)"),
    ),
    "module": (
        re.compile(r"Package '?([\w.+-]+?)'?(?:, required by .*,)? (?:was )?not found(?: in the pkg-config search path)?"),
        re.compile(r"No package '([\w.+-]+)' found"),
        re.compile(r"Dependency \"([\w.+-]+)\" not found"),
        re.compile(r"(?i)Dependency lookup for ([\w.+-]+) with method .*failed"),
        re.compile(r"Could NOT find ([\w.+-]+)"),
        re.compile(r"Could not find a package configuration file provided by\s+\"([\w.+-]+)\""),
        re.compile(r"[Tt]he system library [`'\"]?([\w.+-]+)[`'\"]? required by crate"),
        re.compile(r"The headers or library files could not be found for (\w+)"),
    ),
    "program": (
        re.compile(r"(?:^|[\s:'\"`])([\w.+-]+): (?:command )?not found"),
        re.compile(r"No such file or directory: ['\"]([\w.+-]+)['\"]"),
        re.compile(r"command ['\"]([\w.+-]+)['\"] failed: (?:No such file|None|Executable)"),
        re.compile(r"(?i)Program ['\"]?([\w.+-]+)['\"]? (?:was )?not found"),
        re.compile(r"(?i)\b([\w.+-]+) executable (?:was )?not found"),
        re.compile(rf"(?i){_CANNOT} (?:find|locate|run|execute) (?:the )?[`'\"]?([\w.+-]+)\b"),
        re.compile(r"(?i)\b([\w.+-]+)[`'\"]?(?:, [^,]*,)? (?:is not installed|(?:must|needs to) be installed|is required)"),
        re.compile(r"Unknown compiler\(s\): \[\[?'([\w.+-]+)'"),
        re.compile(r"No CMAKE_(Fortran|Rust)_COMPILER could be found"),
        re.compile(r"(?i)can't find (rust) compiler"),
    ),
}
_WORDS = {"fortran": "gfortran", "rust": "cargo", "rustc": "cargo"}
_OF_TOOLCHAIN = ("gfortran",)
_MOST = 4


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a build did not find: `kind` and `name` as in `provider`."""

    kind: str
    name: str
    by: Provider


def missing_parts(lines: Sequence[str]) -> list[Missing]:
    """Return what a build did not find and the table knows, in the order in which it says so; each package once."""
    found: dict[str, Missing] = {}
    for line in lines:
        for part in _of_line(line):
            found.setdefault(part.by.debian, part)
    return list(found.values())[:_MOST]


def _of_line(line: str) -> Iterator[Missing]:
    for kind, patterns in _SAID.items():
        for pattern in patterns:
            for name in pattern.findall(line):
                plain = _WORDS.get(name.lower(), name.lower() if kind == "program" else name)
                by = provider(kind, plain)
                if by:
                    yield Missing(kind, plain, by)


def what_brings(package: str, missing: Iterable[Missing], declare: Callable[[Mapping[str, Sequence[str]]], str]) -> str:
    """Return what to install, and what to declare then; empty if nothing is missing.

    :param package: name of the distribution that is built.
    :param declare: returns text that says how to declare what a build takes from its host; empty: there it need not be.
    """
    parts = list(missing)
    if not parts:
        return ""
    names = [part.by for part in parts]
    debian, fedora = (_words(by.debian for by in names), _words(by.fedora for by in names))
    install = f"Install {debian} (Debian, Ubuntu) or {fedora} (Fedora)"
    wheels = [f"{part.by.wheel} has a wheel, too, for its build requirements" for part in parts if part.by.wheel]
    undeclared: dict[str, list[str]] = {"host_headers": [], "host_libraries": [], "host_tools": []}
    for part in parts:
        undeclared["host_headers"] += _headers(part)
        undeclared["host_libraries"] += part.by.libraries
        undeclared["host_tools"] += [part.name] if part.kind == "program" and part.name not in _OF_TOOLCHAIN else []
    declaration = declare({name: values for name, values in undeclared.items() if values})
    then = f", and declare it: {declaration}" if declaration else ""
    other = f"; or take a wheel of {package} from the index, which may bring it" if undeclared["host_headers"] else ""
    return f"{install}{then}{''.join(f'; {text}' for text in wheels)}{other}."


def _words(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(" ".join(texts).split()))


def _headers(part: Missing) -> Sequence[str]:
    return () if part.kind == "program" or "Python.h" in part.by.headers else part.by.headers
