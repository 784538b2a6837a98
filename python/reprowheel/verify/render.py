"""Renders a verdict as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.compare.render import explanation, headline
from reprowheel.output.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.verify.verdict import Verdict

__all__ = ["verdict_line", "verdict_text"]

_MAX_SHOWN = 8
_WORDS = {"equal": "REPRODUCIBLE", "different": "DIFFERENT", "unstable": "DIFFERENT", "failed": "FAILED"}


def verdict_line(verdict: Verdict) -> str:
    """Return the verdict in one line."""
    head = f"{_WORDS[verdict.status]} {printable(verdict.package)}"
    if verdict.status == "equal":
        return f"{head}: sha256 {verdict.wheel_sha256}, the same under {verdict.applied} perturbations"
    if verdict.status == "failed":
        return f"{head}: {printable(verdict.error.removeprefix(f'{verdict.package}: '))}"
    why = f"under {_guilty(verdict)}" if verdict.guilty else "from build to build"
    if not verdict.guilty and verdict.status == "different":
        why = "under the perturbations together"
    if verdict.error:
        return f"{head}: the build fails {why}: {printable(verdict.error)}"
    return f"{head}: {headline(verdict.comparison) if verdict.comparison else 'outputs differ'} {why}"


def _guilty(verdict: Verdict) -> str:
    return ", ".join(t.name for t in verdict.guilty)


def verdict_text(verdict: Verdict) -> str:
    """Return the verdict with its explanation."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield verdict_line(verdict)
    missing = [t for t in verdict.tried if t.result == "missing"]
    for tried in missing:
        yield f"  not applied here: {tried.name} ({printable(tried.detail)})"
    if verdict.status == "equal":
        return
    if verdict.tip:
        yield f"  {verdict.tip}"
    for tried in verdict.guilty:
        detail = f" ({tried.detail})" if tried.detail else ""
        yield f"  makes the difference: {tried.name}: {tried.changes}{detail}"
    unknown = [t.name for t in verdict.tried if t.result == "unknown"]
    if unknown and verdict.status == "different":
        yield f"  not searched: {', '.join(unknown)}"
    for note in verdict.notes:
        yield f"  {note}"
    if verdict.comparison:
        yield from explanation(verdict.comparison, _MAX_SHOWN)
    if verdict.diffoscope:
        yield ""
        yield "diffoscope:"
        yield from verdict.diffoscope.splitlines()
