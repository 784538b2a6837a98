"""Machines that share a cache and have different compilers under one path do not take each other's wheels."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import back_end_wheels, build_lock, hub, requirements, workspace
from e2e.machines import BUILD
from support.builds import c_module
from support.local_index import make_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP = """\
from setuptools import Extension, setup
setup(name="tiny", version="1.0", ext_modules=[Extension("tiny", ["tiny.c"])])
"""
COMPILER = """\
#!/bin/sh
[ "$1" = --version ] && echo "gcc (release {release}) 1.{release}.0" && exit
exec {real} -DRELEASE={release} "$@"
"""


@pytest.fixture
def tools() -> Iterator[Path]:
    """A folder that is there on all machines; not below /tmp, which an action has for itself."""
    folder = Path(tempfile.mkdtemp(prefix="reprowheel-compilers-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_same_path_is_not_the_same_compiler(tmp_path: Path, cache: Path, tools: Path) -> None:
    """Another compiler builds again and makes another wheel; the first one, on a third machine, finds the first wheel."""
    sdist = make_sdist(tmp_path, "tiny", "1.0", {"setup.py": SETUP, "tiny.c": c_module("return PyLong_FromLong(RELEASE);")})
    setuptools = back_end_wheels()["setuptools"]
    index = write_simple(tmp_path / "simple", [setuptools, sdist])
    hubs = hub("pypi", requirements_lock="//:r.txt", build_requirements_lock="//:lock.json", index_url=index)
    files = {"r.txt": requirements([sdist]), "lock.json": build_lock({sdist: [setuptools]})}
    compiler = tools / "gcc"
    options = [f"--disk_cache={tmp_path / 'disk'}", f"--repo_env=CC={compiler}", f"--repo_env=REPROWHEEL_HOST_TOOLS={compiler}"]
    seen = []
    for machine, release in (("one", 1), ("two", 2), ("three", 1)):
        compiler.write_text(COMPILER.format(release=release, real=shutil.which("gcc")), encoding="utf-8")
        compiler.chmod(0o755)
        (tmp_path / machine).mkdir()
        with workspace(tmp_path / machine, cache / "downloads") as space:
            space.write(hubs, files)
            run = space.machine.bazel("build", *options, "@pypi//tiny:whl", workspace=space.folder)
        assert run.code == 0, run.output
        (spawn,) = run.of(BUILD)
        seen.append((spawn.cached, {path: digest for path, digest in spawn.outputs.items() if path.endswith(".whl")}))
    assert [cached for cached, _ in seen] == [False, False, True]
    one, two, three = (wheels for _, wheels in seen)
    assert one.keys() == two.keys()
    assert not set(one.values()) & set(two.values())
    assert one == three
