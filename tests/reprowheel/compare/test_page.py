"""The page of `compare --html`: well-formed, self-contained, and safe against what is in the compared files."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from support.builds import make_wheel

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = {"meta", "br", "link"}


class Page(HTMLParser):
    """Reads a page; what is open must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it; nothing is loaded, and nothing is run."""
        self.tags.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onclick", "onload"}
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect it."""
        self.text += data


@pytest.mark.parametrize(("text", "code"), [("a = '<script>1</script>\\x1b[2J'", 1), ("a = 2", 0)])
def test_page(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int) -> None:
    """The page names the file and what differs, beside the answer on standard output; exit code as without it."""
    for folder, content in (("a", text), ("b", "a = 2")):
        make_wheel(tmp_path / folder, "tiny", "1.0", {"tiny.py": content.encode().decode("unicode_escape")})
    wheels = [str(tmp_path / folder / "tiny-1.0-py3-none-any.whl") for folder in ("a", "b")]
    assert main(["compare", *wheels, "--html", str(tmp_path / "page.html")]) == code
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert "\x1b" not in page.text
    assert ("Different" if code else "Equal") in page.text
    assert ("tiny.py" in page.text) is bool(code)
    assert capsys.readouterr().out.startswith("DIFFERENT" if code else "EQUAL")
