"""Which Cargo.lock contradicts its manifests, and what a requirement of Cargo.toml allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprowheel.rust.agreement import changed_crates, contradiction
from reprowheel.rust.projects import CargoProject
from reprowheel.rust.requirements import allows

SOURCE = "registry+https://example.org/index"
PROJECT = CargoProject(manifest="Cargo.toml", lock="Cargo.lock")
PACKAGE = '[package]\nname = "own"\nversion = "1.0.0"\n'


def _lock(*crates: str) -> str:
    """Return a Cargo.lock with these crates, each `NAME VERSION`."""
    text = 'version = 4\n[[package]]\nname = "own"\nversion = "1.0.0"\n'
    for name, version in (crate.split() for crate in crates):
        text += f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{SOURCE}"\nchecksum = "{"a" * 64}"\n'
    return text


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ('[dependencies]\nitoa = "1"\nryu = {version = "1.0.5", optional = true}\n', ""),
        ('[dependencies]\nitoa = "2"\n', "has itoa 1.0.9; Cargo.toml asks for 2"),
        ('[dependencies]\nserde = "1"\n', "does not have serde, which Cargo.toml asks for (1)"),
        ('[dependencies]\nfast = {package = "itoa", version = "0.4"}\n', "has itoa 1.0.9; Cargo.toml asks for 0.4"),
        ('[build-dependencies]\ncc = "1"\n', "does not have cc, which Cargo.toml asks for (1)"),
        ('[dev-dependencies]\nquickcheck = "1"\n', "does not have quickcheck, which Cargo.toml asks for (1)"),
        ("[target.'cfg(windows)'.dependencies]\nwinapi = \"0.3\"\n", "does not have winapi, which Cargo.toml asks for (0.3)"),
        ('[dependencies]\nheld = {git = "https://example.org/held"}\n', "does not have held, which Cargo.toml asks for (*)"),
        ('[dependencies]\nwide = {version = ">=1, <3", default-features = false}\n', ""),
        (
            '[dependencies]\nitoa = {workspace = true}\n[workspace.dependencies]\nitoa = "0.4"\n',
            "has itoa 1.0.9; Cargo.toml asks for 0.4",
        ),
        ('[dependencies]\nitoa.workspace = true\n[workspace.dependencies]\nitoa = {version = "1"}\n', ""),
    ],
)
def test_lock_lacks_what_a_manifest_asks_for(tmp_path: Path, manifest: str, said: str) -> None:
    """Dependencies of all kinds and platforms are compared by name and version; what the lock has besides is no matter."""
    (tmp_path / "Cargo.toml").write_text(PACKAGE + manifest, encoding="utf-8")
    lock = _lock("itoa 1.0.9", "ryu 1.0.20", "wide 2.1.0", "wide 0.9.0", "unused 1.0.0")
    assert contradiction(tmp_path, PROJECT, lock) == said


def test_path_dependencies_are_looked_into(tmp_path: Path) -> None:
    """What a folder of the sdist asks for has to be in the lock, but not what only its tests ask for, or a feature of it."""
    (tmp_path / "Cargo.toml").write_text(PACKAGE + '[dependencies]\ninner = {path = "inner"}\n', encoding="utf-8")
    (tmp_path / "inner").mkdir()
    inner = tmp_path / "inner/Cargo.toml"
    inner.write_text(
        '[dependencies]\nitoa = "1"\nx = {version = "1", optional = true}\n[dev-dependencies]\ny = "1"\n', encoding="utf-8"
    )
    assert contradiction(tmp_path, PROJECT, _lock("itoa 1.0.9")) == ""
    assert contradiction(tmp_path, PROJECT, _lock("itoa 2.0.0")) == "has itoa 2.0.0; inner/Cargo.toml asks for 1"


def test_member_takes_from_the_workspace_above(tmp_path: Path) -> None:
    """A member of a workspace has requirements of its root, whose paths are relative to the root."""
    (tmp_path / "Cargo.toml").write_text(
        '[workspace]\nmembers = ["rust"]\n[workspace.dependencies]\nitoa = "1"\nbase = {path = "base"}\n', encoding="utf-8"
    )
    for name, text in (("rust", "base.workspace = true\nitoa.workspace = true\n"), ("base", 'ryu = "1"\n')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Cargo.toml").write_text(f"{PACKAGE}[dependencies]\n{text}", encoding="utf-8")
    project = CargoProject(manifest="rust/Cargo.toml", lock="Cargo.lock")
    assert contradiction(tmp_path, project, _lock("itoa 1.0.9", "ryu 1.0.0")) == ""
    assert contradiction(tmp_path, project, _lock("itoa 1.0.9")) == "does not have ryu, which base/Cargo.toml asks for (1)"
    assert contradiction(tmp_path, project, _lock("itoa 2.0.0", "ryu 1.0.0")) == "has itoa 2.0.0; rust/Cargo.toml asks for 1"


def test_what_a_build_changed() -> None:
    """Crates that a lock has only after a build are named; what cargo drops from a lock is not used, so it is no change."""
    before, after = _lock("itoa 1.0.9", "ryu 1.0.0"), _lock("itoa 1.0.10")
    assert changed_crates(before, after, "p: Cargo.lock") == ("itoa 1.0.10",)
    assert changed_crates(before, _lock("itoa 1.0.9"), "p: Cargo.lock") == ()
    other = before.replace("a" * 64, "b" * 64)
    assert changed_crates(before, other, "p: Cargo.lock") == ("itoa 1.0.9", "ryu 1.0.0")


@pytest.mark.parametrize(
    ("requirement", "yes", "no"),
    [
        ("1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 0.1.0"),
        ("^1.2", "1.2.0 1.99.1", "1.1.9 2.0.0"),
        ("1", "1.0.0 1.4.2", "0.9.9 2.0.0"),
        ("0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0.0"),
        ("0.2", "0.2.0 0.2.9", "0.3.0"),
        ("0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("0.0", "0.0.0 0.0.9", "0.1.0"),
        ("0", "0.0.1 0.9.9", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1.2", "1.2.0", "1.3.0"),
        ("~1", "1.9.9", "2.0.0 0.9.0"),
        ("*", "0.0.1 9.9.9", ""),
        ("1.*", "1.0.0 1.9.9", "2.0.0"),
        ("1.2.*", "1.2.0", "1.3.0"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("=1.2", "1.2.9", "1.3.0"),
        (">=1.2, <1.5", "1.2.0 1.4.9", "1.5.0 1.1.9"),
        (">1.2", "1.3.0 2.0.0", "1.2.9"),
        ("> 1", "2.0.0", "1.9.9"),
        ("<=1.2", "1.2.9 0.1.0", "1.3.0"),
        ("<2.0.0", "1.9.9", "2.0.0"),
        (">= 1.0.0", "1.0.0 3.0.0", "0.9.9"),
        ("1.2.3-alpha.1", "1.2.3 9.0.0", ""),
        ("1.0.2+build", "1.0.2 1.1.0", "2.0.0"),
        ("not a requirement", "1.0.0", ""),
    ],
)
def test_requirements(requirement: str, yes: str, no: str) -> None:
    """The rules of the Cargo book; where only cargo can tell, nothing is said against a version."""
    assert [version for version in yes.split() if not allows(requirement, version)] == []
    assert [version for version in no.split() if allows(requirement, version)] == []
    assert allows(requirement, "77.0.0-rc.1")
