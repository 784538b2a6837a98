"""Settings of one build: what reaches its back end is what the report says, and what it does not say changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builds import Conditions, build, make_sdist

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
