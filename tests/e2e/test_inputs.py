"""What goes into a build: settings of a package are part of the action's key and of the report, in both phases."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, back_end_wheels, build_lock, hub, override, requirements, workspace
from local_index import make_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READS_OPTIONS = """\
import sys
from setuptools import setup

options = [argument for argument in sys.argv[1:] if argument.startswith("--with-")]
sys.argv = [argument for argument in sys.argv if argument not in options]
with open("tiny_options.py", "w") as file:
    file.write(f"OPTIONS = {options}\\n")
setup(name="tiny-options", version="1.0", py_modules=["tiny_options"])
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Workspace]:
    """Yield a workspace with a hub per phase and way of giving options."""
    base = tmp_path_factory.mktemp("inputs")
    sdist = make_sdist(base, "tiny-options", "1.0", {"setup.py": READS_OPTIONS, "tiny_options.py": ""})
    setuptools = back_end_wheels()["setuptools"]
    index = write_simple(base / "simple", [setuptools, sdist])
    plain = requirements([sdist])
    files = {
        "plain.txt": plain,
        "options.txt": plain.replace("\n", ' --global-option="--with-x y" --global-option=--with-z\n'),
        "lock.json": build_lock({sdist: [setuptools]}),
    }
    common = {"build_requirements_lock": "//:lock.json", "index_url": index}
    hubs = hub("plain", **common, requirements_lock="//:plain.txt") + hub("locked", **common, requirements_lock="//:options.txt")
    hubs += hub("fetched", **common, requirements_lock="//:options.txt", build_phase="fetch")
    hubs += hub("overridden", **common, requirements_lock="//:plain.txt")
    hubs += override("overridden", "tiny-options", global_options=["--with-x y", "--with-z"])
    with workspace(base, cache / "downloads") as space:
        space.write(hubs, files)
        yield space


def test_options_of_setup_py(inputs: Workspace) -> None:
    """Given in the lock or by pip.override, in an action or in the repository phase: the same wheel, and not the plain one."""
    hubs = ("plain", "locked", "overridden", "fetched")
    code, output, _ = inputs.build(*(f"@{name}//tiny_options:whl" for name in hubs))
    assert code == 0, output
    built = [inputs.action_wheels(name) for name in hubs[:3]] + [inputs.fetched_wheels("fetched")]
    digests = [digest for wheels in built for digest in wheels.values()]
    assert len(digests) == 4
    assert digests[0] != digests[1] == digests[2] == digests[3]
    place = inputs.repository("fetched_tiny_options_1_0") / "build"
    wheel = next((place / "wheel").glob("*.whl"))
    assert zipfile.ZipFile(wheel).read("tiny_options.py") == b"OPTIONS = ['--with-x y', '--with-z']\n"
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in [place / "report.json", *action_reports(inputs)]]
    assert sorted(len(report["global_options"]) for report in reports) == [0, 2, 2, 2]


def action_reports(space: Workspace) -> list[Path]:
    """Return the reports that actions wrote."""
    return sorted(space.machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/external/*/*.report.json"))
