"""`from_source`: packages and all that builds them, from sdists alone, with the same bytes on two machines."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, hub, override, workspace
from e2e.machines import BUILD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from e2e.machines import Run

LOCKS = Path(__file__).parent / "from_source"
LOCK = json.loads((LOCKS / "build-lock.json").read_text(encoding="utf-8"))
TARGETS = [f"@pypi//{name}:whl" for name in ("cffi", "markupsafe", "pycparser", "pyyaml")]
HUB = hub(
    "pypi",
    requirements_lock="//:requirements.txt",
    build_requirements_lock="//:build-lock.json",
    from_source=True,
)
SETTINGS = (
    override("pypi", "cffi", host_libraries=["libffi.so.8"], host_headers=["ffi*.h"])
    + override("pypi", "pyyaml", host_libraries=["libyaml-0.so.2"], host_headers=["yaml.h"])
    + override("pypi", "cython", build_env={"NO_CYTHON_COMPILE": "true"})  # minutes of compiling that say nothing more
)


def write(space: Workspace, lock: str) -> None:
    """Write the workspace with a build lock."""
    requirements = (LOCKS / "requirements.txt").read_text(encoding="utf-8")
    space.write(HUB + SETTINGS, {"requirements.txt": requirements, "build-lock.json": lock})


def build(space: Workspace) -> Run:
    """Build all wheels without any cache of actions."""
    write(space, (LOCKS / "build-lock.json").read_text(encoding="utf-8"))
    return space.machine.bazel("build", "--disk_cache=", *TARGETS, workspace=space.folder)


@pytest.fixture(scope="module")
def one(disk_folder: Callable[[str], Path], cache: Path) -> Iterator[tuple[Workspace, Run]]:
    """Yield a machine on a disk, and its build."""
    with workspace(disk_folder("source"), cache / "downloads", USER="alice", TZ="America/St_Johns") as space:
        yield space, build(space)


@pytest.fixture(scope="module")
def other(cache: Path) -> Iterator[Run]:
    """Yield the build of a machine in memory, with a longer path, another umask, user, time zone and hash seed."""
    base = Path("/dev/shm") / f"reprowheel-source-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}" / "a-much-longer-path"
    base.mkdir(parents=True)
    variables = {"USER": "bob", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "4242", "CFLAGS": "-O0"}
    try:
        with workspace(base, cache / "downloads", umask=0o077, **variables) as space:
            yield build(space)
    finally:
        subprocess.run(["rm", "-rf", str(base.parent)], check=False)


def wheels(run: Run) -> dict[str, str]:
    """Return file name → digest of the wheels that a run built."""
    return {Path(p).name: d for s in run.of(BUILD) for p, d in s.outputs.items() if p.endswith(".whl") and ".dist/" in p}


def test_everything_is_built(one: tuple[Workspace, Run]) -> None:
    """Each sdist of the lock is one action, those of the build requirements, too; no wheel is fetched for a build."""
    space, run = one
    assert run.code == 0, run.output
    assert LOCK["wheels"] == {}, "the fixture is to have no seed"
    assert {key.partition("==")[0] for key in LOCK["sdists"]} > {"cython", "setuptools"}
    assert len(run.of(BUILD)) == len(wheels(run)) == len(LOCK["sdists"])
    assert not [s.label for s in run.of(BUILD) if s.cached]
    fetched = list(space.machine.output_root.glob("*/external/*[~+]pypi_*/*.whl"))
    assert fetched == []


def test_the_whole_chain_has_the_same_bytes(one: tuple[Workspace, Run], other: Run) -> None:
    """Wheels, reports and debug files agree, of packages and of what built them."""
    assert other.code == 0, other.output
    assert not [s.label for s in other.of(BUILD) if s.cached], "the second machine must build by itself"
    assert all(one[1].digests().values()), "a file without a digest would compare equal to any other"
    assert wheels(other) == wheels(one[1])
    assert other.digests() == one[1].digests()


def test_the_extensions_work(one: tuple[Workspace, Run], tmp_path: Path) -> None:
    """What was translated and compiled by the built tools is imported and answers."""
    folders = one[0].machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/external/*[~+]pypi_*/*.dist/*.whl")
    for wheel in folders:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path)
    code = "import yaml, markupsafe._speedups, cffi; print(yaml.load('a: [1]', yaml.CSafeLoader), cffi.FFI().sizeof('long'))"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert run.stdout == "{'a': [1]} 8\n", run.stderr


def test_a_lock_with_other_names_is_stale(one: tuple[Workspace, Run]) -> None:
    """A wheel that offers other names than the lock recorded fails its build, and says which."""
    space, _ = one
    key = next(key for key in LOCK["sdists"] if key.startswith("pycparser=="))
    assert LOCK["sdists"][key]["top_level"] == ["pycparser"]
    changed = LOCK["sdists"] | {key: LOCK["sdists"][key] | {"top_level": ["pycparser", "ply"]}}
    write(space, json.dumps(LOCK | {"sdists": changed}))
    run = space.machine.bazel("build", "--disk_cache=", "@pypi//pycparser:whl", workspace=space.folder)
    assert run.code != 0
    assert f"{key}: the build lock is stale: its top_level and the built wheel's differ in ply" in run.output


def test_a_lock_with_a_wheel_is_refused(one: tuple[Workspace, Run]) -> None:
    """A build lock of another kind: the first wheel that is no seed, the file, and the command; a seed is no error."""
    space, _ = one
    wheel = {"filename": "setuptools-84.2.1-py3-none-any.whl", "sha256": "0" * 64}
    key = next(key for key in LOCK["sdists"] if key.startswith("setuptools=="))
    write(space, json.dumps(LOCK | {"wheels": {key: wheel}}))
    refused = space.machine.bazel("build", TARGETS[0], workspace=space.folder)
    write(space, json.dumps(LOCK | {"wheels": {key: wheel | {"seed": True}}}))
    seed = space.machine.bazel("query", TARGETS[0], workspace=space.folder)
    assert refused.code != 0
    assert (
        f'must be built from its sdist, and from_source = True, but build-lock.json: wheels["{key}"] ({wheel["filename"]}) '
        "is no seed; expected an sdist of every build requirement. "
        "To fix: bazel run @pypi//:lock.update\n"
    ) in refused.output
    assert seed.code == 0, seed.output
