"""The verbs `verify` and `compare` as commands: exit codes, JSON alone on standard output, files, refusals."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Conditions, helper, make_wheel
from support.leaking import LEAKS, PYPROJECT, leaking_sdist, library_sdist

from reprowheel.files import file_sha256
from reprowheel.verify import PERTURBATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = [f"--without={p.name}" for p in PERTURBATIONS if p.name not in {"cpus", "umask"}]


def verify(directory: Path, arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run `reprowheel verify`."""
    return helper(["verify", *arguments], Conditions(cwd=directory))


def lock(path: Path, sdist: Path) -> Path:
    """Write a build lock that names one sdist without build requirements."""
    entry = {
        "sha256": file_sha256(sdist),
        "filename": sdist.name,
        "build_backend": "backend",
        "build_requirements": [],
        "requires_dist": [],
        "provides_extra": [],
        "requires_python": "",
        "entry_points": {},
    }
    path.write_text(
        json.dumps({"build_lock_version": 1, "sdists": {"tiny==1.0": entry}, "wheels": {}}), encoding="utf-8"
    )
    return path


def test_several_sdists(tmp_path: Path) -> None:
    """One that leaks among others: exit 1, a line for each, the sum, and progress on standard error."""
    good = leaking_sdist(tmp_path / "good", LEAKS["none"])
    bad = leaking_sdist(tmp_path / "bad", LEAKS["number of CPUs"])
    run = verify(tmp_path, [good, bad, *FEW, "--html", "page.html"])
    assert run.returncode == 1, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].startswith("REPRODUCIBLE tiny==1.0: sha256 ")
    assert lines[0].endswith("the same under 2 perturbations")
    assert "DIFFERENT tiny==1.0: 1 of 14 files differs under cpus" in lines
    assert lines[-1] == "1 of 2 sdists are reproducible"
    assert "tiny==1.0: build 2, again, with 2 perturbations" in run.stderr
    assert "<h1>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_json(tmp_path: Path) -> None:
    """Standard output is one JSON object with all facts; the text is on standard error."""
    run = verify(tmp_path, [leaking_sdist(tmp_path, LEAKS["number of CPUs"]), *FEW, "--json"])
    assert run.returncode == 1
    (verdict,) = json.loads(run.stdout)["verdicts"]
    assert (verdict["status"], verdict["applied"], verdict["builds"]) == ("different", 2, 5)
    results = {p["name"]: p["result"] for p in verdict["perturbations"]}
    assert (results["cpus"], results["umask"], results["nice"]) == ("guilty", "equal", "left-out")
    first = verdict["comparison"]["differences"][0]
    assert (first["path"], first["cause"]["name"], first["right"]["text"]) == ("tiny/cpus.txt", "cpus", "jobs = 1")
    assert first["left"]["offset"] == first["right"]["offset"] == len("jobs = ")
    assert "DIFFERENT tiny==1.0" in run.stderr


def test_refused_build(tmp_path: Path) -> None:
    """The exit code of the build stage passes through."""
    run = verify(tmp_path, [library_sdist(tmp_path / "sdist"), *FEW])
    assert run.returncode == 4
    assert run.stdout.startswith("FAILED tiny==1.0: ")
    assert "liblucky.so.1" in run.stdout


def test_verdict_directory(tmp_path: Path) -> None:
    """For the Bazel rule: the verdict in files, its exit code among them, and 0 as this one."""
    run = verify(tmp_path, [leaking_sdist(tmp_path, LEAKS["number of CPUs"]), *FEW, "--verdict", "out"])
    assert run.returncode == 0
    out = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert sorted(out) == ["verdict.exit", "verdict.html", "verdict.json", "verdict.txt"]
    assert out["verdict.exit"] == "1\n"
    assert out["verdict.txt"].startswith("DIFFERENT tiny==1.0")
    assert json.loads(out["verdict.json"])["verdicts"][0]["exit_code"] == 1


def test_diffoscope(tmp_path: Path) -> None:
    """The program is given both wheels, and what it says is at the end."""
    program = tmp_path / "bin" / "diffoscope"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfor a; do case $a in *.whl) echo "saw $(basename $a)"; test -f $a; esac; done; exit 1\n'
    )
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    sdist = leaking_sdist(tmp_path, LEAKS["number of CPUs"])
    run = helper(["verify", sdist, *FEW, "--diffoscope", "--max-builds=0"], Conditions(cwd=tmp_path, env=environment))
    assert run.returncode == 1
    assert run.stdout.endswith("diffoscope:\n" + "saw tiny-1.0-py3-none-any.whl\n" * 2)


def test_build_lock(tmp_path: Path) -> None:
    """All sdists of a lock, taken from the cache by their hash."""
    sdist = leaking_sdist(tmp_path, LEAKS["none"])
    archive = tmp_path / "cache" / "reprowheel" / "archives" / file_sha256(sdist) / sdist.name
    archive.parent.mkdir(parents=True)
    sdist.rename(archive)
    locked = lock(tmp_path / "build-lock.json", archive)
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    run = helper(["verify", locked, *FEW], Conditions(cwd=tmp_path, env=environment))
    assert (run.returncode, run.stdout.split()[:2]) == (0, ["REPRODUCIBLE", "tiny==1.0:"]), run.stderr
    other = helper(["verify", locked, "--only", "other"], Conditions(cwd=tmp_path, env=environment))
    assert (other.returncode, other.stderr.splitlines()[0]) == (2, f"ERROR {locked}: has no sdist of other")
    empty = tmp_path / "empty.json"
    empty.write_text('{"build_lock_version": 1, "sdists": {}, "wheels": {}}', encoding="utf-8")
    run = helper(["verify", empty], Conditions(cwd=tmp_path, env=environment))
    assert (run.returncode, "names no sdist, so there is nothing to verify" in run.stderr) == (2, True)


def test_requirements_resolved_now(tmp_path: Path) -> None:
    """Each sdist gets what the index offers for it: a back end that needs a helper is built with that helper."""
    index = tmp_path / "index"
    index.mkdir()
    make_wheel(index, "helper", "1.5", {"helper.py": "LEVEL = 7\n"})
    asking = {"pyproject.toml": PYPROJECT.replace("requires = []", 'requires = ["helper"]')}
    needing = leaking_sdist(tmp_path / "needing", LEAKS["none"], **asking)
    environment = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "HOME": str(tmp_path),
    }
    run = helper(["verify", needing, *FEW], Conditions(cwd=tmp_path, env=environment))
    assert (run.returncode, "requires helper; no build requirement is given" in run.stdout + run.stderr) == (3, True)
    run = helper(["verify", needing, *FEW, "--resolve-build-requirements"], Conditions(cwd=tmp_path, env=environment))
    assert (run.returncode, run.stdout.split()[:2]) == (0, ["REPRODUCIBLE", "tiny==1.0:"]), run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to verify; expected sdists or a build lock"),
        (["absent.tar.gz"], "absent.tar.gz: no such file"),
        (["lock.json", "x.tar.gz"], "a build lock is verified alone"),
        (["x.tar.gz", "--without", "gravity"], "perturbation 'gravity' does not exist"),
        (["a.tar.gz", "b.tar.gz", "--against", "."], "--against goes with one sdist"),
        (
            ["x.tar.gz", "--build-lock", "l.json", "--build-wheel", "w.whl"],
            "--build-wheel goes with neither --build-lock nor",
        ),
        (["absent.tar.gz", "--resolve-build-requirements"], "absent.tar.gz: no such file"),
    ],
)
def test_wrong_use(arguments: list[str], message: str, tmp_path: Path) -> None:
    """Exit 2 and one line."""
    run = verify(tmp_path, arguments)
    assert run.returncode == 2
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("ERROR")]
    assert message in line
    assert run.stdout == ""


def test_table(tmp_path: Path) -> None:
    """The table of perturbations can be asked for."""
    run = verify(tmp_path, ["--perturbations"])
    assert run.returncode == 0
    assert [line.split(" | ")[0] for line in run.stdout.splitlines()[2:]] == [f"| {p.name}" for p in PERTURBATIONS]


def test_interrupted(tmp_path: Path, short_directory: Path) -> None:
    """Ended from outside, it leaves neither scratch nor workspace nor a process behind."""
    scratch, work_root = tmp_path / "t", short_directory
    scratch.mkdir()
    code = "import subprocess\nsubprocess.run(['sleep', '600'])\n"
    command: list[str | Path] = [
        sys.executable,
        "-B",
        "-m",
        "reprowheel",
        "verify",
        leaking_sdist(tmp_path, code),
        "--work-root",
        work_root,
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "python"), "TMPDIR": str(scratch)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not any(work_root.iterdir()) or not sleeping(work_root):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait()
    assert not sleeping(work_root)
    assert list(work_root.iterdir()) == []
    assert list(scratch.iterdir()) == []


def sleeping(work_root: Path) -> bool:
    """Tell whether a process of a build sleeps in a workspace."""
    for path in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (path / "cmdline").read_bytes() if path.name.isdigit() else b""
            if command == b"sleep\x00600\x00" and os.readlink(path / "cwd").startswith(os.fspath(work_root)):
                return True
    return False


def test_compare_command(tmp_path: Path) -> None:
    """0 for equal, 1 for different, 2 for nothing to compare; `--json` has the same."""
    for name, text in (("one", "a\n"), ("two", "a\n"), ("three", "b\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    conditions = Conditions(cwd=tmp_path)
    equal = helper(["compare", "one", "two"], conditions)
    assert (equal.returncode, equal.stdout) == (0, "EQUAL 1 files, 2 bytes\n")
    different = helper(["compare", "one", "three"], conditions)
    assert (different.returncode, different.stdout.splitlines()[0]) == (1, "DIFFERENT the files differ")
    data = json.loads(helper(["compare", "one", "three", "--json"], conditions).stdout)
    assert (data["equal"], data["differences"][0]["left"]["text"]) == (False, "a")
    ascii_only = Conditions(cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert helper(["compare", "one", "three"], ascii_only).stdout == different.stdout.replace("—", "?")
    absent = helper(["compare", "one", "absent"], conditions)
    assert (absent.returncode, absent.stdout) == (2, "")
    assert absent.stderr == "ERROR absent: no such file; expected a wheel, a folder, or a file such as a .so\n"
