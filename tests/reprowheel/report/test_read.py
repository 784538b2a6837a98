"""Reports as a wheelhouse reads them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from support.builds import Conditions, build, make_sdist, make_wheel
from support.wheelhouses import INTERPRETER, TOOLCHAIN, report_of, write_report

from reprowheel.errors import UsageError
from reprowheel.report.read import Material, read_build_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_a_real_build_reports(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """A report that the helper wrote is read, and has the fields of the reports that these tests make."""
    setup = "from setuptools import setup\nsetup(name='tiny', version='1.0', py_modules=['tiny'])\n"
    sdist = make_sdist(tmp_path, {"setup.py": setup, "tiny.py": ""})
    requirement = build_wheel("setuptools")
    built = build(sdist, [requirement], tmp_path / "out", Conditions(cwd=tmp_path), "--env=A=b")
    record = read_build_record(tmp_path / "out.json")
    assert record.sha256 == hashlib.sha256(built.wheel.read_bytes()).hexdigest()
    assert record.sdist == Material(name=sdist.name, sha256=hashlib.sha256(sdist.read_bytes()).hexdigest())
    version = requirement.name.split("-")[1]
    digest = hashlib.sha256(requirement.read_bytes()).hexdigest()
    assert record.build_requirements == (Material(name="setuptools", version=version, sha256=digest, kind="library"),)
    assert record.settings["env"] == {"A": "b"}
    assert set(report_of(built.wheel)) <= set(built.report)
    assert built.report["interpreter"].keys() == INTERPRETER.keys()
    assert built.report["toolchain"].keys() >= TOOLCHAIN.keys()


def test_materials(tmp_path: Path) -> None:
    """All that went in, the sdist first; a party's digest is that of its words, whatever their order."""
    wheel = make_wheel(tmp_path, "foo", "1.0", {})
    native = {"headers": [{"path": "a.h", "sha256": "1" * 64}], "libraries": [{"path": "liba.a", "sha256": "2" * 64}]}
    native |= {"defines": ["A"], "link_flags": []}
    changes = {"patches": [{"filename": "fix.patch", "sha256": "3" * 64, "files": ["x"]}], "native": native}
    record = read_build_record(write_report(tmp_path / "r.json", report_of(wheel, **changes)))
    assert [m.name for m in record.materials] == ["foo-1.0.tar.gz", "fix.patch", "a.h", "liba.a", "setuptools", "reprowheel"]
    assert record.settings["native"]["defines"] == ["A"]
    turned = report_of(wheel, toolchain=dict(reversed(TOOLCHAIN.items())), interpreter=INTERPRETER | {"version": "3.14.1"})
    other = read_build_record(write_report(tmp_path / "o.json", turned))
    assert other.toolchain.sha256 == record.toolchain.sha256
    assert record.toolchain.sha256 == record.key.toolchain, "wheels.lock and a wheelhouse name a toolchain alike"
    assert other.interpreter.sha256 != record.interpreter.sha256


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, ": no such file; expected a report of a build"),
        ("{", ":1:2: is no JSON (expecting property name enclosed in double quotes); expected a report"),
        ("[]", ": is a list; expected a report of a build, which is a JSON object"),
        ("{}", ": has no field 'report_version'; expected a report of a build"),
        ('{"report_version": 2}', ": is a report of version 2; expected 1"),
        ('{"report_version": 1, "toolchain": {}}', ": has no field 'patches'; expected a report of a build"),
    ],
)
def test_no_report(tmp_path: Path, content: str | None, expected: str) -> None:
    """A file that is missing, damaged or another one: one line with its path."""
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_build_record(path)
    assert caught.value.message.startswith(f"{path}{expected}")
    assert "\n" not in caught.value.message
