"""Says which versions a requirement of Cargo.toml allows (the Cargo book, "Specifying dependencies")."""

from __future__ import annotations

import re

__all__ = ["allows"]

_NUMBER = r"(0|[1-9]\d*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-\S+)?(?:\+\S+)?")
_PART = r"(\d+|[*xX])"
_ONE = re.compile(rf"(=|>=|<=|>|<|\^|~)?\s*{_PART}(?:\.{_PART})?(?:\.{_PART}(?:-[0-9A-Za-z.-]+)?(?:\+\S+)?)?")


def allows(requirement: str, version: str) -> bool:
    """Say whether a requirement allows a version; it does where only cargo can tell: pre-releases, and what is no requirement."""
    found = _VERSION.fullmatch(version)
    if not found or found[4]:
        return True
    numbers = tuple(int(found[group]) for group in (1, 2, 3))
    return all(_one_allows(text.strip(), numbers) for text in requirement.split(","))


def _one_allows(text: str, version: tuple[int, ...]) -> bool:
    found = _ONE.fullmatch(text)
    if found is None or "-" in text:
        return True
    given: list[int] = []
    for part in found.groups()[1:]:
        if part is None or not part.isdigit():
            break
        given.append(int(part))
    if not given:
        return True
    operator = found[1] or ("=" if re.search(r"[*xX]", text) else "^")
    least = _filled(given)
    if operator in {">", ">=", "<", "<="}:
        return {">": version >= _after(given), ">=": version >= least, "<": version < least, "<=": version < _after(given)}[
            operator
        ]
    kept = len(given)
    if operator == "~":
        kept = min(kept, 2)
    elif operator == "^":
        kept = next((index for index, number in enumerate(given, 1) if number), kept)
    return least <= version < _after(given[:kept])


def _filled(numbers: list[int]) -> tuple[int, ...]:
    return (*numbers, 0, 0)[:3]


def _after(numbers: list[int]) -> tuple[int, ...]:
    """Return the first version that does not begin with these numbers."""
    return _filled([*numbers[:-1], numbers[-1] + 1])
