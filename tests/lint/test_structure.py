"""The layout shows the flow: packages by stage, short files, tests beside what they test."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PACKAGE = "python/reprowheel"
MOST_MODULES = 20
MOST_LINES = 400
LONG = {
    "tests/e2e/newcomer/workspace/requirements.txt": "a lock, as uv wrote it",
    "tests/e2e/servers.txt": "pip's lock: a digest of each wheel",
    "tests/reprowheel/report/golden/everything.json": "a report, as an earlier helper wrote it",
    "tests/requirements.txt": "pip's lock: a digest of each wheel",
    "tests/starlark/locks/packaging_answers.json": "what the library packaging answers, as it printed it",
    "tests/starlark/locks/uv.lock": "uv's lock, as uv wrote it",
    "tools/dev/corpus/build-lock.json": "a lock of build requirements, as the helper wrote it",
    "tools/dev/corpus/rust/build-lock.json": "a lock of build requirements and crates, as the helper wrote it",
    "tools/site/requirements.txt": "pip's lock: a digest of each wheel",
}
"""Files that a program wrote and nobody reads from top to bottom."""


def folders(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Yield each folder below one of a checkout, its folders and its files; nothing hidden, no bytecode, no links."""
    for path, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith((".", "__pycache__")))
        yield Path(path), names, sorted(files)


def modules(names: list[str], files: list[str]) -> list[str]:
    """Return the names that a folder's modules and packages are imported by, but for those of Python itself."""
    found = [*names, *(file.removesuffix(".py") for file in files if file.endswith(".py"))]
    return [name for name in found if not name.startswith("__")]


def underscores(root: Path) -> list[str]:
    """Return modules and folders of the package that are private by name: what is private is so by its folder."""
    return [
        f"{(path / name).relative_to(root)}"
        for path, names, files in folders(root / PACKAGE)
        for name in modules(names, files)
        if name.startswith("_")
    ]


def prefixes(root: Path) -> list[str]:
    """Return modules of one folder whose names begin with the same word: they want to be a folder, or shorter names."""
    found = []
    for path, names, files in folders(root / PACKAGE):
        groups = defaultdict(list)
        for name in modules(names, files):
            groups[name.partition("_")[0]].append(name)
        found += [f"{path.relative_to(root)}: {', '.join(sorted(group))}" for group in groups.values() if len(group) > 1]
    return found


def crowds(root: Path) -> list[str]:
    """Return folders of the package with more modules than one can keep in mind."""
    counts = {path: len(modules([], files)) for path, _, files in folders(root / PACKAGE)}
    return [f"{path.relative_to(root)}: {count} modules" for path, count in counts.items() if count > MOST_MODULES]


def long_files(root: Path) -> list[str]:
    """Return files with too many lines to read at one sitting."""
    places = (path / name for top in ("python", "tests", "tools") for path, _, files in folders(root / top) for name in files)
    counts = {place.relative_to(root).as_posix(): place.read_bytes().count(b"\n") for place in places if place.is_file()}
    return [f"{name}: {count} lines" for name, count in counts.items() if count > MOST_LINES and name not in LONG]


def build_folders(root: Path) -> list[str]:
    """Return folders that file systems which ignore case take for a BUILD file."""
    return [
        f"{(path / name).relative_to(root)}"
        for top in ("python", "tests", "tools", "docs", "examples")
        for path, names, _ in folders(root / top)
        for name in names
        if name.lower() == "build"
    ]


def strays(root: Path) -> list[str]:
    """Return folders with tests of the package that are no folder of the package."""
    tests = root / "tests" / "reprowheel"
    with_tests = [path.relative_to(tests) for path, _, files in folders(tests) if any(name.startswith("test_") for name in files)]
    return [f"tests/reprowheel/{path}" for path in with_tests if not (root / PACKAGE / path).is_dir()]


CHECKS: dict[Callable[[Path], list[str]], tuple[dict[str, int], list[str]]] = {
    underscores: (
        {"_one.py": 1, "two/_three.py": 1, "_four/__init__.py": 1, "__main__.py": 1},
        [f"{PACKAGE}/_four", f"{PACKAGE}/_one", f"{PACKAGE}/two/_three"],
    ),
    prefixes: (
        {"lock.py": 1, "lock_file.py": 1, "two/pin_a.py": 1, "two/pin_b/__init__.py": 1, "three/pin_a.py": 1, "three/pins.py": 1},
        [f"{PACKAGE}: lock, lock_file", f"{PACKAGE}/two: pin_a, pin_b"],
    ),
    crowds: (
        {**{f"one/{name}.py": 1 for name in "abcdefghijklmnopqrstu"}, **{f"two/{name}.py": 1 for name in "abcdefghijklmnopqrst"}},
        [f"{PACKAGE}/one: 21 modules"],
    ),
    long_files: (
        {"long.py": 401, "short.py": 400, "../../tests/a.c": 500, "../../tests/requirements.txt": 500},
        [f"{PACKAGE}/long.py: 401 lines", "tests/a.c: 500 lines"],
    ),
    build_folders: ({"build/a.py": 1, "../../docs/Build/a.md": 1, "build.py": 1}, [f"{PACKAGE}/build", "docs/Build"]),
    strays: (
        {"one/a.py": 1, "../../tests/reprowheel/one/test_a.py": 1, "../../tests/reprowheel/two/test_a.py": 1},
        ["tests/reprowheel/two"],
    ),
}
"""Each check, with files of a made-up checkout (from the package on, with their numbers of lines), and what it finds there."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_repository(check: Callable[[Path], list[str]]) -> None:
    """Nothing is found in this repository."""
    assert (REPOSITORY / PACKAGE).is_dir() and (REPOSITORY / "tests" / "reprowheel").is_dir()
    assert check(REPOSITORY) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_finds(check: Callable[[Path], list[str]], tmp_path: Path) -> None:
    """What is wrong in a made-up checkout is found, and nothing else."""
    files, expected = CHECKS[check]
    for name, lines in files.items():
        file = tmp_path / os.path.normpath(f"{PACKAGE}/{name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n" * lines, encoding="utf-8")
    assert sorted(check(tmp_path)) == sorted(expected)


def test_long_files_are_long() -> None:
    """No file is left out of the count that need not be."""
    lengths = {name: (REPOSITORY / name).read_bytes().count(b"\n") for name in LONG}
    assert {name: length for name, length in lengths.items() if length <= MOST_LINES} == {}
