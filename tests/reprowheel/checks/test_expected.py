"""The built wheel's METADATA against what the lock recorded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from reprowheel.archives.metadata import ExpectedMetadata
from reprowheel.checks.expected import check_metadata
from reprowheel.errors import RefusedError, UsageError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An unpacked wheel that requires three things and has one extra."""
    info = tmp_path / "foo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nProvides-Extra: Fast_Er\n"
        "Requires-Dist: Zope.Interface (>=5)\nRequires-Dist: attrs>=20,!=21\n"
        "Requires-Dist: six; extra == 'fast-er'\n\nRequires-Dist: not-a-header\n",
        encoding="utf-8",
    )
    return tmp_path


REQUIRES = ("attrs !=21,>=20", "zope-interface>=5", 'SIX ; extra == "fast-er"')


def test_same_in_another_spelling(tree: Path) -> None:
    """Order, spaces, quotes, names' forms do not count: packaging takes the requirements for equal."""
    assert Requirement("attrs>=20,!=21") == Requirement("attrs !=21,>=20")
    check_metadata("foo==1.0", tree, ExpectedMetadata(requires_dist=REQUIRES, provides_extra=("fast-er",)))


@pytest.mark.parametrize(
    ("requires", "extras", "difference"),
    [
        (REQUIRES[:2], ("fast-er",), r"requires_dist .* six; extra == \"fast-er\""),
        ((*REQUIRES, "more"), ("fast-er",), "requires_dist .* more"),
        ((REQUIRES[0], "zope-interface>=6", REQUIRES[2]), ("fast-er",), "zope-interface>=5, zope-interface>=6"),
        (REQUIRES, (), "provides_extra .* fast-er"),
        (REQUIRES, ("fast-er", "slow"), "provides_extra .* slow"),
    ],
)
def test_difference_is_refused(tree: Path, requires: tuple[str, ...], extras: tuple[str, ...], difference: str) -> None:
    """What differs is named, and the command that locks anew."""
    with pytest.raises(RefusedError, match=rf"^foo==1\.0: the build lock is stale: .*{difference}") as caught:
        check_metadata("foo==1.0", tree, ExpectedMetadata(requires_dist=requires, provides_extra=extras))
    assert "reprowheel lock" in caught.value.tip


def test_what_was_not_recorded_is_not_compared(tree: Path) -> None:
    """`None` is not an empty list."""
    check_metadata("foo==1.0", tree, None)
    check_metadata("foo==1.0", tree, ExpectedMetadata(requires_dist=None, provides_extra=None))
    check_metadata("foo==1.0", tree, ExpectedMetadata(requires_dist=None, provides_extra=("fast-er",)))
    with pytest.raises(RefusedError, match="requires_dist"):
        check_metadata("foo==1.0", tree, ExpectedMetadata(requires_dist=(), provides_extra=None))


def test_names_that_can_be_imported(tree: Path) -> None:
    """Compared where they were recorded: with top_level.txt, else with the wheel's files."""
    nothing = ExpectedMetadata(requires_dist=None, provides_extra=None)
    (tree / "foo").mkdir()
    (tree / "foo" / "__init__.py").touch()
    (tree / "_foo.cpython-314-x86_64-linux-gnu.so").touch()
    check_metadata("foo==1.0", tree, nothing)
    check_metadata("foo==1.0", tree, replace(nothing, top_level=("foo", "_foo")))
    with pytest.raises(RefusedError, match=r"^foo==1\.0: .* is stale: its top_level .* differ in _foo, bar$") as caught:
        check_metadata("foo==1.0", tree, replace(nothing, top_level=("foo", "bar")))
    assert "reprowheel lock" in caught.value.tip
    (tree / "foo-1.0.dist-info" / "top_level.txt").write_text("foo\n", encoding="utf-8")
    check_metadata("foo==1.0", tree, replace(nothing, top_level=("foo",)))


def test_wheel_without_metadata(tmp_path: Path) -> None:
    """Nothing to compare with is not the same as equal."""
    with pytest.raises(RefusedError, match="has no METADATA"):
        check_metadata("foo==1.0", tmp_path, ExpectedMetadata(requires_dist=(), provides_extra=()))


def test_reads_a_build_lock_entry(tmp_path: Path, tree: Path) -> None:
    """The fields are those of the build lock; others are ignored, missing ones not compared."""
    path = tmp_path / "expected.json"
    path.write_text(json.dumps({"requires_dist": list(REQUIRES), "sha256": "0"}), encoding="utf-8")
    expected = ExpectedMetadata.read(path)
    assert expected == ExpectedMetadata(requires_dist=REQUIRES, provides_extra=None)
    check_metadata("foo==1.0", tree, expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": is empty; expected the metadata of a lock"),
        ("[]", ": is a list; expected the metadata of a lock, which is a JSON object"),
        ("7", ": is a number; expected"),
        ('{"requires_dist": 7}', ": has a field of another type than expected: "),
        ("{", ":1:2: is no JSON (expecting property name"),
        ("\ufeff{}", ":1:1: is no JSON (unexpected UTF-8 BOM"),
    ],
)
def test_bad_file(tmp_path: Path, text: str, said: str) -> None:
    """Another form is an error of use that names the file."""
    path = tmp_path / "expected.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"expected\.json{re.escape(said)}"):
        ExpectedMetadata.read(path)


def test_missing_file(tmp_path: Path) -> None:
    """So is a file that is not there."""
    with pytest.raises(UsageError, match="nothing.json"):
        ExpectedMetadata.read(tmp_path / "nothing.json")


@pytest.mark.parametrize("name", ["METADATA", "top_level.txt"])
def test_metadata_that_is_no_text(tree: Path, name: str) -> None:
    """Bytes that are not UTF-8 are told as that, with the file."""
    with (tree / "foo-1.0.dist-info" / name).open("ab") as file:
        file.write(b"\xff\n")
    with pytest.raises(RefusedError, match=rf"^foo==1\.0: {name} of the built wheel is not UTF-8 "):
        check_metadata("foo==1.0", tree, ExpectedMetadata(requires_dist=None, provides_extra=None))
