"""Attestations, read by in-toto's own messages: a field that they do not know is an error."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from google.protobuf.json_format import MessageToDict, ParseError
from support.builds import make_wheel
from support.wheelhouses import INTERPRETER, TOOLCHAIN, read_statement, report_of, sha256, write_report

from reprowheel.report.key import key_of
from reprowheel.wheelhouse.distributions import read_distributions
from reprowheel.wheelhouse.provenance import BUILDER_ID, statement

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS: dict[str, object] = {
    "patches": [{"filename": "fix.patch", "sha256": "3" * 64, "files": ["x"]}],
    "native": {"headers": [], "libraries": [], "defines": ["A=1"], "link_flags": []},
    "global_options": ["--with"],
    "build_options": ["--fast"],
    "env": {"B": "2", "A": "1"},
    "config_settings": {"opt": ["one", "two"]},
    "host_libraries": ["libffi.so.8"],
    "host_headers": [{"path": "ffi.h", "sha256": "4" * 64}],
    "host_tools": [{"path": "git", "sha256": "5" * 64}],
    "cpu_baseline": "x86-64-v3",
    "deep": True,
    "allow_uncontained": ["processes"],
}


def make_statement(folder: Path, **changes: object) -> dict[str, object]:
    """Return the statement of a small wheel."""
    foo = make_wheel(folder, "foo", "1.0", {})
    (found,) = read_distributions([foo], [write_report(folder / "r.json", report_of(foo, **changes))])
    assert found.build is not None
    return statement(found, found.build, BUILDER_ID)


def test_statement(tmp_path: Path) -> None:
    """Subject, type and predicate are what in-toto and SLSA say; the digest is the wheel's."""
    message, provenance = read_statement(json.dumps(make_statement(tmp_path)))
    (subject,) = message.subject
    assert subject.name == "foo-1.0-py3-none-any.whl"
    assert dict(subject.digest) == {"sha256": sha256((tmp_path / subject.name).read_bytes())}
    assert message.type == "https://in-toto.io/Statement/v1"
    assert message.predicate_type == "https://slsa.dev/provenance/v1"
    assert provenance.build_definition.build_type == "pkg:generic/rules_reprowheel#docs/wheelhouse.md"
    assert provenance.run_details.builder.id == "pkg:generic/rules_reprowheel"
    assert not provenance.run_details.HasField("metadata"), "no time and no machine"


def test_dependencies(tmp_path: Path) -> None:
    """Everything that went in, each with a digest; interpreter and toolchain with what they say they are."""
    _, provenance = read_statement(json.dumps(make_statement(tmp_path, **SETTINGS)))
    found = [MessageToDict(d) for d in provenance.build_definition.resolved_dependencies]
    names = ["foo-1.0.tar.gz", "fix.patch", "ffi.h", "git", "setuptools", "reprowheel", "cpython", "gcc"]
    assert [d["name"] for d in found] == names
    assert found[0]["digest"] == {"sha256": sha256("foo sdist")}
    assert found[4] == {"name": "setuptools", "uri": "pkg:pypi/setuptools@80.9.0", "digest": {"sha256": sha256("setuptools")}}
    canonical = json.dumps(TOOLCHAIN, sort_keys=True, separators=(",", ":"))
    assert found[5] == {"name": "reprowheel", "digest": {"sha256": sha256("helper")}}
    assert found[7] == {"name": "gcc", "digest": {"sha256": sha256(canonical)}, "annotations": TOOLCHAIN}
    assert found[6]["annotations"] == INTERPRETER


def test_parameters(tmp_path: Path) -> None:
    """What the user chose is external, what followed from it internal."""
    _, provenance = read_statement(json.dumps(make_statement(tmp_path, **SETTINGS)))
    assert MessageToDict(provenance.build_definition.external_parameters) == {
        "name": "foo",
        "version": "1.0",
        "sdist": {"name": "foo-1.0.tar.gz", "digest": {"sha256": sha256("foo sdist")}},
        "patches": [{"name": "fix.patch", "digest": {"sha256": "3" * 64}}],
        "configSettings": {"opt": ["one", "two"]},
        "globalOptions": ["--with"],
        "buildOptions": ["--fast"],
        "env": {"A": "1", "B": "2"},
        "native": {"defines": ["A=1"]},
        "cpuBaseline": "x86-64-v3",
        "deep": True,
    }
    assert MessageToDict(provenance.build_definition.internal_parameters) == {
        "allowUncontained": ["processes"],
        "epoch": 1_600_000_000,
        "hostLibraries": ["libffi.so.8"],
        "key": asdict(key_of(report_of(tmp_path / "foo-1.0-py3-none-any.whl", **SETTINGS))),
    }


@pytest.mark.parametrize("place", ["statement", "predicate"])
def test_unknown_fields_are_found(tmp_path: Path, place: str) -> None:
    """The judge of these tests is strict (control)."""
    broken = make_statement(tmp_path)
    (broken if place == "statement" else broken["predicate"])["extra"] = 1  # type: ignore[index]
    with pytest.raises(ParseError, match="extra"):
        read_statement(json.dumps(broken))
