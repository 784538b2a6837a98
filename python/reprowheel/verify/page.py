"""Renders verdicts as one HTML page without scripts and other files."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from reprowheel.compare.render import headline
from reprowheel.output.page_style import STYLE
from reprowheel.output.printable import printable
from reprowheel.verify.render import verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprowheel.compare.model import Comparison, Difference, Excerpt
    from reprowheel.verify.verdict import Verdict

__all__ = ["verdict_page"]

_RESULTS = {
    "equal": ("ok", "no difference"),
    "guilty": ("bad", "makes the difference"),
    "unknown": ("dim", "not told apart"),
    "missing": ("dim", "not applied here"),
    "left-out": ("dim", "left out"),
}
_STATUS = {
    "equal": ("ok", "Reproducible"),
    "different": ("bad", "Different"),
    "unstable": ("bad", "Different"),
    "failed": ("bad", "Failed"),
}
_MAX_SHOWN = 200


def verdict_page(verdicts: Sequence[Verdict]) -> str:
    """Return the page; all text from builds is escaped."""
    good = sum(verdict.status == "equal" for verdict in verdicts)
    title = f"{good} of {len(verdicts)} reproducible" if len(verdicts) != 1 else verdict_line(verdicts[0])
    body = "\n".join(_body(verdicts, good))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>reprowheel verify: {_text(title[:120])}</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    """Return text for HTML; control characters are written as escapes, because HTML does not allow them."""
    return escape(printable(text))


def _body(verdicts: Sequence[Verdict], good: int) -> Iterator[str]:
    yield "<h1>reprowheel verify</h1>"
    if len(verdicts) > 1:
        yield f"<p>{good} of {len(verdicts)} sdists give the same wheel when they are built again with everything"
        yield " changed that must not matter.</p>"
        yield _table("package", "verdict", "sha256 of the wheel")
        for number, verdict in enumerate(verdicts):
            kind, word = _STATUS[verdict.status]
            yield f'<tr><td><a href="#p{number}">{_text(verdict.package)}</a></td>'
            yield f'<td><span class="{kind}">{word}</span></td><td><code>{_text(verdict.wheel_sha256)}</code></td></tr>'
        yield "</tbody></table></div>"
    for number, verdict in enumerate(verdicts):
        yield from _section(verdict, f"p{number}")


def _table(*heads: str) -> str:
    """Return the beginning of a table."""
    cells = "".join(f"<th>{head}</th>" for head in heads)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>'


def _section(verdict: Verdict, anchor: str) -> Iterator[str]:
    kind, word = _STATUS[verdict.status]
    yield f'<section id="{anchor}">'
    yield f'<h2><span class="badge {kind}">{word}</span> {_text(verdict.package)}</h2>'
    yield f"<p>{_sentence(verdict)}</p>"
    if verdict.error:
        yield f"<pre>{_text(verdict.error)}</pre>"
    if verdict.tip:
        yield f"<pre>{'<br>'.join(_text(line) for line in verdict.tip.splitlines())}</pre>"
    yield from (f"<p>{_text(note)}</p>" for note in verdict.notes)
    yield from _summary(verdict)
    if verdict.comparison:
        yield from _differences(verdict.comparison)
    if verdict.tried:
        yield from _perturbations(verdict)
    if verdict.diffoscope:
        yield f"<details><summary>diffoscope</summary><pre>{_lines(verdict.diffoscope)}</pre></details>"
    yield "</section>"


def _lines(text: str) -> str:
    return "\n".join(_text(line) for line in text.splitlines())


def _sentence(verdict: Verdict) -> str:
    """Return the verdict as a sentence with markup."""
    if verdict.status == "equal":
        return f"Built again under <b>{verdict.applied} perturbations</b>: all outputs are the same bytes."
    if verdict.status == "failed":
        return "There is no wheel to compare with: the build as it is failed or was refused."
    names = ", ".join(f"<b>{_text(t.name)}</b>" for t in verdict.guilty)
    what = "The perturbed build fails" if verdict.error else "The two builds differ"
    if not verdict.error and verdict.comparison:
        what = _text(headline(verdict.comparison)).capitalize()
    if names:
        return f"{what}. What makes the difference: {names}."
    if verdict.status == "unstable":
        return f"{what}, even without any perturbation."
    return f"{what} under {verdict.applied} perturbations."


def _summary(verdict: Verdict) -> Iterator[str]:
    rows = [
        ("sdist", verdict.sdist),
        ("its sha256", verdict.sdist_sha256),
        ("wheel", verdict.wheel),
        ("its sha256", verdict.wheel_sha256),
        ("builds", f"{verdict.builds}, in {verdict.seconds:.0f} seconds"),
    ]
    yield "<dl>"
    for name, value in rows:
        if value:
            tag = "code" if "sha256" in name else "span"
            yield f"<dt>{name}</dt><dd><{tag}>{_text(value)}</{tag}></dd>"
    yield "</dl>"


def _perturbations(verdict: Verdict) -> Iterator[str]:
    """Yield the table of perturbations; those that make a difference come first."""
    order = {"guilty": 0, "unknown": 1, "equal": 2, "missing": 3, "left-out": 3}
    yield "<h3>What was changed in the second build</h3>"
    yield _table("perturbation", "result", "what is changed", "how")
    for tried in sorted(verdict.tried, key=lambda t: order[t.result]):
        kind, word = _RESULTS[tried.result]
        detail = f"<br><small>{_text(tried.detail)}</small>" if tried.detail else ""
        yield f'<tr><td>{_text(tried.name)}</td><td><span class="{kind}">{word}</span>{detail}</td>'
        yield f"<td>{_code(tried.changes)}</td><td>{_code(tried.how)}</td></tr>"
    yield "</tbody></table></div>"


def _code(text: str) -> str:
    """Return text in which parts in backquotes are code."""
    parts = _text(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))


def _differences(comparison: Comparison) -> Iterator[str]:
    own = [d for d in comparison.differences if not d.follows]
    following = [d for d in comparison.differences if d.follows]
    yield "<h3>What differs</h3>"
    for difference in own[:_MAX_SHOWN]:
        yield from _difference(difference)
    if following:
        yield f"<details><summary>{len(following)} more, which follow from these</summary>"
        for difference in following[:_MAX_SHOWN]:
            yield from _difference(difference)
        yield "</details>"
    left_out = len(own[_MAX_SHOWN:]) + len(following[_MAX_SHOWN:])
    if left_out:
        yield f"<p>… and {left_out} more; <code>--json</code> has all of them.</p>"


def _difference(difference: Difference) -> Iterator[str]:
    place = [difference.place] if difference.place else []
    if difference.symbol:
        place.append(f"in {difference.symbol}")
    if difference.left:
        place.append(f"offset {difference.left.offset + difference.left.start:#x}")
    yield '<article class="difference">'
    yield f"<h4>{_text(difference.path or 'the archive itself')}</h4>"
    if place:
        yield f'<p class="place">{_text(", ".join(place))}</p>'
    if difference.note:
        yield f"<p>{_text(difference.note)}</p>"
    if difference.left and difference.right:
        yield '<div class="sides">'
        yield from _side("as it is", "minus", difference.left)
        yield from _side("perturbed", "plus", difference.right)
        yield "</div>"
    if difference.count > 1:
        yield f"<p>… and {difference.count - 1} more such places.</p>"
    if not difference.follows:
        shown = f": <code>{_text(difference.evidence)}</code>" if difference.evidence else ""
        yield f"<p><b>Likely cause:</b> {_text(difference.cause.text)}{shown}.<br>"
        yield f"<b>To do:</b> {_code(difference.cause.advice)}.</p>"
    yield "</article>"


def _side(label: str, kind: str, excerpt: Excerpt) -> Iterator[str]:
    """Yield the bytes of one side: as text with the difference marked, and as hexadecimal."""
    yield f'<figure class="{kind}"><figcaption>{label}</figcaption>'
    yield f"<pre>{_marked(excerpt)}</pre>"
    if excerpt.hex:
        yield f'<pre class="hex">{_text(excerpt.hex)}</pre>'
    yield "</figure>"


def _marked(excerpt: Excerpt) -> str:
    parts = excerpt.parts
    return f"{_text(parts[0])}<mark>{_text(parts[1])}</mark>{_text(parts[2])}"
