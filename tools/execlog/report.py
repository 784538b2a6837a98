"""The comparison as plain data, for `--json` and for what is shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from execlog.roots import TITLES, package_of_label

if TYPE_CHECKING:
    from execlog.analysis import Analysis
    from execlog.model import Log, Spawn

__all__ = ["cache_rows", "cache_table", "headline", "log_words", "origin", "packages", "plural", "report_dict", "touches"]

NO_CACHE = "ran"
_MOST_INPUTS = 20
_MOST_TOUCHED = 3
_COLUMNS = ("remote", "disk", "other", NO_CACHE)
_CACHES = {"remote cache hit": "remote", "disk cache hit": "disk"}


def origin(spawn: Spawn) -> str:
    """Return where a result came from: remote, disk, other (another cache), or ran."""
    return _CACHES.get(spawn.runner, "other") if spawn.cache_hit else NO_CACHE


def cache_table(log: Log) -> dict[str, dict[str, int]]:
    """Return mnemonic → origin → number of spawns."""
    table: dict[str, Counter[str]] = {}
    for spawn in log.spawns:
        table.setdefault(spawn.mnemonic, Counter())[origin(spawn)] += 1
    return {mnemonic: dict(table[mnemonic]) for mnemonic in sorted(table)}


def cache_rows(analysis: Analysis) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Return the table of both logs: its columns, and rows of which the first is the sum."""
    tables = cache_table(analysis.left), cache_table(analysis.right)
    used = [c for c in _COLUMNS if c != "other" or any(c in row for table in tables for row in table.values())]
    heads = [f"{side} {column}" for side in "AB" for column in used]
    names = sorted(tables[0].keys() | tables[1].keys())
    rows = [(name, [table.get(name, {}).get(c, 0) for table in tables for c in used]) for name in names]
    return heads, [("all", [sum(cells) for cells in zip(*(row for _, row in rows), strict=True)]), *rows]


def log_words(log: Log) -> str:
    """Return what a log is, and how much of the build came from caches."""
    hits = sum(spawn.cache_hit for spawn in log.spawns)
    return f"{log.form}, {plural(len(log.spawns), 'spawn')}, {hits} from caches"


def touches(analysis: Analysis, number: int) -> str:
    """Return the spawns that have a root cause by themselves: how many, and the first."""
    pairs = analysis.touched[number]
    names: dict[str, list[str]] = {}
    for pair in pairs[:_MOST_TOUCHED]:
        spawn = analysis.spawns(pair)[1]
        names.setdefault(spawn.mnemonic, []).append(analysis.names.readable(spawn.label))
    some = "; ".join(f"{mnemonic} {', '.join(labels)}" for mnemonic, labels in names.items())
    return some + (f" … and {len(pairs) - _MOST_TOUCHED} more" if pairs[_MOST_TOUCHED:] else "")


def packages(analysis: Analysis) -> list[tuple[str, list[int]]]:
    """Return root causes by package, both in the order of what they explain."""
    found: dict[str, list[int]] = {}
    for number in analysis.ordered():
        found.setdefault(analysis.roots[number].package, []).append(number)
    return list(found.items())


def headline(analysis: Analysis) -> str:
    """Return the result in one line."""
    both = analysis.count
    if analysis.equal:
        return f"EQUAL {plural(both, 'spawn')}: the same inputs, the same outputs"
    parts = [f"{sum(analysis.misses)} of {plural(both, 'spawn')} with other inputs"]
    alone = sum(not miss and differs for miss, differs in zip(analysis.misses, analysis.differs, strict=True))
    parts.append(f"{alone} with equal inputs and other results")
    if analysis.pairing.only_left or analysis.pairing.only_right:
        parts.append(f"{len(analysis.pairing.only_left)} only in A, {len(analysis.pairing.only_right)} only in B")
    return f"DIFFERENT {', '.join(parts)}; {plural(len(analysis.roots), 'root cause')}"


def plural(number: int, what: str) -> str:
    """Return a number of things."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def report_dict(analysis: Analysis) -> dict[str, Any]:
    """Return everything; of one spawn's differing inputs, the first twenty."""
    return {
        "caches": {name: _caches(log) for name, log in (("a", analysis.left), ("b", analysis.right))},
        "equal": analysis.equal,
        "logs": {name: _log(log) for name, log in (("a", analysis.left), ("b", analysis.right))},
        "spawns": {
            "both": analysis.count,
            "inputs_differ": sum(analysis.misses),
            "outputs_differ": sum(analysis.differs),
        },
        "configurations_renamed": analysis.pairing.renamed,
        "root_causes": [_root(analysis, number) for number in analysis.ordered()],
        "different": [_pair(analysis, p) for p in range(analysis.count) if analysis.masks[p]],
        "only_in_a": [_spawn(analysis.left.spawns[n]) for n in analysis.pairing.only_left],
        "only_in_b": [_spawn(analysis.right.spawns[n]) for n in analysis.pairing.only_right],
    }


def _caches(log: Log) -> dict[str, Any]:
    table = cache_table(log)
    total: Counter[str] = Counter()
    for row in table.values():
        total.update(row)
    return {"all": {column: total[column] for column in _COLUMNS}, "by_mnemonic": table}


def _log(log: Log) -> dict[str, Any]:
    return {"path": log.path, "format": log.form, "spawns": len(log.spawns), "caches": cache_table(log)}


def _spawn(spawn: Spawn) -> dict[str, Any]:
    return {"label": spawn.label, "mnemonic": spawn.mnemonic, "outputs": list(spawn.listed), "origin": origin(spawn)}


def _root(analysis: Analysis, number: int) -> dict[str, Any]:
    root = analysis.roots[number]
    first = analysis.spawns(root.first)[1]
    return {
        "id": number,
        "kind": root.kind,
        "title": TITLES[root.kind],
        "package": root.package,
        "subject": root.subject,
        "a": root.left,
        "b": root.right,
        "tool": root.tool,
        "outputs": [{"path": path, "a": left, "b": right} for path, left, right in root.details],
        "same_change_in": root.paths,
        "contents_missing": root.unread,
        "actions": {"count": root.here, "first": [_name(analysis, pair) for pair in analysis.touched[number][:_MOST_INPUTS]]},
        "first": {"label": first.label, "mnemonic": first.mnemonic},
        "spawns": root.spawns,
        "spawns_alone": root.alone,
        "spawns_missed_in_b": root.missed,
        "spawns_directly": root.here,
    }


def _name(analysis: Analysis, pair: int) -> dict[str, str]:
    spawn = analysis.spawns(pair)[1]
    return {"label": spawn.label, "mnemonic": spawn.mnemonic}


def _pair(analysis: Analysis, pair: int) -> dict[str, Any]:
    spawn = analysis.spawns(pair)[1]
    changes = analysis.changes.inputs(pair)
    return {
        **_spawn(spawn),
        "package": package_of_label(spawn.label),
        "inputs_differ": bool(analysis.misses[pair]),
        "outputs_differ": bool(analysis.differs[pair]),
        "root_causes": analysis.of(pair),
        "input_count": len(changes),
        "inputs": [{"path": path, "a": left, "b": right} for path, left, right in changes[:_MOST_INPUTS]],
    }
