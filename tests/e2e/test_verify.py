"""The rule `reproducibility_test`: the second build runs, a leak fails with its explanation, a clean wheel passes."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, Machine, Run
from support.leaking import LEAKS, leaking_sdist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERIFY = "ReprowheelVerify"
SDISTS = {"clean": LEAKS["none"], "leaky": LEAKS["number of CPUs"]}
BUILD_FILE = 'load("//python:defs.bzl", "reproducibility_test", "sdist_wheel")\n' + "".join(
    f"""
sdist_wheel(name = "{name}", distribution = "tiny", sdist = "{name}/tiny-1.0.tar.gz", version = "1.0")
reproducibility_test(name = "{name}_test", sdist_wheel = ":{name}")
"""
    for name in SDISTS
)


@pytest.fixture(scope="module")
def tested(first: tuple[Machine, Run], cache: Path) -> Iterator[tuple[Machine, Run]]:
    """Yield the machine, and its run of both tests."""
    machine, _ = first
    package = machine.checkout / "verified"
    for name, code in SDISTS.items():
        leaking_sdist(package / name, code)
    (package / "BUILD.bazel").write_text(BUILD_FILE, encoding="utf-8")
    try:
        options = ("--keep_going", "--test_output=all", f"--disk_cache={cache / 'disk'}")
        yield machine, machine.bazel("test", *options, "//verified:all")
    finally:
        shutil.rmtree(package)


def outputs(machine: Machine, name: str) -> Path:
    """Return the folder of a test's log and other outputs."""
    return next(machine.output_root.glob(f"*/execroot/_main/bazel-out/*/testlogs/verified/{name}"))


def test_verdicts(tested: tuple[Machine, Run]) -> None:
    """One passes, one fails, and Bazel says which."""
    _, run = tested
    assert run.code == 3, run.output
    lines = [line.split() for line in run.output.splitlines() if line.startswith("//verified:")]
    results = {line[0]: line[1] for line in lines}
    assert results == {"//verified:clean_test": "PASSED", "//verified:leaky_test": "FAILED"}


def test_second_build_runs(tested: tuple[Machine, Run]) -> None:
    """The wheel is built by one action and verified by another, which ran here, in the sandbox."""
    _, run = tested
    spawns = {(s.label, s.mnemonic): s for s in run.spawns if s.mnemonic in {BUILD, VERIFY}}
    for name in SDISTS:
        assert (f"//verified:{name}", BUILD) in spawns
        second = spawns[f"//verified:{name}_test", VERIFY]
        assert not second.cached
        assert second.runner == "linux-sandbox"
        assert any(path.endswith("/verdict.exit") for path in second.outputs)


def test_explanation(tested: tuple[Machine, Run]) -> None:
    """The test's log has file, place, both texts, cause and advice; the page and JSON are among its outputs."""
    machine, run = tested
    log = (outputs(machine, "leaky_test") / "test.log").read_text(encoding="utf-8")
    head = "DIFFERENT tiny==1.0: 1 of 14 files differs under cpus"
    for text in (head, "tiny/cpus.txt — line 1", "jobs = 1", "deep mode"):
        assert text in log
        assert text in run.output
    with zipfile.ZipFile(outputs(machine, "leaky_test") / "test.outputs" / "outputs.zip") as archive:
        (verdict,) = json.loads(archive.read("verdict.json"))["verdicts"]
        assert b"is not reproducible: 1 of 14 files differs because of cpus" in archive.read("verdict.html")
    assert (verdict["status"], verdict["exit_code"]) == ("different", 1)


def test_all_perturbations_in_the_sandbox(tested: tuple[Machine, Run]) -> None:
    """The good verdict names the digest of the delivered wheel; all but Rust could be perturbed, with one of three locales."""
    machine, _ = tested
    with zipfile.ZipFile(outputs(machine, "clean_test") / "test.outputs" / "outputs.zip") as archive:
        (verdict,) = json.loads(archive.read("verdict.json"))["verdicts"]
    assert (verdict["status"], verdict["builds"]) == ("equal", 1)
    left = {p["name"]: p["detail"] for p in verdict["perturbations"] if p["result"] != "equal"}
    assert left.pop("rust-toolchain") == ""  # the sdist uses no Rust
    assert len(left) == 2 and left.keys() < {"locale", "locale-euc-jp", "locale-latin-1"}
    report = next(machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/verified/clean.report.json"))
    assert json.loads(report.read_text(encoding="utf-8"))["wheel"]["sha256"] == verdict["wheel"]["sha256"]
