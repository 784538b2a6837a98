"""docs/containment.md promises nothing without a test: each test that it names exists, with the parameters it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from support.hostile import SITUATIONS

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "containment.md"
NAMED = re.compile(r"\[`(test_\w+)(?:\[([\w-]+)\])?`\]\(\.\./([\w/]+\.py)\)")


def missing(text: str) -> list[str]:
    """Return the tests that a page names and that do not exist."""
    wrong = []
    for name, parameters, file in NAMED.findall(text):
        path = REPOSITORY / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module(body=[], type_ignores=[])
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        situations = sorted((name.replace(" ", "-") for name in SITUATIONS), key=len, reverse=True)
        known = not parameters or any(parameters == s or parameters.startswith(f"{s}-") for s in situations)
        wrong += [] if name in functions and known else [name]
    return wrong


def test_every_row_has_a_test() -> None:
    """Each situation of the table names tests, and all of them exist."""
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("## Where it is promised")[1].split("##")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| situation")]
    assert len(rows) == 6
    assert [row for row in rows if not NAMED.search(row)] == []
    assert missing(text) == []


@pytest.mark.parametrize("name", ["test_nowhere", "test_files[moon]", "test_network[root-extra]x"])
def test_a_test_that_does_not_exist_is_found(name: str) -> None:
    """A wrong name, and a situation that there is not (control)."""
    text = f"[`{name}`](../tests/reprowheel/containment/test_hostile.py)"
    assert missing(text) or not NAMED.search(text)
