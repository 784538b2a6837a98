"""Builds a row's sdist on two machines, by PyPA's front end and by the helper."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import build as front_end
from support.builds import EPOCH, ROOT, Built, Conditions, compiled_helper, helper, make_sdist, plain_build

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reproducibility.cause import Cause
    from reproducibility.perturb import Machine

__all__ = ["Helped", "install_requirements", "ours", "plain", "sdist_of"]

SDISTS = ROOT / "tests" / "sdists"


@dataclass(frozen=True, kw_only=True, slots=True)
class Helped:
    """What the helper did: its exit code and errors, and the outputs if there are any."""

    code: int
    errors: str
    built: Built | None

    def result(self) -> Built:
        """Return the outputs, or raise with the errors."""
        if self.built is None:
            msg = f"exit code {self.code}\n{self.errors}"
            raise AssertionError(msg)
        return self.built


def sdist_of(cause: Cause, directory: Path) -> Path:
    """Pack `tests/sdists/<id>` as the sdist of `tiny` 1.0."""
    tree = SDISTS / cause.id
    paths = sorted(path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    files = {path.relative_to(tree).as_posix(): path.read_bytes() for path in paths}
    assert files, f"{tree} is missing"
    return make_sdist(directory, files, mtime=EPOCH if cause.mtime is None else cause.mtime)


def install_requirements(wheels: Sequence[Path], directory: Path) -> None:
    """Install wheels into a folder for PYTHONPATH, their programs into its `bin`, with bytecode; pip does it, not the helper."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run(
        [*command, "--no-index", "--no-deps", "--target", directory, *wheels],
        check=True,
        env={"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_ROOT_USER_ACTION": "ignore"},
    )


def plain(sdist: Path, machines: tuple[Machine, Machine], scene: Path, requirements: Path) -> list[Path]:
    """Build one after the other, in the same directories unless these are what is changed; return the wheels."""
    wheels = []
    for number, machine in enumerate(machines):
        time.sleep(machine.pause)
        target = scene / machine.requirements
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(requirements) if machine.requirements == "requirements" else shutil.copytree(
            requirements, target
        )
        place = scene / machine.place
        place.parent.mkdir(parents=True, exist_ok=True)
        wheel = plain_build(
            sdist, target, place, _conditions(machine, scene, target), python=machine.python or sys.executable
        )
        kept = scene / f"plain-{number}" / wheel.name
        kept.parent.mkdir()
        wheel.rename(kept)
        wheels.append(kept)
        shutil.rmtree(place)
        wheel.parent.rmdir()
        target.unlink() if target.is_symlink() else shutil.rmtree(target)
    return wheels


def _conditions(machine: Machine, scene: Path, requirements: Path) -> Conditions:
    site = Path(front_end.__file__).parents[1]
    first = [*machine.path, *([machine.rust / "bin"] if machine.rust else [])]
    variables = {
        "HOME": os.fspath(scene),
        "PATH": os.pathsep.join([*map(os.fspath, first), f"{requirements}/bin", os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([*map(os.fspath, machine.python_path), os.fspath(requirements), os.fspath(site)]),
    }
    return Conditions(cwd=scene, umask=machine.umask, env=variables | dict(machine.env) | dict(machine.inside))


def ours(
    sdist: Path, machines: tuple[Machine, Machine], scene: Path, wheels: Sequence[Path], work: Path, *more: str
) -> list[Helped]:
    """Build on both machines at once (one after the other if time is what is changed), in work roots of two lengths."""
    roots = [work / "a", work / "longer-work-root"]
    outs = [scene / "ours-0" / "out", scene / "another-directory" / "ours-1" / "out"]
    for directory in (*roots, *(out.parent for out in outs)):
        directory.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1 if machines[1].pause else 2) as pool:
        jobs = [
            pool.submit(_help, sdist, machine, wheels, root, out, more)
            for machine, root, out in zip(machines, roots, outs, strict=True)
        ]
        return [job.result() for job in jobs]


def _help(sdist: Path, machine: Machine, wheels: Sequence[Path], root: Path, out: Path, more: Sequence[str]) -> Helped:
    time.sleep(machine.pause)
    report, debug = out.with_name("report.json"), out.with_name("debug")
    variables = {
        "HOME": os.fspath(out.parent),
        "PATH": os.pathsep.join([*map(os.fspath, machine.path), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([*map(os.fspath, machine.python_path), os.fspath(compiled_helper())]),
    }
    conditions = Conditions(
        cwd=out.parent, umask=machine.umask, env=variables | dict(machine.env) | dict(machine.inside)
    )
    arguments: list[str | Path] = ["build", sdist, "--out", out, "--report", report, "--debug-dir", debug]
    arguments += ["--work-root", root, *more]
    for wheel in wheels:
        arguments += ["--build-wheel", wheel]
    for name, value in machine.inside.items():
        arguments += ["--env", f"{name}={value}"]
    if machine.python:
        arguments += ["--python", machine.python]
    if machine.rust:
        arguments += ["--rust-toolchain", machine.rust]
    run = helper(arguments, conditions)
    if run.returncode:
        return Helped(code=run.returncode, errors=run.stderr, built=None)
    (wheel,) = out.iterdir()
    data = _without(report.read_bytes(), machine.inside)
    return Helped(
        code=0, errors=run.stderr, built=Built(wheel=wheel, debug=debug, report=json.loads(data), report_bytes=data)
    )


def _without(report: bytes, simulated: Iterable[str]) -> bytes:
    """Leave out of a report's variables those that play the machine: as far as the build knows, somebody asked for them."""
    told = json.loads(report)
    assert _text(told) == report
    for name in simulated:
        del told["env"][name]
    return _text(told)


def _text(report: object) -> bytes:
    return (json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
