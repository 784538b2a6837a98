"""Tiny crates, a registry that has them, and sdists that need them, made when a test runs.

Nothing here knows the registry that cargo has by default: cargo itself writes each Cargo.lock.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from typing import TYPE_CHECKING

from support.git_repositories import make_repository
from support.local_index import make_sdist, make_wheel, sha256
from support.rust import rust

from reprowheel.sources.pack import archive_crates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CRATES = {"first": "1", "second": "20", "shared": "300"}
"""Name → the number that it adds."""
SDISTS = {"rusty-one": ("first", "shared"), "rusty-two": ("second", "shared", "held")}
"""Name → crates that it needs. `held` is one of a git repository."""

# A back end that runs cargo, and puts the library that it makes beside a module that loads it.
_BACK_END = """\
import os, pathlib, subprocess, zipfile

INIT = "import ctypes, os\\nnumber = ctypes.CDLL(os.path.join(os.path.dirname(__file__), 'lib.so')).number\\n"
TAG = "py3-none-linux_x86_64"

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run(["cargo", "build", "--release", "--locked"], check=True)
    name = pathlib.Path("PKG-INFO").read_text().split("Name: ")[1].split()[0].replace("-", "_")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": INIT.encode(),
        f"{name}/lib.so": (target / "release" / f"lib{name}.so").read_bytes(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: false\\nTag: {TAG}\\n".encode(),
    }
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / f"{name}-1.0-{TAG}.whl", "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
        wheel.writestr(f"{info}/RECORD", "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"]))
    return f"{name}-1.0-{TAG}.whl"
"""
_PYPROJECT = '[build-system]\nrequires = ["toy-rust"]\nbuild-backend = "toyrust"\n'


def back_end(directory: Path) -> Path:
    """Write the wheel of the back end."""
    return make_wheel(directory, "toy-rust", "1.0", files={"toyrust.py": _BACK_END})


def write_registry(root: Path) -> None:
    """Write a registry as files: `index/` (sparse, with `config.json` still to come) and `crates/`."""
    for name, number in CRATES.items():
        manifest = f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
        text = f"pub fn number() -> i32 {{ {number} }}\n"
        archive = root / "crates" / f"{name}-1.0.0.crate"
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "w:gz") as packed:
            for place, content in (("Cargo.toml", manifest), ("src/lib.rs", text)):
                member = tarfile.TarInfo(f"{name}-1.0.0/{place}")
                member.size = len(content)
                packed.addfile(member, io.BytesIO(content.encode()))
        entry = {"name": name, "vers": "1.0.0", "deps": [], "cksum": sha256(archive), "features": {}, "yanked": False}
        page = root / "index" / name[:2] / name[2:4] / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(json.dumps(entry) + "\n", encoding="utf-8")


def serve_at(root: Path, address: str) -> str:
    """Say in the registry's `config.json` where it is served; return its index as cargo's `index` has it."""
    config = {"dl": f"{address}/crates/{{crate}}-{{version}}.crate"}
    (root / "index" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return f"sparse+{address}/index/"


def cargo_config(index: str) -> str:
    """Return a configuration of cargo in which another registry stands for the default one."""
    return f'[source.crates-io]\nreplace-with = "loopback"\n\n[source.loopback]\nregistry = "{index}"\n'


def sdist_with_crates(directory: Path, name: str, index: str, commit: str) -> Path:
    """Write an sdist with a Cargo.lock, which cargo makes; `commit` is that of `held`, which lies in the directory."""
    crates = SDISTS[name]
    stem = name.replace("-", "_")
    held = f'held = {{ git = "file://{directory}/held", rev = "{commit}" }}\n'
    dependencies = "".join(held if crate == "held" else f'{crate} = "1"\n' for crate in crates)
    sums = " + ".join(f"{crate}::number()" for crate in crates)
    files = {
        "Cargo.toml": f'[package]\nname = "{stem}"\nversion = "1.0.0"\nedition = "2021"\n'
        f'\n[lib]\ncrate-type = ["cdylib"]\n\n[dependencies]\n{dependencies}',
        "pyproject.toml": _PYPROJECT,
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n",
        "src/lib.rs": f'#[no_mangle]\npub extern "C" fn number() -> i32 {{ {sums} }}\n',
    }
    project = directory / name
    for place, text in (files | {".cargo/config.toml": cargo_config(index)}).items():
        (project / place).parent.mkdir(parents=True, exist_ok=True)
        (project / place).write_text(text, encoding="utf-8")
    home = directory / "cargo-home"
    command = [rust() / "bin" / "cargo", "generate-lockfile"]
    environment = {"CARGO_HOME": str(home), "PATH": f"{rust()}/bin:/usr/bin:/bin"}
    subprocess.run(command, check=True, cwd=project, env=environment, capture_output=True)
    return make_sdist(directory, name, "1.0", files | {"Cargo.lock": (project / "Cargo.lock").read_text(encoding="utf-8")})


def make_held(directory: Path) -> str:
    """Make the git repository `held` and return its commit; the crate is not in its root."""
    manifest = '[package]\nname = "held"\nversion = "1.0.0"\nedition = "2021"\n'
    files = {"rust/Cargo.toml": manifest, "rust/src/lib.rs": "pub fn number() -> i32 { 4000 }\n"}
    return make_repository(directory / "held", files)


def crates_of_lock(directory: Path, commit: str) -> dict[str, dict[str, str]]:
    """Return the table `crates` of a build lock, with the crates of the registry first."""
    made = {f"{name}==1.0.0": {"sha256": sha256(directory / "registry/crates" / f"{name}-1.0.0.crate")} for name in CRATES}
    source = f"git+file://{directory}/held?rev={commit}#{commit}"
    packed = archive_crates(f"file://{directory}/held", commit, directory / "packed", name="held")
    return made | {f"held==1.0.0 ({source})": {"sha256": packed.sha256, "source": source}}


def keys_of(name: str, crates: Mapping[str, object]) -> list[str]:
    """Return the keys of the crates that an sdist needs."""
    return sorted(key for key in crates if key.partition("==")[0] in SDISTS[name])
