"""The build lock as data: what is accepted, what is refused and where, and what is written."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from reprowheel.errors import LockError
from reprowheel.lock.build_lock import BuildLock, LockedSdist, LockedWheel, difference, read_build_lock

A, B, C = "a" * 64, "b" * 64, "c" * 64

# The example of docs/contracts.md, "Build lock", with whole digests.
CONTRACT: dict[str, Any] = {
    "build_lock_version": 1,
    "sdists": {
        "pkg==6.0.3": {
            "sha256": A,
            "filename": "pkg-6.0.3.tar.gz",
            "build_backend": "setuptools.build_meta",
            "build_requirements": ["setuptools==80.9.0"],
            "requires_dist": ["foo>=1; extra == 'x'"],
            "provides_extra": ["x"],
            "requires_python": ">=3.8",
            "entry_points": {"console_scripts": {"tool": "pkg.mod:main"}},
            "top_level": ["pkg"],
        },
    },
    "wheels": {"setuptools==80.9.0": {"filename": "setuptools-80.9.0-py3-none-any.whl", "sha256": B}},
}


def write(path: Path, data: object) -> Path:
    """Write JSON and return the path."""
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_reads_and_writes_the_contract(tmp_path: Path) -> None:
    """What docs/contracts.md shows is read, and written again as the same data in its one form."""
    lock = read_build_lock(write(tmp_path / "lock.json", CONTRACT))
    assert lock.sdists["pkg==6.0.3"].entry_points == {"console_scripts": {"tool": "pkg.mod:main"}}
    text = lock.to_json()
    assert json.loads(text) == CONTRACT
    assert text == json.dumps(CONTRACT, indent=2, sort_keys=True) + "\n"
    assert BuildLock.from_dict(json.loads(text), "again").to_json() == text


def test_cycles_are_read_and_written(tmp_path: Path) -> None:
    """The table is there only where it is not empty; what builds need of a lock does not have it."""
    data = {**CONTRACT, "cycles": {"a": ["b[x]"], "b": ["a"]}}
    lock = read_build_lock(write(tmp_path / "lock.json", data))
    assert lock.cycles == {"a": ("b[x]",), "b": ("a",)}
    assert lock.to_json() == json.dumps(data, indent=2, sort_keys=True) + "\n"
    assert "cycles" not in json.loads(lock.needed_by(lock.sdists).to_json())


def test_a_lock_written_by_hand_may_leave_fields_out(tmp_path: Path) -> None:
    """Metadata that was not recorded reads as empty."""
    data = {"build_lock_version": 1, "sdists": {"pkg==1": {"sha256": A, "filename": "pkg-1.tar.gz"}}}
    entry = read_build_lock(write(tmp_path / "lock.json", data)).sdists["pkg==1"]
    assert entry.requires_dist == ()
    assert entry.entry_points == {}
    assert entry.requires_python == ""
    assert entry.top_level == ()
    assert "top_level" not in read_build_lock(tmp_path / "lock.json").to_json()


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("build_lock_version",), 2, "build_lock_version is 2; expected 1"),
        (("sdists",), [], "sdists: expected an object"),
        (("wheels",), None, "wheels: expected an object"),
        (("sdists", "pkg==6.0.3"), "x", "sdists.pkg==6.0.3.sha256"),
        (("sdists", "pkg==6.0.3", "sha256"), A.upper(), "sdists.pkg==6.0.3.sha256"),
        (("sdists", "pkg==6.0.3", "sha256"), 5, "sdists.pkg==6.0.3.sha256: expected a string"),
        (("sdists", "pkg==6.0.3", "filename"), "../pkg.tar.gz", "sdists.pkg==6.0.3.filename"),
        (("sdists", "pkg==6.0.3", "build_requirements"), "x", "sdists.pkg==6.0.3.build_requirements: expected a list"),
        (("sdists", "pkg==6.0.3", "build_requirements"), ["no==1"], "no==1 is under neither wheels nor sdists"),
        (("sdists", "pkg==6.0.3", "requires_dist"), [1], "sdists.pkg==6.0.3.requires_dist"),
        (("sdists", "pkg==6.0.3", "top_level"), "pkg", "sdists.pkg==6.0.3.top_level: expected a list of strings"),
        (("sdists", "pkg==6.0.3", "entry_points"), {"g": 1}, "sdists.pkg==6.0.3.entry_points.g: expected an object"),
        (("sdists", "pkg==6.0.3", "entry_points"), {"g": {"n": 1}}, "entry_points.g.n: expected a string"),
        (("wheels", "setuptools==80.9.0", "filename"), "", "wheels.setuptools==80.9.0.filename"),
        (("cycles",), [], "cycles: expected an object"),
        (("cycles",), {"a": "b"}, "cycles.a: expected a list of strings"),
        (("cycles",), {"a==1": []}, "cycles: 'a==1' is no normalized name"),
        (("wheels", "Not_A_Key"), {"sha256": B, "filename": "x.whl"}, "'Not_A_Key': is no NAME==VERSION"),
    ],
)
def test_errors_say_the_dotted_place(tmp_path: Path, path: tuple[str, ...], value: object, place: str) -> None:
    """Each wrong value is refused with file, place and the command that writes the file again."""
    data = copy.deepcopy(CONTRACT)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    file = write(tmp_path / "lock.json", data)
    with pytest.raises(LockError) as caught:
        read_build_lock(file)
    assert re.match(rf"{file}(:\d+)?: ", caught.value.message)
    assert place in caught.value.message
    assert "reprowheel lock" in caught.value.tip


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"a": 1}'])
def test_what_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    """Anything else than a build lock is an error with the file's name."""
    path = tmp_path / "lock.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LockError, match=r"lock\.json"):
        read_build_lock(path)


def sdist(*requirements: str) -> LockedSdist:
    """Return an entry with these build requirements."""
    return LockedSdist(
        sha256=A,
        filename="x-1.tar.gz",
        build_backend="x",
        build_requirements=requirements,
        requires_dist=(),
        provides_extra=(),
        requires_python="",
        entry_points={},
    )


def test_only_what_is_needed_remains() -> None:
    """Entries that no root reaches are dropped; a key in both tables is a wheel to those who build with it."""
    wheel = LockedWheel(filename="x-1-py3-none-any.whl", sha256=B)
    lock = BuildLock(
        sdists={"a==1": sdist("b==1", "c==1"), "b==1": sdist("d==1"), "c==1": sdist("tried==1"), "z==1": sdist()},
        wheels={"c==1": wheel, "d==1": wheel, "tried==1": wheel},
    )
    needed = lock.needed_by(["a==1"])
    assert set(needed.sdists) == {"a==1", "b==1"}
    assert set(needed.wheels) == {"c==1", "d==1"}
    assert set(lock.needed_by(["c==1"]).wheels) == {"tried==1"}


def test_difference_is_empty_only_for_equal_texts() -> None:
    """A diff names the file on both sides and has one line per change."""
    assert difference("a\n", "a\n", Path("f")) == ()
    lines = difference("a\nb\n", "a\nc\n", Path("f"))
    assert lines[0].startswith("--- f")
    assert lines[-2:] == ("-b", "+c")
