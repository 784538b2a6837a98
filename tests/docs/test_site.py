"""tools/site builds a site of all pages that needs nothing from elsewhere, and refuses links that lead nowhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag

import pytest
from support.browser import NoBrowserError, chromium
from support.devtools import Browser, started
from support.pages import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src", "object": "data"}
NO_LOAD = {"canonical", "next", "prev", "alternate"}
"""Kinds of `link` that a browser does not load."""


class Html(HTMLParser):
    """What a page loads, links, and can be linked at."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.classes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag has."""
        values = dict(attrs)
        self.anchors |= {values.get("id") or "", values.get("name") or ""}
        self.classes |= set((values.get("class") or "").split())
        self.links += [values.get("href") or ""] if tag == "a" and "href" in values else []
        if values.get(LOADED.get(tag, "")) and values.get("rel") not in NO_LOAD:
            self.loads.append(values[LOADED[tag]] or "")


def build(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a checkout."""
    command = [sys.executable, "-B", str(root / "tools/site/build.py"), str(out)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this repository."""
    out = tmp_path_factory.mktemp("site")
    run = build(REPOSITORY, out)
    assert (run.returncode, run.stdout) == (0, f"{out / 'index.html'}\n")
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Html]:
    """Its pages, by their paths."""
    found = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    return {name: Html(text) for name, text in found.items()}


def test_every_page_is_there(site: Path, pages: dict[str, Html]) -> None:
    """README.md comes first; each page of docs/ is one, and all are in the navigation, which is the index's."""
    written = {path.relative_to(REPOSITORY).with_suffix(".html").as_posix() for path in (REPOSITORY / "docs").rglob("*.md")}
    written = {name.replace("README.html", "index.html") for name in written}
    assert written <= set(pages)
    assert written <= {unquote(link) for link in pages["index.html"].links}
    assert "<h1" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "docs/cache-miss.svg").read_bytes() == (REPOSITORY / "docs/cache-miss.svg").read_bytes()


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Html]) -> None:
    """Scripts, fonts, styles and pictures are files of the site; no page has a class that makes the theme load something."""
    loads = {load for page in pages.values() for load in page.loads}
    assert any(load.endswith(".css") for load in loads)
    assert [load for load in loads if SCHEME.match(load)] == []
    assert [name for name, page in pages.items() if "mermaid" in page.classes] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert [url for url in re.findall(r"url\(\"?([^)\"]+)", styles) if SCHEME.match(url) and not url.startswith("data:")] == []
    assert "@import" not in styles


def test_every_link_leads_somewhere(pages: dict[str, Html], site: Path) -> None:
    """To a page and, where it names one, to an anchor on it: those to other folders and to sources, too."""
    wrong = []
    for name, page in pages.items():
        for link in {link for link in [*page.links, *page.loads] if not SCHEME.match(link)} - {"", "."}:
            path, anchor = urldefrag(unquote(link))
            start = site if name == "404.html" else (site / name).parent
            target = (start / path.lstrip("/") if path else site / name).resolve()
            target = target / "index.html" if target.is_dir() else target
            there = pages.get(target.relative_to(site).as_posix())
            if not target.exists() or (anchor and there and anchor not in there.anchors):
                wrong.append(f"{name}: {link}")
    assert wrong == []
    assert sum(len(page.links) for page in pages.values()) > 1000


def test_links_are_strict(tmp_path: Path) -> None:
    """A link to no page, or to no heading, is an error that names it; those to folders and sources, and in code, are none."""
    for name in ("tools/site", "tools/dev"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    pages = {
        "README.md": "# First\n\n[index](docs/README.md#pages) [all](docs) [code](docs/code.bzl)\n"
        "[folder](docs/empty) [hidden](.x/a.md)\n",
        ".x/a.md": "# Hidden\n",
        "docs/README.md": "# Index\n\n## Pages\n\n| page |\n|---|\n| [one.md](one.md) |\n",
        "docs/one.md": "# One\n\n`[code](in_code.md)` [other](two.md) [heading](README.md#none)\n",
        "docs/code.bzl": "X = 1  # [a](in_source.md)\n",
        "docs/empty/a.txt": "text\n",
    }
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = build(tmp_path, tmp_path / "out")
    assert run.returncode == 1
    first, second, *rest = run.stdout.splitlines()
    assert "'docs/one.md' contains a link 'two.md', but the target 'docs/two.md' is not found" in first
    assert "'docs/one.md' contains a link 'README.md#none', but the doc 'docs/README.md' does not contain an anchor" in second
    assert not [line for line in rest if line.startswith("WARNING")]
    assert (tmp_path / "out/.x/a.html").exists(), "a hidden folder's page"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless browser."""
    try:
        program = chromium()
    except NoBrowserError as e:
        pytest.skip(str(e))
    with started(program, tmp_path_factory.mktemp("browser")) as running:
        yield running


SEEN = """(e => {{
  const box = e.getBoundingClientRect()
  return e.checkVisibility({{visibilityProperty: true}}) && box.right > 0 ? box.width : 0
}})(document.querySelector('{}'))"""
"""How wide an element is that is in the window."""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_what_a_reader_sees(browser: Browser, site: Path, width: int, dark: bool) -> None:
    """On a wide and a narrow window, light and dark: title, picture and text fit, nothing else is asked for."""
    tab = browser.open(site / "index.html", width=width, dark=dark)
    assert tab.value("document.querySelector('h1').innerText.trim()").startswith("rules_reprowheel")
    picture = 'img[src="docs/cache-miss.svg"]'
    assert 300 < tab.value(SEEN.format(picture)) <= width
    assert tab.value(f"document.querySelector('{picture}').naturalWidth") == 960
    assert tab.value("document.documentElement.scrollWidth") <= width
    assert bool(tab.value(SEEN.format(".md-sidebar--primary"))) is (width > 400)
    red, green, blue = map(int, re.findall(r"\d+", tab.value("getComputedStyle(document.body).backgroundColor"))[:3])
    assert (red + green + blue < 3 * 80) is dark, (red, green, blue)
    assert [address for address in tab.requested() if not address.startswith(("file:", "data:", "blob:"))] == []
    assert len(tab.picture()) > 10_000
    tab.close()


def test_without_scripts(browser: Browser, site: Path) -> None:
    """Text, tables and links to other pages are there; so is a source, shown as a page."""
    tab = browser.open(site / "docs/tutorial.html", width=1280, scripts=False)
    assert "reprowheel verify markupsafe" in tab.value("document.body.innerText")
    assert tab.value("document.querySelector('article a[href=\"ci.html\"]').href").endswith("/docs/ci.html")
    tab.close()
    tab = browser.open(site / "tests/sdists/env-header/index.html", width=1280, scripts=False)
    assert "ext_modules" in tab.value("document.body.innerText")
    tab.close()
