"""A bench for `lock` with a registry of crates on the loopback and with cargo; sdists that the back end `toy` builds."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.cargo_registry import Registry, registry
from support.local_index import clear_pip_configuration, make_wheel, toy_sdist
from support.lock_bench import Bench
from support.rust import NoPackagesError, rust

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HOOK", "MANIFEST", "STATIC", "RustBench", "rust_bench"]

STATIC = '[project]\nname = "one"\nversion = "{version}"\n'
MANIFEST = '[package]\nname = "own"\nversion = "1.0.0"\nedition = "2018"\n{more}[dependencies]\n{dependencies}'
HOOK = "assert os.system('cargo metadata --locked --format-version 1 >/dev/null') == 0"


class RustBench(Bench):
    """A bench with a registry of crates, and cargo."""

    def __init__(self, root: Path, crates: Registry) -> None:
        super().__init__(root)
        self.crates = crates
        make_wheel(self.files, "setuptools-rust", "1.0")

    def run(self, requirements: Path, *options: str) -> int:
        """Run the verb with the registry."""
        return super().run(requirements, "--crate-index", self.crates.url, "--rust-toolchain", str(rust()), *options)

    def sdist(self, dependencies: str, version: str = "1.0", *, more: str = "", **answers: Any) -> Path:
        """Write an sdist without a Cargo.lock."""
        files = {"Cargo.toml": MANIFEST.format(dependencies=dependencies, more=more), "src/lib.rs": ""}
        static = {} if "checks" in answers else {"more": STATIC.format(version=version)}
        requires = ["toy", "setuptools-rust"]
        return toy_sdist(self.files, "one", version, requires=requires, files=files, **{**static, **answers})

    def made(self, requirements: Path, *options: str, key: str = "one==1.0") -> str:
        """Lock, and return the Cargo.lock that the build lock has."""
        lock = self.lock(requirements, *options)["sdists"][key]["rust"]["cargo_locks"]["Cargo.lock"]
        assert lock["sha256"] == hashlib.sha256(lock["text"].encode()).hexdigest()
        text: str = lock["text"]
        return text


@contextmanager
def rust_bench(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RustBench]:
    """Make a bench with nothing of this machine's configuration of pip and cargo; without cargo, the test is skipped."""
    try:
        rust()
    except NoPackagesError as e:
        pytest.skip(str(e))
    clear_pip_configuration(monkeypatch)
    monkeypatch.setenv("CARGO_HOME", str(root / "cargo-home"))
    folder = root / "registry"
    folder.mkdir()
    with registry(folder) as crates:
        yield RustBench(root, crates)
