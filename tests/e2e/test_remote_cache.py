"""A remote cache, over HTTP (nginx) and over gRPC (BuildGrid): what one machine has built, another does not build."""

from __future__ import annotations

import hashlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e import servers
from e2e.machines import BUILD, BYTECODE, INSTALL, Run
from e2e.remote_workspace import ACTIONS, TARGETS, make_archives, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from e2e.fetching import Workspace
    from e2e.servers import Server

HIT, SANDBOX = "remote cache hit", "linux-sandbox"
MINIMAL = "--remote_download_outputs=minimal"
WHEEL = "@deps//native:whl"


@pytest.fixture(scope="module")
def machines(
    tmp_path_factory: pytest.TempPathFactory, disk_folder: Callable[[str], Path], cache: Path
) -> Iterator[tuple[Workspace, Workspace]]:
    """Yield a consumer on two machines that share nothing but their downloads."""
    base = tmp_path_factory.mktemp("remote")
    archives = make_archives(base / "archives")
    memory = Path("/dev/shm") / f"reprowheel-remote-{cache.name}-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}"
    second = {"umask": 0o077, "USER": "bob", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "CFLAGS": "-O0"}
    try:
        with (
            start(disk_folder("a"), cache / "downloads", archives, USER="alice", TZ="America/St_Johns") as one,
            start(memory / "a-longer-path-in-memory", cache / "downloads", archives, **second) as two,
        ):
            yield one, two
    finally:
        shutil.rmtree(memory, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A cache that holds what the first machine has built."""

    server: Server
    first: Workspace
    second: Workspace
    run: Run

    def wheel(self) -> str:
        """Return the digest of a wheel with an extension."""
        return next(digest for path, digest in self.run.digests().items() if path.endswith(".whl") and "native" in path)


@pytest.fixture(scope="module", params=["http", "grpc"])
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, machines: tuple[Workspace, Workspace]
) -> Iterator[tuple[Filled, Path]]:
    """Yield a filled cache, and a copy of what is in it."""
    base = tmp_path_factory.mktemp(request.param)
    with {"http": servers.nginx, "grpc": servers.buildgrid}[request.param](base / "server") as server:
        filled = Filled(server=server, first=machines[0], second=machines[1], run=build(machines[0], server))
        assert filled.run.code == 0, filled.run.output
        yield filled, Path(shutil.copytree(server.storage, base / "copy"))


@pytest.fixture
def filled(kept: tuple[Filled, Path]) -> Filled:
    """Return a filled cache, whatever the test before has done to it."""
    shutil.copytree(kept[1], kept[0].server.storage, dirs_exist_ok=True)
    return kept[0]


def build(space: Workspace, server: Server, *options: str, targets: tuple[str, ...] = TARGETS) -> Run:
    """Build on a machine that has no outputs, and run the tests that are among the targets."""
    space.machine.forget_outputs()
    return proceed(space, server, *options, targets=targets)


def proceed(space: Workspace, server: Server, *options: str, targets: tuple[str, ...] = TARGETS) -> Run:
    """Build on a machine that may have built something."""
    command = "test" if "//:program_test" in targets else "build"
    options = ("--disk_cache=", "--nouse_action_cache", f"--remote_cache={server.address}", *options)
    return space.machine.bazel(command, *options, *targets, workspace=space.folder)


def ours(run: Run) -> list[str]:
    """Return how each of our actions ran."""
    return [spawn.runner for spawn in run.of(BYTECODE) + run.of(BUILD) + run.of(INSTALL)]


def warnings(run: Run) -> list[str]:
    """Return what is said of the cache."""
    return [line for line in run.output.splitlines() if line.startswith("WARNING: Remote Cache")]


def wheels_on_disk(space: Workspace) -> list[Path]:
    """Return the wheels in the output tree."""
    return list(space.machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/external/*/*/*.whl"))


def test_second_machine_runs_nothing(filled: Filled) -> None:
    """Every action is a hit, the tests' too; nothing is run, nothing stored, and all digests are the first machine's."""
    assert ours(filled.run) == [SANDBOX] * ACTIONS, "the first machine must have built"
    before = filled.server.stored().keys()
    run = build(filled.second, filled.server)
    assert run.code == 0, run.output
    assert len(ours(run)) == ACTIONS
    assert {spawn.runner for spawn in run.spawns} == {HIT}
    assert len(run.spawns) == len(filled.run.spawns)
    assert run.digests() == filled.run.digests()
    assert all(run.digests().values())
    assert filled.server.stored().keys() == before
    assert warnings(run) == []


def test_other_flags_are_other_actions(filled: Filled) -> None:
    """The counter-proof: with a compiler flag that the first machine did not have, nothing is found."""
    run = build(filled.second, filled.server, "--copt=-DOTHER", "--noremote_upload_local_results", targets=(WHEEL,))
    assert run.code == 0, run.output
    assert ours(run) == [HIT, SANDBOX]  # the helper's bytecode depends on no compiler


def test_outputs_stay_on_the_server_until_they_are_wanted(filled: Filled) -> None:
    """With minimal downloads no wheel reaches the machine; asked for, it does, and no action runs for it."""
    run = build(filled.second, filled.server, MINIMAL)
    assert run.code == 0, run.output
    assert {spawn.runner for spawn in run.spawns} == {HIT}
    assert run.digests() == filled.run.digests()
    assert wheels_on_disk(filled.second) == []
    later = proceed(filled.second, filled.server, "--remote_download_outputs=toplevel", targets=(WHEEL,))
    assert later.code == 0, later.output
    assert later.spawns == []
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels_on_disk(filled.second)] == [filled.wheel()]


def test_evicted_cache_is_filled_with_the_same(filled: Filled) -> None:
    """A cache that forgot everything costs time only: the second machine builds the same digests, which serve the first."""
    filled.server.evict()
    run = build(filled.second, filled.server)
    assert run.code == 0, run.output
    assert ours(run) == [SANDBOX] * ACTIONS
    assert run.digests() == filled.run.digests()
    back = build(filled.first, filled.server)
    assert {spawn.runner for spawn in back.spawns} == {HIT}
    assert back.digests() == filled.run.digests()


def test_input_that_was_left_on_the_server_and_evicted_is_made_again(filled: Filled) -> None:
    """With minimal downloads a wheel may be gone when it is to be installed: then it is built, and the build goes on."""
    run = build(filled.second, filled.server, MINIMAL, targets=(WHEEL,))
    assert ours(run) == [HIT, HIT]
    filled.server.evict()
    retry = "--experimental_remote_cache_eviction_retries=5"  # Bazel 8's default
    later = proceed(filled.second, filled.server, MINIMAL, retry)
    assert later.code == 0, later.output
    assert later.of(INSTALL)
    assert set(ours(later)) == {SANDBOX}
    same = {path: digest for path, digest in filled.run.digests().items() if path in later.digests()}
    assert later.digests() == same


@pytest.mark.parametrize(
    "damage", [lambda data: data[:100] + b"damage" + data[106:], lambda data: data[:500]], ids=["other", "cut"]
)
def test_damaged_entry_is_not_used(filled: Filled, damage: Callable[[bytes], bytes]) -> None:
    """A wheel that was changed or cut on the server is noticed, said, and built instead; the digest is the locked one again."""
    path = filled.server.stored()[filled.wheel()]
    path.write_bytes(damage(path.read_bytes()))
    run = build(filled.second, filled.server)
    assert run.code == 0, run.output
    assert [spawn.label for spawn in run.spawns if spawn.runner != HIT] == [
        spawn.label for spawn in run.of(BUILD) if "native" in spawn.label
    ]
    assert run.digests() == filled.run.digests()
    assert len(warnings(run)) == 1, run.output
    assert filled.wheel() in run.output


def test_damaged_result_is_not_used(filled: Filled) -> None:
    """What the cache knows of an action is no list of outputs any more: the action runs."""
    results = sorted((filled.server.storage / "ac").glob("*"))
    if not results:  # BuildGrid has them among the contents
        contents = {path: path.read_bytes() for path in filled.server.stored().values()}
        named = (b"whl_file.dist", b"pkg.site", b"helper_bytecode.marshal")
        results = [path for path, data in contents.items() if any(name in data for name in named)]
    assert len(results) >= ACTIONS
    for path in results:
        path.write_bytes(b"\xff" * 20)
    run = build(filled.second, filled.server)
    assert run.code == 0, run.output
    assert ours(run) == [SANDBOX] * ACTIONS
    assert run.digests() == filled.run.digests()


def test_server_that_dies_costs_a_warning(tmp_path: Path, machines: tuple[Workspace, Workspace]) -> None:
    """The server vanishes while the first action runs: what only reads says so once, and builds everything."""
    with servers.nginx(tmp_path / "server") as server, ThreadPoolExecutor() as pool:
        running = pool.submit(build, machines[1], server, "--noremote_upload_local_results")
        wait_for(lambda: "GET /ac/" in server.text("access.log"), running)
        server.kill()
        run = running.result()
    assert run.code == 0, run.output
    assert ours(run) == [SANDBOX] * ACTIONS
    assert len(warnings(run)) == 1, run.output
    assert "Connection refused" in warnings(run)[0]
    assert f"127.0.0.1:{server.port}" in warnings(run)[0]


def test_server_that_hangs_costs_a_warning(tmp_path: Path, machines: tuple[Workspace, Workspace]) -> None:
    """A server that takes connections and answers nothing is given up after `--remote_timeout`, once for each action."""
    with servers.nginx(tmp_path / "server") as server:
        server.pause()
        run = build(machines[1], server, "--noremote_upload_local_results", "--remote_timeout=1s", targets=(WHEEL,))
    assert run.code == 0, run.output
    assert ours(run) == [SANDBOX] * 2
    assert len(warnings(run)) == len(ours(run)), run.output


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_two_machines_build_at_once(scheme: str, tmp_path: Path, machines: tuple[Workspace, Workspace]) -> None:
    """Two machines fill one cache at the same time; each has all digests, and the cache holds them for both."""
    with {"http": servers.nginx, "grpc": servers.buildgrid}[scheme](tmp_path / "server") as server, ThreadPoolExecutor() as pool:
        one, two = pool.map(lambda space: build(space, server), machines)
        assert one.code == two.code == 0, one.output + two.output
        assert len(ours(one)) == len(ours(two)) == ACTIONS
        assert one.digests() == two.digests()
        after = build(machines[0], server)
    assert {spawn.runner for spawn in after.spawns} == {HIT}
    assert after.digests() == one.digests()


def wait_for(what: Callable[[], bool], running: Future[Run]) -> None:
    """Wait until something has happened; a build that ends before it has is a failure."""
    while not what():
        assert not running.done(), running.result().output
        time.sleep(0.02)
