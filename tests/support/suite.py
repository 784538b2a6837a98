"""Runs all tests: the Starlark ones and the example's by Bazel, the rest by pytest in an environment of hash-pinned wheels.

argv: arguments for pytest (a path or `-k` then leaves out the Starlark tests).
env: XDG_CACHE_HOME, pip's configuration. Writes: the user's cache folder only.
Exit code: 0 when everything passed and something ran. The last line is `N passed, N failed` (`, N skipped`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]

from dev.environments import cache, test_python, virtual_environment, wheel_directory  # noqa: E402 - needs the path

__all__ = ["ROOT", "cache", "main", "test_python", "virtual_environment", "wheel_directory"]


def main(arguments: list[str]) -> int:
    """Run the suites and print the sum."""
    totals: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="reprowheel-suite-") as scratch:
        if not arguments:
            totals += run_bazel(Path(scratch))
        totals += run_pytest(arguments, Path(scratch))
    skipped = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    print(f"{totals['passed']} passed, {totals['failed']} failed{skipped}", flush=True)
    return 0 if totals["passed"] and not totals["failed"] else 1


def run_bazel(scratch: Path) -> Counter[str]:
    """Run the tests that are Bazel's; a build that does not come to its tests counts as a failure."""
    targets = ["//tests/starlark/...", "//examples/hello:build_lock_test"]
    print(f"== Bazel's tests (bazel test {' '.join(targets)})", flush=True)
    events = scratch / "events.json"
    command = [str(ROOT / "bazelw"), "test", f"--build_event_json_file={events}", *targets]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    totals: Counter[str] = Counter()
    for line in events.read_text(encoding="utf-8").splitlines() if events.exists() else ():
        summary = json.loads(line).get("testSummary")
        if summary:
            totals["passed" if summary["overallStatus"] == "PASSED" else "failed"] += 1
    if code and not totals["failed"]:
        totals["failed"] += 1
    return totals


def run_pytest(arguments: list[str], scratch: Path) -> Counter[str]:
    """Run pytest; a run that collects nothing or breaks off counts as a failure."""
    print("== Python tests (pytest)", flush=True)
    environment = os.environ | {"REPROWHEEL_TEST_WHEELS": str(wheel_directory()), "PYTHONDONTWRITEBYTECODE": "1"}
    result = scratch / "result.xml"
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
