"""Names in the repository's pages: files, folders, packages and parts of `reprowheel` in backquotes exist."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.pages import FENCE, REPOSITORY, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = ("", "python", "python/reprowheel", "python/private", "tests", "tests/reprowheel", "tests/starlark")
"""Folders that paths in pages start from, besides the folder of the page."""
HISTORY = "CHANGELOG.md"
"""The one page that may name what is gone."""
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.*-]+)+/?")
PACKAGE = re.compile(r"//([\w./-]*)(?::[\w./-]+)?")
PARTS = sorted(path.name for path in (REPOSITORY / "python" / "reprowheel").iterdir() if (path / "__init__.py").is_file())
DOTTED = re.compile(rf"(?:reprowheel|{'|'.join(PARTS)})(?:\.(?!(?:py|md|sh|bzl|c|exit|html|json|lock|parse|txt|update)\b)\w+)+")
REFERENCE = re.compile(r'decisions\.md, "([^"]+)"')
PLACEHOLDER = re.compile(r"NAME|PART|\bID\b")


def words(text: str) -> Iterator[str]:
    """Yield the words of all code in a page's prose, so the paths in commands as well."""
    for match in CODE.finditer(FENCE.sub("", text)):
        yield from match[1].split()


def missing_path(word: str, page: str, root: Path) -> bool:
    """Return whether a word is a path that begins in a folder of the repository, but leads nowhere.

    A path whose first part is no folder here is a file of something else, such as `numpy/__config__.py`. The page of the
    Starlark tests leaves their ending out.
    """
    starts = [root / start for start in (*ROOTS, Path(page).parent.as_posix())]
    first = word.split("/", 1)[0]
    if not first or first.startswith("bazel-") or not any((start / first).is_dir() for start in starts):
        return False
    path = word.rstrip("/")
    return not any(any(start.glob(found)) for start in starts if start.is_dir() for found in (path, f"{path}_tests.bzl"))


@cache
def exists(name: str) -> bool:
    """Return whether a dotted name is a package, a module, or something that a module defines; `reprowheel` may be left out."""
    parts = f"reprowheel.{name.removeprefix('reprowheel.')}".split(".")
    for count in range(len(parts), 0, -1):
        try:
            spec = importlib.util.find_spec(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        if spec is not None:
            value: object = importlib.import_module(".".join(parts[:count]))
            for part in parts[count:]:
                value = getattr(value, part, None)
            return value is not None
    return False


def wrong(root: Path, page: str) -> list[str]:
    """Return the names in one page that do not exist."""
    found = []
    for word in words((root / page).read_text(encoding="utf-8")):
        name = word.strip(".,;:()'\"")
        if PLACEHOLDER.search(name):
            continue
        package = PACKAGE.fullmatch(name)
        if package and missing_path(package[1].removesuffix("..."), ".", root):
            found.append(f"{page}: there is no package {name}")
        elif PATH.fullmatch(name) and missing_path(name, page, root):
            found.append(f"{page}: there is no file or folder {name}")
        elif (dotted := DOTTED.match(name)) and not exists(dotted[0]):
            found.append(f"{page}: there is no {dotted[0]}")
    return found


@pytest.mark.parametrize("page", [page for page in pages(REPOSITORY) if page != HISTORY])
def test_names_exist(page: str) -> None:
    """Every path, package and dotted name in backquotes leads somewhere; NAME, PART and ID stand for others."""
    assert wrong(REPOSITORY, page) == []


def missing_decisions(root: Path, folders: tuple[str, ...], headings: set[str]) -> list[str]:
    """Return the headings of docs/decisions.md that sources name and that are not there."""
    found = []
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*")):
        if path.suffix in (".py", ".bzl", ".sh", ".c", ".h") and "__pycache__" not in path.parts:
            text = re.sub(r"\s+(?:[#*]+\s+)?", " ", path.read_text(encoding="utf-8"))
            found += [heading for heading in REFERENCE.findall(text) if heading not in headings]
    return found


def test_named_decisions_are_headings(tmp_path: Path) -> None:
    """A decision that a comment names is a heading of docs/decisions.md; one that is not is found (control)."""
    text = (REPOSITORY / "docs/decisions.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    assert missing_decisions(REPOSITORY, ("python", "tools"), headings) == []
    (tmp_path / "x.py").write_text('# docs/decisions.md, "One that\n# is gone"\n')
    assert missing_decisions(tmp_path, ("",), headings) == ["One that is gone"]


def test_missing_names_are_found(tmp_path: Path) -> None:
    """The check above finds what is gone: a path, one relative to the page, a package, a module, a function (control)."""
    (tmp_path / "docs" / "api").mkdir(parents=True)
    (tmp_path / "docs" / "here.md").write_text("")
    page = tmp_path / "docs" / "page.md"
    good = (
        "docs/here.md",
        "api/",
        "numpy/gone.py",
        "//:x",
        "//docs:x",
        "//lib:mine",
        "reprowheel.build.build_wheel(x)",
        "normalize.tree",
        "verify.md",
    )
    page.write_text("".join(f"`{name}`\n" for name in (*good, "docs/NAME.md", "docs/*.md")) + "\n```\n`docs/gone.md`\n```\n")
    assert wrong(tmp_path, "docs/page.md") == []
    gone = (
        "docs/gone.md",
        "api/gone.md",
        "//docs/gone:x",
        "reprowheel.gone",
        "reprowheel.build.gone",
        "normalize.gone",
        "docs/gone_*.md",
    )
    page.write_text("".join(f"`run {name} -q`\n" for name in gone))
    assert [text.rsplit(" ", 1)[1] for text in wrong(tmp_path, "docs/page.md")] == list(gone)
