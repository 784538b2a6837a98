"""Renders verdicts as one HTML page without scripts and other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.compare.page import causes_sentence, difference_parts
from reprowheel.compare.render import headline
from reprowheel.errors import RefusedError
from reprowheel.output.page import banner, code, facts, fold, lines, log, page, table, text
from reprowheel.output.this_run import this_run, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprowheel.verify.verdict import Tried, Verdict

__all__ = ["verdict_page"]

_WORDS = {"equal": "reproducible", "different": "different", "unstable": "different", "failed": "failed"}
_LABELS = ("as it is", "perturbed")
_AGAIN = ("first build", "second build")


def verdict_page(verdicts: Sequence[Verdict]) -> str:
    """Return the page; all text from builds is escaped."""
    good = sum(verdict.status == "equal" for verdict in verdicts)
    is_one = len(verdicts) == 1
    title = f"{verdicts[0].package}: {_WORDS[verdicts[0].status]}" if is_one else f"{good} of {len(verdicts)} reproducible"
    return page("reprowheel verify", title, _one(verdicts[0]) if is_one else _several(verdicts, good))


def _one(verdict: Verdict) -> Iterator[str]:
    yield from _parts(verdict, level=1)
    yield from _about(verdict)


def _about(verdict: Verdict | None) -> Iterator[str]:
    built_with = verdict.built_with if verdict else ()
    yield "<section><h2>About this page</h2>"
    yield fold("Command line, versions and machine", [facts([*this_run("reprowheel"), *built_with])])
    yield from _logs(verdict) if verdict else ()
    yield "</section>"


def _several(verdicts: Sequence[Verdict], good: int) -> Iterator[str]:
    """Yield what is wrong first: those that are reproducible are one folded table."""
    kind, verb = ("ok" if good == len(verdicts) else "bad"), "is" if good == 1 else "are"
    others = [(number, verdict) for number, verdict in enumerate(verdicts) if verdict.status != "equal"]
    means = "A reproducible sdist gives the same bytes when it is built again with everything changed that must not matter."
    yield banner(kind, f"{good} of {len(verdicts)} sdists {verb} reproducible.", means)
    if others:
        yield "<section>"
        yield from table(
            ("package", "verdict"),
            ((f'<a href="#p{number}">{text(v.package)}</a>', f'<span class="bad">{_sentence(v)}</span>') for number, v in others),
        )
        yield "</section>"
    if good:
        equal = (v for v in verdicts if v.status == "equal")
        rows = ((text(v.package), f"<code>{text(v.wheel_sha256)}</code>", str(v.applied)) for v in equal)
        yield fold(f"{good} reproducible", table(("package", "sha256 of the wheel", "perturbations"), rows))
    for number, verdict in others:
        yield f'<section class="package" id="p{number}">'
        yield from _parts(verdict, level=2)
        yield from _logs(verdict)
        yield "</section>"
    yield from _about(None)


def _parts(verdict: Verdict, level: int) -> Iterator[str]:
    """Yield what is said of one sdist: verdict, what differs, what made it differ, what was built.

    :param level: that of the heading with the verdict.
    """
    inner = f"h{level + 1}"
    name = f"{text(verdict.package)} {'is reproducible' if verdict.status == 'equal' else 'is not reproducible'}: "
    name = f"{text(verdict.package)} could not be verified: " if verdict.status == "failed" else name
    sentence = _sentence(verdict)
    yield banner("ok" if verdict.status == "equal" else "bad", f"{name}{sentence}.", *_causes(verdict), level=level)
    if verdict.tip:
        yield f"<pre>{lines(without_credentials(verdict.tip))}</pre>"
    if verdict.comparison:
        labels = _AGAIN if verdict.status == "unstable" else _LABELS
        yield from difference_parts(verdict.comparison, labels, level + 1)
    if verdict.tried:
        yield f"<section><{inner}>What was changed in the second build</{inner}>"
        yield from _perturbations(verdict)
        yield "</section>"
    yield f"<section><{inner}>What was built</{inner}>"
    yield facts(
        [
            ("sdist", verdict.sdist),
            ("its sha256", verdict.sdist_sha256),
            ("wheel", verdict.wheel),
            ("its sha256", verdict.wheel_sha256),
            ("builds", f"{verdict.builds}, in {verdict.seconds:.0f} seconds"),
        ]
    )
    if verdict.diffoscope:
        yield fold("diffoscope", [log(verdict.diffoscope)])
    yield "</section>"


def _sentence(verdict: Verdict) -> str:
    """Return the verdict as markup, without a full stop."""
    if verdict.status == "equal":
        return f"the same bytes under {verdict.applied} perturbations"
    if verdict.status == "failed":
        return "its wheel was refused" if verdict.exit_code == RefusedError.exit_code else "the build failed"
    what = text(headline(verdict.comparison)) if verdict.comparison else "the two builds differ"
    what = "the perturbed build fails" if verdict.error else what
    if verdict.guilty:
        return f"{what} because of {', '.join(text(t.name) for t in verdict.guilty)}"
    if verdict.status == "unstable":
        return f"{what} from build to build, even without any perturbation"
    return f"{what} under {verdict.applied} perturbations"


def _causes(verdict: Verdict) -> Iterator[str]:
    """Yield the paragraphs below the verdict."""
    if verdict.guilty:
        yield from (f"<b>{text(t.name)}</b>: {code(t.changes)}" for t in verdict.guilty)
    elif verdict.comparison:
        yield causes_sentence(verdict.comparison)
    yield text(without_credentials(verdict.error))


def _perturbations(verdict: Verdict) -> Iterator[str]:
    """Yield a sentence for each result, with its perturbations; only those that make a difference are not folded in."""
    yield from (f"<p>{text(note)}</p>" for note in verdict.notes)
    found: dict[str, list[Tried]] = {}
    for tried in verdict.tried:
        found.setdefault(tried.result, []).append(tried)
    if verdict.guilty:
        yield f"<p>{_changes(found['guilty'], 'makes', 'make')} the difference:</p>"
        yield _names(found["guilty"])
    for result in ("equal", "unknown", "missing", "left-out"):
        if result in found:
            yield fold(_result(verdict, result, found[result]), [_names(found[result])])


def _changes(tried: Sequence[Tried], one: str, several: str) -> str:
    return f"{len(tried)} change {one}" if len(tried) == 1 else f"{len(tried)} changes {several}"


def _result(verdict: Verdict, result: str, tried: Sequence[Tried]) -> str:
    """Return what is said of all perturbations with this result."""
    if result == "equal":
        return f"{_changes(tried, 'makes', 'make')} no difference"
    if result == "missing":
        return f"{_changes(tried, 'is', 'are')} not possible on this machine"
    if result == "left-out":
        return f"{_changes(tried, 'was', 'were')} left out"
    if verdict.status == "unstable":
        return f"Which of {_changes(tried, 'matters', 'matter')} was not searched: the sdist differs without any of them"
    return f"Whether {_changes(tried, 'matters', 'matter')} is not known: the search ended before them (--max-builds)"


def _names(tried: Sequence[Tried]) -> str:
    def item(one: Tried) -> str:
        detail = f"<br>{text(one.detail)}" if one.detail else ""
        return f"<li><b>{text(one.name)}</b>: {code(one.changes)}<br><small>{code(one.how)}</small>{detail}</li>"

    return f'<ul class="names">{"".join(map(item, tried))}</ul>'


def _logs(verdict: Verdict) -> Iterator[str]:
    """Yield what the back ends printed."""
    for which, printed in verdict.logs:
        shown = log(without_credentials(printed)) if printed.strip() else "<p>The back end printed nothing.</p>"
        yield fold(f"Build log, {which}", [shown])
