"""A Cargo.lock that cargo makes while the build lock is written: it stays, it is renewed only if asked, and builds use it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.cargo_registry import make_crate
from support.local_index import toy_sdist
from support.rust import rust
from support.rust_bench import HOOK, MANIFEST, STATIC, RustBench, rust_bench

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RustBench]:
    """A bench with cargo and a registry."""
    with rust_bench(tmp_path, monkeypatch) as made:
        yield made


def test_cargo_makes_the_lock(bench: RustBench, tmp_path: Path) -> None:
    """The text is what cargo alone writes; its crates, with the hashes of the files that the registry serves, are recorded."""
    made = [
        make_crate(bench.crates.folder, "deep", "1.2.0"),
        make_crate(bench.crates.folder, "fast", "0.3.1", dependencies='deep = "1"\n'),
    ]
    make_crate(bench.crates.folder, "fast", "0.2.0")
    sdist = bench.sdist('fast = "0.3"\n')
    text = bench.made(bench.write(sdist))
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "alone", filter="data")
    tree = tmp_path / "alone/one-1.0"
    settings = ["--config", 'source.crates-io.replace-with="x"', "--config", f'source.x.registry="{bench.crates.url}"']
    run = [rust() / "bin/cargo", "generate-lockfile", *settings]
    subprocess.run(run, cwd=tree, check=True, capture_output=True, env={**os.environ, "RUSTC": str(rust() / "bin/rustc")})
    assert text == (tree / "Cargo.lock").read_text(encoding="utf-8")
    content = json.loads(bench.out.read_text(encoding="utf-8"))
    assert content["sdists"]["one==1.0"]["rust"]["crates"] == ["deep==1.2.0", "fast==0.3.1"]
    assert content["crates"] == {
        f"{name}=={version}": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file, (name, version) in zip(made, (("deep", "1.2.0"), ("fast", "0.3.1")), strict=True)
    }


def test_lock_stays_until_it_is_upgraded(bench: RustBench, capsys: pytest.CaptureFixture[str]) -> None:
    """A newer crate changes nothing and the registry is not even asked, until `--upgrade` names it, or everything."""
    for name in ("deep", "fast"):
        make_crate(bench.crates.folder, name, "1.0.0")
    requirements = bench.write(bench.sdist('fast = "1"\ndeep = "1"\n'))
    first = bench.made(requirements)
    for name in ("deep", "fast"):
        make_crate(bench.crates.folder, name, "1.1.0")
    bench.crates.requests.clear()
    assert bench.made(requirements) == first
    assert bench.run(requirements, "--check") == 0
    assert bench.crates.requests == []
    capsys.readouterr()
    assert bench.run(requirements, "--check", "--upgrade", "fast") == 1
    said = capsys.readouterr().err
    assert "one==1.0: crate fast 1.0.0 → 1.1.0\n" in said
    assert "one==1.0: Cargo.lock is another\n" in said
    assert "crate deep" not in said
    one = bench.made(requirements, "--upgrade", "fast")
    assert 'name = "fast"\nversion = "1.1.0"' in one
    assert 'name = "deep"\nversion = "1.0.0"' in one
    assert 'name = "deep"\nversion = "1.1.0"' in bench.made(requirements, "--upgrade", ":all:")


def test_newer_sdist_keeps_what_fits(bench: RustBench) -> None:
    """What the lock has stays for a newer version that asks for more; what it asks for in another version is taken anew."""
    for name, version in (("deep", "1.0.0"), ("fast", "1.0.0")):
        make_crate(bench.crates.folder, name, version)
    bench.made(bench.write(bench.sdist('fast = "1"\ndeep = "1"\n')))
    for name, version in (("deep", "1.1.0"), ("fast", "2.0.0"), ("more", "1.0.0")):
        make_crate(bench.crates.folder, name, version)
    text = bench.made(bench.write(bench.sdist('fast = "2"\ndeep = "1"\nmore = "1"\n', "1.1")), key="one==1.1")
    for name, version in (("deep", "1.0.0"), ("fast", "2.0.0"), ("more", "1.0.0")):
        assert f'name = "{name}"\nversion = "{version}"' in text


def test_crates_that_need_a_newer_rust_are_left(bench: RustBench) -> None:
    """A version that wants a newer compiler than the one that is there is taken only if there is no other."""
    make_crate(bench.crates.folder, "fast", "1.0.0")
    make_crate(bench.crates.folder, "fast", "1.1.0", rust_version="99.0")
    assert 'name = "fast"\nversion = "1.0.0"' in bench.made(bench.write(bench.sdist('fast = "1"\n')))


@pytest.mark.parametrize(
    ("dependencies", "said"),
    [
        ('fast = "2"\n', "failed to select a version for the requirement `fast = "),
        ('none = "1"\n', "no matching package named `none` found"),
    ],
)
def test_what_cargo_says_is_one_line(bench: RustBench, dependencies: str, said: str) -> None:
    """Where cargo finds no solution, the message names package and file and has its reason; nothing is written."""
    make_crate(bench.crates.folder, "fast", "1.0.0")
    with pytest.raises(LockError) as caught:
        bench.lock(bench.write(bench.sdist(dependencies)))
    assert "one==1.0: Cargo.toml: cargo cannot lock its crates: " in caught.value.message
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert str(bench.root / "crates") not in caught.value.message
    assert not bench.out.exists()


def test_registry_that_is_down(bench: RustBench) -> None:
    """It is one line that says what could not be reached, and how another registry is named."""
    bench.crates.url = "sparse+http://127.0.0.1:9/index/"
    with pytest.raises(LockError, match=r"cargo cannot lock its crates: .*127\.0\.0\.1:9") as caught:
        bench.lock(bench.write(bench.sdist('fast = "1"\n')))
    assert "--crate-index" in caught.value.tip


def test_hook_that_runs_cargo_gets_crates_offline(bench: RustBench) -> None:
    """A back end whose metadata nothing else tells runs cargo with the crates of the lock, which were fetched before."""
    make_crate(bench.crates.folder, "fast", "1.0.0")
    bench.made(bench.write(bench.sdist('fast = "1"\n', checks=[HOOK])))
    with pytest.raises(LockError):  # the same check fails where cargo fails
        bench.lock(bench.write(bench.sdist('fast = "1"\n', checks=[HOOK.replace("--locked", "--locked --no-such-option")])))


def test_build_requirement_that_uses_rust(bench: RustBench) -> None:
    """A build requirement that has no wheel is built while it is locked, with its crates; they stay in the lock."""
    make_crate(bench.crates.folder, "fast", "1.0.0")
    bench.sdist('fast = "1"\n', checks=[HOOK])
    user = toy_sdist(bench.files, "user", requires=["toy", "one"])
    content = bench.lock(bench.write(user))
    assert content["sdists"]["user==1.0"]["build_requirements"] == ["one==1.0", "toy==1.0"]
    assert "rust" not in content["sdists"]["user==1.0"]
    assert content["sdists"]["one==1.0"]["rust"]["crates"] == ["fast==1.0.0"]
    assert list(content["crates"]) == ["fast==1.0.0"]


def test_two_pythons_have_one_lock(bench: RustBench) -> None:
    """What cargo made for the first of two locks in one file is that of the second, whatever the registry has by then."""
    make_crate(bench.crates.folder, "fast", "1.0.0")
    requirements = bench.write(bench.sdist('fast = "1"\n'))
    more = ["--and", str(requirements), "--out", str(bench.out), "--index-url", (bench.root / "index").as_uri()]
    more += ["--crate-index", bench.crates.url, "--rust-toolchain", str(rust())]
    bench.made(requirements, *more)
    assert len([path for path in bench.crates.requests if path.endswith("/fast")]) == 1


def test_tree_of_the_sdist_says_nothing_about_registries(bench: RustBench) -> None:
    """Cargo's configuration in an sdist is not read while its crates are locked: it could name programs to run."""
    make_crate(bench.crates.folder, "fast", "1.0.0")
    ran, program = bench.root / "ran", bench.root / "program"
    files = {
        "Cargo.toml": MANIFEST.format(dependencies='fast = "1"\n', more=""),
        "src/lib.rs": "",
        ".cargo/config.toml": f'[build]\nrustc = "{program}"\n[registry]\nglobal-credential-providers = ["{program}"]\n',
    }
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    sdist = toy_sdist(bench.files, "one", requires=["toy", "setuptools-rust"], files=files, more=STATIC.format(version="1.0"))
    bench.made(bench.write(sdist))
    assert not ran.exists()
