"""One thing that differs, in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FACTS", "Fact"]

FACTS = {
    "flag": "COMPILER FLAG",
    "compiler": "COMPILER",
    "toolchain": "C/C++ TOOLCHAIN",
    "tool": "HOST TOOL",
    "header": "HOST HEADER",
    "library": "HOST LIBRARY",
    "python": "PYTHON",
    "requirement": "BUILD REQUIREMENT",
    "rust": "RUST TOOLCHAIN",
    "crate": "CRATE",
    "package": "PACKAGE",
    "setting": "SETTING",
    "metadata": "EXPECTED METADATA",
    "native": "NATIVE DEPENDENCIES",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A root cause in words.

    :param kind: a key of `FACTS`.
    :param subject: what differs.
    :param left: what A has; `None` for nothing at all. `right` is B's.
    :param also: what differs with it and needs no other cause: (what, in A, in B).
    """

    kind: str
    subject: str
    left: str | None
    right: str | None
    also: tuple[tuple[str, str | None, str | None], ...] = ()
