"""Which manifests a back end builds, and which Cargo.lock belongs to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprowheel.rust.projects import compiles_without_cargo, find_projects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIBRARY = '[package]\nname = "x"\n[lib]\ncrate-type = ["cdylib"]\n'
PLAIN = '[package]\nname = "x"\n'
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'


def found(tree: Path, files: Mapping[str, str], *requirements: str, asked: bool = False) -> list[tuple[str, str]]:
    """Return manifest and lock of each project of a tree with these files."""
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    return [(project.manifest, project.lock) for project in find_projects(tree, requirements, asked=asked)]


@pytest.mark.parametrize("requirements", [(), ("setuptools", "wheel"), ("numpy",)])
def test_no_rust(tmp_path: Path, requirements: tuple[str, ...]) -> None:
    """A sdist that has a manifest, and nothing that builds it, uses no Rust."""
    assert found(tmp_path, {"Cargo.toml": LIBRARY}, *requirements) == []
    assert found(tmp_path, {}, asked=True) == [("Cargo.toml", "Cargo.lock")]


def test_maturin(tmp_path: Path) -> None:
    """The manifest that maturin builds is the one that it names, else that of the tree; others do not count."""
    files = {"pyproject.toml": MATURIN, "Cargo.toml": LIBRARY, "docs/Cargo.toml": LIBRARY}
    assert found(tmp_path, files, "maturin") == [("Cargo.toml", "Cargo.lock")]


def test_maturin_in_a_workspace(tmp_path: Path) -> None:
    """The lock is that of the workspace which the named manifest is a member of."""
    files = {
        "pyproject.toml": f'{MATURIN}[tool.maturin]\nmanifest-path = "crates/py/Cargo.toml"\n',
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
        "crates/py/Cargo.toml": LIBRARY,
    }
    assert found(tmp_path, files, "maturin") == [("crates/py/Cargo.toml", "Cargo.lock")]


@pytest.mark.parametrize("exclude", ["crates/py", "crates"])
def test_excluded_from_the_workspace(tmp_path: Path, exclude: str) -> None:
    """A manifest that the workspace excludes has a lock of its own."""
    files = {
        "pyproject.toml": f'{MATURIN}[tool.maturin]\nmanifest-path = "crates/py/Cargo.toml"\n',
        "Cargo.toml": f'[workspace]\nexclude = ["{exclude}"]\n',
        "crates/py/Cargo.toml": LIBRARY,
    }
    assert found(tmp_path, files, "maturin") == [("crates/py/Cargo.toml", "crates/py/Cargo.lock")]


def test_setuptools_rust(tmp_path: Path) -> None:
    """Modules and programs of pyproject.toml count, each with its manifest."""
    table = '[[tool.setuptools-rust.ext-modules]]\ntarget = "a"\npath = "a/Cargo.toml"\n'
    table += '[[tool.setuptools-rust.bins]]\npath = "b/Cargo.toml"\n'
    files = {"pyproject.toml": table, "a/Cargo.toml": LIBRARY, "b/Cargo.toml": PLAIN, "c/Cargo.toml": LIBRARY}
    expected = [("a/Cargo.toml", "a/Cargo.lock"), ("b/Cargo.toml", "b/Cargo.lock")]
    assert found(tmp_path, files, "setuptools-rust", "setuptools") == expected


@pytest.mark.parametrize("plugin", ["hatch-maturin-build", "hatch-rs", "hatch-rust", "hatchling-pyo3-plugin", "poetry-rust"])
def test_plugins(tmp_path: Path, plugin: str) -> None:
    """A plugin of another back end is known by a word of its name; without a manifest the name says nothing."""
    assert found(tmp_path, {}, "hatchling", plugin) == []
    assert found(tmp_path, {"Cargo.toml": LIBRARY}, "hatchling", plugin) == [("Cargo.toml", "Cargo.lock")]


def test_setup_py_names_them(tmp_path: Path) -> None:
    """Where only setup.py knows, the outermost manifests count that make a library; a vendored crate does not."""
    files = {
        "setup.py": "",
        "src/rust/Cargo.toml": LIBRARY,
        "src/rust/inner/Cargo.toml": LIBRARY,
        "tools/Cargo.toml": PLAIN,
        "vendor/other/Cargo.toml": LIBRARY,
        ".cargo/config.toml": '[source.vendored]\ndirectory = "vendor"\n',
    }
    assert found(tmp_path, files, "setuptools-rust") == [("src/rust/Cargo.toml", "src/rust/Cargo.lock")]
    (project,) = find_projects(tmp_path, ["setuptools-rust"])
    assert project.vendored


def test_meson(tmp_path: Path) -> None:
    """A Meson project says itself that it compiles Rust; without a manifest it needs a compiler and no crate."""
    files = {"meson.build": "project('x', 'c',\n  'rust')\n", "Cargo.toml": LIBRARY}
    assert found(tmp_path, files, "meson-python") == [("Cargo.toml", "Cargo.lock")]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"meson.build": "project('x', 'rust', version: '1')\n"}, True),
        ({"meson.build": "project('x', ['c', 'rust'])\n"}, True),
        ({"meson.build": "project('x', 'c')\nsubdir('a')\n", "a/meson.build": "add_languages('rust', native: false)\n"}, True),
        ({"meson.build": "project('x', 'c')\n", "tests/meson.build": "project('y', 'rust')\n"}, False),
        ({"meson.build": "project('x', 'c')\nsubdir('.')\nsubdir('..')\nsubdir('none')\n"}, False),
        ({"src/meson.build": "project('x', 'rust')\n"}, False),
    ],
)
def test_meson_without_cargo(tmp_path: Path, files: Mapping[str, str], expected: bool) -> None:
    """Meson calls rustc itself: the languages of the project and of the folders that it goes into count, and no other file."""
    assert found(tmp_path, files, "meson-python") == []
    assert compiles_without_cargo(tmp_path) is expected
