"""Settings of one build: what reaches its back end is what the report says, and what it does not say changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.builds import Conditions, build, helper, make_sdist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IN_TREE = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """\
import json, os
from setuptools.build_meta import *
from setuptools.build_meta import build_wheel as _build_wheel

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with open("tiny.py", "w") as file:
        file.write(f"SEEN = {json.dumps(config_settings, sort_keys=True)!r}\\nCOLOUR = {os.environ.get('COLOUR')!r}\\n")
    return _build_wheel(directory, None, metadata_directory)
"""
READS_OPTIONS = """\
import sys
from setuptools import setup

feature = "none"
for argument in sys.argv[1:]:
    if argument.startswith("--with-feature="):
        feature = argument.partition("=")[2]
        sys.argv.remove(argument)
with open("tiny.py", "w") as file:
    file.write(f"FEATURE = {feature!r}\\n")
setup(name="tiny", version="1.0", py_modules=["tiny"])
"""
SETUP = "from setuptools import setup\nsetup(name='tiny', version='1.0', py_modules=['tiny'])\n"


def test_report_tells_settings_and_variables(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """Config settings and variables arrive and are reported, in one order; without them the report says that there were none."""
    sdist = make_sdist(tmp_path, {"pyproject.toml": IN_TREE, "backend.py": BACKEND, "setup.py": SETUP, "tiny.py": ""})
    conditions = Conditions(cwd=tmp_path)
    given = ("--config-setting=z=1", "--config-setting=k=a=b", "--config-setting=k=c", "--env=COLOUR=red", "--env=A=")
    built = build(sdist, [build_wheel("setuptools")], tmp_path / "set", conditions, *given)
    assert built.members()["tiny.py"].decode() == """SEEN = '{"k": ["a=b", "c"], "z": "1"}'\nCOLOUR = 'red'\n"""
    assert built.report["config_settings"] == {"k": ["a=b", "c"], "z": ["1"]}
    assert built.report["env"] == {"A": "", "COLOUR": "red"}
    assert list(built.report["env"]) == ["A", "COLOUR"]
    plain = build(sdist, [build_wheel("setuptools")], tmp_path / "plain", conditions, "--jobs=2")
    assert plain.members()["tiny.py"].decode() == "SEEN = '{}'\nCOLOUR = None\n"
    assert (plain.report["config_settings"], plain.report["env"]) == ({}, {})


def test_options_of_setup_py_reach_it(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """A setup.py that reads an option builds another wheel with it; white space stays in it; the report tells it."""
    sdist = make_sdist(tmp_path, {"setup.py": READS_OPTIONS, "tiny.py": ""})
    wheels, conditions = [build_wheel("setuptools")], Conditions(cwd=tmp_path)
    without = build(sdist, wheels, tmp_path / "without", conditions)
    given = ("--global-option=--with-feature=two words", "--build-option=--build-number=7")
    built = build(sdist, wheels, tmp_path / "with", conditions, *given)
    assert without.members()["tiny.py"] == b"FEATURE = 'none'\n"
    assert built.members()["tiny.py"] == b"FEATURE = 'two words'\n"
    assert (without.wheel.name, built.wheel.name) == ("tiny-1.0-py3-none-any.whl", "tiny-1.0-7-py3-none-any.whl")
    assert built.report["global_options"] == ["--with-feature=two words"]
    assert built.report["build_options"] == ["--build-number=7"]
    assert (without.report["global_options"], without.report["build_options"]) == ([], [])
    assert built.report["config_settings"] == {}


@pytest.mark.parametrize(
    ("pyproject", "wheel", "backend"),
    [
        ('[build-system]\nrequires = ["setuptools"]\nbuild-backend = "flit_core.buildapi"\n', "setuptools", "flit_core.buildapi"),
        ('[build-system]\nrequires = ["flit-core"]\nbuild-backend = "mine:x"\n', "flit-core", "mine:x"),
    ],
)
def test_other_back_ends_have_no_options(
    tmp_path: Path, build_wheel: Callable[[str], Path], pyproject: str, wheel: str, backend: str
) -> None:
    """Nothing is passed in silence to what does not read it."""
    sdist = make_sdist(tmp_path, {"pyproject.toml": pyproject})
    run = helper(["build", sdist, "--out", tmp_path / "out", "--build-wheel", build_wheel(wheel), "--build-option=-g"])
    assert run.returncode == 2
    assert run.stderr.splitlines()[0] == (
        f"ERROR tiny==1.0: --build-option -g is for builds by setuptools; its build back end is {backend}"
    )
    assert "config_settings" in run.stderr.splitlines()[1]
    assert not (tmp_path / "out").exists()


def test_option_given_in_both_ways(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """Neither wins: it is an error."""
    sdist = make_sdist(tmp_path, {"setup.py": SETUP, "tiny.py": ""})
    given = ["--config-setting=--global-option=-q", "--global-option=-v"]
    run = helper(["build", sdist, "--out", tmp_path / "out", "--build-wheel", build_wheel("setuptools"), *given])
    assert run.returncode == 2
    expected = "ERROR tiny==1.0: --global-option is given both as an option and as a config setting"
    assert run.stderr.splitlines()[0] == expected
