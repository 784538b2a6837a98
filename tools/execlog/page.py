"""The report as one HTML page that needs nothing else: no script, no other file, light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from execlog.report import cache_rows, headline, log_words, packages, plural, touches
from execlog.roots import TITLES
from execlog.text import advice, explains, heading, sides
from reprowheel.output.page_style import STYLE
from reprowheel.output.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from execlog.analysis import Analysis
    from execlog.model import Spawn

__all__ = ["report_page"]

_MOST = 20
_MOST_ROOTS = 500
_MOST_SPAWNS = 500


def report_page(analysis: Analysis) -> str:
    """Return the page; what comes from outside is escaped."""
    body = "\n".join(_body(analysis))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>execlog: {_text(headline(analysis))}</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(printable(text))


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """Yield a table; its cells are markup already."""
    yield '<div class="scroll"><table><thead><tr>' + "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"


def _body(analysis: Analysis) -> Iterator[str]:
    kind, (word, _, rest) = ("ok" if analysis.equal else "bad"), headline(analysis).partition(" ")
    yield "<h1>execlog</h1>"
    yield f'<h2><span class="badge {kind}">{word.capitalize()}</span></h2><p>{_text(rest)}</p><dl>'
    for name, log in (("A", analysis.left), ("B", analysis.right)):
        yield f"<dt>{name}</dt><dd><code>{_text(log.path)}</code> ({log_words(log)})</dd>"
    yield "</dl>"
    yield "<section><h3>From caches</h3>"
    heads, cells = cache_rows(analysis)
    yield from _table(["mnemonic", *heads], ([_text(name), *map(str, row)] for name, row in cells))
    yield "</section>"
    readable = analysis.names.readable
    on_page: set[int] = set()
    for package, numbers in packages(analysis):
        some = numbers[: _MOST_ROOTS - len(on_page)]
        on_page.update(some)
        if some:
            yield f"<section><h3>{_text(readable(heading(package)))}</h3>"
            for number in some:
                yield from _root(analysis, number)
            yield "</section>"
    if len(on_page) < len(analysis.roots):
        rest = plural(len(analysis.roots) - len(on_page), "more root cause")
        yield f"<p>… and {rest}; <code>--json</code> has all of them.</p>"
    yield from _different(analysis, on_page)
    for name, log, only in (("A", analysis.left, analysis.pairing.only_left), ("B", analysis.right, analysis.pairing.only_right)):
        if only:
            yield f"<details><summary>{plural(len(only), 'spawn')} only in {name}</summary>"
            rows = (_cells(log.spawns[number], readable) for number in only[:_MOST_SPAWNS])
            yield from _table(("mnemonic", "label", "first output"), rows)
            yield "</details>"


def _root(analysis: Analysis, number: int) -> Iterator[str]:
    root = analysis.roots[number]
    first = analysis.spawns(root.first)[1]
    tool = " (a tool)" if root.tool else ""
    readable = analysis.names.readable
    yield f'<article class="difference" id="r{number}"><h4>{_text(readable(root.subject or first.label))}</h4>'
    yield f'<p class="place">{TITLES[root.kind].capitalize()}{tool}: <code>{_text(touches(analysis, number))}</code></p>'
    yield f"<p><b>{_text(explains(root))}</b></p>"
    for path, left, right in sides(root)[:_MOST]:
        if path and path != root.subject:
            yield f'<p class="place">{_text(readable(path))}</p>'
        yield '<div class="sides">'
        for name, value in (("A", left), ("B", right)):
            yield f"<figure><figcaption>{name}</figcaption><pre>{_text(readable(value))}</pre></figure>"
        yield "</div>"
    if sides(root)[_MOST:]:
        yield f"<p>… and {len(sides(root)) - _MOST} more</p>"
    if root.paths:
        yield f"<p>The same change in {plural(len(root.paths), 'more file')}.</p>"
    if advice(root):
        yield f"<p>{_text(advice(root))}</p>"
    yield "</article>"


def _cells(spawn: Spawn, readable: Callable[[str], str]) -> tuple[str, str, str]:
    output = readable(spawn.listed[0]) if spawn.listed else ""
    return _text(spawn.mnemonic), _text(readable(spawn.label)), f"<code>{_text(output)}</code>"


def _different(analysis: Analysis, on_page: set[int]) -> Iterator[str]:
    readable = analysis.names.readable
    found = [pair for pair, mask in enumerate(analysis.masks) if mask]
    if not found:
        return
    yield f"<details><summary>{len(found)} spawns that differ</summary>"

    def rows() -> Iterator[Sequence[str]]:
        for pair in found[:_MOST_SPAWNS]:
            causes = analysis.of(pair)
            names = [(n, readable(analysis.roots[n].subject or TITLES[analysis.roots[n].kind])) for n in causes[:_MOST]]
            links = [f'<a href="#r{n}">{_text(name)}</a>' if n in on_page else _text(name) for n, name in names]
            more = f" and {len(causes) - _MOST} more" if causes[_MOST:] else ""
            yield *_cells(analysis.spawns(pair)[1], readable), "<br>".join(links) + more

    yield from _table(("mnemonic", "label", "first output", "root causes"), rows())
    if found[_MOST_SPAWNS:]:
        yield f"<p>… and {len(found) - _MOST_SPAWNS} more; <code>--json</code> has all of them.</p>"
    yield "</details>"
