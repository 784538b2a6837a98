"""How `bazelw` makes its Debian root: once, whole or not at all, and with one line to say why it cannot."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from bazelw.machine import REPOSITORY, Machine, stand_in


def wait_for(condition: Path, seconds: float = 20) -> None:
    """Wait until a file exists."""
    end = time.monotonic() + seconds
    while not condition.exists():
        assert time.monotonic() < end, f"{condition} never came"
        time.sleep(0.02)


def made(machine: Machine) -> list[Path]:
    """The complete roots."""
    return sorted(path.parents[1] for path in machine.roots.glob("*/etc/reprowheel-root-of-nobody"))


def unfinished(machine: Machine) -> list[Path]:
    """The folders of runs that did not end."""
    return sorted(machine.roots.glob("*.new-*"))


def test_once(machine: Machine) -> None:
    """The first call makes the root; the next ones start nothing but bubblewrap."""
    machine.add_root_tools()
    first = machine.run("build")
    assert (first.returncode, first.stdout.splitlines()[0]) == (0, "root")
    assert "making a Debian root" in first.stderr
    assert len(made(machine)) == 1
    for tool in ("mmdebstrap", "flock", "id", "awk", "sed"):
        (machine.bin / tool).unlink()
    second = machine.run("build")
    assert (second.returncode, second.stdout, second.stderr) == (0, first.stdout, "")
    assert len(machine.calls("mmdebstrap")) == 1


def test_changed_recipe_makes_another(machine: Machine) -> None:
    """Another list of packages is another root."""
    machine.add_root_tools()
    copy = machine.folder / "copy"
    shutil.copytree(REPOSITORY / "tools/bazelw", copy / "tools/bazelw")
    shutil.copy(REPOSITORY / "bazelw", copy)
    assert machine.run("build", program=copy / "bazelw").returncode == 0
    assert machine.run("build").returncode == 0
    assert len(machine.calls("mmdebstrap")) == 1
    with (copy / "tools/bazelw/packages.txt").open("a") as packages:
        packages.write("hello\n")
    assert machine.run("build", program=copy / "bazelw").returncode == 0
    assert len(machine.calls("mmdebstrap")) == 2
    assert len(made(machine)) == 2


def test_old_roots_go(machine: Machine) -> None:
    """Making a root removes those that nobody entered for a month, and no other."""
    machine.add_root_tools()
    month = 31 * 24 * 3600
    for name, age in {"aaaa": month, "bbbb": 60}.items():
        (machine.roots / name).mkdir(parents=True)
        used = machine.roots / f"{name}.used"
        used.touch()
        os.utime(used, (time.time() - age, time.time() - age))
    assert machine.run("build").returncode == 0
    assert {path.name for path in machine.roots.iterdir()} & {"aaaa", "aaaa.used", "bbbb", "bbbb.used"} == {
        "bbbb",
        "bbbb.used",
    }


def test_two_at_once(machine: Machine) -> None:
    """Of two first calls at once, one makes the root, the other says that it waits; both then run."""
    machine.add_root_tools()
    one = machine.start("build", FAKE_SECONDS="1")
    wait_for(machine.folder / "log/mmdebstrap")
    two = machine.start("build", FAKE_SECONDS="1")
    results = [process.communicate(timeout=120) for process in (one, two)]
    assert [out.splitlines()[0] for out, _ in results] == ["root", "root"]
    assert "waiting" not in results[0][1]
    assert "waiting" in results[1][1]
    assert len(machine.calls("mmdebstrap")) == 1
    assert (one.returncode, two.returncode) == (0, 0)


def test_killed_half_way(machine: Machine) -> None:
    """What a killed run left is never taken for a root; the next run removes it and makes one."""
    machine.add_root_tools()
    process = machine.start("build", FAKE_SECONDS="30")
    wait_for(machine.folder / "log/mmdebstrap")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=120)
    assert made(machine) == []
    assert len(unfinished(machine)) == 1
    result = machine.run("build")
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "root")
    assert len(made(machine)) == 1
    assert unfinished(machine) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(machine: Machine, number: signal.Signals) -> None:
    """An interrupted first call cleans up behind itself."""
    machine.add_root_tools()
    process = machine.start("build", FAKE_SECONDS="30")
    wait_for(machine.folder / "log/mmdebstrap")
    os.killpg(process.pid, number)
    process.communicate(timeout=120)
    assert process.returncode != 0
    end = time.monotonic() + 10
    while unfinished(machine) and time.monotonic() < end:
        time.sleep(0.02)
    assert (made(machine), unfinished(machine)) == ([], [])


def test_failed(machine: Machine) -> None:
    """When Debian's packages cannot be had, nothing stays and the last line says where to look and what else to do."""
    machine.add_root_tools()
    result = machine.run("build", FAKE_FAILS="1")
    assert (result.returncode, result.stdout) == (1, "")
    last = result.stderr.splitlines()[-1]
    assert "mmdebstrap.log" in last
    assert "$BAZEL" in last
    assert "E: no such package" in result.stderr
    assert (made(machine), unfinished(machine)) == ([], [])


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """The error of a call that failed: the only line besides the announcement."""
    assert (result.returncode, result.stdout) == (1, "")
    lines = [line for line in result.stderr.splitlines() if "making a Debian root" not in line]
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_no_apt(machine: Machine) -> None:
    """Without apt, one line names the alternatives."""
    line = last_line(machine.run("build"))
    assert "apt-get" in line
    assert "bazelisk" in line
    assert "$BAZEL" in line


def test_not_root(machine: Machine) -> None:
    """With apt but without the right to use it, one line says so and names the alternatives; apt is not called."""
    machine.add("apt-get", stand_in("apt-get"))
    machine.add("id", "#!/bin/bash\necho 1000\n")
    line = last_line(machine.run("build"))
    assert "only root can install mmdebstrap bubblewrap" in line
    assert "bazelisk" in line
    assert "$BAZEL" in line
    assert machine.calls("apt-get") == []


def test_no_namespaces(machine: Machine) -> None:
    """Where bubblewrap may not work, nothing is downloaded."""
    machine.add_root_tools()
    line = last_line(machine.run("build", FAKE_BWRAP_STATUS="1"))
    assert "bubblewrap" in line
    assert "$BAZEL" in line
    assert machine.calls("mmdebstrap") == []


def binds(machine: Machine) -> set[tuple[str, str]]:
    """The folders and files that bubblewrap was told to show, as (option, path)."""
    options = machine.calls("bwrap")
    return {
        (option, source)
        for option, source, target in zip(options, options[1:], options[2:], strict=False)
        if option in {"--bind", "--ro-bind"} and source == target
    }


def test_paths_mean_the_same_inside(machine: Machine) -> None:
    """The host's top-level folders are seen under their names, its /usr is not."""
    machine.add_root_tools()
    assert machine.run("build").returncode == 0
    seen = binds(machine)
    assert ("--bind", "/tmp") in seen
    assert ("--bind", "/usr") not in seen
    options = machine.calls("bwrap")
    assert options[options.index("--chdir") + 1] == str(machine.workspace)


def test_index_configuration_is_seen(machine: Machine) -> None:
    """A local index that pip's or uv's settings name is shown read-only, even where the root has folders of its own."""
    machine.add_root_tools()
    index = Path("/etc/alternatives")  # any folder that exists below one that is the root's own
    missing = "file:///var/no/such/index"
    config = machine.folder / "home/.config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(f"[global]\nextra-index-url = file://{index}/ {missing}\n")
    assert machine.run("build").returncode == 0
    assert ("--ro-bind", str(index)) in binds(machine)
    config.unlink()
    assert machine.run("build").returncode == 0
    assert ("--ro-bind", str(index)) not in binds(machine)
    for settings in ("PIP_FIND_LINKS", f"{missing} {index}"), ("UV_DEFAULT_INDEX", f"mine=file://{index}"):
        env: dict[str, Any] = dict([settings])
        assert machine.run("build", **env).returncode == 0
        assert ("--ro-bind", str(index)) in binds(machine), settings


def test_own_folders_are_seen(machine: Machine) -> None:
    """Home, cache, temporary folder and workspace are writable inside, even below a folder that is the root's own."""
    machine.add_root_tools()
    runs = (Path("/run"), Path(f"/run/user/{os.getuid()}"))  # one that this user may write to
    place = next(path for path in runs if os.access(path, os.W_OK)) / f"bazelw-test-{os.getpid()}"
    (place / "home").mkdir(parents=True)
    (place / "tmp").mkdir()
    (place / "cache").mkdir()
    (place / "ws/below").mkdir(parents=True)
    (place / "ws/MODULE.bazel").touch()
    try:
        result = machine.run(
            "build",
            cwd=place / "ws/below",
            HOME=str(place / "home"),
            TMPDIR=str(place / "tmp"),
            XDG_CACHE_HOME=str(place / "cache"),
        )
        assert result.returncode == 0, result.stderr
        seen = binds(machine)
        assert {("--bind", str(place / name)) for name in ("home", "tmp", "cache/rules_reprowheel", "ws")} <= seen
        assert ("--bind", str(place / "ws/below")) not in seen
    finally:
        shutil.rmtree(place)


def test_named_binds(machine: Machine) -> None:
    """BAZELW_BIND shows more folders; one that does not exist is an error that names it."""
    machine.add_root_tools()
    assert machine.run("build", BAZELW_BIND="/etc/alternatives:/tmp").returncode == 0
    assert ("--bind", "/etc/alternatives") in binds(machine)
    result = machine.run("build", BAZELW_BIND="/no/such/folder")
    assert result.returncode == 1
    assert "/no/such/folder" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_reach_the_command(machine: Machine, number: signal.Signals) -> None:
    """A signal to bazelw alone reaches the command in the root, whose status comes back."""
    machine.add_root_tools()
    machine.run("build")
    script = f"trap 'exit 42' {number.name[3:]}; touch '{machine.folder}/up'; while :; do sleep 0.05; done"
    process = machine.start("bash", "-c", script, program=REPOSITORY / "tools/bazelw/shell")
    wait_for(machine.folder / "up")
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == 42


@pytest.mark.parametrize(
    ("asked", "workspace", "temporary", "given"),
    [
        ("memory", "/srv/checkout", "", True),
        ("", "/srv/checkout", "", False),
        ("memory", "/tmp/checkout", "", False),
        ("memory", "/srv/checkout", "/tmp/mine", False),
    ],
)
def test_temporary_folder_in_memory(asked: str, workspace: str, temporary: str, given: bool) -> None:
    """The root gets a /tmp of its own where that is asked for, there is memory, and nothing of the host's /tmp is needed."""
    script = 'set -eu; . tools/bazelw/enter.sh; cd /; binds=() extra=; workspace=$1; memory_tmp; echo "${binds[*]}$extra"'
    environment = {"PATH": os.environ["PATH"], "BAZELW_TMP": asked, "TMPDIR": temporary}
    command = ["bash", "-c", script, "bash", workspace]
    run = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
    (available,) = re.findall(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    enough = int(available) >= 12 << 20
    assert run.stdout == ("--perms 1777 --tmpfs /tmp:memory\n" if given and enough else "\n")
