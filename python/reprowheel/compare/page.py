"""Renders a comparison as one HTML page, and its differences for that of `verify`: by file, with place, cause, evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.compare.causes import CAUSES
from reprowheel.compare.render import headline
from reprowheel.output.page import banner, code, excerpt, facts, fold, page, sides, text
from reprowheel.output.this_run import this_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprowheel.compare.model import Comparison, Difference, Excerpt

__all__ = ["causes_sentence", "comparison_page", "difference_parts"]

_MAX_CAUSES = 3
_MAX_SHOWN = 200
_MAX_PER_FILE = 20


def comparison_page(comparison: Comparison) -> str:
    """Return the page of `reprowheel compare`."""
    if comparison.equal:
        sentence = f"Both sides are equal: {_files(comparison.files)}, {comparison.size:,} bytes."
    else:
        told = headline(comparison)
        sentence = f"{told[0].upper()}{told[1:]}."
    return page("reprowheel compare", sentence, _parts(comparison, sentence))


def _files(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _parts(comparison: Comparison, sentence: str) -> Iterator[str]:
    yield banner("ok" if comparison.equal else "bad", text(sentence), causes_sentence(comparison))
    yield facts([("A", comparison.left), ("B", comparison.right)])
    if not comparison.equal:
        yield from difference_parts(comparison, ("A", "B"))
    yield "<section><h2>About this page</h2>"
    yield fold("Command line, versions and machine", [facts(this_run("reprowheel"))])
    yield "</section>"


def causes_sentence(comparison: Comparison) -> str:
    """Return markup that says how many files have which cause; empty if nothing differs by itself."""
    files: dict[str, set[str]] = {}
    for difference in comparison.differences:
        if not difference.follows:
            files.setdefault(difference.cause.text, set()).add(difference.path)
    ordered = sorted(files.items(), key=lambda item: (item[0] == CAUSES["content"].text, -len(item[1])))
    told = [f"{text(cause)} ({_files(len(paths))})" for cause, paths in ordered[:_MAX_CAUSES]]
    told += [f"{len(ordered) - _MAX_CAUSES} more"] if ordered[_MAX_CAUSES:] else []
    return f"Cause{'s' if len(files) > 1 else ''}: {'; '.join(told)}." if told else ""


def difference_parts(comparison: Comparison, labels: tuple[str, str], level: int = 2) -> Iterator[str]:
    """Yield the section with what differs; differences that follow from others are folded in.

    :param labels: names of the two sides.
    :param level: that of its heading.
    """
    own = _by_file([d for d in comparison.differences if not d.follows])
    following = _by_file([d for d in comparison.differences if d.follows])
    yield f"<section><h{level}>What differs</h{level}>"
    for differences in own[:_MAX_SHOWN]:
        yield from _file(differences, labels, level + 1)
    if following:
        summary = f"What follows from this: differences in {len(following)} more {'place' if len(following) == 1 else 'places'}"
        shown = (part for differences in following[:_MAX_SHOWN] for part in _file(differences, labels, level + 1))
        yield fold(summary, shown)
    left_out = len(own[_MAX_SHOWN:]) + len(following[_MAX_SHOWN:])
    if left_out:
        yield f"<p>… and {left_out} more files; <code>--json</code> has all of them.</p>"
    yield "</section>"


def _by_file(differences: Sequence[Difference]) -> list[list[Difference]]:
    """Return the differences of each file, files in the order of their first."""
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        found.setdefault(difference.path, []).append(difference)
    return list(found.values())


def _file(differences: Sequence[Difference], labels: tuple[str, str], level: int) -> Iterator[str]:
    """Yield the box of one file. What to do stands once for each cause."""
    yield f'<article class="box"><h{level}>{text(differences[0].path or "the whole")}</h{level}>'
    for difference in differences[:_MAX_PER_FILE]:
        yield from _difference(difference, labels)
    if differences[_MAX_PER_FILE:]:
        yield f"<p>… and {len(differences) - _MAX_PER_FILE} more in this file; <code>--json</code> has all of them.</p>"
    causes = list(dict.fromkeys(d.cause for d in differences if not d.follows))
    for cause in causes:
        which = f" about {text(cause.text)}" if len(causes) > 1 else ""
        yield f"<p><b>To do{which}:</b> {code(cause.advice)}.</p>"
    yield "</article>"


def _difference(difference: Difference, labels: tuple[str, str]) -> Iterator[str]:
    place = [difference.place] if difference.place else []
    if difference.symbol:
        place.append(f"in {difference.symbol}")
    if difference.left:
        place.append(f"offset {difference.left.offset + difference.left.start:#x}")
    if place:
        yield f'<p class="place">{text(", ".join(place))}</p>'
    if difference.note:
        yield f"<p>{text(difference.note)}</p>"
    if difference.left and difference.right:
        yield sides(zip(labels, map(_shown, (difference.left, difference.right)), strict=True))
    if difference.count > 1:
        yield f'<p class="dim">… and {difference.count - 1} more such places.</p>'
    if not difference.follows:
        shown = f" <small>({_evidence(difference)})</small>" if difference.evidence else ""
        yield f"<p><b>Cause:</b> {text(difference.cause.text)}{shown}</p>"


def _evidence(difference: Difference) -> str:
    """Return markup of what shows the cause."""
    left, bar, right = difference.evidence.partition(" | ")
    return f"<code>{text(left)}</code> and <code>{text(right)}</code>" if bar else f"<code>{text(left)}</code>"


def _shown(side: Excerpt) -> str:
    """Return the bytes of one side: as text with the difference marked; as hexadecimal, too, where the text is not the bytes."""
    return excerpt(*side.parts, "" if side.text.encode() == side.data else side.hex)
