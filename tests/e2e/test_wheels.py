"""What the example's wheels hold: no path of this machine, debug files that work, and the same bytes without Bazel."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from e2e.machines import BUILD, REPOSITORY, Machine, Run

HOST_PATHS = re.compile(rb"/tmp/rw|/usr/(?:include|lib)/python3|/\.cache/|/sandbox/|/execroot/_main|/external/")


def built(first: tuple[Machine, Run], pattern: str) -> list[Path]:
    """Return the outputs of build actions whose path matches."""
    machine, run = first
    root = next(machine.output_root.glob("*/execroot/_main"))
    paths = [root / p for s in run.of(BUILD) for p in s.outputs if re.search(pattern, p)]
    assert paths, f"no output matches {pattern}"
    return paths


def shared_objects(first: tuple[Machine, Run], folder: Path) -> list[Path]:
    """Unpack every shared object of every wheel."""
    found = []
    for wheel in built(first, r"\.dist/[^/]+\.whl$"):
        with zipfile.ZipFile(wheel) as bundle:
            found += [Path(bundle.extract(n, folder / wheel.stem)) for n in bundle.namelist() if ".so" in n]
    assert len(found) >= 8
    return found


def output(*command: object) -> bytes:
    """Return what a command prints."""
    run = subprocess.run([str(c) for c in command], check=False, capture_output=True)
    assert run.returncode == 0, (command, run.stderr.decode(errors="replace"))
    return run.stdout


def test_no_host_path_in_any_binary(first: tuple[Machine, Run], tmp_path: Path) -> None:
    """`strings` and `readelf -p .debug_line_str` show no path of the build, the user, Bazel or the interpreter."""
    machine = first[0]
    own = re.compile(b"|".join(re.escape(str(p).encode()) for p in (machine.checkout, machine.state, REPOSITORY)))
    debug_files = built(first, r"\.debug$")
    assert len(debug_files) >= 8
    for path in [*shared_objects(first, tmp_path), *debug_files]:
        text = output("strings", "-a", path)
        assert not HOST_PATHS.search(text), (path.name, HOST_PATHS.search(text))
        assert not own.search(text), path.name
    lines = [output("readelf", "-p", ".debug_line_str", path) for path in debug_files]
    assert all(b"/reprowheel" in line for line in lines), "the mapped path must be there, or nothing was looked at"
    assert not any(HOST_PATHS.search(line) for line in lines)


def test_debug_file_gives_source_file_and_line(first: tuple[Machine, Run]) -> None:
    """addr2line finds the source line of an extension's init function through the split file alone."""
    path = next(p for p in built(first, r"\.debug$") if b"PyInit__speedups" in output("nm", p))
    symbols = output("nm", path).decode()
    address = next(line.split()[0] for line in symbols.splitlines() if line.endswith(" PyInit__speedups"))
    place = output("addr2line", "-e", path, f"0x{address}").decode().strip()
    assert re.fullmatch(r"/reprowheel/src/\S+/_speedups\.c:[1-9]\d*(?: \(.*\))?", place), place


def test_wheel_is_what_pip_installs(first: tuple[Machine, Run], tmp_path: Path) -> None:
    """pip accepts every wheel, RECORD included."""
    wheels = built(first, r"\.dist/[^/]+\.whl$")
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", tmp_path, *wheels]
    assert b"Successfully installed" in output(*command)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command of a fresh `pip install .`."""
    folder = tmp_path_factory.mktemp("standalone")
    source = shutil.copytree(REPOSITORY, folder / "source", ignore=shutil.ignore_patterns(".git", "bazel-*", "tests"))
    output(sys.executable, "-m", "venv", folder / "venv")
    output(folder / "venv/bin/python", "-m", "pip", "install", "--quiet", source)
    return folder / "venv/bin/reprowheel"


def test_licence_is_installed_too(installed: Path) -> None:
    """The text of LICENSE and its SPDX name, where PEP 639 has them."""
    (metadata,) = installed.parents[1].glob("lib/python3*/site-packages/rules_reprowheel-*.dist-info/METADATA")
    assert "License-Expression: Apache-2.0\nLicense-File: LICENSE\n" in metadata.read_text(encoding="utf-8")
    assert (metadata.parent / "licenses/LICENSE").read_bytes() == (REPOSITORY / "LICENSE").read_bytes()


@pytest.mark.parametrize("name", ["markupsafe", "simplejson"])
def test_command_makes_the_same_bytes_as_the_action(
    first: tuple[Machine, Run], cache: Path, installed: Path, tmp_path: Path, name: str
) -> None:
    """Given the same interpreter, toolchain and build requirements, `reprowheel build` and Bazel agree."""
    machine, _ = first
    lock = machine.checkout / "examples/hello/build-lock.json"
    entry = next(e for key, e in json.loads(lock.read_text(encoding="utf-8"))["sdists"].items() if key.startswith(f"{name}=="))
    sdist = tmp_path / entry["filename"]
    shutil.copyfile(cache / "downloads/content_addressable/sha256" / entry["sha256"] / "file", sdist)
    wheel = next(w for w in built(first, r"\.dist/[^/]+\.whl$") if w.name.startswith(f"{name}-"))
    root = next(machine.output_root.glob("*/execroot/_main"))
    toolchain = next(p for p in root.glob(f"bazel-out/*/bin/external/*{name}*/*toolchain*.json"))
    output(
        installed, "build", sdist, "--out", tmp_path / "out", "--build-lock", lock, "--cc-toolchain", toolchain
    )
    assert [p.name for p in (tmp_path / "out").iterdir()] == [wheel.name]
    assert (tmp_path / "out" / wheel.name).read_bytes() == wheel.read_bytes()
