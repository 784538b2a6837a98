"""The page of `verify --html`: well-formed, self-contained, with the facts, and safe against hostile names."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from reprowheel.compare import Comparison, compare_paths
from reprowheel.verify import PERTURBATIONS, Tried, Verdict
from reprowheel.verify.page import verdict_page

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "br"}
HOSTILE = "a<script>alert('x')</script>&\"b\x1b[0m"


class Outline(HTMLParser):
    """Checks that tags close in order, and collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if "style" not in self.open:
            self.text += data


def outline(page: str) -> Outline:
    """Parse a page and check that it is whole."""
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    """Two trees that differ in a file with a hostile name and hostile content, and in a mode."""
    for side, day in (("left", "2026-11-23"), ("right", "2030-01-23")):
        (tmp_path / side).mkdir()
        (tmp_path / side / HOSTILE.replace("/", "_")).write_text(f"<b>built</b> {day} & more\n", encoding="utf-8")
        (tmp_path / side / "plain").write_text("", encoding="utf-8")
    (tmp_path / "right" / "plain").chmod(0o755)
    return compare_paths(tmp_path / "left", tmp_path / "right")


def verdict(status: str, comparison: Comparison | None = None, guilty: str = "", **more: str) -> Verdict:
    """Return a verdict."""
    tried = tuple(
        Tried(name=p.name, changes=p.changes, how=p.how, result="guilty" if p.name == guilty else "equal")
        for p in PERTURBATIONS
    )
    return Verdict(
        package="tiny==1.0",
        sdist="tiny-1.0.tar.gz",
        sdist_sha256="1" * 64,
        status=status,
        wheel="tiny-1.0-py3-none-any.whl",
        wheel_sha256="2" * 64,
        tried=tried,
        comparison=comparison,
        builds=5,
        **more,  # type: ignore[arg-type]
    )


def test_facts_of_a_difference(comparison: Comparison) -> None:
    """Verdict, digests, culprit, both sides with the difference marked, cause, advice, and every perturbation."""
    page = verdict_page([verdict("different", comparison, "clock")])
    found = outline(page)
    for text in (
        "Different",
        "tiny==1.0",
        "1" * 64,
        "2" * 64,
        "What makes the difference: clock",
        "line 1",
        "offset 0x",
    ):
        assert text in found.text, text
    assert "2 of 2 files differ" in found.text
    assert "a time or date" in found.text
    assert "mode 0644 on the left, 0755 on the right" in found.text
    for p in PERTURBATIONS:
        assert p.name in found.text
    assert found.text.count("no difference") == len(PERTURBATIONS) - 1
    assert re.search(r"<mark>26-11</mark>|<mark>26-1", page)


def test_hostile_names_and_content(comparison: Comparison) -> None:
    """Nothing from outside becomes markup, an attribute or a control character."""
    page = verdict_page([verdict("different", comparison, error=HOSTILE, tip=HOSTILE, diffoscope=HOSTILE)])
    found = outline(page)
    assert "script" not in found.tags
    assert "b" in found.tags  # our own
    assert page.count("<script") == 0
    assert "\x1b" not in page
    assert "a<script>alert('x')</script>&\"b\\x1b[0m" in found.text
    assert "<b>built</b> 20" in found.text


def test_needs_nothing_else(comparison: Comparison) -> None:
    """No script, no link, no image, no address: the page can be mailed."""
    page = verdict_page([verdict("different", comparison), verdict("equal"), verdict("failed", error="no")])
    found = outline(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert [
        value for name, value in found.attributes if name in {"src", "href"} and not (value or "").startswith("#")
    ] == []
    assert "url(" not in page
    assert "@import" not in page
    assert page.startswith("<!DOCTYPE html>\n<html lang=")
    assert "prefers-color-scheme: dark" in page


def test_several_verdicts() -> None:
    """A table leads to each."""
    page = verdict_page([verdict("equal"), verdict("failed", error="liblucky.so.1 is not declared")])
    found = outline(page)
    assert "1 of 2 sdists" in found.text
    assert {v for n, v in found.attributes if n == "href"} == {v and f"#{v}" for n, v in found.attributes if n == "id"}
    assert "liblucky.so.1 is not declared" in found.text
    assert "Reproducible" in found.text


def test_equal_says_how_many() -> None:
    """A good verdict says under how many perturbations; those that were not applied do not count."""
    good = verdict("equal")
    assert f"{len(PERTURBATIONS)} perturbations" in outline(verdict_page([good])).text
    first = good.tried[0]
    fewer = Verdict(
        package="x==1",
        sdist="x",
        sdist_sha256="",
        status="equal",
        tried=(Tried(name=first.name, changes="", how="", result="missing", detail="forbidden"), *good.tried[1:]),
    )
    text = outline(verdict_page([fewer])).text
    assert f"{len(PERTURBATIONS) - 1} perturbations" in text
    assert "forbidden" in text
