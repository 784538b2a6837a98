"""Two machines that share nothing build the same bytes; sharing a cache, the second builds nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, EXAMPLE, HELLO, INSTALL, WHEELHOUSE, Machine, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

SDISTS = 8
CHANGED = "markupsafe"


@pytest.fixture(scope="module")
def second(cache: Path) -> Iterator[tuple[Machine, Run]]:
    """Yield a machine in memory (another directory order) at a longer path, and its build without any cache."""
    base = Path("/dev/shm") / f"reprowheel-e2e-{cache.name}-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}"
    machine = Machine(
        base / "a-checkout-at-a-much-longer-path" / "rules_reprowheel",
        base / "state-of-the-second-machine",
        cache / "downloads",
        umask=0o077,
        USER="bob",
        TZ="Pacific/Kiritimati",
        LC_ALL="C",
        PYTHONHASHSEED="4242",
        CFLAGS="-O0 -DNOISE=1",
    )
    try:
        yield machine, machine.bazel("build", "--disk_cache=", *EXAMPLE)
    finally:
        machine.remove()
        base.rmdir() if base.exists() and not any(base.iterdir()) else None


def test_first_machine_builds_every_sdist_in_a_sandbox(first: tuple[Machine, Run]) -> None:
    """Each sdist is one action, run here, in a sandbox."""
    run = first[1]
    assert run.code == 0, run.output
    assert len(run.of(BUILD)) >= SDISTS
    assert {s.runner for s in run.of(BUILD)} == {"linux-sandbox"}


def test_every_wheel_and_tree_has_the_same_digest(first: tuple[Machine, Run], second: tuple[Machine, Run]) -> None:
    """Wheels, reports, debug files, installed trees and wheelhouses agree file by file, without a shared cache."""
    run = second[1]
    assert run.code == 0, run.output
    assert not [s for s in run.of(BUILD) if s.cached], "the second machine must build by itself"
    here, there = first[1].digests(), run.digests()
    assert len([p for p in here if p.endswith(".whl")]) >= SDISTS
    assert len([p for p in here if "/site-packages/" in p]) > 10 * SDISTS
    assert len([p for p in here if "/wheelhouse/" in p and p.endswith(".json")]) == SDISTS + 1
    assert all(here.values()), "a file without a digest would compare equal to any other"
    assert here == there


def test_shared_cache_leaves_nothing_to_build(first: tuple[Machine, Run], second: tuple[Machine, Run], cache: Path) -> None:
    """The second machine, without its outputs and with the first one's disk cache, executes no build and no install action."""
    second[0].forget_outputs()
    run = second[0].bazel("build", f"--disk_cache={cache / 'disk'}", "--nouse_action_cache", *EXAMPLE)
    assert run.code == 0, run.output
    assert len(run.of(BUILD)) == len(first[1].of(BUILD)) >= SDISTS
    assert [s.label for s in run.of(BUILD) + run.of(INSTALL) + run.of(WHEELHOUSE) if not s.cached] == []
    assert run.digests() == first[1].digests()


def test_changed_source_changes_its_wheel_and_no_other(first: tuple[Machine, Run], tmp_path: Path, cache: Path) -> None:
    """One changed byte in one sdist: that wheel and its tree differ, everything else comes from the cache."""
    machine, before = first
    old = _locked_sha256(machine, CHANGED)
    archive = (cache / "downloads" / "content_addressable" / "sha256" / old / "file").read_bytes()
    changed = _with_one_byte_changed(archive)
    index = _index(tmp_path, machine, CHANGED, changed)
    _replace_everywhere(machine, old, hashlib.sha256(changed).hexdigest())
    try:
        machine.environment["PIP_EXTRA_INDEX_URL"] = index.as_uri()
        run = machine.bazel("build", f"--disk_cache={cache / 'disk'}", HELLO)
    finally:
        del machine.environment["PIP_EXTRA_INDEX_URL"]
        _replace_everywhere(machine, hashlib.sha256(changed).hexdigest(), old)
        again = machine.bazel("build", f"--disk_cache={cache / 'disk'}", HELLO)  # other tests look at these outputs
    assert run.code == again.code == 0, run.output + again.output
    assert [s.label for s in again.of(BUILD) if not s.cached] == [], "back to what was locked, nothing is left to build"
    assert [CHANGED in s.label for s in run.of(BUILD) if not s.cached] == [True]
    different = {p for p, d in (before.digests() | run.digests()).items() if before.digests().get(p) != d}
    assert [p for p in different if p.endswith(".whl")], "the changed sdist must give another wheel"
    assert {p for p in different if CHANGED not in p} == set()


def test_repository_phase_makes_the_same_wheels(first: tuple[Machine, Run], second: tuple[Machine, Run]) -> None:
    """The whole example, built by repository rules on the second machine: no build action runs, and every wheel is the same."""
    machine = second[0]
    module = machine.checkout / "MODULE.bazel"
    parse = 'pip.parse(\n    build_requirements_lock = "//examples/hello:build-lock.json",\n'
    text = module.read_text(encoding="utf-8")
    assert parse in text
    module.write_text(text.replace(parse, f'{parse}    build_phase = "fetch",\n'), encoding="utf-8")
    run = machine.bazel("build", "--disk_cache=", *EXAMPLE)
    wheels = list((machine.output_base() / "external").glob("*/build/wheel/*.whl"))
    fetched = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels}
    assert run.code == 0, run.output
    assert run.of(BUILD) == []
    in_actions = {Path(path).name: digest for path, digest in first[1].digests().items() if ".dist/" in path}
    assert len(in_actions) >= SDISTS
    assert fetched == in_actions
    houses = [{p: d for s in r.of(WHEELHOUSE) for p, d in s.outputs.items()} for r in (run, first[1])]
    assert len(houses[0]) > 2 * SDISTS
    assert houses[0] == houses[1], "the same reports, so the same SBOM and attestations"


def _locked_sha256(machine: Machine, name: str) -> str:
    text = (machine.checkout / "examples/hello/requirements.txt").read_text(encoding="utf-8")
    match = re.search(rf"^{name}==.*?sha256:([0-9a-f]{{64}})", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    assert match, f"{name} is not in the example's lock"
    return match[1]


def _replace_everywhere(machine: Machine, old: str, new: str) -> None:
    for path in (machine.checkout / "examples/hello").iterdir():
        if path.suffix in (".txt", ".json") and old in (text := path.read_text(encoding="utf-8")):
            path.write_text(text.replace(old, new), encoding="utf-8")


def _with_one_byte_changed(archive: bytes) -> bytes:
    """Return the same sdist with one letter changed in a docstring or string of its package's __init__.py."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as zipped:
        with tarfile.open(fileobj=zipped, mode="w") as new:
            for member in old:
                data = old.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
                if member.name.endswith(f"src/{CHANGED}/__init__.py"):
                    assert b"Markup" in data
                    data = data.replace(b"safe", b"sage", 1)
                new.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _index(folder: Path, machine: Machine, name: str, archive: bytes) -> Path:
    """Write a simple index (PEP 503) with one file."""
    lock = json.loads((machine.checkout / "examples/hello/build-lock.json").read_text(encoding="utf-8"))
    filename = next(e["filename"] for key, e in lock["sdists"].items() if key.startswith(f"{name}=="))
    page = folder / "simple" / name
    page.mkdir(parents=True)
    (page / filename).write_bytes(archive)
    sha256 = hashlib.sha256(archive).hexdigest()
    (page / "index.html").write_text(f'<a href="{filename}#sha256={sha256}">{filename}</a>\n', encoding="utf-8")
    return folder / "simple"
