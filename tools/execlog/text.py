"""The report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execlog.report import NO_CACHE, cache_table, headline, packages, plural
from execlog.roots import TITLES
from reprowheel.output.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from execlog.analysis import Analysis
    from execlog.model import Log, Spawn
    from execlog.roots import Root

__all__ = ["advice", "explains", "heading", "report_text", "short", "sides", "why_text"]

_MOST = 10
_MOST_ROOTS = 50
_WIDTH = 160
_ADVICE = {
    "nondeterministic": "the inputs are the same, the outputs are not; `reprowheel compare A B` says what differs in two files",
    "written": "no spawn makes it: Bazel writes it itself (in a .params file, arguments), or both builds had it already",
    "unlogged": "only one log has the action that makes it: the other build had it in its output base; start from bazel clean",
    "configuration": "one configuration under two names: the builds were given other flags",
    "environment": "pass it with a fixed value (--action_env=NAME=VALUE) or not at all (--incompatible_strict_action_env)",
    "runfiles": "the same files, at other places among the runfiles",
    "action": "the caches' key differs in something that logs do not show (such as flags of the remote execution)",
}


def advice(root: Root) -> str:
    """Return what a kind of root cause means, or an empty string."""
    return _ADVICE.get(root.kind, "")


def heading(package: str) -> str:
    """Return the title of a group of root causes."""
    return package or "(in no single package)"


def short(value: str | None) -> str:
    """Return a digest's first characters, another value as it is."""
    if value is None:
        return "(not there)"
    digest, _, size = value.partition("/")
    if len(digest) >= 32 and size.isdigit() and set(digest) <= set("0123456789abcdef"):
        return f"{digest[:12]} ({plural(int(size), 'byte')})"
    return value or "(empty)"


def sides(root: Root) -> list[tuple[str, str, str]]:
    """Return what differs: (path or nothing, in A, in B)."""
    if root.details:
        return [(path, short(left), short(right)) for path, left, right in root.details]
    return [("", short(root.left), short(root.right))]


def explains(root: Root) -> str:
    """Return how much a root cause explains."""
    if not root.spawns:
        return "no spawn after it differs because of it"
    what = f"{plural(root.spawns, 'spawn')} with other inputs"
    return f"explains {what} ({root.alone} of them alone), {root.missed} not from a cache in B"


def report_text(analysis: Analysis) -> str:
    """Return the report, root causes first."""
    return "\n".join(_lines(analysis)) + "\n"


def _lines(analysis: Analysis) -> Iterator[str]:
    yield headline(analysis)
    for name, log in (("A", analysis.left), ("B", analysis.right)):
        yield f"  {name}: {printable(log.path)} ({log.form}, {plural(len(log.spawns), 'spawn')})"
    shown = 0
    for package, numbers in packages(analysis):
        some = numbers[: _MOST_ROOTS - shown]
        shown += len(some)
        if some:
            yield f"\n{printable(heading(package))}"
        for number in some:
            yield from _root_lines(analysis, number)
    if shown < len(analysis.roots):
        yield f"\n… and {plural(len(analysis.roots) - shown, 'more root cause')}; --json has all of them"
    for name, log, only in (("A", analysis.left, analysis.pairing.only_left), ("B", analysis.right, analysis.pairing.only_right)):
        if only:
            yield f"\nOnly in {name}: {plural(len(only), 'spawn')}"
            yield from (f"  {_spawn(log.spawns[number])}" for number in only[:_MOST])
            if only[_MOST:]:
                yield f"  … and {len(only) - _MOST} more"
    yield ""
    yield from _cache_lines(analysis.left, analysis.right)


def _root_lines(analysis: Analysis, number: int) -> Iterator[str]:
    root = analysis.roots[number]
    tool = " (a tool)" if root.tool else ""
    yield _cut(f"  {TITLES[root.kind]}{tool}  {root.subject}".rstrip())
    first = analysis.spawns(root.first)[1]
    if root.kind in ("nondeterministic", "result"):
        yield f"    in {_spawn(first)}"
    for path, left, right in sides(root)[:_MOST]:
        if path and path != root.subject:
            yield _cut(f"    {path}")
        yield _cut(f"    A: {left}")
        yield _cut(f"    B: {right}")
    if sides(root)[_MOST:]:
        yield f"    … and {len(sides(root)) - _MOST} more outputs"
    yield f"    {explains(root)}"
    if root.kind not in ("nondeterministic", "result"):
        yield f"    first in {_spawn(first)}"
    if advice(root):
        yield f"    {advice(root)}"


def _spawn(spawn: Spawn) -> str:
    outputs = f"  {spawn.listed[0]}" if spawn.listed else ""
    return _cut(f"{spawn.mnemonic} {spawn.label}{outputs}")


def _cut(line: str) -> str:
    line = printable(line)
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _cache_lines(left: Log, right: Log) -> Iterator[str]:
    """Yield the table of cache hits."""
    tables = cache_table(left), cache_table(right)
    columns = ("remote", "disk", "other", NO_CACHE)
    used = [c for c in columns if any(c in row for table in tables for row in table.values())]
    names = sorted(tables[0].keys() | tables[1].keys())
    width = max(map(len, names), default=0)
    heads = "".join(f"{f'{side} {column}':>10}" for side in "AB" for column in used)
    yield f"{'From caches':{width}}{heads}"
    for name in names:
        cells = "".join(f"{table.get(name, {}).get(column, 0):>10}" for table in tables for column in used)
        yield f"{printable(name):{width}}{cells}"


def why_text(analysis: Analysis, wanted: str) -> str:
    """Return the way back from each spawn that has this label or part of an output's path, to its root causes."""
    lines: list[str] = []
    found = [p for p in range(analysis.count) if _is_wanted(analysis.spawns(p)[1], wanted)]
    for pair in found[:_MOST]:
        lines += _why_lines(analysis, pair)
    if found[_MOST:]:
        lines.append(f"… and {len(found) - _MOST} more spawns")
    return "\n".join(lines or [f"no spawn of both logs has the label, or an output, {printable(wanted)}"]) + "\n"


def _is_wanted(spawn: Spawn, wanted: str) -> bool:
    return spawn.label == wanted or any(wanted in path for path in spawn.listed)


def _why_lines(analysis: Analysis, pair: int) -> Iterator[str]:
    yield _spawn(analysis.spawns(pair)[1])
    if not analysis.masks[pair]:
        yield "  has equal inputs and outputs"
    for number in analysis.of(pair)[:_MOST]:
        root = analysis.roots[number]
        for path, maker in analysis.chain(pair, number):
            yield _cut(f"  <- {path}")
            yield f"     of {_spawn(analysis.spawns(maker)[1])}"
        yield _cut(f"  <= {TITLES[root.kind]} {root.subject}".rstrip())
        for path, left, right in sides(root)[:_MOST]:
            if path and path != root.subject:
                yield _cut(f"       {path}")
            yield _cut(f"       A: {left}")
            yield _cut(f"       B: {right}")
    if analysis.of(pair)[_MOST:]:
        yield f"  … and {len(analysis.of(pair)) - _MOST} more root causes"
