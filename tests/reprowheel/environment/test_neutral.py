"""What Python code of a build sees of this machine is the same everywhere: listings, clocks, names, numbers."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import NEUTRAL_EPOCH
from support.builds import plain_python as plain
from support.builds import run_python as run

if TYPE_CHECKING:
    from reprowheel.environment.create import BuildEnvironment


def values_of(prelude: str, expressions: dict[str, str]) -> str:
    """Return code that prints the values of expressions as a JSON object, so that one process serves many tests."""
    items = ",\n".join(f"{name!r}: {expression}" for name, expression in expressions.items())
    return f"{prelude}print(json.dumps({{{items}}}))"


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory whose entries were made in random order."""
    tmp_path = tmp_path_factory.mktemp("shuffled")
    names = [f"{letter}{number}.py" for letter in "abXY_" for number in range(8)]
    random.shuffle(names)
    for name in names:
        (tmp_path / name).touch()
    for name in ("q", "d", "m"):
        (tmp_path / name).mkdir()
        for inner in "493817526":
            (tmp_path / name / inner).touch()
    (tmp_path / "q" / "__init__.py").touch()
    if sorted(names) == [name for name in os.listdir(tmp_path) if name in names]:
        pytest.fail("this file system sorts by itself: the test could not fail")
    return tmp_path


LISTINGS = {
    "listdir": "os.listdir(d)",
    "listdir of bytes": "[os.fsdecode(n) for n in os.listdir(os.fsencode(d))]",
    "listdir of a descriptor": "os.listdir(os.open(d, os.O_RDONLY))",
    "listdir of the working directory": "in_directory(os.listdir)",
    "scandir of the working directory": "in_directory(lambda: [e.name for e in os.scandir()])",
    "listdir by keyword": "os.listdir(path=d)",
    "scandir": "[e.name for e in os.scandir(d)]",
    "scandir with": "scanned(d)",
    "walk": "next(os.walk(d))[2]",
    "walk directories": "[os.path.basename(t) for t, _, _ in os.walk(d)][1:]",
    "fwalk": "next(os.fwalk(d))[2]",
    "glob": "glob.glob(d + '/*.py')",
    "recursive glob": "glob.glob(d + '/**/*.py', recursive=True)",
    "glob in a root": "glob.glob('*.py', root_dir=d) if sys.version_info >= (3, 10) else in_directory(lambda: glob.glob('*.py'))",
    "iterdir": "[p.name for p in pathlib.Path(d).iterdir()]",
    "Path.glob": "[str(p) for p in pathlib.Path(d).glob('*')]",
    "copytree": "copied(d)",
    "iter_modules": "[m.name for m in pkgutil.iter_modules([d])]",
    "resources": "[p.name for p in importlib.resources.files(importlib.import_module('q')).iterdir()]",
}

PRELUDE = """\
import glob, importlib, importlib.resources, json, os, pathlib, pkgutil, shutil, sys, tempfile
d = sys.argv[1]
sys.path.insert(0, d)
def in_directory(call):
    back = os.getcwd()
    os.chdir(d)
    try:
        return call()
    finally:
        os.chdir(back)
def scanned(d):
    with os.scandir(d) as entries:
        return [e.name for e in entries]
def copied(d):
    order = []
    def note(source, target):
        order.append(os.path.relpath(source, d))
    shutil.copytree(d, tempfile.mkdtemp() + '/x', copy_function=note, ignore=shutil.ignore_patterns('q', 'd', 'm'))
    return order
"""


@pytest.fixture(scope="module")
def listings(environment: BuildEnvironment, shuffled: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """All listings of the shuffled directory, with us and without."""
    code = values_of(PRELUDE, LISTINGS)
    return run(environment, code, str(shuffled)), plain(code, str(shuffled))


@pytest.mark.parametrize("name", LISTINGS)
def test_listings_are_sorted(listings: tuple[dict[str, list[str]], dict[str, list[str]]], name: str) -> None:
    """Every way to list a directory gives it sorted, and the same entries as without us."""
    ours, theirs = (found[name] for found in listings)
    assert len(ours) >= 3
    assert ours == sorted(ours) == sorted(theirs)


def test_listings_are_not_sorted_without_us(listings: tuple[dict[str, list[str]], dict[str, list[str]]]) -> None:
    """Control: the plain interpreter gives the file system's order."""
    sorted_anyway = [name for name, found in listings[1].items() if found == sorted(found)]
    assert set(sorted_anyway) <= {"iter_modules", "resources"}  # which sort by themselves


def test_recursive_walks_are_the_same(environment: BuildEnvironment, shuffled: Path) -> None:
    """`rglob` and `walk` give one order, that of names in each directory."""
    code = f"{PRELUDE}print(json.dumps([str(p) for p in pathlib.Path(d).rglob('*')]))"
    order = [Path(path).relative_to(shuffled).as_posix() for path in run(environment, code, str(shuffled))]
    for name in ("d", "m", "q"):
        assert [entry for entry in order if re.fullmatch(f"{name}/[0-9]", entry)] == [f"{name}/{n}" for n in range(1, 10)]
    top = [entry for entry in order if "/" not in entry]
    assert top == sorted(top)


def test_removing_trees_still_works(environment: BuildEnvironment, tmp_path: Path) -> None:
    """`shutil.rmtree` asks whether `os.scandir` takes descriptors; `TemporaryDirectory` uses it."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").touch()
    code = (
        "import json, os, shutil, sys, tempfile; shutil.rmtree(sys.argv[1] + '/a')\n"
        "with tempfile.TemporaryDirectory() as t: open(t + '/x', 'w').close()\n"
        "print(json.dumps([os.path.exists(t), shutil.rmtree.avoids_symlink_attacks]))"
    )
    assert run(environment, code, str(tmp_path)) == [False, True]
    assert not (tmp_path / "a").exists()


FACTS = {
    "time.time": "time.time()",
    "time.time_ns": "time.time_ns()",
    "time.localtime": "list(time.localtime())[:6]",
    "time.gmtime": "list(time.gmtime())[:6]",
    "time.ctime": "time.ctime()",
    "time.strftime": "time.strftime('%Y-%m-%d %H:%M')",
    "time.asctime": "time.asctime()",
    "time.clock_gettime": "time.clock_gettime(time.CLOCK_REALTIME)",
    "time.clock_gettime_ns": "time.clock_gettime_ns(time.CLOCK_REALTIME)",
    "datetime.now": "datetime.datetime.now().isoformat()",
    "datetime.now(tz)": "datetime.datetime.now(datetime.timezone.utc).isoformat()",
    "datetime.now(tz=)": "datetime.datetime.now(tz=datetime.timezone.utc).isoformat()",
    "datetime.utcnow": "warned(lambda: datetime.datetime.utcnow().isoformat())",
    "datetime.today": "datetime.datetime.today().isoformat()",
    "date.today": "datetime.date.today().isoformat()",
    "email.utils": "email.utils.formatdate()",
    "tempfile.mkdtemp": "os.path.basename(tempfile.mkdtemp())",
    "tempfile.mkstemp": "os.path.basename(tempfile.mkstemp('.c')[1])",
    "tempfile.mktemp": "os.path.basename(tempfile.mktemp())",
    "NamedTemporaryFile": "os.path.basename(tempfile.NamedTemporaryFile(delete=False).name)",
    "random": "[random.random(), random.randint(0, 10**9), random.sample(range(99), 5)]",
    "Random()": "random.Random().random()",
    "uuid4": "str(uuid.uuid4())",
    "uuid1": "str(uuid.uuid1())",
    "uuid7": "str(uuid.uuid7()) if hasattr(uuid, 'uuid7') else str(uuid.uuid4())",
    "hash": "[hash('text'), list({'a', 'b', 'c', 'd'})]",
    "gethostname": "socket.gethostname()",
    "getfqdn": "socket.getfqdn()",
    "node": "platform.node()",
    "release": "[platform.release(), platform.version(), os.uname().release]",
    "platform": "platform.platform()",
    "getuser": "getpass.getuser()",
    "home": "os.path.relpath(os.path.expanduser('~'), os.environ.get('TMPDIR', '/'))",
    "cpu_count": "os.cpu_count()",
    "affinity": "len(os.sched_getaffinity(0))",
    "getloadavg": "os.getloadavg()",
    "tzname": "time.tzname",
}

FACTS_PRELUDE = """\
import datetime, email.utils, getpass, json, os, platform, random, socket, tempfile, time, uuid, warnings
def warned(call):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return call()
"""


@pytest.fixture(scope="module")
def facts(environments: tuple[BuildEnvironment, BuildEnvironment]) -> tuple[dict[str, object], ...]:
    """All facts at two places, and without us."""
    code = values_of(FACTS_PRELUDE, FACTS)
    return (*(run(environment, code) for environment in environments), plain(code))


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_the_same_at_two_places(facts: tuple[dict[str, object], ...], name: str) -> None:
    """Two environments at different paths, one after the other, see the same."""
    assert facts[0][name] == facts[1][name]


SAME_BY_CHANCE = {"cpu_count", "affinity", "tzname", "getuser", "home", "gethostname", "getfqdn", "node"}


@pytest.mark.parametrize("name", sorted(FACTS.keys() - SAME_BY_CHANCE))
def test_facts_differ_from_this_machines(facts: tuple[dict[str, object], ...], name: str) -> None:
    """Control: without us the same expression says something else."""
    assert facts[0][name] != facts[2][name]


def test_clock_says_the_epoch_and_goes_on(environment: BuildEnvironment) -> None:
    """Wall clocks start at the epoch and rise with each look; monotonic clocks are real, so time-outs end."""
    code = """\
import json, time, datetime
a, b = time.time(), time.time()
m = time.monotonic(); time.sleep(0.05); m = time.monotonic() - m
print(json.dumps([a, b, m, datetime.datetime.now().timestamp(), time.mktime(time.localtime())]))
"""
    first, second, slept, now, local = run(environment, code)
    assert NEUTRAL_EPOCH < first < second < now < NEUTRAL_EPOCH + 1
    assert 0.05 <= slept < 10
    assert local == NEUTRAL_EPOCH
