"""Indexes that want a password, further indexes, an index per package; the server is pypiserver on a loopback port."""

from __future__ import annotations

import base64
import hashlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, hub, override, requirements
from support.local_index import make_wheel, serve, sha256, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "reader", "correct-horse-7Q"
NAMES = ["by-netrc", "by-home", "by-attribute", "by-address", "by-pip", "by-pattern", "never"]


@contextmanager
def pypiserver(folder: Path, passwords: Path, protected: str) -> Iterator[str]:
    """Serve the archives of a folder and yield the address of the index; `protected` are pypiserver's actions."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "pypiserver", "run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback"]
    command += ["--hash-algo", "sha256", "-P", str(passwords), "-a", protected, str(folder)]
    with (folder.parent / f"server-{port}.log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/", server)
            yield f"http://127.0.0.1:{port}/simple/"
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "pypiserver ended"
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - http, on the loopback
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    msg = "pypiserver does not answer"
    raise AssertionError(msg)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return name → wheel, all in one folder."""
    folder = tmp_path_factory.mktemp("packages")
    return {name: make_wheel(folder, name, "1.0", files={f"{name.replace('-', '_')}.py": f"x = '{name}'\n"}) for name in NAMES}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, wheels: dict[str, Path]) -> Iterator[str]:
    """Yield an index whose pages and files need a password."""
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
    passwords = tmp_path_factory.mktemp("passwords") / "htpasswd"
    passwords.write_text(f"{USER}:{{SHA}}{digest}\n", encoding="utf-8")
    with pypiserver(wheels["never"].parent, passwords, "list,download,update") as address:
        yield address


def netrc(path: Path, host: str, password: str = PASSWORD) -> Path:
    """Write a netrc file."""
    path.write_text(f"machine {host}\nlogin {USER}\npassword {password}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def fetch(kept: Workspace, hubs: str, wheel: Path, *targets: str) -> tuple[int, str]:
    """Lock one wheel and build targets; no output and no generated file may have the password."""
    kept.write(hubs, {"requirements.txt": requirements([wheel])})
    code, output, _ = kept.build(*targets)
    assert PASSWORD not in output
    assert secrets_below(kept, PASSWORD) == []
    return code, output


def secrets_below(kept: Workspace, secret: str) -> list[Path]:
    """Return the files of external repositories, and Bazel's own records of them, that have a secret."""
    text = secret.encode()
    files = [p for p in kept.machine.output_root.glob("*/external/*[~+]*/*") if p.suffix in (".json", ".bzl", ".bazel")]
    files += kept.machine.output_root.glob("*/external/*.marker")
    assert files
    return [path for path in files if path.is_file() and text in path.read_bytes()]


def host_of(address: str) -> str:
    """Return the host, as netrc names it."""
    return urllib.parse.urlsplit(address).hostname or ""


def test_netrc(kept: Workspace, server: str, wheels: dict[str, Path], tmp_path: Path) -> None:
    """NETRC, the netrc of the home folder, and the attribute, each by itself."""
    lock = {"requirements_lock": "//:requirements.txt", "index_url": server}
    file = netrc(tmp_path / "somewhere", host_of(server))
    environment = kept.machine.environment
    code, output = fetch(kept, hub("attribute", **lock, netrc=str(file)), wheels["by-attribute"], "@attribute//by_attribute:whl")
    assert code == 0, output
    environment["NETRC"] = str(file)
    code, output = fetch(kept, hub("variable", **lock), wheels["by-netrc"], "@variable//by_netrc:whl")
    assert code == 0, output
    del environment["NETRC"]
    home = netrc(Path(environment["HOME"]) / ".netrc", host_of(server))
    code, output = fetch(kept, hub("home", **lock), wheels["by-home"], "@home//by_home:whl")
    assert code == 0, output
    home.unlink()
    code, output = fetch(kept, hub("gone", **lock, netrc="/nonexistent/netrc"), wheels["never"], "@gone//never:whl")
    assert code != 0
    assert ': netrc = "/nonexistent/netrc": no such file; expected the path of a netrc file.' in output


def test_password_in_the_address(kept: Workspace, server: str, wheels: dict[str, Path]) -> None:
    """Variables are replaced when the index is asked; PIP_INDEX_URL with a password works, and is written nowhere."""
    bare = server.removeprefix("http://")
    environment = kept.machine.environment
    environment |= {"INDEX_USER": USER, "INDEX_PASSWORD": PASSWORD}
    lock = {"requirements_lock": "//:requirements.txt"}
    address = f"http://$INDEX_USER:${{INDEX_PASSWORD:-none}}@{bare}"
    both = {"index_url": address, "envsubst": ["INDEX_USER", "INDEX_PASSWORD"]}
    code, output = fetch(kept, hub("address", **lock, **both), wheels["by-address"], "@address//by_address:whl")
    assert code == 0, output
    del environment["INDEX_USER"]
    code, output = fetch(kept, hub("unset", **lock, **both), wheels["never"], "@unset//never:whl")
    assert code != 0
    expected = f"the index '{server}' needs the variable INDEX_USER, which is not set; expected it in the environment."
    assert expected in output, output
    before = environment.get("PIP_INDEX_URL")
    environment["PIP_INDEX_URL"] = f"http://{USER}:{PASSWORD}@{bare}"
    code, output = fetch(kept, hub("by_pip", **lock), wheels["by-pip"], "@by_pip//by_pip:whl")
    assert code == 0, output
    if before is None:
        del environment["PIP_INDEX_URL"]
    else:
        environment["PIP_INDEX_URL"] = before


def test_wrong_password_is_one_clear_line(kept: Workspace, server: str, wheels: dict[str, Path], tmp_path: Path) -> None:
    """The message has the lock's line, the page and what the server said, and no password."""
    wrong = netrc(tmp_path / "netrc", host_of(server), "wrong-horse-9Z")
    lock = {"requirements_lock": "//:requirements.txt", "index_url": server, "netrc": str(wrong)}
    code, output = fetch(kept, hub("wrong", **lock), wheels["never"], "@wrong//never:whl")
    assert code != 0
    assert (
        f"requirements.txt:1: never==1.0: {server}never/ says 403 Forbidden; expected the index's page. "
        f"To fix: correct user name and password in the netrc file {wrong}."
    ) in output, output
    assert "wrong-horse" not in output
    assert secrets_below(kept, "wrong-horse-9Z") == []
    lock.pop("netrc")
    code, output = fetch(kept, hub("none", **lock), wheels["never"], "@none//never:whl")
    assert code != 0
    assert "says 401 Unauthorized, and was sent no password; expected the index's page. To fix: 'machine " in output, output


def test_auth_patterns(kept: Workspace, server: str, wheels: dict[str, Path], tmp_path: Path) -> None:
    """A pattern makes the header out of what netrc has; here the right header out of a netrc that names no user."""
    file = tmp_path / "netrc"
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    file.write_text(f"machine {host_of(server)}\npassword {token}\n", encoding="utf-8")
    attributes = {"index_url": server, "netrc": str(file), "auth_patterns": {host_of(server): "Basic <password>"}}
    hubs = hub("pattern", requirements_lock="//:requirements.txt", **attributes)
    code, output = fetch(kept, hubs, wheels["by-pattern"], "@pattern//by_pattern:whl")
    assert code == 0, output
    assert token not in output


def test_credential_helper(kept: Workspace, tmp_path: Path) -> None:
    """What Bazel's credential helper says reaches the download, as all of them go through Bazel's downloader."""
    folder = tmp_path / "packages"
    folder.mkdir()
    wheel = make_wheel(folder, "by-helper", "1.0", files={"by_helper.py": ""})
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
    (tmp_path / "htpasswd").write_text(f"{USER}:{{SHA}}{digest}\n", encoding="utf-8")
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    program = tmp_path / "helper"
    program.write_text(f'#!/bin/sh\ncat >/dev/null\necho \'{{"headers": {{"Authorization": ["Basic {token}"]}}}}\'\n')
    program.chmod(0o755)
    with pypiserver(folder, tmp_path / "htpasswd", "download,update") as address:
        hubs = hub("helper", requirements_lock="//:requirements.txt", index_url=address)
        code, output = fetch(kept, hubs, wheel, "@helper//by_helper:whl")
        assert code != 0, "without the helper the server must refuse"
        option = f"--credential_helper=127.0.0.1={program}"
        code, output = fetch(kept, hubs, wheel, option, "@helper//by_helper:whl")
        assert code == 0, output


def test_further_indexes(kept: Workspace, tmp_path: Path) -> None:
    """A package that the first index lacks comes from a further one; one with an index of its own from nowhere else."""
    wheels = {name: make_wheel(tmp_path, name, "1.0", files={f"{name}.py": ""}) for name in ("first", "second", "own")}
    asked: list[str] = []
    own_asked: list[str] = []
    with (
        serve([wheels["first"], wheels["own"]], kind="json", requests=asked) as index,
        serve([wheels["own"]], kind="html", requests=own_asked) as own,
    ):
        further = write_simple(tmp_path / "simple", [wheels["second"]])
        hubs = hub("more", requirements_lock="//:requirements.txt", index_url=index, extra_index_urls=[further])
        hubs += override("more", "own", index_url=own)
        kept.write(hubs, {"requirements.txt": requirements(list(wheels.values()))})
        code, output, _ = kept.build("@more//first:whl", "@more//second:whl", "@more//own:whl")
    assert code == 0, output
    assert [line for line in asked if "/own" in line] == []
    assert [line.split()[0] for line in own_asked if line.startswith("/simple/")] == ["/simple/own/"]


def test_lock_that_lists_files(kept: Workspace, tmp_path: Path) -> None:
    """Where the lock has addresses or paths, no index is needed; an address that is gone is looked up on the indexes."""
    wheels = {name: make_wheel(tmp_path, name, "1.0", files={f"{name}.py": ""}) for name in ("listed", "local", "moved")}
    (kept.folder / "vendor").mkdir()
    (kept.folder / "vendor" / wheels["local"].name).write_bytes(wheels["local"].read_bytes())
    index = write_simple(tmp_path / "simple", [wheels["moved"]])
    places = {
        "listed": f'url = "{wheels["listed"].as_uri()}"',
        "local": f'path = "vendor/{wheels["local"].name}"',
        "moved": f'url = "file:///nonexistent/{wheels["moved"].name}"',
    }
    lock = 'lock-version = "1.0"\ncreated-by = "tests"\n'
    for name, place in places.items():
        lock += f'[[packages]]\nname = "{name}"\nversion = "1.0"\n[[packages.wheels]]\n{place}\n'
        lock += f'hashes = {{sha256 = "{sha256(wheels[name])}"}}\n'
    hubs = hub("lists", pylock_toml="//:pylock.toml", extra_index_urls=[index])
    kept.write(hubs, {"pylock.toml": lock})
    code, output, _ = kept.build("@lists//listed:whl", "@lists//local:whl", "@lists//moved:whl")
    assert code == 0, output
