"""Builds of tiny crates by rustc and cargo: crates from archives, debug information, and what is told if it fails."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, helper, make_sdist, members
from support.cargo_registry import make_crate, registry
from support.rust import rust

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DEFAULT = "registry+https://github.com/rust-lang/" + "crates" + ".io-index"
SDISTS = ROOT / "tests" / "sdists"


def sdist(directory: Path, cause: str, changes: Mapping[str, str]) -> Path:
    """Pack one of the tiny sdists with other files."""
    tree = SDISTS / cause
    files = {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    return make_sdist(directory, files | {name: text.encode() for name, text in changes.items()})


@pytest.fixture
def built(tmp_path: Path, build_wheel: Callable[[str], Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that builds an sdist into `out` of the test's folder, with debug files in `debug`."""

    def build(archive: Path, *more: object) -> subprocess.CompletedProcess[str]:
        words = ["build", archive, "--out", tmp_path / "out", "--debug-dir", tmp_path / "debug", *more]
        return helper([*words, "--build-wheel", build_wheel("setuptools"), "--rust-toolchain", rust()])

    return build


def locked(crates: Path, *names: str) -> str:
    """Return a Cargo.lock of the project `tiny` with crates of the default registry."""
    lock = f'version = 3\n\n[[package]]\nname = "tiny"\nversion = "1.0.0"\ndependencies = {list(names)!r}\n'.replace("'", '"')
    for name in names:
        digest = subprocess.run(["sha256sum", crates / f"{name}-1.0.0.crate"], check=True, capture_output=True, text=True).stdout
        lock += f'\n[[package]]\nname = "{name}"\nversion = "1.0.0"\nsource = "{DEFAULT}"\nchecksum = "{digest.split()[0]}"\n'
    return lock


def with_crate(tmp_path: Path, asked: str = "1") -> Path:
    """Pack an sdist whose lock names the crate `answer`, and write the crate into the folder `crates`.

    :param asked: the version that its manifest asks for.
    """
    crates = tmp_path / "crates"
    crates.mkdir()
    code = "pub fn answer(index: usize) -> u8 {\n    [42u8, 43][index]\n}\n"
    make_crate(crates, "answer", "1.0.0", files={"src/lib.rs": code})
    manifest = (SDISTS / "rust-debug-info" / "Cargo.toml").read_text(encoding="utf-8").replace("debug = true", "opt-level = 3")
    changes = {
        "Cargo.toml": f'{manifest}\n[dependencies]\nanswer = "{asked}"\n',
        "Cargo.lock": locked(crates, "answer"),
        "src/lib.rs": '#[no_mangle]\npub extern "C" fn made(index: usize) -> u8 {\n    answer::answer(index)\n}\n',
    }
    return sdist(tmp_path, "rust-debug-info", changes)


def test_crates_and_debug_information(tmp_path: Path, built: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A crate comes from its archive; addr2line finds file and line of its code, though its profile asks for none."""
    run = built(with_crate(tmp_path), "--crates", tmp_path / "crates")
    assert run.returncode == 0, run.stderr
    (wheel,) = (tmp_path / "out").glob("*.whl")
    library = tmp_path / "native.so"
    library.write_bytes(members(wheel)["tiny/native.so"])
    shown = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    address = next(line.split()[0] for line in shown.splitlines() if line.endswith(" made"))
    (debug,) = (tmp_path / "debug").rglob("*.debug")
    found = subprocess.run(["addr2line", "-e", debug, address], check=True, capture_output=True, text=True).stdout
    assert re.match(r"/reprowheel/\S+/src/lib\.rs:\d+", found), found
    assert b"/reprowheel/cargo/crates/0/answer-1.0.0/src/lib.rs" in library.read_bytes()  # the place of a panic


def test_missing_crate(tmp_path: Path, built: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A crate that is not there is named, with a command that fetches it; with its crates, the same build succeeds."""
    archive = with_crate(tmp_path)
    run = built(archive)
    error = run.stderr.splitlines()[0]
    assert (run.returncode, error) == (3, "ERROR tiny==1.0: crate answer 1.0.0, which its Cargo.lock names, is not there")
    command = re.search(r"`reprowheel (fetch-crates [^`]+)`", run.stderr)
    assert command
    with registry(tmp_path / "crates") as served:
        words = [*command[1].replace("--out crates", f"--out {tmp_path}/fetched").split(), "--crate-index", served.url]
        assert main(words) == 0
    assert built(archive, "--crates", tmp_path / "fetched").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--crates", "none"], "ERROR --crates {here}/none: is not there"),
        (["--cargo-lock", "Cargo.lock={here}/none"], "ERROR --cargo-lock Cargo.lock={here}/none: No such file or directory"),
        (["--cargo-lock", "../Cargo.lock={here}/none"], "ERROR --cargo-lock ../Cargo.lock: is no path in the sdist"),
    ],
)
def test_wrong_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    built: Callable[..., subprocess.CompletedProcess[str]],
    words: list[str],
    said: str,
) -> None:
    """Options that name what is not there are wrong use: one line with the option, and nothing is built."""
    monkeypatch.chdir(tmp_path)
    run = built(sdist(tmp_path, "rust-debug-info", {}), *(word.format(here=tmp_path) for word in words))
    assert (run.returncode, run.stderr.splitlines()[0]) == (2, said.format(here=tmp_path))
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_changed_crate(tmp_path: Path, built: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A crate with another checksum than the lock's is refused, before anything is compiled."""
    archive = with_crate(tmp_path)
    make_crate(tmp_path / "crates", "answer", "1.0.0", files={"src/lib.rs": "pub fn answer() -> u8 { 7 }\n"})
    run = built(archive, "--crates", tmp_path / "crates")
    assert run.returncode == 3
    assert re.match(r"ERROR tiny==1\.0: \S+answer-1\.0\.0\.crate: has sha256 \w{64}; its Cargo\.lock has \w{64}\n", run.stderr)


def test_registry_that_is_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A registry that cannot be reached is named by its address, in one line."""
    code = main(
        ["fetch-crates", str(with_crate(tmp_path)), "--out", f"{tmp_path}/x", "--crate-index", "sparse+http://127.0.0.1:9/"]
    )
    said = capsys.readouterr().err.splitlines()
    assert code == 2
    errors = [line for line in said if line.startswith("ERROR")]
    assert len(errors) == 1
    assert errors[0].startswith("ERROR crate answer 1.0.0: http://127.0.0.1:9/config.json: cannot be reached")


def test_yanked_crate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A crate that its author withdrew is fetched, since it is locked, and told in one line."""
    archive = with_crate(tmp_path)
    with registry(tmp_path / "crates") as served:
        served.yanked.add("answer 1.0.0")
        assert main(["fetch-crates", str(archive), "--out", f"{tmp_path}/fetched", "--crate-index", served.url]) == 0
    assert (tmp_path / "fetched" / "answer-1.0.0.crate").is_file()
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("WARNING")]
    assert warnings == ["WARNING withdrawn by its author (yanked), and locked all the same: answer 1.0.0"]


FAILURES = {
    "too-old": (
        {"Cargo.toml": 'rust-version = "1.999"\nedition'},
        r"crate tiny 1\.0\.0 requires rustc 1\.999 or newer; this is rustc 1\.\d+\.\d+",
    ),
    "edition": ({"Cargo.toml": 'edition = "2099" #'}, r"supported edition values are .*but `2099` is unknown"),
    "network": (
        {"build.rs": 'fn main() {\n    std::net::TcpStream::connect("192.0.2.1:80").unwrap();\n}\n'},
        r"the build script of crate tiny 1\.0\.0 failed: build\.rs:2:\d+: .*NetworkUnreachable.*; builds have no network",
    ),
    "causes": (
        {"Cargo.toml": "license.workspace = true\nedition"},
        r"failed to parse manifest at .*: error inheriting `license` from .*: failed to find a workspace root",
    ),
    "compiler": ({"src/lib.rs": "fn no() -> u8 { true }\n"}, r"src/lib\.rs:1:\d+: error\[E0308\]: mismatched types"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures(tmp_path: Path, built: Callable[..., subprocess.CompletedProcess[str]], name: str) -> None:
    """What rustc, cargo or a build script says is told in the one line of the error."""
    changes, said = FAILURES[name]
    manifest = (SDISTS / "rust-time" / "Cargo.toml").read_text(encoding="utf-8")
    texts = {file: manifest.replace("edition", text) if file == "Cargo.toml" else text for file, text in changes.items()}
    run = built(sdist(tmp_path, "rust-time", texts))
    assert run.returncode == 3
    (error,) = (line for line in run.stderr.splitlines() if line.startswith("ERROR"))
    assert re.search(said, error), error


def test_contradicting_lock(tmp_path: Path, built: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A lock that has not what its manifest asks for is refused before anything is compiled, in one line."""
    archive = with_crate(tmp_path, asked="2")
    run = built(archive, "--crates", tmp_path / "crates")
    said = "ERROR tiny==1.0: Cargo.lock: has answer 1.0.0; Cargo.toml asks for 2, so it is not the lock of this manifest"
    assert (run.returncode, run.stderr.splitlines()[0]) == (2, said)
    assert "run `cargo update --workspace` in it" in run.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rust-toolchain.toml", '[toolchain]\nchannel = "1.60.0"\n', "asks for Rust 1.60.0; it is built with 1."),
        ("rust-toolchain", "nightly-2026-01-01\n", "asks for nightly-2026-01-01; it is built with Rust 1."),
        ("rust-toolchain", '[toolchain]\nchannel = "stable"\n', ""),
    ],
)
def test_other_compiler_is_told(
    tmp_path: Path, built: Callable[..., subprocess.CompletedProcess[str]], name: str, text: str, said: str
) -> None:
    """A file that asks rustup for another compiler is told; the build goes on."""
    run = built(sdist(tmp_path, "rust-debug-info", {name: text}))
    assert run.returncode == 0, run.stderr
    told = [line for line in run.stderr.splitlines() if line.startswith("WARNING")]
    assert len(told) == bool(said)
    assert all(line.startswith(f"WARNING tiny==1.0: its {name} {said}") for line in told), told
