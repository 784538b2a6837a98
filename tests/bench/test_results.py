"""Tables and plot of the benchmarks: every figure is there, ratios are right, what has no baseline is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from bench.results import Group, Ratio, ResultsError, Target, markdown, number, of_samples, read, targets_table, write

PLOT = Path(__file__).with_name("plot.py")
SVG = "{http://www.w3.org/2000/svg}"


def group(**changes: object) -> Group:
    """Return a group of three contenders, one of them without the second column."""
    fields: dict[str, object] = {
        "part": "toy",
        "title": "Toys <fast & slow>",
        "note": "Three of them.",
        "samples": {
            "theirs": [{"wall s": 2.0, "peak MiB": 50.0}, {"wall s": 4.0, "peak MiB": 70.0}],
            "ours": [{"wall s": 0.9, "peak MiB": 30.0}, {"wall s": 0.6, "peak MiB": 30.0}],
            "none": [{"wall s": 12.0}],
        },
        "ratios": [Ratio(label="wall / theirs", column="wall s", baseline="theirs")],
        "targets": [Target(row="ours", figure="wall / theirs", most=0.2), Target(row="ours", figure="peak MiB", most=30)],
    }
    return of_samples(**{**fields, **changes})  # type: ignore[arg-type]


def plot(folder: Path, groups: list[Group]) -> str:
    """Return the plot that the program draws of a file of results."""
    write(folder / "results.json", groups, {"date": "2020-01-01"})
    subprocess.run([sys.executable, PLOT, folder / "results.json", folder / "plot.svg"], check=True)
    return (folder / "plot.svg").read_text(encoding="utf-8")


def test_table() -> None:
    """Medians, ratios of medians, nothing where nothing was measured."""
    lines = markdown(group()).splitlines()
    assert lines[-5:] == [
        "|  | wall s | peak MiB | wall / theirs |",
        "|---|---:|---:|---:|",
        "| theirs | 3.00 | 60.0 | 1.00 |",
        "| ours | 0.75 | 30.0 | 0.25 |",
        "| none | 12.0 |  | 4.00 |",
    ]


def test_targets() -> None:
    """A figure or a ratio beside what it should be, and whether it is."""
    lines = targets_table([group()]).splitlines()
    assert lines[2:] == [
        "| Toys <fast & slow>: ours | wall / theirs | ≤ 0.20 | 0.25 | 0.25 (wall / theirs) | **not met** |",
        "| Toys <fast & slow>: ours | peak MiB | ≤ 30.0 | 30.0 | 0.25 (wall / theirs) | met |",
    ]
    assert Target(row="", figure="", least=300).met(300)
    assert not Target(row="", figure="", least=300).met(299.9)
    assert targets_table([group(targets=[])]) == ""


def test_file(tmp_path: Path) -> None:
    """What is written is what is read, samples included, beside what is said of the run."""
    write(tmp_path / "results.json", [group(), group(title="Other")], {"date": "2020-01-01"})
    assert read(tmp_path / "results.json") == [group(), group(title="Other")]
    data = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert data["date"] == "2020-01-01"
    assert data["groups"][0]["samples"]["theirs"]["wall s"] == [2.0, 4.0]


def test_plot(tmp_path: Path) -> None:
    """It is XML that has each row's name, ratio and figure, bars as long as the ratios, and needs nothing from elsewhere."""
    text = plot(tmp_path, [group(), group(title="Again")])
    root = ET.fromstring(text)
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts[0] == "Toys <fast & slow> — wall / theirs"
    figures = [("theirs", "1.00 (3.00 wall s)"), ("ours", "0.25 (0.75 wall s)"), ("none", "4.00 (12.0 wall s)")]
    shown = [text for pair in figures for text in pair]
    assert texts[1:7] == shown
    assert texts[8:] == shown
    widths = [float(element.get("width", "")) for element in root.iter(f"{SVG}rect")]
    assert [round(width / widths[0], 2) for width in widths] == [1.0, 0.25, 4.0] * 2
    assert not re.findall(r"(?:href|url|@import|src)\W", text)
    assert not list(root.iter(f"{SVG}script"))


def test_plot_is_the_same_for_the_same_results(tmp_path: Path) -> None:
    """Same file, same bytes; another figure, other bytes."""
    first = plot(tmp_path, [group()])
    assert plot(tmp_path, [group()]) == first
    assert plot(tmp_path, [group(samples={"theirs": [{"wall s": 3.0}], "ours": [{"wall s": 0.76}]}, targets=[])]) != first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ratios": []}, "toy: Toys <fast & slow>: no baseline"),
        ({"samples": {}}, "no figures"),
        ({"ratios": [Ratio(label="wall / x", column="wall s", baseline="x")]}, "the baseline 'x' has no 'wall s'"),
        ({"ratios": [Ratio(label="cpu", column="cpu s", baseline="theirs")]}, "the baseline 'theirs' has no 'cpu s'"),
        ({"samples": {"theirs": [{"wall s": 0.0}], "ours": [{"wall s": 1.0}]}}, "the baseline 'theirs' has no 'wall s'"),
        ({"targets": [Target(row="none", figure="peak MiB", most=1)]}, "'none' has no 'peak MiB', which has a target"),
    ],
    ids=["no ratio", "no rows", "no such row", "no such column", "zero", "target"],
)
def test_without_a_baseline(changes: dict[str, object], message: str) -> None:
    """There is nothing to divide by: refused before anything is drawn."""
    with pytest.raises(ResultsError, match=re.escape(message)):
        group(**changes)


def test_file_without_a_baseline(tmp_path: Path) -> None:
    """A file whose baseline is not there any more is refused by its name, and so is one that is something else."""
    path = tmp_path / "results.json"
    write(path, [group()])
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["groups"][0]["rows"]["theirs"]
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ResultsError, match=r"results\.json: toy: .*: the baseline 'theirs' has no 'wall s'"):
        read(path)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"results\.json: not a file of results"):
        read(path)


@pytest.mark.parametrize(
    ("figure", "text"),
    [(0, "0"), (1234.5, "1234"), (99.96, "100"), (12.34, "12.3"), (9.996, "10.0"), (0.125, "0.12"), (0.01234, "0.0123")],
)
def test_number(figure: float, text: str) -> None:
    """Three digits."""
    assert number(figure) == text


def test_unknown_part(tmp_path: Path) -> None:
    """The command that runs all parts knows their names, says so, and has then measured and written nothing."""
    command = [sys.executable, PLOT.with_name("everything.py"), "walk", f"--out={tmp_path / 'out'}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "unknown part 'walk'; expected some of: containment, wrapper, install, normalize, loading, corpus" in run.stderr
    assert list(tmp_path.iterdir()) == []
