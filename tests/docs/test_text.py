"""Pages are text for people: nothing is encoded twice, and no program's dicts or lists stand in prose."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING

import pytest
from dev.api_docs import utf8
from support.pages import FENCE, REPOSITORY, pages

if TYPE_CHECKING:
    from types import ModuleType

NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
DUMPED = re.compile(r"\{'\w+': |\{\"\w+\": |\['\w+', |<\w+ object at ")


def encoded_twice(text: str) -> list[str]:
    """Return the pieces of a text that are UTF-8 read as Latin-1 or as Windows-1252, and encoded again."""
    found = []
    for match in NOT_ASCII.finditer(text):
        for wrong in ("latin-1", "cp1252"):
            try:
                once = match[0].encode(wrong).decode("utf-8")
            except UnicodeError:
                continue
            found += [match[0]] if once != match[0] else []
    return found


def dumped(text: str) -> list[str]:
    """Return what looks like a value of Python in a page's prose and tables; code is none."""
    return DUMPED.findall(re.sub(r"`[^`\n]*`", "", FENCE.sub("", text)))


@pytest.mark.parametrize("page", pages(REPOSITORY))
def test_pages_are_text(page: str) -> None:
    """No page has an arrow that became three letters, or a dict in a cell."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    assert (encoded_twice(text), dumped(text)) == ([], [])


@pytest.mark.parametrize(
    ("text", "twice", "values"),
    [
        ("label → string, naïve, “quotes”, Größe", False, False),
        ("label â\x86\x92 string", True, False),
        ("label \u00e2\u2020\u2019 string", True, False),
        ("GrÃ¶Ã\x9fe", True, False),
        ("| **{'here': False, 'root': False}** |", False, True),
        ("`{'here': False}` and\n```\n{'here': False}\n```\n", False, False),
    ],
)
def test_what_is_no_text_is_found(text: str, twice: bool, values: bool) -> None:
    """In each way in which it goes wrong; other letters than ASCII, and code, are right (control)."""
    assert (bool(encoded_twice(text)), bool(dumped(text))) == (twice, values)


@pytest.mark.parametrize("text", ["label → string", "plain", "Größe", "…"])
def test_strings_of_bazel(text: str) -> None:
    """Bazel writes some strings encoded once and some twice; both are read as they were written."""
    once = text.encode("utf-8")
    assert utf8(once) == text
    assert utf8(once.decode("latin-1").encode("utf-8")) == text


@pytest.fixture(scope="module")
def prove() -> ModuleType:
    """The program that writes the table of docs/hermetic-compiler.md."""
    spec = importlib.util.spec_from_file_location("prove", REPOSITORY / "tools/dev/hermetic/prove.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("here", "root", "cell"),
    [(True, True, "yes"), (True, False, "**only on this machine**"), (False, False, "**on neither**")],
)
def test_where_a_wheel_works(prove: ModuleType, here: bool, root: bool, cell: str) -> None:
    """The table of the hermetic compiler says it in words."""
    assert prove.said({"here": here, "root": root}) == cell
