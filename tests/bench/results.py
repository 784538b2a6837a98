"""What benchmarks measured: groups of figures, their ratios to a baseline, targets; as JSON and as Markdown.

In: samples of each contender. Out: `Group`s; `write` and `read` keep them in a file. Knows nothing of what is measured.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Group", "Ratio", "ResultsError", "Target", "markdown", "number", "of_samples", "read", "targets_table", "write"]


class ResultsError(ValueError):
    """Figures that no table can be made of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A column of every row, divided by that of one row.

    :param label: what the table calls it.
    """

    label: str
    column: str
    baseline: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What one figure should be.

    :param figure: a column, or the label of a ratio.
    """

    row: str
    figure: str
    most: float | None = None
    least: float | None = None

    def text(self) -> str:
        """Return the target as people write it."""
        return f"≤ {number(self.most)}" if self.most is not None else f"≥ {number(self.least or 0)}"

    def met(self, figure: float) -> bool:
        """Say whether a figure is what it should be."""
        return (self.most is None or figure <= self.most) and (self.least is None or figure >= self.least)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Contenders that did the same.

    :param part: which benchmark.
    :param rows: row → column → median; the columns of the first row are those of the table.
    :param ratios: the first is what the plot shows.
    :param samples: row → column → what each round gave.
    """

    part: str
    title: str
    note: str
    rows: Mapping[str, Mapping[str, float]]
    ratios: Sequence[Ratio]
    targets: Sequence[Target] = ()
    samples: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what has no baseline.

        :raises ResultsError: see there.
        """
        if not self.rows or not self.ratios:
            message = f"{self.part}: {self.title}: no {'baseline' if self.rows else 'figures'}"
            raise ResultsError(message)
        for ratio in self.ratios:
            if not self.rows.get(ratio.baseline, {}).get(ratio.column):
                message = f"{self.part}: {self.title}: the baseline {ratio.baseline!r} has no {ratio.column!r}"
                raise ResultsError(message)
        for target in self.targets:
            if target.row in self.rows and self.figure(target.row, target.figure) is None:
                message = f"{self.part}: {self.title}: {target.row!r} has no {target.figure!r}, which has a target"
                raise ResultsError(message)

    def columns(self) -> list[str]:
        """Return the names of the columns, each once, in the order in which rows bring them."""
        return list(dict.fromkeys(column for row in self.rows.values() for column in row))

    def ratio(self, row: str, ratio: Ratio) -> float | None:
        """Return a row's ratio, or None where it was not measured."""
        figure = self.rows[row].get(ratio.column)
        return None if figure is None else figure / self.rows[ratio.baseline][ratio.column]

    def figure(self, row: str, name: str) -> float | None:
        """Return a row's figure by the name of its column or the label of its ratio."""
        ratio = next((ratio for ratio in self.ratios if ratio.label == name), None)
        return self.ratio(row, ratio) if ratio else self.rows[row].get(name)


def of_samples(samples: Mapping[str, Sequence[Mapping[str, float]]], **about: Any) -> Group:
    """Return a group of medians.

    :param samples: row → what each round gave, by column.
    :param about: the other fields of `Group`.
    """
    columns = {row: {name: [r[name] for r in rounds] for name in rounds[0]} for row, rounds in samples.items() if rounds}
    rows = {row: {name: statistics.median(values) for name, values in found.items()} for row, found in columns.items()}
    return Group(rows=rows, samples=columns, **about)


def number(figure: float) -> str:
    """Write a figure with three digits, without an exponent: 1234, 12.3, 0.0123."""
    if figure == 0:
        return "0"
    size = abs(figure)
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.0995 else 4
    return f"{figure:.{digits}f}"


def markdown(group: Group) -> str:
    """Return a group as a Markdown table under its title."""
    columns = group.columns()
    head = ["", *columns, *(ratio.label for ratio in group.ratios)]
    lines = [f"### {group.title}\n", f"{group.note}\n"] if group.note else [f"### {group.title}\n"]
    lines += ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for row, figures in group.rows.items():
        cells = [figures.get(column) for column in columns] + [group.ratio(row, ratio) for ratio in group.ratios]
        lines.append("| " + " | ".join([row, *("" if cell is None else number(cell) for cell in cells)]) + " |")
    return "\n".join(lines) + "\n"


def targets_table(groups: Iterable[Group]) -> str:
    """Return what was to be reached and what was, as a Markdown table; empty if nothing was."""
    lines = []
    for group in groups:
        for target in group.targets:
            figure = group.figure(target.row, target.figure) if target.row in group.rows else None
            if figure is not None:
                verdict = "met" if target.met(figure) else "**not met**"
                what, ratio = f"{group.title}: {target.row} | {target.figure}", group.ratio(target.row, group.ratios[0])
                shown = "" if ratio is None else f"{number(ratio)} ({group.ratios[0].label})"
                lines.append(f"| {what} | {target.text()} | {number(figure)} | {shown} | {verdict} |")
    head = "| | figure | target | measured | ratio | |\n|---|---|---:|---:|---:|---|\n"
    return head + "\n".join(lines) + "\n" if lines else ""


def write(path: Path, groups: Iterable[Group], about: Mapping[str, Any] | None = None) -> None:
    """Write groups, and what is to be known about the run, as JSON."""
    data = {**(about or {}), "groups": [asdict(group) for group in groups]}
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> list[Group]:
    """Return the groups of a file.

    :raises ResultsError: it has others than `write` writes, or one without a baseline.
    """
    try:
        return [
            Group(
                **{
                    **group,
                    "ratios": [Ratio(**ratio) for ratio in group["ratios"]],
                    "targets": [Target(**target) for target in group["targets"]],
                }
            )
            for group in json.loads(path.read_text(encoding="utf-8"))["groups"]
        ]
    except (ValueError, KeyError, TypeError) as e:
        message = f"{path}: {e}" if isinstance(e, ResultsError) else f"{path}: not a file of results ({e!r})"
        raise ResultsError(message) from e
