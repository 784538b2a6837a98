"""A description of a Rust toolchain, as an action has it: paths may be relative, and inputs may be links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.rust import rust

from reprowheel.errors import UsageError
from reprowheel.rust.toolchain import find_rust, for_any_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a description with relative paths, of links, in the working directory."""
    (tmp_path / "inputs" / "bin").mkdir(parents=True)
    for name in ("rustc", "cargo"):
        (tmp_path / "inputs" / "bin" / name).symlink_to(rust() / "bin" / name)
    given = tmp_path / "rust.json"
    tools = {name: f"inputs/bin/{name}" for name in ("rustc", "cargo")}
    given.write_text(json.dumps(tools | {"env": {"NAME": "value"}}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return given


def test_links_are_followed(described: Path) -> None:
    """A tool that is an input is found where its link leads: its libraries lie there. An absolute path stays."""
    found = find_rust(described, "a==1")
    assert (found.rustc, found.cargo) == (str((rust() / "bin/rustc").resolve()), str((rust() / "bin/cargo").resolve()))
    assert found.env == {"NAME": "value"}


def test_the_same_in_any_folder(described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What verify builds with has another working directory, and means the same toolchain."""
    here = find_rust(described, "a==1")
    moved = for_any_folder(described, tmp_path / "moved.json")
    monkeypatch.chdir("/")
    assert find_rust(moved, "a==1") == here
    with pytest.raises(UsageError, match="expected a description of a Rust toolchain"):
        described.write_text("{}", encoding="utf-8")
        for_any_folder(described, tmp_path / "other.json")
    assert for_any_folder(rust(), tmp_path / "unused.json") == rust()
