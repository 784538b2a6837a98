"""One HTML page for all reports: without scripts and other files, so that it can be mailed and kept.

`page` is the frame: what program, one sentence with the verdict, then sections. The other functions return or yield the parts of
sections. What comes from outside goes through `text` or `code`, and only there; see docs/decisions.md, "One style of pages".
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from reprowheel.output.printable import printable
from reprowheel.output.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["banner", "code", "excerpt", "facts", "fold", "lines", "log", "page", "sides", "table", "text"]

_SIGNS = {"ok": "✓", "bad": "✗"}
_DIGEST = re.compile("[0-9a-f]{64}")
_OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*(?:=[A-Z]+)*)")
_SHORT = 32
_TAB_STOP = ' tabindex="0"'
"""What scrolls in its box can be reached with the keyboard."""


def page(program: str, title: str, parts: Iterable[str]) -> str:
    """Return a page.

    :param program: the command that made it, such as `reprowheel verify`.
    :param title: plain text, for the window's title.
    :param parts: markup; the first is `banner`.
    """
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(f'{program}: {title}'[:140])}</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body>\n<header>{text(program)}</header>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def banner(kind: str, sentence: str, *more: str, level: int = 1) -> str:
    """Return the verdict as a coloured box.

    :param kind: `ok` or `bad`.
    :param sentence: markup of one sentence.
    :param more: markup of further paragraphs.
    """
    rest = "".join(f"<p>{paragraph}</p>" for paragraph in more if paragraph)
    return f'<div class="verdict {kind}"><h{level}>{_SIGNS[kind]} {sentence}</h{level}>{rest}</div>'


def text(given: str) -> str:
    """Return text for HTML; control characters are written as escapes, because HTML does not allow them."""
    return escape(printable(given))


def code(given: str) -> str:
    """Return text in which options, and parts in backquotes, are code. If it fits into a narrow window, it is not broken."""

    def marked(part: str) -> str:
        kind = ' class="word"' if len(part) <= _SHORT else ""
        return f"<code{kind}>{text(part)}</code>"

    def plain(part: str) -> str:
        pieces = _OPTION.split(part)  # every second one is an option
        return "".join(marked(piece) if n % 2 else text(piece) for n, piece in enumerate(pieces))

    return "".join(marked(part) if n % 2 else plain(part) for n, part in enumerate(given.split("`")))


def lines(given: str) -> str:
    """Return text of several lines for `<pre>`; tabs stay."""
    return "\n".join("\t".join(map(text, line.split("\t"))) for line in given.splitlines())


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Return names with their values, both plain text; what has no value is left out."""

    def shown(value: str) -> str:
        return f"<code>{value}</code>" if _DIGEST.fullmatch(value) else text(value)

    found = "".join(f"<dt>{text(name)}</dt><dd>{shown(value)}</dd>" for name, value in rows if value)
    return f'<dl class="facts">{found}</dl>' if found else ""


def fold(summary: str, body: Iterable[str]) -> str:
    """Return a part that is folded in.

    :param summary: plain text.
    :param body: markup.
    """
    return f"<details><summary>{text(summary)}</summary>\n" + "\n".join(body) + "\n</details>"


def log(given: str) -> str:
    """Return the output of a program in a box of its own, in which long lines scroll."""
    return f'<pre class="log"{_TAB_STOP}>{lines(given)}</pre>'


def excerpt(before: str, different: str, after: str, more: str = "") -> str:
    """Return a piece of a file in which one part differs.

    :param more: the same in hexadecimal, or nothing.
    """
    shown = f"{text(before)}<mark>{text(different)}</mark>{text(after)}"
    return shown + (f'<span class="hex">{text(more)}</span>' if more else "")


def sides(pairs: Iterable[tuple[str, str]]) -> str:
    """Return what stands on each side, one below the other: (plain text that names the side, markup)."""
    found = list(pairs)
    kind = "sides" if any(len(name) > 2 for name, _ in found) else "sides short"
    return (
        f'<dl class="{kind}">' + "".join(f"<dt>{text(name)}</dt><dd><pre>{shown}</pre></dd>" for name, shown in found) + "</dl>"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; heads are plain text, cells are markup. Columns of digits are set as numbers.

    In a narrow window a table with numbers scrolls in its box, and of another each cell is a line below its head.
    """
    found = [list(row) for row in rows]
    numbers = {n for n in range(len(heads)) if found and all(row[n].isdigit() for row in found)}
    head = "".join(f'<th class="number">{text(h)}</th>' if n in numbers else f"<th>{text(h)}</th>" for n, h in enumerate(heads))
    box = f'<div class="scroll"{_TAB_STOP}>' if numbers else '<div class="cards">'
    yield f"{box}<table><thead><tr>{head}</tr></thead><tbody>"
    for row in found:
        kinds = (
            ' class="number"' if n in numbers else "" if numbers else f' data-head="{text(heads[n])}"' for n in range(len(row))
        )
        cells = (f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
