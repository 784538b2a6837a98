"""Version specifiers: packaging is the reference."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from reprowheel.requirements.tables.version import is_version, matches

ANSWERS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[3] / "starlark" / "locks" / "packaging_answers.json").read_text(encoding="utf-8")
)
VERSIONS = """
    0 1 1.0 1.0.0 1.1 1.10 2!1.0 1.0a1 1.0.alpha-1 1.0b2 1.0c1 1.0rc1 1.0.pre1 1.0.post1 1.0-1 1.0.rev2 1.0.post1.dev2
    1.0.dev3 1.0a1.post2.dev3 v1.0 1.0+local 1.0+local.2 1.0+1.a 1.0.RC2 1.0post 1.0dev 1.0.1rc1
""".split()


def test_recorded_answers() -> None:
    """Each version matches as packaging has it, as the Starlark side is tested."""
    for version, specifier, answer in ANSWERS["specifiers"]:
        assert matches(version, specifier) is answer, (version, specifier)


@pytest.mark.parametrize("operator", ["==", "!=", "<=", ">=", "~=", "<", ">", "==="])
def test_every_pair(operator: str) -> None:
    """Each version is compared with each, where packaging has an answer."""
    for version, other, wildcard in itertools.product(VERSIONS, VERSIONS, ("", ".*")):
        specifier = f"{operator}{other}{wildcard}"
        try:
            expected = SpecifierSet(specifier).contains(version, prereleases=True)
        except InvalidSpecifier:
            continue
        assert matches(version, specifier) is expected, (version, specifier)


@pytest.mark.parametrize("specifier", ["3", "x", ">=", ">=x", "~=1", ">=3.*", "=>3", ">=3 <4", "3.*"])
def test_what_is_no_specifier(specifier: str) -> None:
    """Neither packaging nor this reader takes it."""
    with pytest.raises(ValueError, match=r".*"):
        matches("3", specifier)
    with pytest.raises(InvalidSpecifier):
        SpecifierSet(specifier)


@pytest.mark.parametrize("text", [*VERSIONS, "", "x", "1.", "1..0", "1.0-", "1.0x1", "1.0+", "final-1.0"])
def test_what_is_a_version(text: str) -> None:
    """The same texts as in packaging."""
    try:
        expected = bool(Version(text))
    except InvalidVersion:
        expected = False
    assert is_version(text) is expected
