"""The folders of python/private load downwards only: loads.py says the order, and this shows that it would notice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lint.loads import LAYERS, ORDER, PRIVATE, findings

REPOSITORY = Path(__file__).resolve().parents[2]
NEW = 'load("{label}", "x")\n'
SEVERAL_LINES = 'load(\n    "{label}",\n    "x",\n    y = "z",\n)\n'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy python/private to where it may be changed."""
    shutil.copytree(REPOSITORY / PRIVATE, tmp_path / PRIVATE)
    return tmp_path


def append(copy: Path, file: str, text: str) -> int:
    """Add text at the end of a file, and return the line it begins in."""
    path = copy / PRIVATE / file
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def test_every_load_goes_down() -> None:
    """Nothing in python/private loads from a folder below or beside its own."""
    assert findings(REPOSITORY) == []


@pytest.mark.parametrize("text", [NEW, SEVERAL_LINES], ids=["one line", "several lines"])
@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("spec/names.bzl", "//python/private/lock:locked.bzl"),
        ("wheel/settings.bzl", "//python/private/fetch:siblings.bzl"),
        ("wheel/settings.bzl", "//python/private/pins:wheel_pin.bzl"),
        ("verify/reproducibility_test.bzl", "//python/private/library:pins.bzl"),
        ("lock/locked.bzl", "//python:pip.bzl"),
        ("lock/BUILD.bazel", "//python/private/hub:plan.bzl"),
        ("hub/plan.bzl", "//python/private/hub/deep:plan.bzl"),
    ],
    ids=["up", "one up", "beside", "beside, on top", "public", "of a BUILD file", "no folder of the order"],
)
def test_a_forbidden_load_is_found(copy: Path, file: str, label: str, text: str) -> None:
    """One load more, and the finding names its file and line."""
    line = append(copy, file, text.format(label=label))
    found = findings(copy)
    assert f"{PRIVATE}/{file}:{line}: loads {label}; expected one of: //python:providers.bzl, " in found[0]


def test_a_load_that_the_library_lacks_is_found(copy: Path) -> None:
    """A load that the order allows has to be in the folder's bzl_library as well."""
    append(copy, "shared/shared.bzl", NEW.format(label="//python/private/wheel:settings.bzl"))
    (found,) = findings(copy)
    expected = "['//python/private/crates', '//python/private/fetch', '//python/private/host', '//python/private/spec']"
    assert found.startswith(f"{PRIVATE}/shared/BUILD.bazel:3: deps = {expected}; ")
    assert found.endswith(f"load from {expected[:-1]}, '//python/private/wheel']")


def test_a_folder_without_a_place_is_found(copy: Path) -> None:
    """A new folder needs a place in the order, whatever it loads."""
    (copy / PRIVATE / "newer").mkdir()
    assert findings(copy) == [f"{PRIVATE}/newer: is in no layer; expected a place in LAYERS of tests/lint/loads.py"]


def test_a_folder_that_is_gone_is_found(copy: Path) -> None:
    """The order names no folder that is not there."""
    shutil.rmtree(copy / PRIVATE / "wheelhouse")
    assert findings(copy) == [f"{PRIVATE}/wheelhouse: is in LAYERS, and not there"]


def test_another_order_in_the_readme_is_found(copy: Path) -> None:
    """The README's table has the folders in the order of the layers."""
    readme = copy / PRIVATE / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("| `spec/` |", "| `special/` |"), encoding="utf-8")
    (found,) = findings(copy)
    assert found.startswith(f"{PRIVATE}/README.md: the table has ['special', 'host', ")


def test_each_folder_has_one_place() -> None:
    """No folder is in two layers."""
    assert len(set(ORDER)) == sum(len(layer) for layer in LAYERS)
