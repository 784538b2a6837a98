"""Tells mkdocs which files are pages: those of the repository, where they are, with the same links as on a code host.

- Every page of `docs/` is one, README.md is the first, and whatever a page links comes along: pages of other folders, pictures,
  and sources, each as a page that shows it. A link to a folder leads to its README.md, or to a page that shows its files.
- The navigation is the index, docs/README.md: a section for each heading, an entry for each row of its table.
- `strict` (build.py sets it) makes every link that leads nowhere an error.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n"
FIRST, INDEX = "README.md", "docs/README.md"
PICTURES = (".svg", ".png")
LINK = re.compile(r"(\]\(\s*)([^)\s#]+)(#[^)\s]*)?(?=\s*\))")
FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2[`~]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
TITLE = re.compile(r"^# +(.+)$", re.MULTILINE)
LANGUAGES = {".bzl": "python", ".bazel": "python", ".py": "python", ".sh": "sh", ".c": "c", ".toml": "toml", ".json": "json"}


def place(source: str, link: str) -> str:
    """Return the file of the repository that a link of a page leads to; of a folder its README.md, of a source its page."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(link)))
    if (ROOT / path).is_dir():
        path = posixpath.join(path, FIRST)
    return path if path.endswith((".md", *PICTURES)) else f"{path}.md"


def outside_code(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a page, and whether each is text: fences and inline code are none."""
    end = 0
    for match in FENCE.finditer(text):
        yield True, text[end : match.start()]
        yield False, match[0]
        end = match.end()
    yield True, text[end:]


def links(source: str, text: str) -> Iterator[str]:
    """Yield the files that a page links."""
    for is_text, piece in outside_code(text):
        found = LINK.findall(piece) if is_text else []
        yield from (place(source, link) for _, link, _ in found if not SCHEME.match(link))


def shown(path: str) -> str:
    """Return the text of a page: what is in the file; for a source or a folder without README.md, what is in that."""
    if (ROOT / path).is_file():
        return (ROOT / path).read_text(encoding="utf-8")
    named = ROOT / (posixpath.dirname(path) if posixpath.basename(path) == FIRST else path.removesuffix(".md"))
    files = sorted(file for file in named.rglob("*") if file.is_file()) if named.is_dir() else [named]
    return f"{NOT_SEARCHED}# `{named.relative_to(ROOT)}`\n" + "".join(fenced(file, file.relative_to(named)) for file in files)


def fenced(file: Path, name: Path) -> str:
    """Return a file as a block of code, with its name if it is one of a folder."""
    text = file.read_text(encoding="utf-8", errors="replace")
    title = f"## `{name}`\n" if name.name else ""
    return f"\n{title}\n~~~~~~{LANGUAGES.get(file.suffix, 'text')}\n{text}\n~~~~~~\n"


def exists(path: str) -> bool:
    """Return whether there is something for a page to show."""
    there = {path, path.removesuffix(".md"), path.removesuffix(f"/{FIRST}")}
    return any((ROOT / name).exists() for name in there)


def reachable() -> dict[str, str]:
    """Return path → text of all pages, and of pictures nothing: what is in docs/, and whatever it links."""
    waiting = [FIRST, *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))]
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        if path in found or not exists(path):
            continue  # mkdocs itself tells what leads nowhere
        found[path] = "" if path.endswith(PICTURES) else shown(path)
        waiting += links(path, found[path])
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to the files of the theme."""
    for path, text in reachable().items():
        if path.endswith(PICTURES):
            files.append(File.generated(config, path, abs_src_path=os.fspath(ROOT / path)))
        else:
            files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Write each link as mkdocs resolves it: to a page."""
    source = page.file.src_uri

    def rewritten(match: re.Match[str]) -> str:
        if SCHEME.match(match[2]):
            return match[0]
        return match[1] + posixpath.relpath(place(source, match[2]), posixpath.dirname(source) or ".") + (match[3] or "")

    return "".join(LINK.sub(rewritten, piece) if is_text else piece for is_text, piece in outside_code(markdown))


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Make the navigation of the index."""
    nav: list[Any] = [{"Start": FIRST}]
    for section in (ROOT / INDEX).read_text(encoding="utf-8").split("\n## ")[1:]:
        rows = [LINK.search(line) for line in section.splitlines() if line.startswith("| [")]
        entries = [entry(place(INDEX, row[2])) for row in rows if row]
        nav.append({section.partition("\n")[0].strip(): entries})
    config.nav = [nav[0], {"All pages": INDEX}, *nav[1:]]
    return config


def entry(path: str) -> dict[str, str]:
    """Return an entry of the navigation: the title of a page and the page."""
    title = TITLE.search(shown(path))
    return {re.sub(r"[`*]", "", title[1]) if title else path: path}
