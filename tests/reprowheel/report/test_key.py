"""The key of a build: each input moves its own part and no other, and what cannot matter moves none."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from packaging.tags import sys_tags
from support.builds import Conditions, build, c_module, extension_sdist
from support.pins import REPORT, changed

from reprowheel.environment.interpreter import probe
from reprowheel.errors import UsageError
from reprowheel.files import json_sha256
from reprowheel.report.key import environment_inputs, key_of, python_tag, toolchain_inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NATIVE = {"headers": [{"path": "a.h", "sha256": "e" * 64}], "libraries": [], "defines": [], "link_flags": []}

MOVES: dict[str, tuple[str, Any, str]] = {
    "source": ("sdist.sha256", "0" * 64, "sdist"),
    "python": ("interpreter.soabi", "cpython-314t-x86_64-linux-gnu", "python"),
    "platform": ("interpreter.platform", "linux-aarch64", "platform"),
    "compiler": ("toolchain.version", "gcc 17.1.0", "toolchain"),
    "flags": ("toolchain.c_flags", ["-O3"], "toolchain"),
    "flag order": ("toolchain.c_flags", ["-O2", "-g"], "toolchain"),
    "toolchain variable": ("toolchain.env", {"A": "1"}, "toolchain"),
    "build requirement": ("build_requirements", [], "environment"),
    "config setting": ("config_settings", {"a": ["b"]}, "environment"),
    "option of setup.py": ("global_options", ["--with"], "environment"),
    "option of its command": ("build_options", ["--plat"], "environment"),
    "variable": ("env", {"A": ""}, "environment"),
    "host tool": ("host_tools", [{"path": "pg_config", "sha256": "4" * 64}], "environment"),
    "host header": ("host_headers", [{"path": "yaml.h", "sha256": "4" * 64}], "environment"),
    "patch": ("patches", [{"filename": "x.patch", "sha256": "1" * 64, "files": []}], "environment"),
    "epoch": ("epoch", 1_600_000_001, "environment"),
    "cpu": ("cpu_baseline", "x86-64-v3", "environment"),
    "deep": ("deep", True, "environment"),
    "uncontained": ("allow_uncontained", ["processes"], "environment"),
    "header": ("native", NATIVE, "environment"),
    "define": ("native", NATIVE | {"headers": [], "defines": ["A"]}, "environment"),
    "interpreter's patch release": ("interpreter.version", "3.14.3", ""),
    "helper": ("helper.sha256", "2" * 64, ""),
    "result": ("wheel.sha256", "3" * 64, ""),
    "name of the archive": ("sdist.filename", "other.zip", ""),
}


@pytest.mark.parametrize("case", MOVES)
def test_each_input_moves_its_part(case: str) -> None:
    """One part of the key follows each input; results, and what is only told, move none."""
    place, value, part = MOVES[case]
    assert key_of(REPORT).moved(key_of(changed({place: value}))) == ((part,) if part else ())


def test_headers_that_change_move_the_environment() -> None:
    """A header counts by its content, although only one digest stands for all."""
    one = changed({"native": NATIVE})
    two = changed({"native": NATIVE | {"headers": [{"path": "a.h", "sha256": "f" * 64}]}})
    assert key_of(one).moved(key_of(two)) == ("environment",)
    assert len(environment_inputs(one)["native_headers"]) == 64


def test_what_is_empty_is_left_out() -> None:
    """A kind of input that a later version knows moves no key of builds without it; a variable that is empty is one."""
    assert environment_inputs(REPORT) == {"build_requirements": ["setuptools==80.9.0 sha256:" + "b" * 64], "epoch": 1_600_000_000}
    assert environment_inputs(changed({"env": {"A": ""}}))["env"] == {"A": ""}
    assert "env" not in toolchain_inputs(REPORT)


@pytest.mark.parametrize("field", ["host_headers", "env", "toolchain"])
def test_report_that_does_not_tell_has_no_key(field: str) -> None:
    """An input that a report says nothing of is not taken for one that was empty."""
    with pytest.raises(UsageError, match=f"not a report of a build by this version of reprowheel .*{field}"):
        key_of({name: value for name, value in REPORT.items() if name != field})


def test_digest_is_that_of_canonical_json() -> None:
    """Anybody can compute it: sorted keys, no spaces."""
    value = {"b": ["ä"], "a": 1}
    assert json_sha256(value) == hashlib.sha256(b'{"a":1,"b":["\\u00e4"]}').hexdigest()
    assert json_sha256(json.loads('{"b":["ä"],"a":1}')) == json_sha256({"a": 1, "b": ["ä"]})


@pytest.mark.parametrize(
    ("implementation", "version", "soabi", "tag"),
    [
        ("cpython", "3.14.2", "cpython-314-x86_64-linux-gnu", "cp314-cp314"),
        ("cpython", "3.14.2", "cpython-314t-x86_64-linux-gnu", "cp314-cp314t"),
        ("cpython", "3.12.0", "cpython-312d-x86_64-linux-musl", "cp312-cp312d"),
        ("pypy", "3.11.9", "pypy311-pp73-x86_64-linux-gnu", "pp311-pypy311_pp73"),
        ("other", "3.11.9", "", "other311-none"),
    ],
)
def test_python_tag(implementation: str, version: str, soabi: str, tag: str) -> None:
    """Interpreter and ABI as wheels' names have them."""
    assert python_tag({"implementation": implementation, "version": version, "soabi": soabi}) == tag


def test_python_tag_is_the_narrowest_of_this_interpreter() -> None:
    """It is the first tag that `packaging` finds for the running interpreter."""
    first = next(iter(sys_tags()))
    assert python_tag(probe(sys.executable).identity) == f"{first.interpreter}-{first.abi}"


def test_report_of_another_version() -> None:
    """What is no report of ours is named, with what to do."""
    report = {name: value for name, value in REPORT.items() if name != "env"}
    with pytest.raises(
        UsageError, match=r"not a report of a build by this version of reprowheel \(KeyError\('env'\)\)"
    ) as caught:
        key_of(report)
    assert caught.value.tip == "Build the wheel again: reprowheel build … --report FILE."


def test_key_of_real_builds(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """Two builds of one sdist have one key; another source, flag or setting moves what it should."""
    conditions = Conditions(cwd=tmp_path)
    tools = [build_wheel("setuptools")]
    sdist = extension_sdist(tmp_path / "one", c_module())
    other = extension_sdist(tmp_path / "two", c_module("return PyLong_FromLong(43);"))
    gcc = {"compiler": "gcc", "tools": {"cc": "/usr/bin/gcc"}, "c_flags": ["-O1"]}
    (tmp_path / "toolchain.json").write_text(json.dumps(gcc), encoding="utf-8")
    reports = {
        name: build(source, tools, tmp_path / name, conditions, *more).report
        for name, source, more in [
            ("plain", sdist, ()),
            ("again", sdist, ("--jobs=2",)),
            ("edited", other, ()),
            ("flags", sdist, (f"--cc-toolchain={tmp_path}/toolchain.json",)),
            ("variable", sdist, ("--env=COLOUR=red",)),
        ]
    }
    key = key_of(reports.pop("plain"))
    moved = {name: key.moved(key_of(report)) for name, report in reports.items()}
    assert moved == {"again": (), "edited": ("sdist",), "flags": ("toolchain",), "variable": ("environment",)}
