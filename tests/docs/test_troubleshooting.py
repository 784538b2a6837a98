"""Each message that docs/troubleshooting.md quotes is in the sources."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
from support.pages import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = REPOSITORY / "docs/troubleshooting.md"
MESSAGE = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
OF_OTHERS = {"Missing digest"}
"""What other programs say."""


def quoted(page: str) -> list[str]:
    """Return the messages in the first columns of a page's tables."""
    return [message for message in MESSAGE.findall(page) if message not in OF_OTHERS]


def strings(node: ast.AST) -> Iterator[str]:
    """Yield the strings below a node; those that `+` joins as one, and without docstrings."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [list(strings(side)) for side in (node.left, node.right)]
        yield "".join("".join(part[:1]) for part in parts)
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from strings(child)


def missing(page: str, root: Path) -> list[str]:
    """Return the quoted messages that no source has."""
    paths = [path for pattern in ("python/**/*.py", "python/**/*.bzl") for path in root.glob(pattern)]
    texts = "\n".join(text for path in paths for text in strings(ast.parse(path.read_text(encoding="utf-8"))))
    return [message for message in quoted(page) if message not in texts]


def test_every_message_is_in_the_sources() -> None:
    """What a reader searches for is what the programs say."""
    page = PAGE.read_text(encoding="utf-8")
    assert len(quoted(page)) > 15
    assert missing(page, REPOSITORY) == []


@pytest.mark.parametrize(
    "source",
    ['x = "it is gone"', 'x = f"{y}: it is gone, {z}"', 'fail("it " +\n"is gone".format(1))', 'x = "it " "is gone"'],
)
def test_where_messages_are_found(tmp_path: Path, source: str) -> None:
    """In plain and formatted strings, and in those that are joined; not in docstrings and comments (control)."""
    (tmp_path / "python").mkdir()
    (tmp_path / "python/a.py").write_text(source, encoding="utf-8")
    assert missing("| `it is gone` | why | what |\n| `it is not` | why | what |\n| symptom | | |\n", tmp_path) == ["it is not"]
    (tmp_path / "python/a.py").write_text('"""It: it is gone."""\n# it is gone\n', encoding="utf-8")
    assert missing("| `it is gone` | why | what |\n", tmp_path) == ["it is gone"]
