"""CONTRIBUTING.md says that each message of the rules has a test for its text: a message without one is found here."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
PLACEHOLDER = re.compile(r"\{+\w*\}+")
IN_GENERATED_TEXT = re.compile(r'fail\(\(?"((?:[^"\\]|\\.)*)"')
# So many characters in a row must stand in a test; a shorter text must stand there as a whole.
ENOUGH = 24
# Such as "{}: {}", which puts a place in front of a message that is made elsewhere.
ONLY_PLACES = 8


def text_of(node: ast.AST) -> str | None:
    """Return a string with its pieces joined, `{}` for what is not known; None for what is no string."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None and right is None else f"{left or '{}'}{right or '{}'}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "replace"):
        return text_of(node.func.value)
    return None


def strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield each string below a node and its line."""
    text = text_of(node)
    if text is not None:
        yield getattr(node, "lineno", 0), text
    arguments = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []
    for child in arguments if text is not None else ast.iter_child_nodes(node):
        yield from strings(child)


def messages(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and text of what `fail` is given, here or in a generated file, and of what reads like a message."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fail" and node.args:
            text = text_of(node.args[0])
            if text is not None:
                yield node.lineno, text
    for line, text in strings(tree):
        generated = IN_GENERATED_TEXT.findall(text)
        yield from ((line, found) for found in generated)
        told = [part for part in text.splitlines() if "; expected " in part or "To fix: " in part]
        yield from ((line, part) for part in told if not generated)


def unasserted(tree: ast.AST, asserted: str) -> dict[int, str]:
    """Return the messages of a file that no test names, by line."""
    found = {}
    for line, text in messages(tree):
        fixed = max((piece.strip() for piece in PLACEHOLDER.split(text)), key=len)
        parts = (fixed[at : at + ENOUGH] for at in range(max(1, len(fixed) - ENOUGH + 1)))
        if len(fixed) > ONLY_PLACES and not any(part in asserted for part in parts):
            found[line] = text
    return found


@pytest.fixture(scope="module")
def asserted() -> str:
    """Return every string of the tests; in patterns of regular expressions, what they stand for."""
    texts = []
    for path in sorted([*REPOSITORY.glob("tests/**/*.py"), *REPOSITORY.glob("tests/**/*.bzl")]):
        if path != Path(__file__).resolve():
            texts += [text for _, text in strings(ast.parse(path.read_text(encoding="utf-8")))]
    return "\n".join([*texts, *(re.sub(r"\\(\W)", r"\1", text) for text in texts)])


def test_every_message_is_in_a_test(asserted: str) -> None:
    """No fail(), and nothing that says what was expected or how to fix it, without a test for its text."""
    missing = {}
    count = 0
    for path in sorted(REPOSITORY.glob("python/**/*.bzl")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        count += len(list(messages(tree)))
        missing |= {f"{path.relative_to(REPOSITORY)}:{line}": text for line, text in unasserted(tree, asserted).items()}
    assert count > 150, "the scan must have found the messages"
    assert missing == {}


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ('fail("{}: the frobnicator is nowhere to be seen.".format(x))', True),
        ('fail(("{}: the frobnicator " + "is nowhere to be seen.").format(x))', True),
        ('fail("{}: the frobnicator broke.".format(x))', False),
        ('fail("{}: {}".format(x, y))', False),
        ("fail(error)", False),
        ('X = "the {x} is odd; expected a frobnicator of another kind."', True),
        ('X = "the {x} is odd; expected the frobnicator broke."', False),
        ('X = """def f():\\n    fail("a frobnicator that nobody has seen")\\n"""', True),
    ],
)
def test_the_scan_finds_them(source: str, is_found: bool) -> None:
    """In every form in which messages are written; one that a test has is none."""
    asserted = "xx: the frobnicator broke.\nit is odd; expected the frobnicator broke"
    assert bool(unasserted(ast.parse(source), asserted)) is is_found
