"""One sdist with all that Cargo.toml can say of crates, and crates from a registry on the loopback and from git."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Built, Conditions, build, make_sdist
from support.cargo_registry import make_crate, registry
from support.git_repositories import make_repository
from support.rust import rust
from support.wheelhouses import clean_environment, pip

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = ROOT / "tests" / "sdists" / "rust_combined"
VALUES = [1, 2, 31, 40, 57, 60, 74, 80, 90, 3]
"""What each crate gives, in the order of native/src/lib.rs."""

_MACRO = (
    "use proc_macro::TokenStream;\n\n#[proc_macro]\npub fn made(_: TokenStream) -> TokenStream {\n"
    '    "80u32".parse().unwrap()\n}\n'
)
_CHOSEN = (
    'pub fn value() -> u32 {\n    50 + if cfg!(feature = "one") { 100 } else { 0 }\n'
    '        + if cfg!(feature = "two") { 7 * number::value() } else { 0 }\n}\n'
)
_REFUSED = 'compile_error!("this crate must not be compiled");\n'
_HELD = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\nexclude = ["old"]\n\n'
    '[workspace.package]\nversion = "4.0.0"\nedition = "2021"\nrust-version = "1.60"\n\n'
    '[workspace.dependencies]\nheld-inner = { path = "crates/inner" }\n\n'
    '[workspace.lints.rust]\nunused_variables = "allow"\n',
    "crates/held/Cargo.toml": '[package]\nname = "held"\nversion.workspace = true\nedition.workspace = true\n'
    "rust-version.workspace = true\n\n[lints]\nworkspace = true\n\n[dependencies]\nheld-inner.workspace = true\n",
    "crates/held/src/lib.rs": "pub fn value() -> u32 {\n    held_inner::value()\n"
    '        + env!("CARGO_PKG_VERSION_MAJOR").parse::<u32>().unwrap()\n}\n',
    "crates/inner/Cargo.toml": '[package]  # it names its workspace itself\nname = "held-inner"\nworkspace = "../.."\n'
    "version.workspace = true\nedition.workspace = true\n",
    "crates/inner/src/lib.rs": "pub fn value() -> u32 {\n    70\n}\n",
    "old/Cargo.toml": '[package]\nname = "held"\nversion = "0.1.0"\n\n[workspace]\n',
    "old/src/lib.rs": "pub fn value() -> u32 {\n    0\n}\n",
}
"""A git repository whose crates take version, edition and dependencies from its root; an older crate has the name of one."""


def manifest(name: str, version: str, more: str) -> str:
    """Return a Cargo.toml with more tables."""
    return f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{more}'


def gives(number: int) -> dict[str, str]:
    """Return the library of a crate that gives a number."""
    return {"src/lib.rs": f"pub fn value() -> u32 {{\n    {number}\n}}\n"}


def write_crates(folder: Path, number: int) -> None:
    """Write all crates of the registry; `number` is what the older version of one gives."""
    folder.mkdir(parents=True)
    make_crate(folder, "number", "1.0.5", files=gives(number))
    make_crate(folder, "number", "2.1.0", files=gives(2))
    make_crate(folder, "patched", "1.0.0", files={"src/lib.rs": _REFUSED})
    make_crate(folder, "absent", "1.0.0", files={"src/lib.rs": _REFUSED})
    make_crate(folder, "on-windows", "1.0.0", files={"src/lib.rs": _REFUSED})
    make_crate(folder, "on-unix", "1.0.0", files=gives(60))
    make_crate(folder, "helper", "1.0.0", files=gives(90))
    features = '[features]\ndefault = ["one"]\none = []\ntwo = []\n[dependencies]\nnumber = "1"\n'
    make_crate(folder, "chosen", "1.0.0", files={"Cargo.toml": manifest("chosen", "1.0.0", features), "src/lib.rs": _CHOSEN})
    macro = manifest("maker", "1.0.0", "[lib]\nproc-macro = true\n")
    make_crate(folder, "maker", "1.0.0", files={"Cargo.toml": macro, "src/lib.rs": _MACRO})


def write_sdist(base: Path, index: str, commit: str) -> Path:
    """Pack the sdist with a Cargo.lock for its workspace and one for its program; cargo itself makes them."""
    files: dict[str, str | bytes] = {}
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8").replace("@COMMIT@", commit)
            files[path.relative_to(SOURCE).as_posix()] = text.replace("@REPOSITORY@", f"file://{base}/held")
    tree = base / "tree"
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(str(text), encoding="utf-8")
    for folder in ("", "tool/"):
        command = [rust() / "bin/cargo", "generate-lockfile", "--manifest-path", f"{tree}/{folder}Cargo.toml"]
        replaced = ["--config", 'source.crates-io.replace-with="here"', "--config", f'source.here.registry="{index}"']
        environment = {"CARGO_HOME": f"{base}/home", "PATH": f"{rust()}/bin:/usr/bin:/bin"}
        subprocess.run([*command, *replaced], env=environment, check=True, capture_output=True)
        files[f"{folder}Cargo.lock"] = (tree / folder / "Cargo.lock").read_bytes()
    return make_sdist(base, files)


@dataclass(frozen=True, kw_only=True)
class Made:
    """Builds of the sdist: two at different places, and one with another crate."""

    one: Built
    two: Built
    other: Built
    fetched: list[str]
    sdist: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, build_wheel: Callable[[str], Path]) -> Made:
    """Make the crates, fetch what the locks name, and build."""
    base = tmp_path_factory.mktemp("combined")
    commit = make_repository(base / "held", _HELD)
    requirements = [build_wheel(name) for name in ("setuptools", "setuptools-rust", "semantic-version")]
    sdists = []
    for number in (1, 11):
        place = base / str(number)
        write_crates(place / "crates", number)
        (place / "held").symlink_to(base / "held")
        with registry(place / "crates") as served:
            sdists.append(write_sdist(place, served.url, commit))
            assert main(["fetch-crates", str(sdists[-1]), "--out", f"{place}/fetched", "--crate-index", served.url]) == 0
    built = []
    with tempfile.TemporaryDirectory(prefix="rt", dir="/tmp") as other:
        for name, sdist, umask in (("one", sdists[0], 0o022), ("two", sdists[0], 0o077), ("other", sdists[1], 0o022)):
            (base / name).mkdir()
            conditions = Conditions(cwd=base, work_root=Path(other) if name == "two" else None, umask=umask)
            words = ("--rust-toolchain", str(rust()), "--crates", str(sdist.parent / "fetched"))
            built.append(build(sdist, requirements, base / name / "out", conditions, *words))
    fetched = sorted(path.name for path in (sdists[0].parent / "fetched").iterdir())
    return Made(one=built[0], two=built[1], other=built[2], fetched=fetched, sdist=sdists[0])


def test_every_crate_is_the_locked_one(made: Made, tmp_path: Path) -> None:
    """pip installs the wheel; the library and the program answer with what each crate gives."""
    python = clean_environment(tmp_path / "venv")
    done = pip(python, "install", "--no-index", "--no-deps", made.one.wheel)
    assert done.returncode == 0, done.stdout
    code = f"import tiny; print([tiny.native.value(index) for index in range({len(VALUES)})])"
    run = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(VALUES)
    run = subprocess.run([tmp_path / "venv/bin/tiny-tool"], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1"


def test_same_everywhere(made: Made) -> None:
    """Another place and another umask give the same wheel and debug files; another crate gives another library and program."""
    assert made.one.wheel.read_bytes() == made.two.wheel.read_bytes()
    assert made.one.debug_files() == made.two.debug_files()
    assert made.one.report_bytes == made.two.report_bytes
    ours, others = made.one.members(), made.other.members()
    changed = {name for name in ours if ours[name] != others[name] and "dist-info" not in name}
    assert len(changed) == 2, sorted(changed)


def test_crates_of_all_locks_are_told(made: Made) -> None:
    """What is fetched and reported are the crates of both locks, two versions of one among them; a patched one is neither."""
    told = [f"{crate['name']} {crate['version']}" for crate in made.one.report["rust"]["crates"]]
    registry_crates = ["absent 1.0.0", "chosen 1.0.0", "helper 1.0.0", "maker 1.0.0", "number 1.0.5", "number 2.1.0"]
    assert told == sorted([*registry_crates, "on-unix 1.0.0", "on-windows 1.0.0", "held 4.0.0", "held-inner 4.0.0"])
    names = [f"{name.replace(' ', '-')}.crate" for name in told if not name.startswith("held")]
    assert [name for name in made.fetched if name.endswith(".crate")] == sorted(names)
    assert len([name for name in made.fetched if name.startswith("held-")]) == 1
