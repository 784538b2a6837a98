"""Draws results as SVG: one block of bars per group, each as long as its ratio to the baseline.

argv: RESULTS.json PLOT.svg. Reads the one, writes the other: the same bytes for the same results. Standard library only.

Every group has a scale of its own; the dashed line is its baseline, 1. The text is dark on a light page and light on a dark one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import escape

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from results import Group, number, read  # noqa: E402 - beside this file

__all__ = ["svg"]

WIDTH, LABELS, BARS, RIGHT = 960, 330, 380, 250
LINE, BAR, TITLE, GAP = 18, 12, 24, 14
OTHER, BASELINE = "#3d8bd4", "#9aa0a6"
STYLE = """\
<style>
  text { fill: #1f2328; }
  line { stroke: #59636e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    line { stroke: #9198a1; }
  }
</style>"""
FONT = "font-family='Helvetica, Arial, sans-serif' font-size='12'"


def svg(groups: list[Group]) -> str:
    """Return the plot."""
    blocks, top = [], 8
    for group in groups:
        block, height = _block(group, top)
        blocks += block
        top += height + GAP
    size = f"viewBox='0 0 {WIDTH} {top}' width='{WIDTH}' height='{top}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' {FONT}>"
    return "\n".join([head, "<title>Ratios to the baselines; shorter is less time</title>", STYLE, *blocks, "</svg>"]) + "\n"


def _block(group: Group, top: int) -> tuple[list[str], int]:
    """Return the elements of one group and their height."""
    ratio = group.ratios[0]
    found = {row: value for row in group.rows if (value := group.ratio(row, ratio)) is not None}
    scale = BARS / max(1.0, *found.values())
    parts = [_text(4, top + 14, f"{group.title} — {ratio.label}", weight="bold")]
    y = top + TITLE
    for row, value in found.items():
        middle = y + BAR - 2
        colour = BASELINE if row == ratio.baseline else OTHER
        parts.append(_text(LABELS - 8, middle, _short(row), anchor="end"))
        parts.append(f"<rect x='{LABELS}' y='{y}' width='{value * scale:.1f}' height='{BAR}' rx='2' fill='{colour}'/>")
        figure = f"{number(value)} ({number(group.rows[row][ratio.column])} {ratio.column})"
        parts.append(_text(LABELS + value * scale + 6, middle, figure))
        y += LINE
    x = f"{LABELS + scale:.1f}"
    parts.append(f"<line x1='{x}' y1='{top + TITLE - 4}' x2='{x}' y2='{y}' stroke-dasharray='3 3'/>")
    return parts, y - top


def _text(x: float, y: int, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f"<text x='{x:.1f}' y='{y}' text-anchor='{anchor}' font-weight='{weight}'>{escape(text)}</text>"


def _short(text: str) -> str:
    """Return a label that fits."""
    return text if len(text) <= 52 else text[:51] + "…"


def main(results: str, plot: str) -> None:
    """Draw."""
    Path(plot).write_text(svg(read(Path(results))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
