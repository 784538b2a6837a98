"""Every perturbation reaches the processes it should: a build that looks at its parent and asks the machine tells."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from support.builds import ROOT, members
from support.leaking import leaking_sdist, request_for

from reprowheel.containment.children import children
from reprowheel.errors import BuildError
from reprowheel.verify import PERTURBATIONS, perturbation_table
from reprowheel.verify.runner import run_build
from reprowheel.verify.surroundings import Session

SPY = """\
import json, os, pathlib, subprocess, sysconfig
def ask(*command):
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}).stdout.strip()
def shell(line):
    return ask("/bin/sh", "-c", line)
seen = {
    "date": ask("date", "+%s"), "popen": os.popen("date +%Y").read().strip(), "uname": shell("uname -n; uname -rv"),
    "id": shell("id -u; id -g"), "nproc": ask("nproc"), "getconf": ask("getconf", "_NPROCESSORS_ONLN"),
    "find": ask("find", "tiny", "-name", "m*.py").split(), "nice": ask("nice"), "here": os.getcwd(),
    "python": os.path.realpath(sysconfig.get_path("stdlib") + "/os.py"), "preload": os.environ.get("LD_PRELOAD", ""),
    "own": sorted(os.environ), "perl": shell("exec env | grep -c LD_PRELOAD"),
}
pathlib.Path("tiny/seen.txt").write_text(json.dumps(seen)[::-1])  # so that it holds no path of this machine
"""


def look_at(process: str) -> dict[str, Any]:
    """Return what a process that builds was started with, as far as the kernel tells it."""
    place = Path("/proc", process)
    status = dict(line.split(":", 1) for line in (place / "status").read_text(encoding="utf-8").splitlines())
    environment = (place / "environ").read_bytes().decode().split("\0")
    return {
        "umask": status["Umask"].strip(),
        "stdin": (place / "fd" / "0").exists() and os.readlink(place / "fd" / "0"),
        "environ": dict(item.split("=", 1) for item in environment if "=" in item),
        "cwd": os.readlink(place / "cwd"),
        "plan": [w for w in (place / "cmdline").read_text(encoding="utf-8").split("\0") if w.endswith("/plan")],
        "users": (place / "uid_map").read_text(encoding="ascii").split()[0],
    }


def watch(seen: dict[str, Any], end: threading.Event) -> None:
    """Look at the process that builds from outside, since a build does not see it; it has children when it is as perturbed."""
    while not end.wait(0.005):
        for child in children(os.getpid()):
            with contextlib.suppress(OSError, KeyError):
                if children(child) and (found := look_at(child))["plan"]:
                    seen.update(found)


class Spied:
    """What builds of one sdist saw, by the names of their perturbations."""

    def __init__(self, directory: Path) -> None:
        self.session = Session(request_for(leaking_sdist(directory, SPY)))
        self.seen = {"none": self.run()}
        self.seen["all"] = self.run(*(p.name for p in PERTURBATIONS if p.name not in {"user-id", "rust-toolchain"}))

    def run(self, *names: str) -> dict[str, Any]:
        """Build with these perturbations and return what the build saw."""
        seen: dict[str, Any] = {}
        end = threading.Event()
        watching = threading.Thread(target=watch, args=(seen, end))
        watching.start()
        try:
            outcome = run_build(self.session, tuple(p for p in PERTURBATIONS if p.name in names))
        finally:
            end.set()
            watching.join()
        assert outcome.error == ""
        assert outcome.missing == {}
        assert outcome.applied == names
        assert outcome.wheel
        seen |= json.loads(members(outcome.wheel)["tiny/seen.txt"].decode()[::-1])
        seen.get("environ", {}).pop("PYTEST_CURRENT_TEST", None)  # pytest's own changes from test to test
        return dict(seen)


@pytest.fixture(scope="module")
def spied(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two builds, as it is and with all but another user and Rust toolchain."""
    spy = Spied(tmp_path_factory.mktemp("spied"))
    with spy.session:
        yield spy


def both(spied: Spied, key: str) -> tuple[Any, Any]:
    """Return what the two builds saw."""
    return spied.seen["none"][key], spied.seen["all"][key]


def test_clock(spied: Spied) -> None:
    """`date` is more than three years ahead, in a shell that Python's C library starts as well."""
    before, after = both(spied, "date")
    assert 3 * 365 * 86400 < int(after) - int(before) < 4 * 365 * 86400
    years = both(spied, "popen")
    assert int(years[1]) - int(years[0]) in {3, 4}


def test_directory_order(spied: Spied) -> None:
    """`find` lists the same names the other way round; on another file system they come in an order of its own."""
    before = spied.seen["none"]["find"]
    assert sorted(before) == [f"tiny/m{number}.py" for number in range(8)]
    assert spied.run("directory-order")["find"] == before[::-1]
    assert sorted(spied.seen["all"]["find"]) == sorted(before)


def test_machine(spied: Spied) -> None:
    """Host name, kernel release and version differ in `uname`."""
    before, after = both(spied, "uname")
    assert before.splitlines() == ["localhost", f"{os.uname().release} {os.uname().version}"]
    assert set(before.splitlines()).isdisjoint(after.splitlines())


def test_cpus(spied: Spied) -> None:
    """Affinity and configured number differ."""
    assert both(spied, "nproc") == (str(len(os.sched_getaffinity(0))), "1")
    before, after = both(spied, "getconf")
    assert before == str(os.cpu_count()) != after


def test_processes(spied: Spied) -> None:
    """Priority, standard input, working directory and outputs differ."""
    for key in ("nice", "stdin", "cwd", "plan"):
        before, after = both(spied, key)
        assert before != after, key
    assert spied.seen["none"]["stdin"] == "/dev/null"
    assert spied.seen["all"]["stdin"] is not True


def test_umask(spied: Spied) -> None:
    """The process that builds starts with another umask, which the build stage then fixes."""
    surroundings = spied.session.surroundings()
    assert next(p for p in PERTURBATIONS if p.name == "umask").apply(surroundings) == ""
    code = "import os,pickle,sys; from reprowheel.verify.child import _enter, ChildBuild; "
    code += f"_enter(ChildBuild(request=None, result=None, umask={surroundings.umask}, nice=0, affinity=(), host_name='', "
    code += "user_id=None, close_stdin=False)); print(os.umask(0))"
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run(
        [sys.executable, "-c", code], env=path, check=True, capture_output=True, text=True, umask=0o022
    )
    assert int(run.stdout) == surroundings.umask == 0o077
    assert both(spied, "umask") == ("0022", "0022")


def test_places(spied: Spied) -> None:
    """Workspace and interpreter lie elsewhere; the workspace's path is as long as before."""
    before, after = both(spied, "here")
    assert os.path.dirname(before).split("/rw")[0] != os.path.dirname(after).split("/rw")[0]
    assert len(before) == len(after)
    python = both(spied, "python")
    assert python[1].startswith(str(spied.session.scratch))
    assert not python[0].startswith(str(spied.session.scratch))


def test_environment(spied: Spied) -> None:
    """The process that builds has another environment; the build itself has the same, without a trace of a library."""
    before, after = both(spied, "environ")
    for name in (
        "HOME",
        "XDG_CACHE_HOME",
        "USER",
        "LOGNAME",
        "TZ",
        "LANG",
        "LC_ALL",
        "PYTHONHASHSEED",
        "TMPDIR",
        "PATH",
    ):
        assert before.get(name) != after[name], name
    for name in ("CFLAGS", "LDFLAGS", "PYTHONPATH", "PIP_INDEX_URL", "LD_LIBRARY_PATH", "MAKEFLAGS"):
        assert name in after
    for key in ("own", "preload", "perl"):
        assert len(set(map(str, both(spied, key)))) == 1, key


def test_decoys(spied: Spied) -> None:
    """The first `gcc` and `python3` on that PATH fail."""
    path = spied.seen["all"]["environ"]["PATH"]
    for name in ("gcc", "python3"):
        run = subprocess.run([name], env={"PATH": path}, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr.split(": ")[1]) == (97, "a decoy that no build should find\n")


def test_user(spied: Spied) -> None:
    """The process that builds is another user; the build itself is the same one."""
    before, seen = spied.seen["none"], spied.run("user-id")
    assert seen["users"] != before["users"]
    assert seen["id"] == before["id"] == "1000\n1000"


def test_one_alone(spied: Spied) -> None:
    """A perturbation alone changes its own and nothing else."""
    seen = spied.run("kernel")
    before = spied.seen["none"]
    assert seen["uname"] != before["uname"]
    same = ("nproc", "getconf", "nice", "popen", "find", "id", "python", "umask", "environ", "cwd", "stdin")
    assert {key: seen[key] for key in same} == {key: before[key] for key in same}


def test_inputs_are_copies(spied: Spied) -> None:
    """The moved sdist has the same name and bytes."""
    surroundings = spied.session.surroundings()
    moved = spied.session.moved_inputs(surroundings.request).sdist
    assert moved != spied.session.request.sdist
    assert (moved.name, moved.read_bytes()) == (
        spied.session.request.sdist.name,
        spied.session.request.sdist.read_bytes(),
    )


def test_nothing_is_left(tmp_path: Path) -> None:
    """After a session neither its scratch nor the directory on the other file system exists."""
    with Session(request_for(leaking_sdist(tmp_path, ""))) as session:
        (elsewhere,) = [session.directory_elsewhere(("/nowhere", "/dev/shm"), 1)]
        assert elsewhere
        assert elsewhere.is_dir()
        scratch = session.scratch
    assert not scratch.exists()
    assert not elsewhere.exists()


def test_library_that_does_not_compile(tmp_path: Path) -> None:
    """What needs the library is then reported as not applied, with the compiler's message, and all else still is."""
    with Session(request_for(leaking_sdist(tmp_path, ""))) as session:
        with pytest.raises(BuildError, match="does not compile here: .*error"):
            session.shim({"KERNEL": "!"})
        session._compile = lambda _: "no compiler today"  # type: ignore[method-assign, assignment]
        names = {"clock", "kernel", "umask"}
        outcome = run_build(session, tuple(p for p in PERTURBATIONS if p.name in names))
        assert outcome.applied == ("umask",)
        assert outcome.missing == {"clock": "no compiler today", "kernel": "no compiler today"}
        assert outcome.error == ""


def test_manual_has_the_table() -> None:
    """docs/verify.md lists the perturbations as they are."""
    text = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    table = perturbation_table()
    assert table in text, f"put this table into docs/verify.md (reprowheel verify --perturbations):\n{table}"
