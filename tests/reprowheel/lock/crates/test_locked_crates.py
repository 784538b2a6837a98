"""Builds with the crates of a build lock: fetched once into a folder, or by the build itself; and what differs is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.cargo_registry import make_crate
from support.local_index import write_simple
from support.rust import rust
from support.rust_bench import HOOK, RustBench, rust_bench

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGES = (
    "import pathlib",
    "lock = pathlib.Path('Cargo.lock')",
    "lock.write_text(lock.read_text().replace('1.0.0', '1.0.1')) if '/rw' in str(lock.absolute()) else None",
)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RustBench]:
    """A bench with a crate and an index; commands run in its folder."""
    with rust_bench(tmp_path, monkeypatch) as made:
        make_crate(made.crates.folder, "fast", "1.0.0")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("CARGO_HOME", str(tmp_path / "home"))
        (tmp_path / "home").mkdir()
        _configure(made)
        monkeypatch.chdir(tmp_path)
        yield made


def _configure(bench: RustBench) -> None:
    """Let cargo's configuration name the bench's registry."""
    text = f'[source.crates-io]\nreplace-with = "x"\n[source.x]\nregistry = "{bench.crates.url}"\n'
    Path("home" if Path("home").is_dir() else bench.root / "home", "config.toml").write_text(text, encoding="utf-8")


def _lock(bench: RustBench, monkeypatch: pytest.MonkeyPatch, sdist: Path) -> None:
    """Lock one sdist by itself, as a person without Bazel does."""
    monkeypatch.setenv("PIP_INDEX_URL", write_simple(bench.root / "index", sorted(bench.files.iterdir())))
    assert main(["lock", str(sdist), "--out", "build-lock.json", "--rust-toolchain", str(rust())]) == 0


def _build(sdist: Path, *options: str) -> int:
    return main(["build", str(sdist), "--build-lock", "build-lock.json", "--rust-toolchain", str(rust()), *options])


def test_lock_fetch_build(bench: RustBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crates are fetched once into a folder; then the sdist builds with its locked Cargo.lock, and no registry is asked."""
    sdist = bench.sdist('fast = "1"\n', checks=[HOOK])
    _lock(bench, monkeypatch, sdist)
    assert main(["fetch-crates", "--build-lock", "build-lock.json"]) == 0
    assert [file.name for file in Path("crates").iterdir()] == ["fast-1.0.0.crate"]
    bench.crates.requests.clear()
    assert _build(sdist, "--crates", "crates", "--report", "report.json") == 0
    assert bench.crates.requests == []
    report = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert [crate["name"] for crate in report["rust"]["crates"]] == ["fast"]
    assert [lock["path"] for lock in report["rust"]["cargo_locks"]] == ["Cargo.lock"]


def test_build_fetches_crates_by_hash(
    bench: RustBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a folder, a build fetches what it lacks into the cache, as it does with wheels; other bytes are refused."""
    sdist = bench.sdist('fast = "1"\n', checks=[HOOK])
    _lock(bench, monkeypatch, sdist)
    assert _build(sdist) == 0
    assert (bench.root / "cache/reprowheel/crates/fast-1.0.0.crate").is_file()
    bench.crates.requests.clear()
    assert _build(sdist) == 0
    assert bench.crates.requests == []
    (bench.root / "cache/reprowheel/crates/fast-1.0.0.crate").unlink()
    make_crate(bench.crates.folder, "fast", "1.0.0", files={"other.txt": ""})
    capsys.readouterr()
    assert _build(sdist) == 2
    assert re.search(r"ERROR .*fast 1\.0\.0: .* has sha256 \w{64}; the lock has \w{64}", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fast==1.0.0": {"sha256": "0" * 64}}, "fast==1.0.0 has another hash in it"),
        ({"fast==1.0.1": {"sha256": "0" * 64}}, "fast==1.0.0 is in one of them only"),
    ],
)
def test_lock_that_is_not_of_the_sdist(
    bench: RustBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: dict[str, object], said: str
) -> None:
    """Crates that the build lock has and Cargo.lock has not are told before the build, with the command that locks again."""
    sdist = bench.sdist('fast = "1"\n', checks=[HOOK])
    _lock(bench, monkeypatch, sdist)
    content = json.loads(Path("build-lock.json").read_text(encoding="utf-8"))
    content["crates"] = change
    content["sdists"]["one==1.0"]["rust"]["crates"] = list(change)
    Path("build-lock.json").write_text(json.dumps(content), encoding="utf-8")
    capsys.readouterr()
    assert _build(sdist) == 2
    told = capsys.readouterr().err
    assert f"build-lock.json: sdists.one==1.0.rust.crates: are not those of its Cargo.lock: {said}" in told
    again = re.search(r"`reprowheel (lock .*)`", told)
    assert again
    assert main([*again[1].split(), "--rust-toolchain", str(rust())]) == 0
    assert _build(sdist) == 0


def test_build_that_changes_its_lock_is_refused(
    bench: RustBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wheel that was built from a crate that nobody locked is not delivered."""
    sdist = bench.sdist('fast = "1"\n', checks=["\n".join(CHANGES)])
    _lock(bench, monkeypatch, sdist)
    capsys.readouterr()
    assert _build(sdist) == 4
    assert "one==1.0: the build changed its Cargo.lock: fast 1.0.1; a build takes what is locked" in capsys.readouterr().err
    assert not list(Path("dist").glob("*.whl"))


def test_build_without_a_lock(bench: RustBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An sdist that asks for crates and has no Cargo.lock is one line with the command that locks them; so is fetch-crates."""
    sdist = bench.sdist('fast = "1"\n')
    wheels = [word for wheel in bench.files.glob("*.whl") for word in ("--build-wheel", str(wheel))]
    for arguments in (["build", str(sdist), *wheels, "--rust-toolchain", str(rust())], ["fetch-crates", str(sdist)]):
        assert main(arguments) == 2
        told = capsys.readouterr().err
        assert re.search(r"ERROR one(==|-)1\.0\S*: has no Cargo\.lock, and Cargo\.toml asks for crates\n", told)
        assert "reprowheel lock" in told
    _lock(bench, monkeypatch, sdist)
    assert _build(sdist) == 0
