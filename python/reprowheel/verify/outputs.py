"""Compares all outputs of two builds: wheel, debug files, report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprowheel.compare import compare_paths
from reprowheel.compare.causes import remark
from reprowheel.compare.model import Comparison, Difference
from reprowheel.errors import RefusedError

if TYPE_CHECKING:
    from reprowheel.compare.model import KnownValues
    from reprowheel.verify.runner import Outcome

__all__ = ["compare_outcomes"]


def compare_outcomes(before: Outcome, after: Outcome, known_values: KnownValues) -> Comparison:
    """Compare two builds that both made a wheel, and whose outputs differ.

    If the wheels differ, differences in debug files and reports are marked as following from that.

    :raises RefusedError: no difference is found, although the outputs differ.
    """
    assert before.wheel and after.wheel  # noqa: PT018, S101 - the caller has checked
    wheel = compare_paths(before.wheel, after.wheel, known_values)
    found = list(wheel.differences)
    if before.wheel.name != after.wheel.name:
        note = f"the wheel is called {before.wheel.name} on the left and {after.wheel.name} on the right"
        found.insert(0, remark("", "content", "content", note))
    follows = bool(found)
    files, size = wheel.files, wheel.size
    if any(outcome.debug.is_dir() and any(outcome.debug.iterdir()) for outcome in (before, after)):
        debug = compare_paths(before.debug, after.debug, known_values)
        found += [_below("debug files", d, follows) for d in debug.differences]
        files, size = files + debug.files, size + debug.size
    if before.report.is_file() and after.report.is_file():
        report = compare_paths(before.report, after.report, known_values)
        found += [_below("report", d, bool(found)) for d in report.differences]
        files, size = files + 1, size + report.size
    if not found:
        msg = f"{before.wheel.name}: the outputs of two builds differ, but no difference was found in them"
        raise RefusedError(msg, tip="This is a bug; keep both builds with --keep DIR and report it.")
    found.sort(key=lambda d: d.follows)
    return Comparison(left=before.wheel.name, right=after.wheel.name, files=files, size=size, differences=tuple(found))


def _below(top: str, difference: Difference, follows: bool) -> Difference:  # noqa: FBT001
    path = f"{top}: {difference.path}" if difference.path else top
    return replace(difference, path=path, follows=difference.follows or follows)
