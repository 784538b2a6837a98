"""Markers (PEP 508) as texts: what is known of extras and groups is answered, the rest stays a marker."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from .names import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Token = tuple[str, str]  # what it is, its text
    Part = bool | tuple[str, str]  # an answer, or the text of a marker with the operator that binds weakest in it

__all__ = ["MarkerError", "all_of", "any_of", "check_marker", "fold_marker"]

_TOKEN = re.compile(r"""([()])|('[^']*'|"[^"]*")|(===|==|!=|<=|>=|~=|<|>)|([\w.]+)""")
_KINDS = ("", "string", "operator", "word")
# The names of PEP 508, those that PEP 345 had, and the sets that only locks have (PEP 751).
_VARIABLES = """
    extra implementation_name implementation_version os_name platform_machine platform_python_implementation platform_release
    platform_system platform_version python_full_version python_version sys_platform
    os.name platform.machine platform.python_implementation platform.version python_implementation sys.platform
""".split()
_LOCK_VARIABLES = ("dependency_groups", "extras")


# uv nests a few; this module and packaging would read more by recursion.
_MAX_NESTING = 50


class MarkerError(ValueError):
    """A text that is no marker; the message says why."""


def _tokens(marker: str, variables: Iterable[str]) -> list[Token]:
    tokens, at = list[tuple[str, str]](), 0
    while at < len(marker):
        found = _TOKEN.match(marker, at)
        text = found[0] if found else marker[at]
        kind = _KINDS[(found.lastindex or 1) - 1] if found else "space" if text.isspace() else "wrong"
        if kind == "word" and text not in ("and", "or", "in", "not"):
            kind = "variable" if text in variables else "wrong"
        if kind == "wrong":
            what = "a string that does not end" if text in ("'", '"') else f"'{text}'"
            message = f"marker '{marker}' has {what} where a variable, a string or an operator is expected"
            raise MarkerError(message)
        if kind != "space":
            tokens.append((kind if kind in ("string", "operator", "variable") else text, text))
        at += len(text)
    return tokens


class _Reader:
    """Reads a marker from left to right, and answers what it can on the way."""

    def __init__(self, marker: str, wanted: Mapping[str, Iterable[str]], variables: Iterable[str]) -> None:
        self.marker = marker
        self.wanted = wanted
        self.tokens = [("end", ""), *_tokens(marker, variables)[::-1]]
        opened = accumulate({"(": 1, ")": -1}.get(kind, 0) for kind, _ in reversed(self.tokens))
        if max(opened) > _MAX_NESTING:
            message = f"marker '{marker[:100]}…' has more than {_MAX_NESTING} parentheses within each other"
            raise MarkerError(message)

    def read(self) -> Part:
        try:
            part = self._any()
        except RecursionError as e:
            message = f"marker '{self.marker[:40]}…' is nested too deeply"
            raise MarkerError(message) from e
        self._take("end")
        return part

    def _take(self, *kinds: str) -> Token:
        if self.tokens[-1][0] not in kinds:
            message = f"marker '{self.marker}' is not a marker; expected for example: python_version < \"3.12\""
            raise MarkerError(message)
        return self.tokens.pop()

    def _any(self) -> Part:
        part = self._all()
        while self.tokens[-1][0] == "or":
            self._take("or")
            part = _joined("or", part, self._all())
        return part

    def _all(self) -> Part:
        part = self._one()
        while self.tokens[-1][0] == "and":
            self._take("and")
            part = _joined("and", part, self._one())
        return part

    def _one(self) -> Part:
        left = self._take("(", "string", "variable")
        if left[0] == "(":
            part = self._any()
            self._take(")")
            return part
        operator = self._take("operator", "in", "not")[1]
        if operator == "not":
            operator = f"not {self._take('in')[1]}"
        right = self._take("string", "variable")
        answer = self._answer(left, operator, right)
        return (f"{_written(left)} {operator} {_written(right)}", "") if answer is None else answer

    def _answer(self, left: Token, operator: str, right: Token) -> bool | None:
        """Answer a comparison with extras or groups; `None` for one with the environment."""
        (_, string), (kind, variable) = sorted((left, right))
        if left[0] == right[0] or kind != "variable" or variable not in self.wanted:
            return None
        found = normalize_name(string[1:-1]) in self.wanted[variable]
        return {"!=": not found, "==": found, "in": found, "not in": not found}.get(operator)


def _written(token: Token) -> str:
    kind, text = token
    return text if kind == "variable" or "'" in text[1:-1] else f"'{text[1:-1]}'"


def _joined(operator: str, left: Part, right: Part) -> Part:
    decides = operator == "or"  # True or x; False and x
    if left is decides or right is decides:
        return decides
    if isinstance(left, bool):
        return right
    if isinstance(right, bool) or left == right:
        return left
    texts = [f"({text})" if inner not in ("", operator) else text for text, inner in (left, right)]
    return f" {operator} ".join(texts), operator


def check_marker(marker: str, *, lock: bool = False) -> None:
    """Check a marker's syntax.

    :param lock: the variables of locks, `extras` and `dependency_groups`, are allowed.
    :raises MarkerError: it is none.
    """
    _Reader(marker, {}, [*_VARIABLES, *(_LOCK_VARIABLES if lock else ())]).read()


def fold_marker(marker: str, wanted: Mapping[str, Iterable[str]]) -> str | None:
    """Answer what a marker asks about extras and groups.

    :param marker: one that `check_marker` has seen, or empty.
    :param wanted: `extra`, `extras`, `dependency_groups` → the normalized names that are wanted; one that is missing stays.
    :returns: the rest as a marker, empty where it always holds; `None` where it never does.
    """
    if not any(variable in marker for variable in wanted):
        return marker
    part = _Reader(marker, wanted, [*_VARIABLES, *_LOCK_VARIABLES]).read()
    if isinstance(part, bool):
        return "" if part else None
    return part[0]


def all_of(markers: Iterable[str]) -> str:
    """Join markers that must all hold; empty ones always do."""
    texts = list(dict.fromkeys(filter(None, markers)))
    return texts[0] if len(texts) == 1 else " and ".join(f"({text})" if " or " in text else text for text in texts)


def any_of(markers: Iterable[str]) -> str:
    """Join markers one of which must hold; an empty one always does."""
    texts = list(dict.fromkeys(markers))
    if "" in texts:
        return ""
    return texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)
