"""The whole example on a worker, and from a cache: not in the default suite, which has small packages instead.

./tests/run tests/e2e/whole_example.py --durations=0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e import servers
from e2e.machines import BUILD, HELLO, INSTALL, Machine, Run
from e2e.remote_worker import USR, grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SDISTS = 8
# The example's checks of every extension, as a test: `bazel run` would run them here.
_TEST = """
load("@rules_python//python:py_test.bzl", "py_test")

py_test(
    name = "remote_test",
    srcs = ["extensions.py", "remote_test.py"],
    args = PACKAGES,
    imports = ["."],
    deps = ["@pypi//" + package for package in PACKAGES],
)
"""
_PROGRAM = """\
import sys
from extensions import check

assert len(sys.argv) > 1
for package in sys.argv[1:]:
    check(package)
"""
TARGETS = (HELLO, "//examples/hello:remote_test")


@pytest.fixture
def second(tmp_path: Path, cache: Path) -> Iterator[Machine]:
    """Yield another machine that has built nothing."""
    machine = Machine(tmp_path / "checkout", tmp_path / "state", cache / "downloads", umask=0o077, USER="erin", TZ="UTC")
    folder = machine.checkout / "examples/hello"
    with (folder / "BUILD.bazel").open("a", encoding="utf-8") as file:
        file.write(_TEST)
    (folder / "remote_test.py").write_text(_PROGRAM, encoding="utf-8")
    try:
        yield machine
    finally:
        machine.remove()


def test_whole_example_by_a_worker(first: tuple[Machine, Run], second: Machine, tmp_path: Path) -> None:
    """Every action of the example and its test runs in a root of its inputs and /usr alone, and the bytes are the same."""
    with grid(tmp_path / "grid") as executor, executor.worker("worker", "buildbox-run-bubblewrap", *USR):
        remote = ["--disk_cache=", f"--remote_executor={executor.server.address}", "--spawn_strategy=remote"]
        run = second.bazel("test", *remote, "--noremote_local_fallback", *TARGETS)
    assert run.code == 0, run.output
    assert len(run.of(BUILD)) >= SDISTS
    assert {spawn.runner for spawn in run.spawns} == {"remote"}
    assert_same(run, first[1])


def test_whole_example_from_a_cache(first: tuple[Machine, Run], second: Machine, tmp_path: Path) -> None:
    """What one machine has built and stored over HTTP, another does not build."""
    with servers.nginx(tmp_path / "server") as server:
        options = ("--disk_cache=", f"--remote_cache={server.address}")
        assert first[0].bazel("clean").code == 0
        filled = first[0].bazel("build", *options, HELLO)
        run = second.bazel("build", *options, HELLO)
        assert first[0].bazel("build", HELLO).code == 0  # other tests look at these outputs
    assert filled.code == run.code == 0, filled.output + run.output
    assert not [spawn for spawn in filled.of(BUILD) if spawn.cached]
    assert len(run.of(BUILD) + run.of(INSTALL)) >= 2 * SDISTS
    assert {spawn.runner for spawn in run.spawns} == {"remote cache hit"}
    assert_same(run, first[1])


def assert_same(run: Run, local: Run) -> None:
    """Compare all wheels and trees with those of a local build, which may have built more."""
    assert len({path for path in run.digests() if path.endswith(".whl") and ".dist/" in path}) >= SDISTS
    assert all(run.digests().values())
    assert run.digests() == {path: digest for path, digest in local.digests().items() if path in run.digests()}
