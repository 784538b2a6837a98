"""Two C/C++ toolchains (JSON, docs/contracts.md) compared: which flag, which program."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from execlog.explain.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["compare_toolchains"]

_LISTS = {
    "c_flags": "C",
    "cxx_flags": "C++",
    "link_shared_flags": "link (shared)",
    "link_executable_flags": "link (executable)",
}
_COMPILERS = ("cc", "cxx")


def compare_toolchains(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Fact]:
    """Return what differs. Another compiler brings its own flags and programs: it is one fact, with these beside it."""
    flags, others = list(_flags(left, right)), list(_fields(left, right))
    old, new = _compiler(left), _compiler(right)
    if old == new:
        return flags + others
    also = tuple((fact.subject, fact.left, fact.right) for fact in flags + others)
    return [Fact(kind="compiler", subject="C/C++ compiler", left=old, right=new, also=also)]


def _compiler(document: Mapping[str, Any]) -> str:
    tools = document.get("tools") or {}
    programs = dict.fromkeys(str(tools[name]) for name in _COMPILERS if tools.get(name))
    return " ".join(filter(None, (str(document.get("compiler", "")), ", ".join(programs))))


def _flags(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield one fact for each change of flags; the lists that have it are named together."""
    found: dict[tuple[str | None, str | None], list[str]] = {}
    for key, name in _LISTS.items():
        for change in _hunks([str(f) for f in left.get(key) or ()], [str(f) for f in right.get(key) or ()]):
            found.setdefault(change, []).append(name)
    for (old, new), names in found.items():
        *others, last = dict.fromkeys(names)
        lists = f"{', '.join(others)} and {last}" if others else last
        if old is None:
            subject = f"{new} added to {lists} flags"
        elif new is None:
            subject = f"{old} removed from {lists} flags"
        elif old == new:
            subject = f"{old} at another place among {lists} flags"
        else:
            subject = f"{old} → {new} in {lists} flags"
        yield Fact(kind="flag", subject=subject, left=old, right=new)


def _hunks(left: list[str], right: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Yield (removed, added); flags that need no word after them are told one by one."""
    removed, added = [], []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "replace" and b - a == d - c == 1:
            yield left[a], right[c]
        elif tag != "equal":
            removed += _words(left[a:b])
            added += _words(right[c:d])
    for flag in [flag for flag in removed if flag in added]:
        removed.remove(flag)
        added.remove(flag)
        yield flag, flag
    yield from ((flag, None) for flag in removed)
    yield from ((None, flag) for flag in added)


def _words(flags: list[str]) -> list[str]:
    """Return flags; one that is followed by a word of its own, as `-isystem FOLDER`, stays with it."""
    words: list[str] = []
    for flag in flags:
        if flag.startswith("-") or not words:
            words.append(flag)
        else:
            words[-1] += f" {flag}"
    return words


def _fields(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield what differs besides flags and the compiler."""
    for key in sorted((left.keys() | right.keys()) - _LISTS.keys() - {"compiler"}):
        old, new = left.get(key), right.get(key)
        if isinstance(old or {}, dict) and isinstance(new or {}, dict):
            old, new = old or {}, new or {}
            names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
            names = [name for name in names if key != "tools" or name not in _COMPILERS]
            what = "tool" if key == "tools" else "variable" if key == "env" else key
            yield from (
                Fact(kind="toolchain", subject=f"{what} {name}", left=_text(old.get(name)), right=_text(new.get(name)))
                for name in names
            )
        elif old != new:
            yield Fact(kind="toolchain", subject=key, left=_text(old), right=_text(new))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
