"""Python in a build is still Python as its users expect it, whatever is fixed in it."""

from __future__ import annotations

import pytest
from support.builds import NEUTRAL_EPOCH
from support.builds import plain_python as plain
from support.builds import run_python as run

from reprowheel.environment.create import BuildEnvironment

BEHAVES = {
    "a clock as a class attribute is no method": """
import logging, time
class C: converter = time.localtime; clock = time.time; names = os.listdir
assert C().converter(0) == time.localtime(0) and C().clock() > 0 and C().names('/')
record = logging.LogRecord('n', 20, 'p', 1, 'm', (), None)
assert logging.Formatter('%(asctime)s').format(record).startswith('2017-07-14')
""",
    "instances of the real classes are instances": """
import datetime
real = datetime.datetime.min.__class__
assert isinstance(datetime.datetime.min, datetime.datetime) and isinstance(datetime.datetime.now(), datetime.date)
assert isinstance(datetime.datetime.now().date(), datetime.date)
assert not isinstance(datetime.date.today(), datetime.datetime) and not isinstance(1, datetime.date)
assert issubclass(datetime.datetime, datetime.date) and not issubclass(datetime.date, datetime.datetime)
""",
    "subclasses keep their own meaning": """
import datetime
class Mine(datetime.datetime): pass
class Day(datetime.date): pass
assert isinstance(Mine(2020, 1, 1), Mine) and isinstance(Mine.now(), Mine) and isinstance(Day.today(), Day)
assert not isinstance(datetime.datetime(2020, 1, 1), Mine) and not issubclass(datetime.datetime, Mine)
assert not isinstance(datetime.date(2020, 1, 1), Day)
""",
    "dates pickle and copy": """
import copy, datetime, pickle
for value in (datetime.datetime.now(), datetime.date.today(), datetime.datetime.min, datetime.date.max,
              datetime.datetime.now().date(), datetime.datetime(2020, 1, 2, fold=1),
              datetime.datetime.now(datetime.timezone.utc), datetime.datetime.fromisoformat('2020-01-02T03:04:05'),
              datetime.datetime.strptime('2020', '%Y'), datetime.date.fromisoformat('2020-01-02'),
              datetime.datetime.combine(datetime.date.min, datetime.time.min)):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(value, protocol))
        assert back == value and isinstance(back, datetime.date)
        assert protocol < 4 or getattr(back, 'fold', 0) == getattr(value, 'fold', 0)
    assert copy.deepcopy(value) == value and copy.copy(value) == value
assert pickle.loads(pickle.dumps(datetime.datetime)) is datetime.datetime
# What modules in C make (sqlite3, database drivers) is of the real class:
for real in (datetime.datetime.min.__class__.__base__, datetime.date.min.__class__.__base__):
    if issubclass(real, datetime.date) and real is not object:
        value = real(2020, 1, 2)
        assert pickle.loads(pickle.dumps(value)) == copy.copy(value) == value
""",
    "arithmetic": """
import datetime
one = datetime.timedelta(days=1)
later = datetime.datetime(2020, 1, 1) + one
assert later == datetime.datetime(2020, 1, 2) and type(later) is datetime.datetime and later - one < later
assert datetime.date(2020, 1, 1) + one == datetime.date(2020, 1, 2)
assert repr(later) == 'datetime.datetime(2020, 1, 2, 0, 0)' and f'{later:%Y}' == '2020'
assert repr(datetime.date.min) == 'datetime.date(1, 1, 1)' and type(later.date()) is datetime.date
assert {datetime.date(2020, 1, 1): 1}[datetime.datetime(2020, 1, 1, 5).date()] == 1
""",
    "explicit times are untouched": """
import datetime, time
assert time.gmtime(0).tm_year == 1970 and time.localtime(86400 * 366).tm_year == 1971
assert time.strftime('%Y', time.gmtime(0)) == '1970' and time.ctime(0).endswith('1970')
assert time.asctime(time.gmtime(0)).endswith('1970')
assert datetime.datetime.fromtimestamp(0, datetime.timezone.utc).year == 1970
assert time.clock_gettime(time.CLOCK_MONOTONIC) != time.clock_gettime(time.CLOCK_REALTIME)
""",
    "a seed of one's own is kept": """
import random
random.seed(7); a = random.random(); random.seed(7)
assert a == random.random() == random.Random(7).random()
assert random.Random().random() != random.Random().random()
random.SystemRandom().random()
assert random.SystemRandom().random() != random.SystemRandom().random()
""",
    "uuids are valid and distinct": """
import uuid
made = [uuid.uuid4() for _ in range(50)] + [uuid.uuid1() for _ in range(50)]
assert len(set(made)) == 100 and {u.version for u in made} == {1, 4} and all(u.variant == uuid.RFC_4122 for u in made)
assert uuid.uuid5(uuid.NAMESPACE_DNS, 'x') == uuid.uuid5(uuid.NAMESPACE_DNS, 'x')
""",
    "temporary names are distinct": """
import tempfile
names = [tempfile.mkdtemp() for _ in range(100)]
assert len(set(names)) == 100 and tempfile.gettempdir() == os.environ['TMPDIR']
""",
    "closing a scan early is no warning": """
import gc
scan = os.scandir('/'); next(scan); del scan; gc.collect()
with os.scandir('/') as scan:
    assert all(entry.is_dir() in (True, False) and entry.path.startswith('/') for entry in scan)
""",
    "errors are the system's": """
import errno
for call in (os.listdir, os.scandir):
    try: call('/no/such/place')
    except FileNotFoundError as e: assert e.errno == errno.ENOENT and e.filename == '/no/such/place'
    else: raise AssertionError
""",
    "threads and processes": """
import concurrent.futures, multiprocessing
assert multiprocessing.cpu_count() == os.cpu_count() == 2
with concurrent.futures.ThreadPoolExecutor() as pool: assert list(pool.map(abs, [-1, -2])) == [1, 2]
""",
    "user and host": """
import getpass, os, platform, pwd, socket
mine = pwd.getpwuid(os.getuid())
assert (mine.pw_name, mine.pw_gecos, mine.pw_uid, mine.pw_shell) == ('reprowheel', 'reprowheel', os.getuid(), '/bin/sh')
assert (getpass.getuser(), os.getlogin(), socket.gethostname()) == ('reprowheel', 'reprowheel', 'localhost')
assert platform.machine() == os.uname().machine != '' and platform.system() == 'Linux'
assert socket.getfqdn('example.org') == 'example.org'
""",
}


@pytest.mark.parametrize("program", BEHAVES.values(), ids=BEHAVES.keys())
def test_python_behaves(environment: BuildEnvironment, program: str) -> None:
    """Programs that are right under the plain interpreter are right here."""
    run(environment, f"import os\n{program}\nprint(1)")


PLAIN = [
    name
    for name in BEHAVES
    if name
    not in (
        "a clock as a class attribute is no method",
        "threads and processes",
        "user and host",
        "temporary names are distinct",
    )
]


@pytest.mark.parametrize("name", PLAIN)
def test_programs_are_right_under_plain_python(name: str) -> None:
    """Control: the programs above are not written around us."""
    plain(f"import os\n{BEHAVES[name]}\nprint(1)")


@pytest.mark.parametrize("options", [("-I",), ("-E",), ("-s",), ("-O",)], ids=" ".join)
def test_options_do_not_switch_it_off(environment: BuildEnvironment, options: tuple[str, ...]) -> None:
    """Isolated interpreters of a build are neutral, too."""
    code = "import json, os, time; print(json.dumps([int(time.time()), os.uname().nodename]))"
    assert run(environment, code, options=options) == [NEUTRAL_EPOCH, "localhost"]


def test_programs_started_by_the_build(environment: BuildEnvironment) -> None:
    """So are interpreters that a build starts, by path, by name and by `multiprocessing`."""
    code = """\
import json, multiprocessing, os, subprocess, sys, time
def ask(program): return subprocess.run([program, '-c', 'import time; print(int(time.time()))'], capture_output=True).stdout
if __name__ == '__main__':
    names = [sys.executable, os.path.realpath(sys.executable), 'python', 'python3', 'python%d.%d' % sys.version_info[:2]]
    print(json.dumps([int(ask(name)) for name in names]))
"""
    assert run(environment, code) == [NEUTRAL_EPOCH] * 5


def test_forked_processes_repeat_their_numbers(environments: tuple[BuildEnvironment, BuildEnvironment]) -> None:
    """`random` seeds itself anew after a fork; that seed is ours, too."""
    code = """\
import json, os, random
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, json.dumps([random.random(), random.Random().random()]).encode())
    os._exit(0)
os.wait()
print(os.read(reading, 999).decode())
"""
    assert run(environments[0], code) == run(environments[1], code) != plain(code)


def test_names_differ_between_commands(environment: BuildEnvironment) -> None:
    """Two commands of one build do not take the same temporary names one after the other, nor the same ids."""
    code = "import json, os, sys, tempfile, uuid; print(json.dumps([tempfile.mktemp(), str(uuid.uuid4())]))"
    one, two = run(environment, code, "one"), run(environment, code, "two")
    assert one[0] != two[0]
    assert one[1] != two[1]
    assert one == run(environment, code, "one")
