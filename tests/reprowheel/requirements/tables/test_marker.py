"""Markers as texts: what is known is answered, the rest means what it meant; packaging is the reference."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker

from reprowheel.requirements.tables.marker import MarkerError, all_of, any_of, check_marker, fold_marker

ANSWERS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[3] / "starlark" / "locks" / "packaging_answers.json").read_text(encoding="utf-8")
)
WANTED = {"extra": ["extra-3-app-cpu"], "extras": ["a"]}


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("", ""),
        ("'A' in extras", ""),
        ("'a' not in extras or 'b' in extras", None),
        ("'b' in extras and os_name == 'nt'", None),
        ("'b' in extras or os_name == 'nt'", "os_name == 'nt'"),
        (
            "(os_name == 'nt' or 'b' in extras) and (python_version < '3' or os_name != \"x'y\")",
            "os_name == 'nt' and (python_version < '3' or os_name != \"x'y\")",
        ),
        ("dependency_groups", "dependency_groups"),
        ("extra == 'extra-3-app-cpu' and extra != 'extra-3-app-gpu'", ""),
        (
            "os_name == 'nt' and (extra == 'extra-3-app-gpu' or 'x' in sys_platform)",
            "os_name == 'nt' and 'x' in sys_platform",
        ),
        (
            "os_name not in 'nt' or 'a' in extras and os_name == 'x' and 'b' not in extras",
            "os_name not in 'nt' or os_name == 'x'",
        ),
        ("os_name == \"nt\" and 'a' in extras", "os_name == 'nt'"),
        ("(os_name == 'nt') and (os_name == 'nt' and 'a' in extras)", "os_name == 'nt'"),
    ],
)
def test_what_is_known_is_answered(marker: str, expected: str | None) -> None:
    """The rest keeps its meaning."""
    assert fold_marker(marker, WANTED) == expected


def test_the_rest_means_the_same() -> None:
    """Combined with extras in every way, what is left holds where packaging says that the whole does."""
    parts = [marker for marker, *_ in ANSWERS["markers"] if "extra" not in marker][:40]
    shapes = [
        "({0}) and 'a' in extras",
        "'b' in extras or {0}",
        "'b' in extras and ({0}) or {1}",
        "({0} or 'a' not in extras) and ({1} or 'b' in extras)",
        "{0} and ({1} or 'b' in extras)",
    ]
    for shape, (one, other) in itertools.product(shapes, itertools.pairwise(parts)):
        marker = shape.format(f"({one})", f"({other})")
        rest = fold_marker(marker, {"extras": {"a"}})
        for environment in ANSWERS["environments"][:5]:
            expected = Marker(marker).evaluate({**environment, "extras": frozenset("a")}, context="lock_file")
            found = rest is not None and (not rest or Marker(rest).evaluate(environment))
            assert found is expected, (marker, rest)


def test_all_markers_of_packaging_are_markers() -> None:
    """What packaging has answered is accepted."""
    for marker, *_ in ANSWERS["markers"]:
        check_marker(marker)
    check_marker("'a' in extras and python_implementation == 'x'", lock=True)


VARIABLE = "where a variable, a string or an operator is expected"
NO_MARKER = 'is not a marker; expected for example: python_version < "3.12"'


@pytest.mark.parametrize(
    ("marker", "what"),
    [
        ("x", f"has 'x' {VARIABLE}"),
        ("os_name == 'x", f"has a string that does not end {VARIABLE}"),
        ("os_name = 'x'", f"has '=' {VARIABLE}"),
        ("'a' in extras", f"has 'extras' {VARIABLE}"),
        ("os_name", NO_MARKER),
        ("os_name == ", NO_MARKER),
        ("os_name == 'x' and", NO_MARKER),
        ("os_name not 'x'", NO_MARKER),
        ("os_name == 'x' os_name == 'y'", NO_MARKER),
        ("(os_name == 'x'", NO_MARKER),
        ("os_name == 'x')", NO_MARKER),
        ("()", NO_MARKER),
    ],
)
def test_what_is_no_marker(marker: str, what: str) -> None:
    """The message has the text and what is wrong with it; packaging refuses it, too."""
    with pytest.raises(MarkerError) as caught:
        check_marker(marker)
    assert str(caught.value) == f"marker '{marker}' {what}"


def test_joining() -> None:
    """Parentheses where they are needed; the same marker once; an empty one always holds."""
    assert all_of(["a == 'b'", "", "c == 'd' or e == 'f'", "a == 'b'"]) == "a == 'b' and (c == 'd' or e == 'f')"
    assert all_of(["", ""]) == ""
    assert any_of(["a == 'b'", ""]) == ""
    assert any_of(["a == 'b'", "c == 'd'", "a == 'b'"]) == "(a == 'b') or (c == 'd')"


@pytest.mark.parametrize("marker", ["(" * 5000, "(" * 51 + "extra == 'a'" + ")" * 51])
def test_nested_too_deeply(marker: str) -> None:
    """Parentheses are counted before anything is read by recursion; fifty are allowed."""
    with pytest.raises(MarkerError, match="has more than 50 parentheses within each other") as caught:
        check_marker(marker)
    assert len(str(caught.value)) < 300
    check_marker("(" * 50 + "python_version == '3.12'" + ")" * 50)
