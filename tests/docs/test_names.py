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
DOTTED = re.compile(r"reprowheel(?:\.\w+)+")
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
def parts_of(name: str) -> bool:
    """Return whether a dotted name is a package, a module, or something that a module defines."""
    parts = name.split(".")
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
        elif (dotted := DOTTED.match(name)) and not parts_of(dotted[0]):
            found.append(f"{page}: there is no {dotted[0]}")
    return found


@pytest.mark.parametrize("page", [page for page in pages(REPOSITORY) if page != HISTORY])
def test_names_exist(page: str) -> None:
    """Every path, package and dotted name in backquotes leads somewhere; NAME, PART and ID stand for others."""
    assert wrong(REPOSITORY, page) == []


def test_missing_names_are_found(tmp_path: Path) -> None:
    """The check above finds what is gone: a path, one relative to the page, a package, a module, a function (control)."""
    (tmp_path / "docs" / "api").mkdir(parents=True)
    (tmp_path / "docs" / "here.md").write_text("")
    page = tmp_path / "docs" / "page.md"
    good = ("docs/here.md", "api/", "numpy/gone.py", "//:x", "//docs:x", "//lib:mine", "reprowheel.build.build_wheel(x)")
    page.write_text("".join(f"`{name}`\n" for name in (*good, "docs/NAME.md", "docs/*.md")) + "\n```\n`docs/gone.md`\n```\n")
    assert wrong(tmp_path, "docs/page.md") == []
    gone = ("docs/gone.md", "api/gone.md", "//docs/gone:x", "reprowheel.gone", "reprowheel.build.gone", "docs/gone_*.md")
    page.write_text("".join(f"`run {name} -q`\n" for name in gone))
    assert [text.rsplit(" ", 1)[1] for text in wrong(tmp_path, "docs/page.md")] == list(gone)
