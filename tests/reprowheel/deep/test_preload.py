"""Deep mode: what programs that are not Python see of this machine is the same everywhere.

Every value is compared with what the same program says without the library, so that a hook that does nothing is seen.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deep_machines import EPOCH, compile_program
from support.deep_values import CALLS, FIXED, RARE, SAME

if TYPE_CHECKING:
    from support.deep_machines import Machine

VARIANTS = {
    "plain": (),
    "large files": ("-D_FILE_OFFSET_BITS=64", "-D_TIME_BITS=64"),
    "fortified": ("-D_FORTIFY_SOURCE=2",),
    "fortified large files": ("-D_FORTIFY_SOURCE=2", "-D_FILE_OFFSET_BITS=64"),
    "unoptimized": ("-O0",),
}


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def calls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, machines: tuple[Machine, Machine]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What calls.c prints on both machines, and without the library."""
    program = compile_program("calls", tmp_path_factory.mktemp("calls"), *VARIANTS[request.param])
    one, two = (machine.values([program, "entries"]) for machine in machines)
    return one, two, machines[1].values([program, "entries"], plain=True)


def test_c_calls(calls: tuple[dict[str, str], dict[str, str], dict[str, str]]) -> None:
    """Each function of the C library gives the fixed value, under each of its names."""
    for found in calls[:2]:
        values = {name: value for name, value in found.items() if not name.startswith("random ") and name != "getpwuid"}
        assert values == CALLS
        assert re.fullmatch(r"reprowheel /.*/home 1", found["getpwuid"])


def test_c_calls_without_the_library(calls: tuple[dict[str, str], dict[str, str], dict[str, str]]) -> None:
    """The control: the real machine says something else, wherever it can."""
    real = calls[2]
    alike = {name for name, value in CALLS.items() if real.get(name) == value}
    clocks = {name for name, value in CALLS.items() if value.startswith(str(EPOCH)) and name[0] != "_"}
    assert len(clocks) > 10
    assert not alike & (clocks | {"uname", "memory", "sysinfo", "getgrgid", "readdir", "fts", "scandir"}), alike


def test_random_numbers_and_names(calls: tuple[dict[str, str], dict[str, str], dict[str, str]]) -> None:
    """Random numbers and temporary names are the same on both machines; no two of one machine are alike."""
    one, two, real = ({name: v for name, v in found.items() if name.startswith("random ")} for found in calls)
    assert len(one) == 13
    assert {name: value.rpartition("/")[2] for name, value in one.items()} == {
        name: value.rpartition("/")[2] for name, value in two.items()
    }
    assert len(set(one.values())) == len(one)
    assert not set(one.values()) & set(real.values())


@pytest.mark.parametrize("variant", VARIANTS)
def test_rare_c_calls(machines: tuple[Machine, Machine], tmp_path: Path, variant: str) -> None:
    """The less usual functions do the same; their random values agree on both machines and never twice on one."""
    program = compile_program("rare", tmp_path, *VARIANTS[variant])
    one, two = (machine.values([program, "entries"]) for machine in machines)
    assert one == two
    assert {name: value for name, value in one.items() if not name.startswith("random ")} == RARE
    random = [value for name, value in one.items() if name.startswith("random ")]
    assert len(set(random)) == 10
    real = machines[1].values([program, "entries"], plain=True)
    alike = {name for name, value in one.items() if real[name] == value}
    assert alike <= {"gethostname", "getdomainname", "gethostid", "sched_getcpu", "another time", "small"}, alike


@pytest.mark.parametrize("variant", ["plain", "fortified"])
def test_waits(machine: Machine, tmp_path: Path, variant: str) -> None:
    """Whoever waits by the wall clock, in whatever way, waits as long as by the real one, and not for ever."""
    found = machine.values([compile_program("waits", tmp_path, *VARIANTS[variant])])
    assert len(found) == 24
    assert set(found.values()) == {"in time"}, found


def test_threads(machine: Machine, tmp_path: Path) -> None:
    """Threads that list directories and fork at once come to an end, with sorted listings."""
    directory = tmp_path / "five"
    directory.mkdir()
    for name in "dbeac":
        (directory / name).touch()
    assert machine.run([compile_program("threads", tmp_path), directory]) == "done\n"


WAYS = ["execve", "execve without environment", "execv", "execvp", "execvpe", "execl", "execlp", "execle", "fexecve"]
WAYS += ["execveat", "posix_spawn", "posix_spawnp", "pidfd_spawn", "pidfd_spawnp", "vfork", "system", "popen"]


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program exec.c."""
    return compile_program("exec", tmp_path_factory.mktemp("exec"))


@pytest.mark.parametrize("way", WAYS)
def test_children_of_a_clean_environment(machine: Machine, starter: Path, way: str) -> None:
    """A program that is started with an empty environment is preloaded all the same, and so is what it starts."""
    assert machine.run([starter, way, "/bin/uname", "-r"]) == "0\n"
    assert machine.run([starter, way, "/bin/uname", "-r"], plain=True) != "0\n"


def test_children_two_levels_down(machine: Machine) -> None:
    """Each of several cleaned environments gets the library again; one that names another library keeps it, too."""
    assert machine.run("env -i sh -c 'env -i sh -c \"env -i /bin/uname -r\"'") == "0\n"
    assert machine.run("LD_PRELOAD= /bin/uname -r") == "0\n"
    assert machine.run("unset LD_PRELOAD REPROWHEEL_DEEP; /bin/uname -r") == "0\n"
    both = machine.run("LD_PRELOAD=/nonexistent/other.so env 2>/dev/null | grep ^LD_PRELOAD=")
    assert re.fullmatch(r"LD_PRELOAD=/.*/libreprowheel-deep\.so:/nonexistent/other\.so\n", both)
    assert machine.run("perl -e '%ENV = (); print `/bin/uname -r`'") == "0\n"


@pytest.mark.parametrize("name", FIXED)
def test_programs(machine: Machine, name: str) -> None:
    """Programs of every kind see the fixed machine."""
    command, expected = FIXED[name]
    command = command.replace("{python}", sys.executable)
    assert machine.run(command) == expected


def test_programs_without_the_library(machine: Machine) -> None:
    """The control: without the library, most programs say something else, on any machine."""
    said = {
        name: machine.run(f"{command} || :", plain=True) for name, (command, _) in FIXED.items() if "{" not in command
    }
    differ = {name for name, text in said.items() if text != FIXED[name][1]}
    always = {
        "date",
        "date in words",
        "uname",
        "kernel's files",
        "nproc",
        "memory",
        "whoami",
        "id",
        "home",
        "perl",
        "bash",
    }
    assert always | {"file's time", "file's owner", "archive's time"} <= differ


@pytest.mark.parametrize("name", SAME)
def test_chance(machines: tuple[Machine, Machine], name: str) -> None:
    """What is left to chance comes out alike on both machines, and otherwise without the library."""
    one, two = (machine.run(SAME[name]) for machine in machines)
    assert one == two != ""
    assert machines[0].run(SAME[name], plain=True) != one


def test_chance_again(machine: Machine) -> None:
    """The same command gives another result each time, in one process and in several."""
    names = machine.run(
        "for i in 1 2 3 4 5 6 7 8; do mktemp -u; head -c8 /dev/urandom | od -An -tx1; done"
    ).splitlines()
    assert len(set(names)) == 16
    many = machine.run("for i in $(seq 300); do mktemp; done").splitlines()
    assert len(set(many)) == 300
