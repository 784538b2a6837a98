"""Markers (PEP 508) as texts: what is known of extras and groups is answered, the rest stays a marker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .names import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    # An answer, or the text of a marker with the operator that binds weakest in it.
    Part = bool | tuple[str, str]

__all__ = ["MarkerError", "all_of", "any_of", "check_marker", "fold_marker"]

_TOKEN = re.compile(r"""([()])|('[^']*'|"[^"]*")|(===|==|!=|<=|>=|~=|<|>)|([\w.]+)""")
_KINDS = ("bracket", "string", "operator", "word")
# The names of PEP 508, those that PEP 345 had, and the sets that only locks have (PEP 751).
_LOCK_VARIABLES = ("dependency_groups", "extras")
_VARIABLES = """
    extra implementation_name implementation_version os_name platform_machine platform_python_implementation platform_release
    platform_system platform_version python_full_version python_version sys_platform
    os.name platform.machine platform.python_implementation platform.version python_implementation sys.platform
""".split()


class MarkerError(ValueError):
    """A text that is no marker; the message says why."""


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(marker: str, variables: Iterable[str]) -> list[_Token]:
    tokens, at = list[_Token](), 0
    while at < len(marker):
        if marker[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(marker, at)
        kind = _KINDS[(found.lastindex or 1) - 1] if found else ""
        text = found[0] if found else marker[at]
        if kind == "word":
            kind = text if text in ("and", "or", "in", "not") else "variable" if text in variables else ""
        if not kind:
            what = "a string that does not end" if text in ("'", '"') else f"'{text}'"
            message = f"marker '{marker}' has {what} where a variable, a string or an operator is expected"
            raise MarkerError(message)
        tokens.append(_Token(text if kind == "bracket" else kind, text))
        at += len(text)
    return tokens


class _Reader:
    """Reads a marker from left to right, and answers what it can on the way."""

    def __init__(self, marker: str, wanted: Mapping[str, Iterable[str]], variables: Iterable[str]) -> None:
        self.marker = marker
        self.wanted = wanted
        self.tokens = _tokens(marker, variables)[::-1]

    def read(self) -> Part:
        part = self._any()
        if self.tokens:
            raise self._error()
        return part

    def _error(self) -> MarkerError:
        return MarkerError(f"marker '{self.marker}' is not a marker; expected for example: python_version < \"3.12\"")

    def _takes(self, *kinds: str) -> _Token:
        if not self.tokens or self.tokens[-1].kind not in kinds:
            raise self._error()
        return self.tokens.pop()

    def _next_is(self, kind: str) -> bool:
        return bool(self.tokens) and self.tokens[-1].kind == kind

    def _any(self) -> Part:
        part = self._all()
        while self._next_is("or"):
            self._takes("or")
            part = _joined("or", part, self._all())
        return part

    def _all(self) -> Part:
        part = self._one()
        while self._next_is("and"):
            self._takes("and")
            part = _joined("and", part, self._one())
        return part

    def _one(self) -> Part:
        if self._next_is("("):
            self._takes("(")
            part = self._any()
            self._takes(")")
            return part
        left = self._takes("string", "variable")
        operator = self._takes("operator", "in", "not").text
        if operator == "not":
            operator = f"not {self._takes('in').text}"
        right = self._takes("string", "variable")
        answer = self._answer(left, operator, right)
        return (f"{_written(left)} {operator} {_written(right)}", "") if answer is None else answer

    def _answer(self, left: _Token, operator: str, right: _Token) -> bool | None:
        """Answer a comparison with extras or groups; `None` for one with the environment."""
        if {left.kind, right.kind} != {"string", "variable"}:
            return None
        variable, string = (left, right) if left.kind == "variable" else (right, left)
        if variable.text not in self.wanted:
            return None
        found = normalize_name(string.text[1:-1]) in self.wanted[variable.text]
        return {"!=": not found, "==": found, "in": found, "not in": not found}.get(operator)


def _written(token: _Token) -> str:
    text = token.text[1:-1]
    return token.text if token.kind != "string" or "'" in text else f"'{text}'"


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
    if len(texts) < 2:
        return "".join(texts)
    return " and ".join(f"({text})" if " or " in text else text for text in texts)


def any_of(markers: Iterable[str]) -> str:
    """Join markers one of which must hold; an empty one always does."""
    texts = list(dict.fromkeys(markers))
    if "" in texts:
        return ""
    return texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)
