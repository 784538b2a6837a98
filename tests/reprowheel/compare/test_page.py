"""The page of `compare`: the verdict first, then each file once with its causes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.visible import Outline

from reprowheel.__main__ import main
from reprowheel.compare import compare_paths
from reprowheel.compare.page import comparison_page

if TYPE_CHECKING:
    from pathlib import Path


def trees(folder: Path, *files: tuple[str, str, str]) -> tuple[Path, Path]:
    """Write two trees from (name, content on the left, content on the right), and return them."""
    for side in (1, 2):
        for file in files:
            path = folder / "ab"[side - 1] / file[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file[side], encoding="utf-8")
    return folder / "a", folder / "b"


def test_verdict_and_causes_come_first(tmp_path: Path) -> None:
    """How many files differ, and from what; what nobody knows comes last among the causes."""
    left, right = trees(
        tmp_path,
        ("one", "2026-11-23\n", "2030-01-02\n"),
        ("two", "qwx\n", "vbn\n"),
        ("three", "vbn\n", "qwx\n"),
        ("same", "", ""),
    )
    page = comparison_page(compare_paths(left, right))
    text = Outline(page).text
    assert re.search(r"✗ 3 of 4 files differ\.\s*Causes: a time or date \(1 file\); unknown \(2 files\)\.", text)
    assert "reprowheel compare: 3 of 4 files differ." in page
    assert text.index("Causes: ") < text.index("What differs") < text.index("About this page")


def test_a_file_stands_once(tmp_path: Path) -> None:
    """Several differences of one file are in one box; what to do stands once for each cause."""
    lines = "".join(f"day {{}}-0{n}-11 and more text that is the same\n{'-' * 300}\n" for n in range(1, 4))
    left, right = trees(tmp_path, ("dates", lines.format(*[2026] * 3), lines.format(*[2031] * 3)))
    page = comparison_page(compare_paths(left, right))
    assert page.count('<article class="box">') == 1
    assert page.count("To do:") == 1
    assert page.count("SOURCE_DATE_EPOCH") == 1


def test_many_files(tmp_path: Path) -> None:
    """Of very many files the page shows two hundred, and says how many are left."""
    left, right = trees(tmp_path, *((f"f{n}", f"{n}\n", f"-{n}\n") for n in range(203)))
    page = comparison_page(compare_paths(left, right))
    assert page.count('<article class="box">') == 200
    assert "… and 3 more files; --json has all of them." in Outline(page).text


def test_equal(tmp_path: Path) -> None:
    """Equal sides have a page, too."""
    left, right = trees(tmp_path, ("one", "text\n", "text\n"))
    text = Outline(comparison_page(compare_paths(left, right))).text
    assert "✓ Both sides are equal: 1 file, 5 bytes." in text
    assert "What differs" not in text


@pytest.mark.parametrize(("right", "code"), [("text\n", 0), ("<script>\x1b[2J\n", 1)])
def test_option(tmp_path: Path, capsys: pytest.CaptureFixture[str], right: str, code: int) -> None:
    """`--html` writes the page beside the answer on standard output; the exit code is the same; text of files is text."""
    left, other = trees(tmp_path, ("one", "text\n", right))
    assert main(["compare", str(left), str(other), "--html", str(tmp_path / "page.html")]) == code
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "\x1b" not in page
    assert ("&lt;script&gt;" in page) is bool(code)
    assert capsys.readouterr().out.startswith("DIFFERENT" if code else "EQUAL")
