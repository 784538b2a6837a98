"""docs/README.md links every page, and every relative link in the repository's pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from support.pages import FENCE, REPOSITORY, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

INDEX = "docs/README.md"
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def links(text: str) -> Iterator[str]:
    """Yield the target of each link and picture that is not in code."""
    for match in LINK.finditer(CODE.sub("code", FENCE.sub("", text))):
        yield match[1] or match[2]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page as GitHub makes them: lower case, no punctuation, `-` for a space, numbered if repeated."""
    found: set[str] = set()
    for match in HEADING.finditer(FENCE.sub("", text)):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", match[1])
        anchor = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        number, name = 0, anchor
        while name in found:
            number += 1
            name = f"{anchor}-{number}"
        found.add(name)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def broken(root: Path, name: str) -> list[str]:
    """Return what is wrong with the relative links of one page."""
    wrong = []
    page = root / name
    for target in links(page.read_text(encoding="utf-8")):
        if SCHEME.match(target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or not file.is_relative_to(root.resolve()):
            wrong.append(f"{name}: {target} leads nowhere")
        elif anchor and (file.suffix != ".md" or anchor not in anchors(file.read_text(encoding="utf-8"))):
            wrong.append(f"{name}: {target} is no heading of that page")
    return wrong


def unlisted(root: Path, names: list[str]) -> list[str]:
    """Return the pages below docs/ that the index does not link."""
    index = root / INDEX
    targets = {(index.parent / t.partition("#")[0]).resolve() for t in links(index.read_text(encoding="utf-8"))}
    below = [name for name in names if name.startswith("docs/") and name != INDEX]
    return [name for name in below if (root / name).resolve() not in targets]


def test_the_index_links_every_page() -> None:
    """A page that the index does not name is not found by those who look for it."""
    names = pages(REPOSITORY)
    assert len([name for name in names if name.startswith("docs/")]) > 20
    assert unlisted(REPOSITORY, names) == []


def test_every_relative_link_leads_somewhere() -> None:
    """Files and headings that links name are there, in every page of the repository."""
    names = pages(REPOSITORY)
    assert {"README.md", "CONTRIBUTING.md", INDEX} <= set(names)
    assert [wrong for name in names for wrong in broken(REPOSITORY, name)] == []


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("[a](other.md)", ""),
        ("[a](other.md#two-words-1)", ""),
        ("[a](other.md#code-and-link)", ""),
        ("[a](#here)", ""),
        ("[a](https://example.org/nowhere.md)", ""),
        ("`[a](missing.md)`", ""),
        ("```\n[a](missing.md)\n```", ""),
        ("[a](missing.md)", "page.md: missing.md leads nowhere"),
        ("![a](missing.svg)", "page.md: missing.svg leads nowhere"),
        ("[`a`](missing.md)", "page.md: missing.md leads nowhere"),
        ("[a]: missing.md", "page.md: missing.md leads nowhere"),
        ("[a](../outside.md)", "page.md: ../outside.md leads nowhere"),
        ("[a](other.md#three)", "page.md: other.md#three is no heading of that page"),
        ("[a](#there)", "page.md: #there is no heading of that page"),
    ],
)
def test_a_broken_link_is_found(tmp_path: Path, link: str, told: str) -> None:
    """A link to no file, to no heading or out of the repository is told; links elsewhere and code are none of ours."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.md").write_text("# Outside\n", encoding="utf-8")
    (root / "other.md").write_text("# Two words\n\n## Two words\n\n### `Code` and [link](page.md)\n", encoding="utf-8")
    (root / "page.md").write_text(f"# Here\n\n```sh\n# there\n```\n\n{link}\n", encoding="utf-8")
    assert broken(root, "page.md") == ([told] if told else [])


def test_a_page_that_is_not_in_the_index_is_found(tmp_path: Path) -> None:
    """Of two pages in a folder below docs/ the one without a link is told."""
    (tmp_path / "docs/deep").mkdir(parents=True)
    for name in ("docs/deep/one.md", "docs/deep/two.md"):
        (tmp_path / name).write_text("# Page\n", encoding="utf-8")
    (tmp_path / INDEX).write_text("[one](deep/one.md#page), `[two](deep/two.md)`\n", encoding="utf-8")
    assert unlisted(tmp_path, ["README.md", INDEX, "docs/deep/one.md", "docs/deep/two.md"]) == ["docs/deep/two.md"]
