"""The compiler that one line of MODULE.bazel chooses, in both phases; by name only: it downloads 100 MB.

./tests/run tests/e2e/hermetic_compiler.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, back_end_wheels, build_lock, hub, requirements, workspace
from support.builds import c_module
from support.local_index import make_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETUP = """\
from setuptools import Extension, setup
setup(name="native", version="1.0", ext_modules=[Extension("tiny", ["tiny.c"])])
"""
LINE = 'use_extension("@rules_reprowheel//python:extensions.bzl", "toolchains").zig(glibc = "{}")\n'
TARGETS = ("@action//native:whl", "@fetch//native:whl")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[tuple[Workspace, str]]:
    """Yield a workspace with a hub per phase and one C extension, and what MODULE.bazel has but for the line."""
    base = tmp_path_factory.mktemp("zig")
    sdist = make_sdist(base, "native", "1.0", {"setup.py": SETUP, "tiny.c": c_module()})
    setuptools = back_end_wheels()["setuptools"]
    shared = {
        "build_requirements_lock": "//:lock.json",
        "index_url": write_simple(base / "simple", [setuptools, sdist]),
        "requirements_lock": "//:requirements.txt",
    }
    hubs = "".join(hub(phase, build_phase=phase, **shared) for phase in ("action", "fetch"))
    files = {"lock.json": build_lock({sdist: [setuptools]}), "requirements.txt": requirements([sdist])}
    with workspace(base, cache) as space:
        space.write(hubs + LINE.format("2.28"), files)
        yield space, hubs


def test_one_line_chooses_the_compiler(chosen: tuple[Workspace, str]) -> None:
    """Both phases make one wheel with Zig, tagged for the glibc; auditwheel finds it fit, and it is imported."""
    space, _ = chosen
    code, output, _ = space.build(*TARGETS)
    assert code == 0, output
    (name, digest), *more = space.action_wheels("action").items()
    assert not more
    assert space.fetched_wheels("fetch") == {name: digest}
    assert name.endswith("-manylinux_2_28_x86_64.whl")
    wheel = next(space.machine.output_root.rglob(f"*.dist/{name}"))
    report = json.loads(next(space.machine.output_root.rglob("whl_file.report.json")).read_text(encoding="utf-8"))
    assert report["toolchain"]["compiler"] == "zig"
    assert report["toolchain"]["libc"] == "glibc 2.28"
    show = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    found = json.loads(subprocess.run(show, check=True, capture_output=True, text=True).stdout)
    assert found["overall_tag"].startswith("manylinux_2_"), found
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(space.folder / "installed")
    check = f"import sys; sys.path.insert(0, {str(space.folder / 'installed')!r}); import tiny; print(tiny.__file__)"
    assert "installed" in subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True).stdout


def test_wrong_version_is_one_line(chosen: tuple[Workspace, str]) -> None:
    """What is no version of glibc is told with the tag."""
    space, hubs = chosen
    module = space.folder / "MODULE.bazel"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace(LINE.format("2.28"), LINE.format("latest")), encoding="utf-8")
    assert hubs in text
    code, output, _ = space.build(TARGETS[0])
    module.write_text(text, encoding="utf-8")
    assert code != 0
    assert 'toolchains.zig: glibc = "latest"; expected the oldest version that wheels must run with, such as "2.28".' in output
