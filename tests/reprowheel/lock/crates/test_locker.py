"""What `lock` records of sdists that use Rust, where the sdist has a Cargo.lock: no cargo is asked, and no registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.local_index import clear_pip_configuration, make_wheel, toy_sdist
from support.lock_bench import Bench

from reprowheel.errors import LockError, UsageError

DEFAULT = "registry+https://github.com/rust-lang/example.org-index"
OTHER = "registry+https://example.org/index"
A, B = "a" * 64, "b" * 64
STATIC = '[project]\nname = "{name}"\nversion = "1.0"\n'


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench with a build requirement that says Rust, and a host without any."""
    clear_pip_configuration(monkeypatch)
    monkeypatch.setattr("reprowheel.rust.toolchain.SYSTEM_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    bench = Bench(tmp_path)
    make_wheel(bench.files, "setuptools-rust", "1.0")
    return bench


def _lock(*crates: tuple[str, str, str, str]) -> str:
    """Return a Cargo.lock with these crates: name, version, source, checksum."""
    text = 'version = 4\n[[package]]\nname = "own"\nversion = "1.0.0"\n'
    for name, version, source, checksum in crates:
        text += f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{source}"\nchecksum = "{checksum}"\n'
    return text


def _sdist(bench: Bench, name: str, manifest: str, lock: str = "", **more: Any) -> Path:
    """Write an sdist with a manifest, and a Cargo.lock if there is one."""
    files = {"Cargo.toml": f'[package]\nname = "own"\nversion = "1.0.0"\n[dependencies]\n{manifest}'}
    files |= {"Cargo.lock": lock} if lock else {}
    static = STATIC.format(name=name)
    return toy_sdist(bench.files, name, requires=["toy", "setuptools-rust"], files=files, **{"more": static, **more})


def test_crates_are_those_of_the_lock(bench: Bench) -> None:
    """Each crate of Cargo.lock is recorded once for all sdists, with its checksum; a host without Rust is enough."""
    itoa, ryu = ("itoa", "1.0.9", DEFAULT, A), ("ryu", "1.0.0", OTHER, B)
    one = _sdist(bench, "one", 'itoa = "1"\nryu = {version = "1", registry = "other"}\n', _lock(itoa, ryu))
    two = _sdist(bench, "two", 'itoa = "1"\n', _lock(itoa))
    plain = toy_sdist(bench.files, "plain")
    content = bench.lock(bench.write(one, two, plain))
    assert content["sdists"]["one==1.0"]["rust"] == {"crates": ["itoa==1.0.9", f"ryu==1.0.0 ({OTHER})"]}
    assert content["sdists"]["two==1.0"]["rust"] == {"crates": ["itoa==1.0.9"]}
    assert "rust" not in content["sdists"]["plain==1.0"]
    assert content["crates"] == {"itoa==1.0.9": {"sha256": A}, f"ryu==1.0.0 ({OTHER})": {"sha256": B, "source": OTHER}}


def test_no_crates_need_no_lock(bench: Bench) -> None:
    """An sdist that asks for no crates needs neither Cargo.lock nor cargo; that it uses Rust is recorded."""
    assert bench.lock(bench.write(_sdist(bench, "one", "")))["sdists"]["one==1.0"]["rust"] == {}


def test_meson_needs_no_cargo(bench: Bench) -> None:
    """A Meson project that compiles Rust needs no manifest of cargo; that it uses Rust is recorded: its build gets rustc."""
    static = STATIC.format(name="one")
    files = {"meson.build": "project('one', 'c', 'rust')\n"}
    one = toy_sdist(bench.files, "one", files=files, more=static)
    two = toy_sdist(bench.files, "two", files={"meson.build": "project('two', 'c')\n"}, more=STATIC.format(name="two"))
    content = bench.lock(bench.write(one, two))
    assert content["sdists"]["one==1.0"]["rust"] == {}
    assert "rust" not in content["sdists"]["two==1.0"]


def test_vendored_crates_are_not_recorded(bench: Bench) -> None:
    """Crates that lie in the sdist are no inputs."""
    files = {
        "Cargo.toml": '[package]\nname = "own"\n[dependencies]\nitoa = "1"\n',
        "Cargo.lock": _lock(("itoa", "1.0.9", DEFAULT, A)),
        ".cargo/config.toml": '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"\n',
        "vendor/itoa/Cargo.toml": "",
    }
    more = STATIC.format(name="one")
    sdist = toy_sdist(bench.files, "one", requires=["toy", "setuptools-rust"], files=files, more=more)
    content = bench.lock(bench.write(sdist))
    assert content["sdists"]["one==1.0"]["rust"] == {}
    assert "crates" not in content


def test_lock_that_contradicts_is_refused(bench: Bench) -> None:
    """A Cargo.lock that is not of its manifest is one line: package, file, what differs, what to do."""
    sdist = _sdist(bench, "one", 'itoa = "2"\n', _lock(("itoa", "1.0.9", DEFAULT, A)))
    with pytest.raises(LockError) as caught:
        bench.lock(bench.write(sdist))
    assert caught.value.message == (
        f"{bench.root}/requirements.txt:1: one==1.0: Cargo.lock: has itoa 1.0.9; Cargo.toml asks for 2, "
        "so it is not the lock of this manifest"
    )
    assert "cargo update" in caught.value.tip
    assert not bench.out.exists()


def test_one_crate_with_two_hashes_is_refused(bench: Bench) -> None:
    """Two sdists cannot have different archives under one name and version of one registry."""
    one = _sdist(bench, "one", 'itoa = "1"\n', _lock(("itoa", "1.0.9", DEFAULT, A)))
    two = _sdist(bench, "two", 'itoa = "1"\n', _lock(("itoa", "1.0.9", DEFAULT, B)))
    with pytest.raises(LockError, match=rf"two==1\.0: its Cargo\.lock has itoa 1\.0\.9 with sha256 {B}; another sdist's has {A}"):
        bench.lock(bench.write(one, two))


def test_host_without_rust(bench: Bench) -> None:
    """What cannot be locked without cargo is one line that says what to install: no Cargo.lock, or no static metadata."""
    for manifest, lock, more in (('itoa = "1"\n', "", STATIC.format(name="one")), ("", _lock(), "")):
        sdist = _sdist(bench, "one", manifest, lock, more=more)
        with pytest.raises(LockError, match=r"one==1\.0: is built with Rust, and this host has no rustc$") as caught:
            bench.lock(bench.write(sdist))
        assert "--rust-toolchain" in caught.value.tip


def test_static_metadata_is_that_of_the_hook(bench: Bench) -> None:
    """Static metadata spares the hook, which may run cargo, and says the same; setuptools' hook, which does not, is run."""
    requires = ["zeta>=1", 'alpha; extra == "x"']
    static = STATIC.format(name="one") + 'dependencies = ["zeta>=1"]\noptional-dependencies = {x = ["alpha"]}\n'
    info = "Metadata-Version: 2.2\nName: one\nVersion: 1.0\nRequires-Dist: zeta>=1\n"
    info += 'Provides-Extra: x\nRequires-Dist: alpha; extra == "x"\n'
    answers = {"requires_dist": requires, "provides_extra": ["x"], "top_level": ["one"]}
    found = []
    for requirements in (["toy", "setuptools-rust"], ["toy"]):
        files = {"PKG-INFO": info, "Cargo.toml": '[package]\nname = "own"\n'}
        sdist = toy_sdist(bench.files, "one", requires=requirements, files=files, more=static, **answers)
        found.append(bench.lock(bench.write(sdist))["sdists"]["one==1.0"])
    fields = ("requires_dist", "provides_extra", "requires_python", "entry_points")
    assert [found[0][name] for name in fields] == [found[1][name] for name in fields]
    assert "top_level" not in found[0]  # no hook was run
    assert found[1]["top_level"] == ["one"]


def test_check_says_which_crates_changed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` names each crate that differs in one line."""
    requirements = bench.write(_sdist(bench, "one", 'itoa = "1"\n', _lock(("itoa", "1.0.9", DEFAULT, A))))
    content = bench.lock(requirements)
    assert bench.run(requirements, "--check") == 0
    content["crates"] = {"itoa==1.0.8": {"sha256": B}, "ryu==1.0.0": {"sha256": B}}
    content["sdists"]["one==1.0"]["rust"] = {"crates": ["itoa==1.0.8", "ryu==1.0.0"]}
    bench.out.write_text(json.dumps(content), encoding="utf-8")
    capsys.readouterr()
    assert bench.run(requirements, "--check") == 1
    said = capsys.readouterr().err
    assert "one==1.0: crate itoa 1.0.8 → 1.0.9\n" in said
    assert "one==1.0: crate ryu 1.0.0 is gone\n" in said


PATCH = """\
--- a/{file}
+++ b/{file}
@@ -{line} +{line},{more} @@
-{old}
+{old}
{new}
"""


def _patch(folder: Path, file: str, text: str, old: str, *new: str) -> Path:
    """Write a patch that adds lines behind a line of a file."""
    line = text.splitlines().index(old) + 1
    added = "\n".join(f"+{one}" for one in new)
    path = folder / f"{file}.patch"
    path.write_text(PATCH.format(file=file, line=line, more=len(new) + 1, old=old, new=added), encoding="utf-8")
    return path


def test_patches_of_the_build_count(bench: Bench) -> None:
    """Crates are those of Cargo.lock as the build sees it, and so are build requirements; without the patches, as it is."""
    lock = _lock(("itoa", "1.0.9", DEFAULT, A))
    sdist = _sdist(bench, "one", 'itoa = "1"\n', lock)
    ryu = ["[[package]]", 'name = "ryu"', 'version = "1.0.0"', f'source = "{DEFAULT}"', f'checksum = "{B}"']
    patches = [_patch(bench.root, "Cargo.lock", lock, f'checksum = "{A}"', *ryu), bench.root / "pyproject.patch"]
    make_wheel(bench.files, "extra", "1.0")
    change = '-requires = ["toy", "setuptools-rust"]\n+requires = ["toy", "setuptools-rust", "extra"]\n'
    patches[1].write_text(f"--- a/pyproject.toml\n+++ b/pyproject.toml\n@@ -2 +2 @@\n{change}", encoding="utf-8")
    requirements = bench.write(sdist)
    assert bench.lock(requirements)["sdists"]["one==1.0"]["rust"] == {"crates": ["itoa==1.0.9"]}
    options = [f"--patch=One={patch}" for patch in patches]
    entry = bench.lock(requirements, *options, "--patch-strip=one=1")["sdists"]["one==1.0"]
    assert entry["rust"] == {"crates": ["itoa==1.0.9", "ryu==1.0.0"]}
    assert "extra==1.0" in entry["build_requirements"]


def test_patch_that_does_not_fit(bench: Bench) -> None:
    """One line names the sdist, and the patch."""
    sdist = _sdist(bench, "one", 'itoa = "1"\n', _lock(("itoa", "1.0.9", DEFAULT, A)))
    patch = _patch(bench.root, "Cargo.lock", "no such line\n", "no such line", "more")
    with pytest.raises(LockError, match=r"requirements\.txt:1: one==1\.0: Cargo\.lock\.patch:3: hunk 1 does not fit"):
        bench.lock(bench.write(sdist), f"--patch=one={patch}", "--patch-strip=one=1")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--patch=one", "--patch one: expected NAME=FILE"),
        ("--patch=one=nowhere.patch", "--patch one=nowhere.patch: there is no file nowhere.patch"),
        ("--patch-strip=one=x", "--patch-strip one=x: expected NAME=N, where N is a number of folders"),
    ],
)
def test_wrong_patches(bench: Bench, option: str, said: str) -> None:
    """Wrong use is told before anything is locked."""
    with pytest.raises(UsageError) as caught:
        bench.lock(bench.write(_sdist(bench, "one", "")), option)
    assert caught.value.message == said


def test_patches_that_are_not_there(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """For a command of Bazel's, whose patch a target may make, it is a warning; a patch of nothing that is locked is told."""
    requirements = bench.write(_sdist(bench, "one", ""))
    bench.lock(requirements, "--patch=one=made.patch", "--update-command=bazel run x", f"--patch=two={requirements}")
    said = capsys.readouterr().err
    assert "WARNING --patch one=made.patch: there is no file made.patch; the lock is made without it\n" in said
    assert "--patch two: no sdist of this name is locked\n" in said
