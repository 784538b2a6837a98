"""What must go wrong goes wrong in one clear line, and what is interrupted leaves nothing half-written."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, REPOSITORY, Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME, VERSION = "simplejson", "4.3.0"
TARGET = f"@pypi//{NAME}:whl"
REQUIREMENTS = "examples/hello/requirements.txt"

# Runs the rest of the command line without a network: an empty namespace with only the loopback device.
OFFLINE = (
    sys.executable,
    "-c",
    (
        f"import os, sys; sys.path.insert(0, {str(REPOSITORY / 'python')!r})\n"
        "from reprowheel.containment import kernel\n"
        "kernel.unshare(kernel.NEW_NETWORK if os.geteuid() == 0 else kernel.NEW_USER | kernel.NEW_NETWORK)\n"
        "kernel.raise_loopback()\n"
        "os.execvp(sys.argv[1], sys.argv[1:])"
    ),
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Yield a machine with an empty cache of its own."""
    base = tmp_path_factory.mktemp("f")
    machine = Machine(base / "checkout", base / "state", base / "downloads")
    try:
        yield machine
    finally:
        machine.remove()


@pytest.fixture
def requirements(machine: Machine) -> Iterator[Path]:
    """Yield the machine's requirements file; it is put back afterwards."""
    path = machine.checkout / REQUIREMENTS
    text = path.read_text(encoding="utf-8")
    try:
        yield path
    finally:
        path.write_text(text, encoding="utf-8")


def locked_line(path: Path) -> int:
    """Return the number of the line that pins the distribution."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(f"{NAME}=="))


def test_killed_build_leaves_nothing_and_runs_again(machine: Machine, tmp_path: Path) -> None:
    """Killing the server and every process of a running build leaves no wheel; the next build makes it."""
    disk = tmp_path / "disk"
    command = [*machine.command(), "build", f"--repository_cache={machine.state.parent / 'downloads'}"]
    with subprocess.Popen(
        [*command, f"--disk_cache={disk}", TARGET],
        cwd=machine.checkout,
        env=machine.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as client:
        wait_for_compiler(machine, client)
        machine.kill_server()
        assert client.wait(timeout=60) != 0
    assert list(machine.output_root.rglob(f"{NAME}-*.whl")) == []
    run = machine.bazel("build", f"--disk_cache={disk}", TARGET)
    assert run.code == 0, run.output
    assert [s.cached for s in run.of(BUILD)] == [False], "a killed build must not have filled the cache"
    wheels = [w for w in machine.output_root.rglob(f"{NAME}-*.whl") if "execroot" in w.parts]
    assert sorted(w.parent.suffix for w in wheels) == [".dist", ".file"]
    assert zipfile.ZipFile(wheels[0]).testzip() is None


def wait_for_compiler(machine: Machine, client: subprocess.Popen[bytes]) -> None:
    """Return once a process of the build action's own workspace runs under this machine's server."""
    deadline = time.monotonic() + 600
    needle = re.compile(rb"reprowheel_launch\.py")
    while time.monotonic() < deadline:
        assert client.poll() is None, "the build ended before it could be killed"
        for entry in Path("/proc").iterdir():
            try:
                line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                here = os.readlink(entry / "cwd") if needle.search(line) else ""
            except OSError:
                continue
            if here.startswith(str(machine.output_root)) or str(machine.output_root).encode() in line:
                time.sleep(1)
                return
        time.sleep(0.05)
    msg = "no build action was seen in ten minutes"
    raise AssertionError(msg)


def test_without_network_a_fresh_output_builds_from_the_repository_cache(machine: Machine) -> None:
    """With the downloads of an earlier run and no network, a machine with nothing else builds."""
    assert machine.bazel("build", "--disk_cache=", TARGET).code == 0
    base = machine.state.parent / "offline"
    other = Machine(base / "checkout", base / "state", machine.state.parent / "downloads")
    try:
        run = other.bazel("build", "--disk_cache=", TARGET, prefix=OFFLINE)
        assert run.code == 0, run.output
        assert [s.cached for s in run.of(BUILD)] == [False]
        other.bazel("shutdown")
        empty = other.bazel("fetch", f"--repository_cache={base / 'empty'}", "--force", TARGET, prefix=OFFLINE)
        assert empty.code != 0, "without downloads it must fail, or the network was there after all"
    finally:
        other.remove()


def test_missing_hash_names_package_file_and_line(machine: Machine, requirements: Path) -> None:
    """A pinned line without a hash stops before anything is fetched."""
    number = locked_line(requirements)
    text = re.sub(rf"({NAME}=={VERSION}) \\\n\s+--hash=\S+", r"\1", requirements.read_text(encoding="utf-8"))
    requirements.write_text(text, encoding="utf-8")
    run = machine.bazel("build", TARGET)
    assert run.code != 0
    assert re.search(rf"requirements\.txt:{number}\b.*{NAME}.*{re.escape(VERSION)}.*hash", run.output), run.output


def test_unknown_hash_names_package_file_and_line(machine: Machine, requirements: Path) -> None:
    """A hash that no file of the index has is refused; the other files are not taken instead."""
    number = locked_line(requirements)
    text = requirements.read_text(encoding="utf-8").splitlines()
    text[number] = "    --hash=sha256:" + "0" * 64
    requirements.write_text("\n".join(text) + "\n", encoding="utf-8")
    run = machine.bazel("build", TARGET)
    assert run.code != 0
    assert f"requirements.txt:{number}" in run.output, run.output
    assert re.search(rf"{NAME}.*{re.escape(VERSION)}.*{'0' * 64}", run.output), run.output


def test_corrupted_archive_is_refused(machine: Machine, tmp_path: Path) -> None:
    """An index that gives other bytes under the right hash and name is not believed."""
    requirements = machine.checkout / REQUIREMENTS
    number = locked_line(requirements)
    sha256 = re.findall("[0-9a-f]{64}", requirements.read_text(encoding="utf-8").splitlines()[number])[0]
    page = tmp_path / "simple" / NAME
    page.mkdir(parents=True)
    filename = f"{NAME}-{VERSION}.tar.gz"
    (page / filename).write_bytes(b"not what was locked")
    assert hashlib.sha256((page / filename).read_bytes()).hexdigest() != sha256
    (page / "index.html").write_text(f'<a href="{filename}#sha256={sha256}">{filename}</a>', encoding="utf-8")
    base = tmp_path / "corrupted"
    other = Machine(base / "checkout", base / "state", base / "downloads")
    try:
        other.environment["PIP_INDEX_URL"] = (tmp_path / "simple").as_uri()
        run = other.bazel("build", f"@pypi//{NAME}:whl")
    finally:
        other.remove()
    assert run.code != 0
    assert re.search(rf"requirements\.txt:{number}\b.*{NAME}.*{re.escape(VERSION)}", run.output), run.output
    assert sha256 in run.output
