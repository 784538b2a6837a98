"""Rust in the build lock: the crates of an sdist, Cargo.lock files that builds write, and crates that sdists share."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reprowheel.errors import LockError
from reprowheel.lock.build_lock import BuildLock, read_build_lock
from reprowheel.lock.from_source import without_wheels
from reprowheel.lock.join import join_locks
from reprowheel.lock.rust_entries import LockedCargoLock, LockedCrate, LockedRust

A, B, C = "a" * 64, "b" * 64, "c" * 64
TEXT = "version = 4\n"
GIT = f"git+https://example.org/fast?rev=4f#{'4f' * 20}"
FAST = f"fast==0.2.0 ({GIT})"

LOCK: dict[str, Any] = {
    "build_lock_version": 1,
    "sdists": {
        "pkg==1": {
            "sha256": A,
            "filename": "pkg-1.tar.gz",
            "build_backend": "maturin",
            "build_requirements": ["tool==2"],
            "requires_dist": [],
            "provides_extra": [],
            "requires_python": "",
            "entry_points": {},
            "rust": {
                "crates": [FAST, "itoa==1.0.19"],
                "cargo_locks": {"rust/Cargo.lock": {"sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "text": TEXT}},
            },
        },
        "tool==2": {
            "sha256": B,
            "filename": "tool-2.tar.gz",
            "build_backend": "setuptools.build_meta",
            "build_requirements": [],
            "requires_dist": [],
            "provides_extra": [],
            "requires_python": "",
            "entry_points": {},
            "rust": {},
        },
    },
    "wheels": {},
    "crates": {FAST: {"sha256": B, "source": GIT}, "itoa==1.0.19": {"sha256": C}},
}


def _read(tmp_path: Path, data: object) -> BuildLock:
    path = tmp_path / "lock.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return read_build_lock(path)


def test_what_is_written_is_what_was_read(tmp_path: Path) -> None:
    """Crates and lock files come back in the same bytes; an sdist with an empty field uses Rust, one without it does not."""
    lock = _read(tmp_path, LOCK)
    assert lock.to_json() == json.dumps(LOCK, indent=2, sort_keys=True) + "\n"
    assert lock.sdists["pkg==1"].rust == LockedRust(
        crates=(FAST, "itoa==1.0.19"), cargo_locks={"rust/Cargo.lock": LockedCargoLock.of(TEXT)}
    )
    assert lock.sdists["tool==2"].rust == LockedRust()
    assert lock.crates[FAST] == LockedCrate(sha256=B, source=GIT)
    plain = copy.deepcopy(LOCK)
    del plain["sdists"]["pkg==1"]["rust"], plain["sdists"]["tool==2"]["rust"], plain["crates"]
    assert _read(tmp_path, plain).sdists["pkg==1"].rust is None
    assert "rust" not in _read(tmp_path, plain).to_json()


def test_only_crates_that_are_needed_remain(tmp_path: Path) -> None:
    """Crates of sdists that are left out are left out; those of build requirements stay."""
    lock = _read(tmp_path, LOCK)
    assert set(lock.needed_by(["pkg==1"]).crates) == {FAST, "itoa==1.0.19"}
    assert set(lock.needed_by(["tool==2"]).crates) == set()
    user = replace(lock.sdists["tool==2"], build_requirements=("pkg==1",))
    assert set(replace(lock, sdists={**lock.sdists, "user==1": user}).needed_by(["user==1"]).crates) == set(lock.crates)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("crates",), [], "crates: expected an object"),
        (
            ("crates", "itoa==1.0.19"),
            {"sha256": "x"},
            "crates.itoa==1.0.19.sha256: expected 64 lower-case hexadecimal digits, found 'x'",
        ),
        (("crates", "itoa"), {"sha256": C}, "'itoa': is neither NAME==VERSION nor NAME==VERSION (SOURCE)"),
        (("crates", FAST), {"sha256": C}, f"crates.{FAST}.source: is ''; expected '{GIT}', as the key has it"),
        (
            ("crates", "x==1 (git+https://example.org/x#4f)"),
            {"sha256": C, "source": "git+https://example.org/x#4f"},
            "expected registry+URL, sparse+URL, or git+URL#COMMIT with the whole commit",
        ),
        (("sdists", "pkg==1", "rust"), [], "sdists.pkg==1.rust: expected an object"),
        (("sdists", "pkg==1", "rust", "crates"), ["no==1"], "sdists.pkg==1.rust.crates: no==1 is not under crates"),
        (
            ("sdists", "pkg==1", "rust", "cargo_locks", "rust/Cargo.lock", "text"),
            "version = 3\n",
            "rust/Cargo.lock.text: has sha256 " + hashlib.sha256(b"version = 3\n").hexdigest() + ", not that of the field sha256",
        ),
        (
            ("sdists", "pkg==1", "rust", "cargo_locks"),
            {"../Cargo.lock": {}},
            "'../Cargo.lock' is no path of a Cargo.lock in the sdist",
        ),
        (
            ("sdists", "pkg==1", "rust", "cargo_locks"),
            {"/Cargo.lock": {}},
            "'/Cargo.lock' is no path of a Cargo.lock in the sdist",
        ),
        (("sdists", "pkg==1", "rust", "cargo_locks"), {"Cargo.toml": {}}, "'Cargo.toml' is no path of a Cargo.lock in the sdist"),
    ],
)
def test_errors_say_the_dotted_place(tmp_path: Path, path: tuple[str, ...], value: object, said: str) -> None:
    """Each wrong value is refused with its place."""
    data = copy.deepcopy(LOCK)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(LockError) as caught:
        _read(tmp_path, data)
    assert said in caught.value.message
    assert "reprowheel lock" in caught.value.tip


def test_several_locks_share_crates(tmp_path: Path) -> None:
    """One file has the crates of all locks; a crate with two hashes, or an sdist with two lock files, is refused."""
    lock = _read(tmp_path, LOCK)
    other = BuildLock(sdists={"tool==2": lock.sdists["tool==2"]}, crates={"new==1": LockedCrate(sha256=A)})
    joined = join_locks([("l", lock), ("r", other)], "b.json")
    assert dict(joined.crates) == {**lock.crates, **other.crates}
    with pytest.raises(
        LockError, match=rf"^b\.json: crate itoa==1\.0\.19: sha256 is {C} for l and {A} for r; one build lock has one$"
    ):
        join_locks([("l", lock), ("r", BuildLock(crates={"itoa==1.0.19": LockedCrate(sha256=A)}))], "b.json")
    moved = replace(lock.sdists["pkg==1"], rust=LockedRust(cargo_locks={"Cargo.lock": LockedCargoLock.of("")}))
    with pytest.raises(
        LockError, match=r"pkg==1: rust is 2 crates, rust/Cargo\.lock with sha256 .* and 0 crates, Cargo\.lock with "
    ):
        join_locks([("l", lock), ("r", replace(lock, sdists={"pkg==1": moved}))], "b.json")


def test_lock_from_source_keeps_crates(tmp_path: Path) -> None:
    """Where wheels only stood in for sdists, the crates of all sdists that are built stay."""
    lock = _read(tmp_path, LOCK)
    assert dict(without_wheels(lock, ["pkg==1"], {}, lambda _: None).crates) == dict(lock.crates)
    assert dict(without_wheels(lock, ["tool==2"], {}, lambda _: None).crates) == {}
