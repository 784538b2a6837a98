"""The page of `verify --html`: well-formed, self-contained, with the facts, and safe against hostile names."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

import pytest
from support.visible import Outline

from reprowheel.compare import Comparison, compare_paths
from reprowheel.verify import PERTURBATIONS, Tried, Verdict
from reprowheel.verify.page import verdict_page

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "a<script>alert('x')</script>&\"b\x1b[0m"


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    """Two trees that differ in a file with a hostile name and hostile content, and in a mode."""
    for side, day in (("left", "2026-11-23"), ("right", "2030-01-23")):
        (tmp_path / side).mkdir()
        (tmp_path / side / HOSTILE.replace("/", "_")).write_text(f"<b>built</b> {day} & more\n", encoding="utf-8")
        (tmp_path / side / "plain").write_text("", encoding="utf-8")
    (tmp_path / "right" / "plain").chmod(0o755)
    return compare_paths(tmp_path / "left", tmp_path / "right")


def verdict(status: str, comparison: Comparison | None = None, guilty: str = "", **more: object) -> Verdict:
    """Return a verdict."""
    tried = tuple(
        Tried(name=p.name, changes=p.changes, how=p.how, result="guilty" if p.name == guilty else "equal")
        for p in PERTURBATIONS
    )
    fields = {
        "package": "tiny==1.0",
        "sdist": "tiny-1.0.tar.gz",
        "sdist_sha256": "1" * 64,
        "status": status,
        "wheel": "tiny-1.0-py3-none-any.whl",
        "wheel_sha256": "2" * 64,
        "tried": tried,
        "comparison": comparison,
        "builds": 5,
    }
    return Verdict(**fields | more)  # type: ignore[arg-type]


def test_facts_of_a_difference(comparison: Comparison) -> None:
    """Verdict, digests, culprit, both sides with the difference marked, cause, advice, and every perturbation."""
    page = verdict_page([verdict("different", comparison, "clock")])
    found = Outline(page)
    for text in (
        "tiny==1.0 is not reproducible: 2 of 2 files differ because of clock.",
        "1" * 64,
        "2" * 64,
        "clock: date and time",
        "line 1",
        "offset 0x",
    ):
        assert text in found.text, text
    assert "a time or date" in found.text
    assert "mode 0644 on the left, 0755 on the right" in found.text
    for p in PERTURBATIONS:
        assert p.name in found.text
    assert f"{len(PERTURBATIONS) - 1} changes make no difference" in found.text
    assert re.search(r"<mark>26-11</mark>|<mark>26-1", page)


def test_hostile_names_and_content(comparison: Comparison) -> None:
    """Nothing from outside becomes markup, an attribute or a control character."""
    page = verdict_page([verdict("different", comparison, error=HOSTILE, tip=HOSTILE, diffoscope=HOSTILE)])
    found = Outline(page)
    assert "script" not in found.tags
    assert "b" in found.tags  # our own
    assert page.count("<script") == 0
    assert "\x1b" not in page
    assert "a<script>alert('x')</script>&\"b\\x1b[0m" in found.text
    assert "<b>built</b> 20" in found.text


def test_needs_nothing_else(comparison: Comparison) -> None:
    """No script, no link, no image, no address: the page can be mailed."""
    page = verdict_page([verdict("different", comparison), verdict("equal"), verdict("failed", error="no")])
    found = Outline(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert [
        value for name, value in found.attributes if name in {"src", "href"} and not (value or "").startswith("#")
    ] == []
    assert "url(" not in page
    assert "@import" not in page
    assert page.startswith("<!DOCTYPE html>\n<html lang=")
    assert "prefers-color-scheme: dark" in page


def test_several_verdicts() -> None:
    """A table leads to each that is not reproducible; those that are have one folded table, with what their wheels hash to."""
    page = verdict_page([verdict("equal"), verdict("failed", error="liblucky.so.1 is not declared")])
    found = Outline(page)
    assert "1 of 2 sdists" in found.text
    assert [v for n, v in found.attributes if n == "href"] == [f"#{v}" for n, v in found.attributes if n == "id"] == ["#p1"]
    assert "liblucky.so.1 is not declared" in found.text
    assert re.search(r"<details><summary>1 reproducible</summary>[^!]*2{64}", page)


def test_equal_says_how_many() -> None:
    """A good verdict says under how many perturbations; those that were not applied do not count."""
    good = verdict("equal")
    assert f"{len(PERTURBATIONS)} perturbations" in Outline(verdict_page([good])).text
    first = good.tried[0]
    fewer = Verdict(
        package="x==1",
        sdist="x",
        sdist_sha256="",
        status="equal",
        tried=(Tried(name=first.name, changes="", how="", result="missing", detail="forbidden"), *good.tried[1:]),
    )
    text = Outline(verdict_page([fewer])).text
    assert f"{len(PERTURBATIONS) - 1} perturbations" in text
    assert "forbidden" in text


def test_results_are_sentences(comparison: Comparison) -> None:
    """What was not told apart, not possible or left out is one sentence each, with the reason, above the folded names."""
    results = ["unknown"] * 3 + ["missing"] + ["left-out"] * 2
    tried = tuple(
        Tried(name=f"name-{n}", changes="", how="", result=result, detail="why not") for n, result in enumerate(results)
    )
    for status, sentence in (
        ("unstable", "Which of 3 changes matter was not searched: the sdist differs without any of them"),
        ("different", "Whether 3 changes matter is not known: the search ended before them (--max-builds)"),
    ):
        page = verdict_page([verdict(status, comparison, tried=tried)])
        summaries = re.findall(r"<summary>(.*?)</summary>", page)
        assert [sentence, "1 change is not possible on this machine", "2 changes were left out"] == summaries[:3]
        assert Outline(page).text.count("told apart") == 0
        assert "why not" in Outline(page).text


def test_versions_and_logs() -> None:
    """What was built with which versions, and what the back ends printed, is folded in; escapes of terminals are text."""
    logs = (("as it is", "compiling \x1b[31m<b>\n\tdone\nhttps://u:p4ss@example.org/\n"), ("perturbed", ""))
    page = verdict_page([verdict("equal", logs=logs, built_with=(("C compiler", "cc (Some) 1.2.3"),))])
    assert re.findall(r"<summary>(.*?)</summary>", page)[-3:] == [
        "Command line, versions and machine",
        "Build log, as it is",
        "Build log, perturbed",
    ]
    assert "p4ss" not in page
    text = Outline(page).text
    for part in ("cc (Some) 1.2.3", "compiling \\x1b[31m<b>\n\tdone", "The back end printed nothing.", platform.machine()):
        assert part in text
