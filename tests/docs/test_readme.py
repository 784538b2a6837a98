"""README.md: its order, the blocks that others paste, and facts that stand elsewhere, too."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from support.pages import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BEFORE = """\
pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(
    hub_name = "pypi",
    python_version = "3.14",
    requirements_lock = "//:requirements.txt",
)
use_repo(pip, "pypi")
"""
LEAST_CONTRAST = 4.5
"""What WCAG asks of text."""
DRAWN = ["cache-miss.svg", "flow.svg"]
COLOUR = re.compile(r"^\s*(\.?[\w.]+) \{ (?:.*?)fill: (#[0-9a-f]{6})", re.MULTILINE)


def text(path: str) -> str:
    """Return a file of the repository."""
    return (REPOSITORY / path).read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading of README.md, without the ruler."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return [rows[0], *rows[2:]]


def test_order() -> None:
    """What it is, with a picture, and for whom; then how to use it; then where, beside what, and what is promised."""
    found = re.findall(r"^## (.+)$", README, re.MULTILINE)
    order = [
        "Add it to a Bazel repository",
        "Get it",
        "Try it",
        "Without Bazel",
        "Where it works",
        "Beside others",
        "What it costs",
        "What is guaranteed",
        "What is not, yet",
        "More",
    ]
    assert found == order
    first = README.partition("\n## ")[0]
    assert "(docs/cache-miss.svg)" in first
    assert "| who | for what |" in first


def test_three_lines() -> None:
    """The diff fits rules_python's own snippet, adds three lines, and names a command that writes the file which it names."""
    (diff,) = re.findall(r"<!-- newcomer: MODULE.bazel -->\n```diff\n(.*?)```", README, re.DOTALL)
    lines = diff.splitlines(keepends=True)
    assert "".join(line[1:] for line in lines if line[0] in " -") == BEFORE
    assert len([line for line in lines if line.startswith("+")]) == 3
    attribute = re.findall(r"^\+ +(\w+) = ", diff, re.MULTILINE)
    assert [f"\n| `{name}` | label |" in text("docs/api/extensions.md") for name in attribute] == [True]
    commands = re.findall(r"<!-- newcomer: run -->\n```console\n(.*?)```", README, re.DOTALL)
    assert commands == ["bazel run @pypi//:lock.update\n"]


def test_versions() -> None:
    """README, MODULE.bazel, pyproject.toml and .bazelversion say the same; so do the two pages that compare."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    version = re.findall(r'^    version = "(.+)",$', text("MODULE.bazel"), re.MULTILINE)[0]
    assert set(re.findall(r'bazel_dep\(name = "rules_reprowheel", version = "(.+?)"', README)) == {version}
    rows = {row[0]: row for row in table("Where it works")}
    assert rows["Bazel"][1].partition(" ")[0] == re.findall(r'">=([\d.]+?)(?:\.0)?"', text("MODULE.bazel"))[0]
    assert rows["Bazel"][2].startswith(text(".bazelversion").strip().rpartition(".")[0])
    assert rows["Python that runs the helper"][1] == f"CPython {project['requires-python'].removeprefix('>=')} and newer"
    head, *rest = table("Beside others")
    others = [re.fullmatch(r"(\S+) (\d\S*)", name) for name in head[2:]]
    first = text("docs/comparison.md").partition("\n## ")[0]
    assert all(name and f"{name[1]} {name[2]}".replace("\n", " ") in " ".join(first.split()) for name in others)
    assert f"uv=={head[5].removeprefix('uv ')} " in text("tests/bench/uv.txt")
    assert {len(row) for row in rest} == {len(head)}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_are_readable(name: str) -> None:
    """Each has a title, loads nothing, and its text stands out from every box, light and dark."""
    picture = text(f"docs/{name}")
    root = ET.fromstring(picture)
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    assert "http" not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")
    light, dark = picture.split("@media (prefers-color-scheme: dark)")
    for style in (light, dark):
        colours = dict(COLOUR.findall(style))
        boxes = [colours[name] for name in colours if name in (".card", ".box", ".bad", ".good")]
        texts = [colours[name] for name in colours if name in ("text", ".dim", ".miss", ".hit")]
        assert len(boxes) >= 2
        assert len(texts) >= 2
        assert min(contrast(one, other) for one in texts for other in boxes) >= LEAST_CONTRAST


def test_plot_is_readable() -> None:
    """The plot has no ground of its own: its text stands out from a light and from a dark page."""
    styles = text("docs/performance.svg").split("@media (prefers-color-scheme: dark)")
    for style, page in zip(styles, ("#ffffff", "#0d1117"), strict=True):
        assert contrast(dict(COLOUR.findall(style))["text"], page) >= LEAST_CONTRAST


def test_contrast() -> None:
    """Black on white is 21, and a colour on itself is 1 (control)."""
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert contrast("#7d8590", "#7d8590") == 1
    assert contrast("#ffffff", "#dddddd") < LEAST_CONTRAST


def test_links_to_the_first_steps() -> None:
    """Whoever looks for the tutorial, the troubleshooting or the recipes finds them from README.md."""
    for page in ("tutorial", "troubleshooting", "migrating", "faq", "glossary", "ci", "comparison", "README"):
        assert f"(docs/{page}.md" in README
        assert Path(REPOSITORY, "docs", f"{page}.md").is_file()
