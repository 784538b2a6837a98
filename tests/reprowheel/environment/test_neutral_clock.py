"""The wall clock of a build's Python: it starts at the epoch, time-outs come, and its readings depend on calls alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import NEUTRAL_EPOCH, run_python

if TYPE_CHECKING:
    from reprowheel.environment.create import BuildEnvironment

PRELUDE = "import json, queue, select, selectors, subprocess, sys, threading, time\n"


def timed(environment: BuildEnvironment, call: str, prelude: str = "") -> float:
    """Return by how many seconds the wall clock advances while an expression is computed, which may raise."""
    code = f"{PRELUDE}{prelude}\nstart = time.time_ns()\ntry: {call}\nexcept Exception: pass\n"
    return float(run_python(environment, f"{code}print(json.dumps((time.time_ns() - start) / 1e9))"))


WAITS = {
    "sleep": "time.sleep(0.25)",
    "event": "threading.Event().wait(0.25)",
    "condition": "held()",
    "semaphore": "threading.Semaphore(0).acquire(timeout=0.25)",
    "lock": "locked.acquire(timeout=0.25)",
    "thread": "sleeper.join(0.25)",
    "queue": "queue.Queue().get(timeout=0.25)",
    "select": "select.select([], [], [], 0.25)",
    "poll": "select.poll().poll(250)",
    "selector": "selectors.DefaultSelector().select(0.25)",
    "process": "child.wait(0.25)",
    "process with output": "subprocess.run(['/bin/sleep', '60'], capture_output=True, timeout=0.25)",
}
WAITS_PRELUDE = """
locked = threading.Lock()
locked.acquire()
condition = threading.Condition()
def held():
    with condition: condition.wait(0.25)
sleeper = threading.Thread(target=locked.acquire, daemon=True)
sleeper.start()
child = subprocess.Popen(["/bin/sleep", "60"])
"""


def test_waits_that_run_out_advance_the_clock(environment: BuildEnvironment) -> None:
    """Each by what it was asked for, to the millisecond: 0.25 s, and the microseconds of two looks."""
    calls = ", ".join(f"{name!r}: lambda: {call}" for name, call in WAITS.items())
    code = f"""{PRELUDE}{WAITS_PRELUDE}
found = {{}}
for name, call in {{{calls}}}.items():
    start = time.time_ns()
    try: call()
    except (queue.Empty, subprocess.TimeoutExpired): pass
    found[name] = (time.time_ns() - start) // 1000
child.kill()
child.wait()
print(json.dumps(found))"""
    assert run_python(environment, code) == dict.fromkeys(WAITS, 250_001)


SHORT = {
    "event that is set": ("e.wait(5)", "e = threading.Event(); e.set()"),
    "lock that is free": ("threading.Lock().acquire(timeout=5)", ""),
    "process that ends": ("subprocess.Popen(['/bin/sleep', '0.2']).wait(5)", ""),
    "output that comes": ("subprocess.run(['/bin/sleep', '0.2'], capture_output=True, timeout=5)", ""),
    "no time": ("time.sleep(0)", ""),
    "a wrong call": ("time.sleep(-1)", ""),
}


@pytest.mark.parametrize("name", SHORT)
def test_waits_that_end_early_do_not(environment: BuildEnvironment, name: str) -> None:
    """How often Python looks whether a process has ended does not count, since that is another number each time."""
    assert timed(environment, *SHORT[name]) == 1e-6


LOOPS = {
    "with sleeps": ("while time.time() < end: time.sleep(0.1)", 1, 20),
    "with waits of no length": ("while time.time() < end: time.sleep(0)", 5, 20),
    "busy": ("while time.time() < end: pass", 5, 20),
    "busy by datetime": ("while datetime.datetime.now().timestamp() < end: pass", 3600, 20),
    "busy for a month": ("while time.time() < end: pass", 30 * 86400, 120),
    "with a wait that is not seen": ("while time.time() < end: pipe.read1(0)", 60, 60),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops_that_wait_for_a_time_end(environment: BuildEnvironment, name: str) -> None:
    """In no more real time than they ask for, or in seconds, and never before the clock says so."""
    loop, seconds, limit = LOOPS[name]
    start = time.monotonic()
    code = f"import datetime, json, os, time\npipe = open('/dev/null', 'rb')\nend = time.time() + {seconds}\n{loop}\n"
    assert run_python(environment, f"{code}print(json.dumps(time.time() > end))") is True
    assert time.monotonic() - start < limit


def test_first_readings(environment: BuildEnvironment) -> None:
    """A microsecond for each look, ten thousand times; the clock never goes back, and stays within days after a million looks."""
    code = "import json, time\nseen = [time.time_ns() for _ in range(1_000_000)]\n"
    code += "steps = [b - a for a, b in zip(seen, seen[1:])]\n"
    code += "print(json.dumps([seen[0], set(steps[:9_999]) == {1000}, min(steps), max(steps), steps == sorted(steps), seen[-1]]))"
    first, even, shortest, longest, grows, last = run_python(environment, code)
    assert (first, even, shortest, grows) == (NEUTRAL_EPOCH * 10**9 + 1000, True, 1000, True)
    assert longest == 1000 << 20
    assert last - first < 12 * 86400 * 10**9


def test_a_wait_ends_the_growth(environment: BuildEnvironment) -> None:
    """After a wait, the next looks take a microsecond each again."""
    code = "import json, time\nfor _ in range(30_000): time.time()\n"
    code += "time.sleep(0.001)\na = time.time_ns(); b = time.time_ns()\nprint(json.dumps(b - a))"
    assert run_python(environment, code) == 1000


def test_two_runs_read_the_same(environments: tuple[BuildEnvironment, BuildEnvironment]) -> None:
    """A program that sleeps, waits and looks reads the same in two places, although real waits are never quite as long."""
    code = f"""{PRELUDE}
seen = []
for number in range(20):
    time.sleep(0.003)
    threading.Event().wait(0.004)
    try: queue.Queue().get(timeout=0.005)
    except queue.Empty: pass
    seen.append(time.time_ns())
print(json.dumps(seen))"""
    readings: list[Any] = [run_python(environment, code) for environment in environments]
    assert readings[0] == readings[1]
    assert readings[0][-1] - NEUTRAL_EPOCH * 10**9 >= 20 * 12 * 10**6


def test_monotonic_clocks_stay_real(environment: BuildEnvironment) -> None:
    """They measure a real sleep."""
    code = "import json, time\na = [time.monotonic(), time.perf_counter()]\ntime.sleep(0.2)\n"
    code += "print(json.dumps([time.monotonic() - a[0], time.perf_counter() - a[1]]))"
    assert all(0.19 < seconds < 20 for seconds in run_python(environment, code))
