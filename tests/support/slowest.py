"""Writes the table of the slowest tests in tests/README.md.

argv: [FILE], pytest's results as JUnit XML; without it, those of the last run of everything (`suite.py` keeps them).
Exit code: 1 when there are none.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from support.suite import LAST, cache  # noqa: E402 - needs the path

PAGE = ROOT / "tests" / "README.md"
BEGIN, END = "<!-- written by tests/support/slowest.py: begin -->\n", "<!-- end -->\n"
ROWS = 20


def table(results: str) -> str:
    """Return the table: seconds with set-up and clean-up, and the test, the slowest first."""
    root = ET.fromstring(results)
    suite = root if root.tag == "testsuite" else root.find("testsuite")
    if suite is None:
        msg = "the results have no test suite"
        raise ValueError(msg)
    cases = sorted(((float(case.get("time", 0)), name_of(case)) for case in suite.iter("testcase")), key=lambda c: (-c[0], c[1]))
    total, wall = sum(seconds for seconds, _ in cases), float(suite.get("time", 0))
    lines = [f"{len(cases)} tests took {total:.0f} s in {wall:.0f} s of time.\n\n", "| seconds | test |\n", "|--:|---|\n"]
    return "".join([*lines, *(f"| {seconds:.1f} | `{name}` |\n" for seconds, name in cases[:ROWS])])


def name_of(case: ET.Element) -> str:
    """Return a test's name as pytest takes it, without `tests/`."""
    file = str(case.get("classname")).removeprefix("tests.").replace(".", "/")
    name = str(case.get("name")).replace("|", "\\|")
    return f"{file}.py::{name}"


def main(arguments: list[str]) -> int:
    """Write the table."""
    results = Path(arguments[0]) if arguments else cache() / LAST
    if not results.exists():
        print(f"ERROR {results} is not there. To fix: ./tests/run", file=sys.stderr)
        return 1
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    text = table(results.read_text(encoding="utf-8"))
    PAGE.write_text(before + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
