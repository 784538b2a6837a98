"""The report as one HTML page that needs nothing else: no script, no other file, light and dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from execlog.report import cache_rows, headline, log_words, packages, plural, touches
from execlog.roots import TITLES
from execlog.text import advice, explains, heading, sides
from reprowheel.output.page import banner, code, facts, fold, page, table, text
from reprowheel.output.page import sides as both_sides
from reprowheel.output.this_run import this_run, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from execlog.analysis import Analysis
    from execlog.model import Log, Spawn
    from execlog.roots import Root

__all__ = ["report_page"]

_MOST = 20
_MOST_ROOTS = 500
_MOST_SPAWNS = 500
_SECRET = re.compile(r"(?i)token|secret|passw|credential|auth(?!or)|api_?key|private_?key|access_?key")
_HEADS = ("mnemonic", "label", "first output")
_NOTHING = ("(not there)", "(empty)")


def report_page(analysis: Analysis) -> str:
    """Return the page; what comes from outside is escaped."""
    return page("execlog", headline(analysis), _parts(analysis))


def _parts(analysis: Analysis) -> Iterator[str]:
    yield _verdict(analysis)
    heads, cells = cache_rows(analysis)
    yield "<section><h2>From caches</h2>"
    yield from table(["mnemonic", *heads], ([text(name), *map(str, row)] for name, row in cells))
    yield "</section>"
    readable = analysis.names.readable
    on_page: set[int] = set()
    for package, numbers in packages(analysis):
        some = numbers[: _MOST_ROOTS - len(on_page)]
        on_page.update(some)
        if some:
            yield f"<section><h2>{text(readable(heading(package)))}</h2>"
            for number in some:
                yield from _root(analysis, number)
            yield "</section>"
    if len(on_page) < len(analysis.roots):
        rest = plural(len(analysis.roots) - len(on_page), "more root cause")
        yield f"<p>… and {rest}; <code>--json</code> has all of them.</p>"
    yield from _spawns(analysis, on_page)
    yield "<section><h2>About this page</h2>"
    logs = ((name, f"{log.path} ({log_words(log)})") for name, log in _logs(analysis))
    yield facts(logs)
    yield fold("Command line, versions and machine", [facts(this_run("execlog"))])
    yield "</section>"


def _logs(analysis: Analysis) -> tuple[tuple[str, Log], tuple[str, Log]]:
    return ("A", analysis.left), ("B", analysis.right)


def _verdict(analysis: Analysis) -> str:
    """Return the headline as a sentence, and what it counts below it."""
    counts, _, causes = headline(analysis).partition(" ")[2].partition("; ")
    if analysis.equal:
        return banner("ok", f"The two builds are equal: {text(counts)}.")
    return banner("bad", f"The two builds differ: {text(causes)}.", f"{text(counts)}.")


def _root(analysis: Analysis, number: int) -> Iterator[str]:
    root = analysis.roots[number]
    first = analysis.spawns(root.first)[1]
    tool = " (a tool)" if root.tool else ""
    readable = analysis.names.readable
    yield f'<article class="box" id="r{number}"><h3>{text(readable(root.subject or first.label))}</h3>'
    yield f'<p class="place">{TITLES[root.kind].capitalize()}{tool}: <code>{text(touches(analysis, number))}</code></p>'
    for path, left, right in sides(root)[:_MOST]:
        if path and path != root.subject:
            yield f'<p class="place">{text(readable(path))}</p>'
        yield both_sides((name, text(readable(_open(root, value)))) for name, value in (("A", left), ("B", right)))
    if sides(root)[_MOST:]:
        yield f'<p class="dim">… and {len(sides(root)) - _MOST} more</p>'
    if root.paths:
        yield f"<p>The same change in {plural(len(root.paths), 'more file')}.</p>"
    yield f"<p><b>{_sentence(explains(root))}</b></p>"
    if advice(root):
        yield f"<p>{_sentence(advice(root))}</p>"
    yield "</article>"


def _sentence(given: str) -> str:
    """Return half a sentence as markup of a whole one."""
    return code(f"{given[:1].upper()}{given[1:]}.")


def _open(root: Root, value: str) -> str:
    """Return a value without what may be a secret: a page may be sent to others."""
    if root.kind == "environment" and _SECRET.search(root.subject) and value not in _NOTHING:
        return f"(hidden: {plural(len(value), 'character')})"
    return without_credentials(value)


def _spawns(analysis: Analysis, on_page: set[int]) -> Iterator[str]:
    """Yield the section with lists of spawns, folded in."""
    found = [pair for pair, mask in enumerate(analysis.masks) if mask]
    only = analysis.pairing.only_left, analysis.pairing.only_right
    if not found and not any(only):
        return
    yield "<section><h2>Spawns</h2>"
    if found:
        readable, some = analysis.names.readable, found[:_MOST_SPAWNS]
        cells = ((*_cells(analysis.spawns(pair)[1], readable), _links(analysis, pair, on_page)) for pair in some)
        shown = table((*_HEADS, "root causes"), cells)
        yield fold(f"{plural(len(found), 'spawn')} that differ{'s' if len(found) == 1 else ''}", [*shown, *_more(found)])
    for (name, log), numbers in zip(_logs(analysis), only, strict=True):
        if numbers:
            shown = table(_HEADS, (_cells(log.spawns[number], analysis.names.readable) for number in numbers[:_MOST_SPAWNS]))
            yield fold(f"{plural(len(numbers), 'spawn')} only in {name}", [*shown, *_more(numbers)])
    yield "</section>"


def _more(numbers: Sequence[int]) -> Iterator[str]:
    if numbers[_MOST_SPAWNS:]:
        yield f"<p>… and {len(numbers) - _MOST_SPAWNS} more; <code>--json</code> has all of them.</p>"


def _cells(spawn: Spawn, readable: Callable[[str], str]) -> tuple[str, ...]:
    output = readable(spawn.listed[0]) if spawn.listed else ""
    return text(spawn.mnemonic), text(readable(spawn.label)), f"<code>{text(output)}</code>"


def _links(analysis: Analysis, pair: int, on_page: set[int]) -> str:
    """Return the root causes of a spawn, with links to those that are on the page."""
    causes = analysis.of(pair)
    names = [(n, analysis.names.readable(analysis.roots[n].subject or TITLES[analysis.roots[n].kind])) for n in causes[:_MOST]]
    links = [f'<a href="#r{n}">{text(name)}</a>' if n in on_page else text(name) for n, name in names]
    return "<br>".join(links) + (f" and {len(causes) - _MOST} more" if causes[_MOST:] else "")
