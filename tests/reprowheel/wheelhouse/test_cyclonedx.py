"""The bill of materials: valid by CycloneDX's own schema, without a dangling reference, and complete."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from packageurl import PackageURL
from support.builds import make_wheel
from support.wheelhouses import INTERPRETER, TOOLCHAIN, dangling_references, report_of, schema_error, sha256, write_report

from reprowheel.wheelhouse.cyclonedx import bill_of_materials
from reprowheel.wheelhouse.distributions import Distribution, dependency_graph, read_distributions

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = {"headers": [{"path": "a.h", "sha256": "1" * 64}], "libraries": [{"path": "liba.a", "sha256": "2" * 64}]}
CHANGES: dict[str, object] = {
    "patches": [{"filename": "fix.patch", "sha256": "3" * 64, "files": ["x"]}],
    "native": NATIVE | {"defines": ["A=1"], "link_flags": []},
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


@pytest.fixture
def distributions(tmp_path: Path) -> list[Distribution]:
    """Two that were built with the same tool, the first with all settings, and one that was not built."""
    foo = make_wheel(tmp_path, "foo_x", "1.0", {}, tag="cp314-cp314-linux_x86_64", metadata="Requires-Dist: bar\nLicense: BSD\n")
    bar = make_wheel(tmp_path, "bar", "2.0+local", {}, metadata="License-Expression: MIT\n")
    got = make_wheel(tmp_path, "got", "3.0", {})
    reports = [
        write_report(tmp_path / "foo.json", report_of(foo, **CHANGES)),
        write_report(tmp_path / "bar.json", report_of(bar, version="2.0+local")),
    ]
    return read_distributions([got, foo, bar], reports)


def bom_of(distributions: list[Distribution], name: str = "mine") -> dict[str, Any]:
    """Return the document."""
    return bill_of_materials(name, distributions, dependency_graph(distributions))


def properties(entry: dict[str, Any]) -> dict[str, str]:
    """Return an entry's properties."""
    return {p["name"].removeprefix("reprowheel:"): p["value"] for p in entry["properties"]}


def test_valid(distributions: list[Distribution]) -> None:
    """Strictly by the schema, with every reference defined once; the same checks find what is wrong (controls)."""
    bom = bom_of(distributions)
    assert schema_error(json.dumps(bom)) == ""
    assert dangling_references(bom) == set()
    assert "'x' was unexpected" in schema_error(json.dumps(bom | {"x": 1}))
    broken = bom_of(distributions)
    broken["formulation"][0]["workflows"][0]["taskTypes"] = ["compile"]
    assert "'compile' is not one of" in schema_error(json.dumps(broken))
    del broken["formulation"][0]["components"][0]
    assert len(dangling_references(broken)) == 1


def test_components_and_dependencies(distributions: list[Distribution]) -> None:
    """Each wheel with purl, digest, licence and its sdist; the graph is METADATA's."""
    bom = bom_of(distributions)
    bar, foo, got = bom["components"]
    assert [c["purl"] for c in (bar, foo, got)] == ["pkg:pypi/bar@2.0%2Blocal", "pkg:pypi/foo-x@1.0", "pkg:pypi/got@3.0"]
    assert PackageURL.from_string(bar["purl"]).version == "2.0+local"
    assert foo["hashes"] == [{"alg": "SHA-256", "content": distributions[1].sha256}]
    assert properties(foo) == {"filename": "foo_x-1.0-cp314-cp314-linux_x86_64.whl"}
    assert foo["licenses"] == [{"license": {"name": "BSD", "acknowledgement": "declared"}}]
    assert bar["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]
    (ancestor,) = foo["pedigree"]["ancestors"]
    assert (ancestor["name"], ancestor["hashes"][0]["content"]) == ("foo_x-1.0.tar.gz", sha256("foo_x sdist"))
    assert "pedigree" not in got
    assert bom["metadata"]["component"]["name"] == "mine"
    assert {d["ref"]: d["dependsOn"] for d in bom["dependencies"]} == {
        "wheelhouse": ["pkg:pypi/foo-x@1.0", "pkg:pypi/got@3.0"],
        "pkg:pypi/bar@2.0%2Blocal": [],
        "pkg:pypi/foo-x@1.0": ["pkg:pypi/bar@2.0%2Blocal"],
        "pkg:pypi/got@3.0": [],
    }


def test_builds(distributions: list[Distribution]) -> None:
    """A workflow for each build with all that went in; what two builds used is there once."""
    (formula,) = bom_of(distributions)["formulation"]
    parts = {c["bom-ref"]: c for c in formula["components"]}
    bar, foo = formula["workflows"]
    assert [w["outputs"][0]["resource"]["ref"] for w in (bar, foo)] == ["pkg:pypi/bar@2.0%2Blocal", "pkg:pypi/foo-x@1.0"]
    used = [parts[i["resource"]["ref"]] for i in foo["inputs"] if "resource" in i]
    names = ["foo_x-1.0.tar.gz", "fix.patch", "a.h", "liba.a", "ffi.h", "git", "setuptools", "reprowheel", "cpython", "gcc"]
    assert [c["name"] for c in used] == names
    assert [c["type"] for c in used] == ["file"] * 6 + ["library", "application", "platform", "application"]
    tool = used[6]
    assert (tool["version"], tool["purl"], tool["hashes"][0]["content"]) == (
        "80.9.0",
        "pkg:pypi/setuptools@80.9.0",
        sha256("setuptools"),
    )
    assert used[7]["hashes"][0]["content"] == sha256("helper")
    assert (used[8]["version"], properties(used[8])) == (INTERPRETER["version"], INTERPRETER)
    assert (used[9]["version"], properties(used[9])) == (TOOLCHAIN["version"], TOOLCHAIN | {"c_flags": '["-O2", "-g"]'})
    assert [c["name"] for c in formula["components"]].count("setuptools") == 1
    settings = {"cpu_baseline": "x86-64-v3", "deep": "true", "epoch": "1600000000", "host_libraries": '["libffi.so.8"]'}
    settings["allow_uncontained"] = '["processes"]'
    found = properties(foo)
    assert re.fullmatch("[0-9a-f]{64}", found.pop("environment_sha256"))
    assert found == settings | {"defines": '["A=1"]'}
    assert {"environmentVars": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]} in foo["inputs"]
    given = [("opt", "one"), ("opt", "two"), ("--global-option", "--with"), ("--build-option", "--fast")]
    assert {"parameters": [{"name": name, "value": value} for name, value in given]} in foo["inputs"]
    assert [next(iter(i)) for i in bar["inputs"]] == ["resource"] * 5


def test_only_fetched_wheels(tmp_path: Path) -> None:
    """Without a build there is no formulation, and the document is valid."""
    bom = bom_of(read_distributions([make_wheel(tmp_path, "got", "3.0", {})], []))
    assert "formulation" not in bom
    assert schema_error(json.dumps(bom)) == ""


def test_serial_number_follows_the_content(distributions: list[Distribution]) -> None:
    """The same for the same, another for anything else; no time, and no address but that of no document."""
    bom = bom_of(distributions)
    assert bom == bom_of(distributions)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", bom["serialNumber"])
    assert bom["serialNumber"] != bom_of(distributions, name="other")["serialNumber"]
    text = json.dumps(bom)
    assert "timestamp" not in text
    assert "://" not in text
