"""The report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execlog.report import cache_rows, headline, log_words, packages, plural, touches
from execlog.roots import TITLES
from reprowheel.output.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from execlog.analysis import Analysis
    from execlog.model import Spawn
    from execlog.roots import Root

__all__ = ["advice", "explains", "heading", "report_text", "short", "sides", "why_text"]

_MOST = 10
_MOST_ROOTS = 50
_WIDTH = 160
_UNREAD = (
    "Bazel writes it itself, and a log has its digest only. To see what differs in it, pass --contents DIR for each build: "
    "its disk cache, or its output base or workspace, not cleaned"
)
_ADVICE = {
    "nondeterministic": "the inputs are the same, the outputs are not; `reprowheel compare A B` says what differs in two files",
    "written": "no spawn makes it: Bazel writes it itself (in a .params file, arguments), or both builds had it already",
    "unlogged": "only one log has the action that makes it: the other build had it in its output base; start from bazel clean",
    "configuration": "one configuration under two names: the builds were given other flags",
    "environment": "pass it with a fixed value (--action_env=NAME=VALUE) or not at all (--incompatible_strict_action_env)",
    "flag": "one build got it from --copt, --cxxopt, --linkopt or their like, from .bazelrc, or from its C/C++ toolchain",
    "compiler": "the compiler is a part of the key: have the same one on both machines, or declare one in MODULE.bazel",
    "runfiles": "the same files, at other places among the runfiles",
    "action": "the caches' key differs in something that logs do not show (such as flags of the remote execution)",
}


def advice(root: Root) -> str:
    """Return what a kind of root cause means, or an empty string."""
    return _UNREAD if root.unread else _ADVICE.get(root.kind, "")


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
    details = [(path, short(left), short(right)) for path, left, right in root.details]
    if details and root.left is None and root.right is None:
        return details
    return [("", short(root.left), short(root.right)), *details]


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
        yield f"  {name}: {printable(log.path)} ({log_words(log)})"
    yield ""
    yield from _cache_lines(analysis)
    shown = 0
    for package, numbers in packages(analysis):
        some = numbers[: _MOST_ROOTS - shown]
        shown += len(some)
        if some:
            yield f"\n{printable(analysis.names.readable(heading(package)))}"
        for number in some:
            yield from _root_lines(analysis, number)
    if shown < len(analysis.roots):
        yield f"\n… and {plural(len(analysis.roots) - shown, 'more root cause')}; --json has all of them"
    for name, log, only in (("A", analysis.left, analysis.pairing.only_left), ("B", analysis.right, analysis.pairing.only_right)):
        if only:
            yield f"\nOnly in {name}: {plural(len(only), 'spawn')}"
            yield from (f"  {_spawn(analysis, log.spawns[number])}" for number in only[:_MOST])
            if only[_MOST:]:
                yield f"  … and {len(only) - _MOST} more"


def _root_lines(analysis: Analysis, number: int) -> Iterator[str]:
    root = analysis.roots[number]
    tool = " (a tool)" if root.tool else ""
    yield _cut(analysis, f"  {TITLES[root.kind]}{tool}  {root.subject}".rstrip())
    first = analysis.spawns(root.first)[1]
    if root.kind in ("nondeterministic", "result"):
        yield f"    in {_spawn(analysis, first)}"
    for path, left, right in sides(root)[:_MOST]:
        if path and path != root.subject:
            yield _cut(analysis, f"    {path}")
        yield _cut(analysis, f"    A: {left}")
        yield _cut(analysis, f"    B: {right}")
    if sides(root)[_MOST:]:
        yield f"    … and {len(sides(root)) - _MOST} more"
    if root.paths:
        yield f"    the same change in {plural(len(root.paths), 'more file')}"
    yield f"    {explains(root)}"
    if root.kind not in ("nondeterministic", "result"):
        yield _cut(analysis, f"    in {touches(analysis, number)}")
    if advice(root):
        yield f"    {advice(root)}"


def _spawn(analysis: Analysis, spawn: Spawn) -> str:
    outputs = f"  {spawn.listed[0]}" if spawn.listed else ""
    return _cut(analysis, f"{spawn.mnemonic} {spawn.label}{outputs}")


def _cut(analysis: Analysis, line: str) -> str:
    line = printable(analysis.names.readable(line))
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _cache_lines(analysis: Analysis) -> Iterator[str]:
    """Yield the table of cache hits."""
    heads, rows = cache_rows(analysis)
    title = "From caches"
    width = max(len(title), *(len(printable(name)) for name, _ in rows))
    yield f"{title:{width}}" + "".join(f"{head:>10}" for head in heads)
    for name, cells in rows:
        yield f"{printable(name):{width}}" + "".join(f"{cell:>10}" for cell in cells)


def why_text(analysis: Analysis, wanted: str) -> str:
    """Return the way back from each spawn that has this label or part of an output's path, to its root causes."""
    lines: list[str] = []
    found = [p for p in range(analysis.count) if _is_wanted(analysis, analysis.spawns(p)[1], wanted)]
    for pair in found[:_MOST]:
        lines += _why_lines(analysis, pair)
    if found[_MOST:]:
        lines.append(f"… and {len(found) - _MOST} more spawns")
    return "\n".join(lines or [f"no spawn of both logs has the label, or an output, {printable(wanted)}"]) + "\n"


def _is_wanted(analysis: Analysis, spawn: Spawn, wanted: str) -> bool:
    return wanted in (spawn.label, analysis.names.readable(spawn.label)) or any(wanted in path for path in spawn.listed)


def _why_lines(analysis: Analysis, pair: int) -> Iterator[str]:
    yield _spawn(analysis, analysis.spawns(pair)[1])
    if not analysis.masks[pair]:
        yield "  has equal inputs and outputs"
    for number in analysis.of(pair)[:_MOST]:
        root = analysis.roots[number]
        for path, maker in analysis.chain(pair, number):
            yield _cut(analysis, f"  <- {path}")
            yield f"     of {_spawn(analysis, analysis.spawns(maker)[1])}"
        yield _cut(analysis, f"  <= {TITLES[root.kind]} {root.subject}".rstrip())
        for path, left, right in sides(root)[:_MOST]:
            if path and path != root.subject:
                yield _cut(analysis, f"       {path}")
            yield _cut(analysis, f"       A: {left}")
            yield _cut(analysis, f"       B: {right}")
    if analysis.of(pair)[_MOST:]:
        yield f"  … and {len(analysis.of(pair)) - _MOST} more root causes"
