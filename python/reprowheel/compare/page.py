"""Renders a comparison as one HTML page without scripts and other files."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from reprowheel.compare.render import comparison_text, headline
from reprowheel.output.page_style import STYLE
from reprowheel.output.printable import printable

if TYPE_CHECKING:
    from reprowheel.compare.model import Comparison

__all__ = ["comparison_page"]


def comparison_page(comparison: Comparison) -> str:
    """Return the page; all text from the compared files is escaped."""
    kind, word = ("ok", "Equal") if comparison.equal else ("bad", "Different")
    title = f"{comparison.files} files are equal" if comparison.equal else headline(comparison)
    text = "\n".join(escape(printable(line)) for line in comparison_text(comparison).splitlines())
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>reprowheel compare: {escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>reprowheel compare</h1>\n<h2><span class="badge {kind}">{word}</span> {escape(title)}</h2>\n'
        f"<pre>{text}</pre>\n</main>\n</body>\n</html>\n"
    )
