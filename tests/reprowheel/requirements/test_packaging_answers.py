"""The answers that the Starlark code is compared with are those of packaging."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

ANSWERS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "starlark" / "locks" / "packaging_answers.json").read_text(encoding="utf-8")
)


def test_markers() -> None:
    """Each marker holds in its environment as recorded; both answers occur."""
    for marker, environment, answer in ANSWERS["markers"]:
        assert Marker(marker).evaluate(ANSWERS["environments"][environment]) is answer, marker
    assert {answer for *_, answer in ANSWERS["markers"]} == {True, False}


def test_specifiers() -> None:
    """Each version matches as recorded; both answers occur."""
    for version, specifier, answer in ANSWERS["specifiers"]:
        assert SpecifierSet(specifier).contains(version, prereleases=True) is answer, (version, specifier)
    assert {answer for *_, answer in ANSWERS["specifiers"]} == {True, False}
