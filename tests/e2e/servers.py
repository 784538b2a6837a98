"""Real servers on the loopback, each a process of its own: nginx as a cache over HTTP, BuildGrid as one over gRPC.

They take a free port, keep everything in one folder, and are stopped by process id. BuildGrid is installed on first use.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.suite import virtual_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REQUIREMENTS = Path(__file__).with_name("servers.txt")
_PATIENCE = 60

_NGINX = """\
daemon off;
error_log {folder}/error.log;
pid {folder}/pid;
worker_processes 1;
{user}
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    fastcgi_temp_path {folder}/unused;
    proxy_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 0;
        root {folder}/storage;
        location / {{
            create_full_put_path on;
            dav_methods PUT;
        }}
    }}
}}
"""

_BUILDGRID = """\
server:
  - !channel
    address: "127.0.0.1:{port}"
    insecure-mode: true
authorization:
  method: none
storages:
  - !disk-storage &storage
    path: {folder}/storage
caches:
  - !lru-action-cache &cache
    storage: *storage
    max-cached-refs: 100000
    allow-updates: true
    cache-failed-actions: false
{scheduler}
instances:
  - name: ''
    services:
      - !action-cache
        cache: *cache
      - !cas
        storage: *storage
      - !bytestream
        storage: *storage
{execution}
thread-pool-size: 100
maximum-concurrent-rpcs: 10000
"""


class Server:
    """One running program.

    :param command: what runs; in a folder of its own, `folder`, where its output goes to `output.txt`.
    :param port: where it listens on the loopback once it is ready; None for a program that does not.
    :param scheme: of its address.
    """

    def __init__(self, command: Sequence[str], folder: Path, port: int | None, scheme: str, **variables: str) -> None:
        """Start it and wait until it listens."""
        self.folder, self.port, self.address = folder, port, f"{scheme}://127.0.0.1:{port}"
        self.storage = folder / "storage"
        self._paused = False
        with (folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],  # it does not outlive the tests
                cwd=folder,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if port:
            self._wait(port)

    def _wait(self, port: int) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                message = f"{self._process.args} does not listen on {self.address}:\n{self.text('output.txt')}"
                raise AssertionError(message)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)

    def stop(self) -> None:
        """End it, if it still runs."""
        if self._paused:
            self.kill()
        elif self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Let it vanish, and its children, as a power cut would."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        """Let it take connections and answer nothing; `stop` still ends it."""
        self._signal(signal.SIGSTOP)
        self._paused = True

    def _signal(self, number: signal.Signals) -> None:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii").split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def text(self, name: str) -> str:
        """Return what one of its logs says so far."""
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def stored(self) -> dict[str, Path]:
        """Return hash → file of the contents that are stored; BuildGrid has results of actions among them."""
        files = (path for path in self.storage.rglob("*") if path.is_file() and path.parent.name != "ac")
        return {"".join(path.relative_to(self.storage).parts)[-64:]: path for path in files}

    def evict(self) -> None:
        """Forget everything, as a cache may at any time."""
        for path in self.storage.rglob("*"):
            if path.is_file():
                path.unlink()


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """Yield nginx with WebDAV, Bazel's cache over HTTP: a file per entry; `access.log` has each request."""
    program = shutil.which("nginx")
    assert program, "nginx is not on PATH: install it"
    (folder / "storage").mkdir(parents=True)
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port, user=user), encoding="utf-8")
    server = Server([program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], folder, port, "http")
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def buildgrid(folder: Path, *, scheduler: str = "", execution: str = "", **variables: str) -> Iterator[Server]:
    """Yield BuildGrid, a cache over gRPC; with a scheduler and its service it executes, too."""
    (folder / "storage").mkdir(parents=True)
    port = free_port()
    text = _BUILDGRID.format(folder=folder, port=port, scheduler=scheduler, execution=execution)
    (folder / "config.yml").write_text(text, encoding="utf-8")
    server = Server([str(program("bgd")), "server", "start", str(folder / "config.yml")], folder, port, "grpc", **variables)
    try:
        yield server
    finally:
        server.stop()


@functools.cache
def program(name: str) -> Path:
    """Return a program of `servers.txt`."""
    return virtual_environment(REQUIREMENTS).with_name(name)


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run a program to its end; its output goes into the failure."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
