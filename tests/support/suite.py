"""Runs all tests: the Starlark ones and the example's by Bazel, the rest by pytest in an environment of hash-pinned wheels.

argv: arguments for pytest; with any, the Starlark tests are left out and pytest runs in one process (`-n 3`: in three).
env: XDG_CACHE_HOME, pip's configuration. Writes: the user's cache folder only; `last-run.xml` there has pytest's results of
the last run of everything, which `slowest.py` reads.
Exit code: 0 when everything passed and something ran. The last line is `N passed, N failed` (`, N skipped`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from dev.environments import cache, test_python, virtual_environment, wheel_directory  # noqa: E402 - needs the path

from support.fast_servers import SHORT_LIVED, in_debian_root, loaded_classes, startup  # noqa: E402 - needs the path

__all__ = ["LAST", "ROOT", "cache", "main", "test_python", "virtual_environment", "wheel_directory"]

LAST = "last-run.xml"
MOST = 8
"""Processes at most: each may have a Bazel server of its own."""


def main(arguments: list[str]) -> int:
    """Run the suites, at the same time, and print the sum."""
    with tempfile.TemporaryDirectory(prefix="reprowheel-suite-") as scratch:
        result = Path(scratch) / "result.xml"
        if arguments:
            totals = run_pytest(arguments, result)
        else:
            with started_bazel(Path(scratch)) as bazel:
                os.environ["REPROWHEEL_TEST_CLASSES"] = loaded_classes(ROOT / "bazelw", cache(), Path(scratch))
                totals = run_pytest([f"--numprocesses={processes()}"], result)
                totals += bazel()
            if result.exists():
                shutil.copyfile(result, cache() / LAST)
    skipped = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    print(f"{totals['passed']} passed, {totals['failed']} failed{skipped}", flush=True)
    return 0 if totals["passed"] and not totals["failed"] else 1


def processes() -> int:
    """Return how many processes pytest shares the tests out among: one more than there are CPUs, as most tests wait."""
    return min(len(os.sched_getaffinity(0)) + 1, MOST)


@contextmanager
def started_bazel(scratch: Path) -> Iterator[Callable[[], Counter[str]]]:
    """Start the tests that are Bazel's; yield a function that waits for them, prints what they printed and counts them.

    A build that does not come to its tests counts as a failure. Bazel writes its events to the cache folder, because a server
    that already runs may have another `/tmp`. So a run in the Debian root has a server of its own in any case.
    """
    options = startup(*SHORT_LIVED) if ":memory" in in_debian_root() else []
    targets = ["//tests/starlark/...", "//examples/hello:build_lock_test"]
    print(f"== Bazel's tests (bazel test {' '.join(targets)}) start; what they print stands at the end", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="events-", dir=cache()))
    events, log = folder / "events.json", scratch / "bazel.log"
    command = [str(ROOT / "bazelw"), *options, "test", f"--build_event_json_file={events}", *targets]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def finished() -> Counter[str]:
        code = process.wait()
        print("== Bazel's tests", log.read_text(encoding="utf-8", errors="replace"), sep="\n", flush=True)
        totals = counted_events(events)
        if code and not totals["failed"]:
            totals["failed"] += 1
        return totals

    try:
        yield finished
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def counted_events(events: Path) -> Counter[str]:
    """Count what a file of Bazel's build events says of tests."""
    totals: Counter[str] = Counter()
    for line in events.read_text(encoding="utf-8").splitlines() if events.exists() else ():
        summary = json.loads(line).get("testSummary")
        if summary:
            totals["passed" if summary["overallStatus"] == "PASSED" else "failed"] += 1
    return totals


def run_pytest(arguments: list[str], result: Path) -> Counter[str]:
    """Run pytest, which writes `result`; a run that collects nothing or breaks off counts as a failure."""
    print("== Python tests (pytest)", flush=True)
    environment = os.environ | {"REPROWHEEL_TEST_WHEELS": str(wheel_directory()), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(test_python()), "-B", "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={result}", *arguments]
    code = subprocess.run(command, cwd=ROOT, check=False, env=environment).returncode
    totals: Counter[str] = Counter()
    if result.exists():
        suite = ET.parse(result).getroot().find("testsuite")
        count = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")} if suite is not None else {}
        totals["failed"] = count.get("failures", 0) + count.get("errors", 0)
        totals["skipped"] = count.get("skipped", 0)
        totals["passed"] = max(0, count.get("tests", 0) - totals["failed"] - totals["skipped"])
    if code and not totals["failed"]:
        totals["failed"] += 1
    return totals


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
