"""The example's wheelhouse on a machine without Bazel: plain pip installs what Bazel built, and the papers are right."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from e2e.machines import BUILD, REPOSITORY, WHEELHOUSE, Machine, Run
from packaging.utils import canonicalize_name
from support.builds import Conditions, helper
from support.wheelhouses import clean_environment, dangling_references, install_command, pip, read_statement, schema_error, tree

EXTENSIONS = ("cffi", "coverage", "greenlet", "markupsafe", "msgpack", "psutil", "pyyaml", "simplejson")
WHEELS = len(EXTENSIONS) + 2


@pytest.fixture(scope="module")
def house(first: tuple[Machine, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the directory, as somebody carries it away."""
    machine, run = first
    assert run.code == 0, run.output
    root = next(machine.output_root.glob("*/execroot/_main"))
    (spawn,) = run.of(WHEELHOUSE)
    copy = tmp_path_factory.mktemp("elsewhere") / "wheels"
    for path in spawn.outputs:
        target = copy / path.partition("/wheelhouse/")[2]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((root / path).read_bytes())
    return copy


@pytest.fixture(scope="module")
def built(first: tuple[Machine, Run]) -> dict[str, str]:
    """Return file name → digest of each wheel that Bazel built, as its execution log has it."""
    found = {Path(p).name: d for s in first[1].of(BUILD) for p, d in s.outputs.items() if ".dist/" in p}
    assert len(found) == len(EXTENSIONS)
    return found


def digests(house: Path) -> dict[str, str]:
    """Return file name → digest of each wheel of the wheelhouse."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in house.glob("*.whl")}


def test_pip_installs_what_bazel_built(house: Path, tmp_path: Path) -> None:
    """In an empty environment outside of Bazel: `pip check` passes, every C extension runs, nothing comes from elsewhere."""
    python = clean_environment(tmp_path / "venv")
    done = pip(python, *install_command(house))
    assert done.returncode == 0, done.stdout
    assert len(re.findall(r"[\w.]+-\d", done.stdout.splitlines()[-1])) == WHEELS, done.stdout
    checked = pip(python, "check")
    assert (checked.returncode, checked.stdout.strip()) == (0, "No broken requirements found.")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import extensions; [extensions.check(n, 'venv') for n in sys.argv[2:]]"
    command = [python, "-I", "-c", code, REPOSITORY / "examples/hello", *EXTENSIONS, "jinja2", "pycparser"]
    run = subprocess.run(command, cwd=tmp_path, env={}, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    nothing = subprocess.run([clean_environment(tmp_path / "empty"), *command[1:]], env={}, check=False, capture_output=True)
    assert b"ModuleNotFoundError" in nothing.stderr, "without them they do not run (control)"


def test_wheels_are_bazels(house: Path, built: dict[str, str]) -> None:
    """Each under its own name, with the digest that Bazel has of it; requirements.txt names these digests and no others."""
    found = digests(house)
    assert len(found) == WHEELS
    assert {name: found[name] for name in built} == built
    text = (house / "requirements.txt").read_text(encoding="utf-8")
    assert sorted(re.findall(r"sha256:([0-9a-f]{64})$", text, re.MULTILINE)) == sorted(found.values())


def test_bill_of_materials(house: Path, built: dict[str, str], first: tuple[Machine, Run]) -> None:
    """Valid; its digests are those of the wheels, of the locked sdists and of the locked build requirements."""
    text = (house / "sbom.cdx.json").read_text(encoding="utf-8")
    assert schema_error(text) == ""
    bom = json.loads(text)
    assert dangling_references(bom) == set()
    components = {c["name"]: c for c in bom["components"]}
    assert {c["hashes"][0]["content"] for c in components.values()} == set(digests(house).values())
    edges = {d["ref"]: d["dependsOn"] for d in bom["dependencies"]}
    assert edges[components["jinja2"]["bom-ref"]] == [components["markupsafe"]["bom-ref"]]
    assert edges[components["cffi"]["bom-ref"]] == [components["pycparser"]["bom-ref"]]
    lock = json.loads((first[0].checkout / "examples/hello/build-lock.json").read_text(encoding="utf-8"))
    locked = {entry["sha256"] for kind in ("sdists", "wheels") for entry in lock[kind].values()}
    sdists = {c["pedigree"]["ancestors"][0]["hashes"][0]["content"] for c in components.values() if "pedigree" in c}
    assert len(sdists) == len(built)
    (formula,) = bom["formulation"]
    parts = [c for c in formula["components"] if c["type"] in ("file", "library")]
    headers = {c["name"]: c["hashes"][0]["content"] for c in parts if c["name"].endswith(".h")}
    assert headers.keys() >= {"ffi.h", "yaml.h"}
    for name, sha256 in headers.items():
        assert sha256 in {hashlib.sha256(path.read_bytes()).hexdigest() for path in Path("/usr/include").rglob(name)}
    used = {c["hashes"][0]["content"] for c in parts if c["name"] not in headers}
    assert sdists < used <= locked
    assert len(formula["workflows"]) == len(built)


def test_attestations(house: Path, built: dict[str, str]) -> None:
    """One for each wheel that was built and none for those that were fetched, each with the helper's real digest."""
    empty = hashlib.sha256(b"").hexdigest()
    found = {}
    for path in (house / "attestations").iterdir():
        message, provenance = read_statement(path.read_text(encoding="utf-8"))
        (subject,) = message.subject
        assert path.name == f"{subject.name}.intoto.json"
        found[subject.name] = subject.digest["sha256"]
        names = [d.name for d in provenance.build_definition.resolved_dependencies]
        assert canonicalize_name(names[0].split("-")[0]) == canonicalize_name(subject.name.split("-")[0])
        assert names[-3:] == ["reprowheel", "cpython", "gcc"]
        assert empty not in {d.digest["sha256"] for d in provenance.build_definition.resolved_dependencies}
    assert found == built


def test_command_makes_the_same_without_bazel(house: Path, first: tuple[Machine, Run], tmp_path: Path) -> None:
    """`reprowheel wheelhouse`, with the same wheels and reports in another order: every file is the same."""
    machine, run = first
    root = next(machine.output_root.glob("*/execroot/_main"))
    reports = [root / p for s in run.of(BUILD) for p in s.outputs if p.endswith(".report.json")]
    assert len(reports) == len(EXTENSIONS)
    wheels = sorted(house.glob("*.whl"), reverse=True)
    done = helper(["wheelhouse", *wheels, "--report", *reports, "--out", tmp_path / "made"], Conditions(cwd=tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tree(tmp_path / "made") == tree(house)


def test_no_place_and_no_address(house: Path, first: tuple[Machine, Run]) -> None:
    """What is written names neither this machine nor any address but the types of in-toto and SLSA."""
    papers = {name: data.decode() for name, data in tree(house).items() if not name.endswith(".whl")}
    assert len(papers) == 2 + len(EXTENSIONS)
    for name, text in papers.items():
        for place in (first[0].checkout, first[0].state, "/execroot", "/sandbox"):
            assert str(place) not in text, name
        addresses = set(re.findall(r"\w+://[^\"]*", text))
        assert addresses <= {"https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1"}, name
