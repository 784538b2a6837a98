"""Every row of the catalogue: plain builds differ, ours do not, and what cannot be equal is refused by name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest
from reproducibility.causes import CAUSES
from reproducibility.perturb import PERTURBATIONS
from reproducibility.running import SDISTS, ours, plain, sdist_of
from support.builds import ROOT, differing, members
from support.rust import rust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from reproducibility.cause import Cause
    from reproducibility.perturb import Scene
    from reproducibility.running import Helped

REFUSED = 4


@pytest.fixture(autouse=True)
def with_rust(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put Rust's tools on the PATH of builds that call cargo."""
    cause = request.node.callspec.params.get("cause") if hasattr(request.node, "callspec") else None
    if getattr(cause, "uses_rust", False):
        monkeypatch.setenv("PATH", f"{rust()}/bin:{os.environ['PATH']}")


every_cause = pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)


def check_differ(cause: Cause, left: Mapping[str, bytes], right: Mapping[str, bytes]) -> None:
    """Fail unless the two wheels differ where the row says, and nowhere else but in RECORD."""
    changed = [name for name in differing(left, right) if not name.endswith("/RECORD")]
    elsewhere = [name for name in changed if not fnmatch(name, cause.differs)]
    assert elsewhere == []
    assert changed or not cause.differs, f"no member {cause.differs} differs: the sdist does not have the cause"


@every_cause
def test_plain_builds_differ(cause: Cause, scene: Scene, tmp_path: Path, installed: Callable[[Sequence[str]], Path]) -> None:
    """The sdist has the cause: PyPA's front end makes two different wheels, and they differ where the row says."""
    machines = PERTURBATIONS[cause.perturbation].make(scene)
    left, right = plain(sdist_of(cause, tmp_path), machines, tmp_path, installed(cause.needs))
    check_differ(cause, members(left), members(right))
    assert left.read_bytes() != right.read_bytes()


@every_cause
def test_ours(cause: Cause, scene: Scene, tmp_path: Path, short_directory: Path, requirement: Callable[[str], Path]) -> None:
    """Under the same perturbation: equal wheels, debug files and reports; or an error; or what the row admits."""
    machines = PERTURBATIONS[cause.perturbation].make(scene)
    sdist, wheels = sdist_of(cause, tmp_path), [requirement(name) for name in cause.needs]
    more = (f"--rust-toolchain={rust()}",) if cause.uses_rust and not machines[0].rust else ()
    pair = ours(sdist, machines, tmp_path, wheels, short_directory, *more, *cause.options)
    if cause.outcome == "deep":
        check_equal(cause, ours(sdist, machines, tmp_path / "deep", wheels, short_directory, "--deep"))
    {"equal": check_equal, "refused": check_refused, "verify": check_admitted, "deep": check_admitted}[cause.outcome](cause, pair)


def check_equal(_: Cause, pair: Sequence[Helped]) -> None:
    """Fail unless all outputs are the same bytes."""
    left, right = (helped.result() for helped in pair)
    assert differing(left.members(), right.members()) == []
    assert left.wheel.read_bytes() == right.wheel.read_bytes()
    assert differing(left.debug_files(), right.debug_files()) == []
    assert left.report_bytes == right.report_bytes


def check_refused(cause: Cause, pair: Sequence[Helped]) -> None:
    """Fail unless the last build was refused with the row's error, which is one line."""
    last = pair[1]
    assert last.code == REFUSED, last.errors
    (error,) = (line for line in last.errors.splitlines() if line.startswith("ERROR"))
    assert re.search(cause.refusal, error), error


def check_admitted(cause: Cause, pair: Sequence[Helped]) -> None:
    """Fail unless the wheels differ where the row says: the row would be wrong, and too modest, otherwise."""
    left, right = (helped.result().members() for helped in pair)
    check_differ(cause, left, right)
    assert differing(left, right)


def test_every_sdist_has_a_row() -> None:
    """No fixture without a row and no two rows of one name; other tests' sdists have names of another form."""
    ids = [cause.id for cause in CAUSES]
    assert len(ids) == len(set(ids))
    causes = [path.name for path in SDISTS.iterdir() if "-" in path.name and not path.name.startswith("hostile-")]
    assert sorted(causes) == sorted(ids)


def test_every_perturbation_is_used() -> None:
    """No perturbation without a row."""
    assert {cause.perturbation for cause in CAUSES} == set(PERTURBATIONS)


@pytest.mark.parametrize("program", ["reproducibility/page.py", "mutations/mutate.py"])
def test_pages_are_fresh(program: str) -> None:
    """docs/causes.md is what the table says; every mutation still applies and is in docs/mutations.md."""
    command = [sys.executable, "-B", f"{ROOT}/tests/{program}", "--check"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
