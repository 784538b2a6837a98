"""Time of builds with `reprowheel build --compiler-cache`: without, with an empty cache, and with a full one.

argv: `[SDIST…] [--rounds N] [--scratch DIR] [--json FILE]`; SDIST: a name in tools/dev/corpus, by default three in C or C++.
Prints a Markdown table of medians: wall and processor time, as they are and as parts of those without a cache, hits and
misses. Ends with an error if a cache changes a wheel.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/bench", "tests", "python")]

from corpus import Corpus  # noqa: E402 - beside this file
from measuring import (  # noqa: E402
    in_test_environment,
    installed_helper,
    measured,
    options,
    plain_environment,
    scratch_folder,
)
from support.suite import virtual_environment  # noqa: E402 - the tests' own environment

PROGRAMS = ROOT / "tests" / "compiler-caches.txt"
NAMES = ("brotli", "contourpy", "lz4")
CACHES = ("ccache", "sccache")


class Bench:
    """Builds of one round, in a folder of their own."""

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        """Take an empty folder."""
        self.corpus, self.folder = corpus, folder
        self.environment = plain_environment(folder) | {"PYTHONPATH": str(installed_helper(folder))}

    def build(self, key: str, label: str, *arguments: str) -> dict[str, float | str]:
        """Measure one build."""
        out = self.folder / key / label
        out.mkdir(parents=True)
        wheels = [f"--build-wheel={self.corpus.wheels[r]}" for r in self.corpus.lock["sdists"][key]["build_requirements"]]
        command = [sys.executable, "-B", "-m", "reprowheel", "build", str(self.corpus.sdists[key]), f"--out={out / 'dist'}"]
        figure = measured([*command, *wheels, *arguments], cwd=out, environment=self.environment)
        (wheel,) = (out / "dist").iterdir()
        used = re.search(r"cache: (\d+) hits, (\d+) misses", (out / "output.log").read_text(encoding="utf-8"))
        hits, misses = map(int, used.groups()) if used else (0, 0)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        return {"wall": figure.wall, "cpu": figure.cpu, "hits": hits, "misses": misses, "sha256": digest}

    def run(self, key: str) -> dict[str, dict[str, float | str]]:
        """Measure all builds of one sdist."""
        results = {"without": self.build(key, "without")}
        for name in CACHES:
            program = virtual_environment(PROGRAMS).with_name(name)
            folder = self.folder / key / f"{name}-results"
            cached = (f"--compiler-cache={program}", f"--compiler-cache-dir={folder}")
            for state in ("cold", "warm"):
                results[f"{name}, {state}"] = self.build(key, f"{name}-{state}", *cached)
        if len({result["sha256"] for result in results.values()}) != 1:
            message = f"{key}: wheels differ: {results}"
            raise SystemExit(message)
        return results


def table(rounds: list[dict[str, dict[str, dict[str, float | str]]]]) -> str:
    """Return a Markdown table of medians."""
    lines = [
        "| sdist | cache | wall s | cpu s | wall / without | cpu / without | hits | misses |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for key, first in rounds[0].items():
        medians = {
            label: {f: statistics.median(float(r[key][label][f]) for r in rounds) for f in ("wall", "cpu")} for label in first
        }
        for label, m in medians.items():
            parts = [f"{m[f] / medians['without'][f]:.2f}" for f in ("wall", "cpu")]
            counts = [str(first[label][f]) for f in ("hits", "misses")]
            lines.append(f"| {key} | {label} | {m['wall']:.1f} | {m['cpu']:.1f} | {' | '.join([*parts, *counts])} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("sdist", nargs="*")
    arguments = parser.parse_args()
    corpus = Corpus(arguments.sdist or list(NAMES), [])
    start, rounds = os.getloadavg(), []
    for _ in range(arguments.rounds):
        with scratch_folder(arguments) as scratch:
            bench = Bench(corpus, scratch)
            rounds.append({key: bench.run(key) for key in corpus.sdists})
    if arguments.json:
        arguments.json.write_text(json.dumps(rounds, indent=2) + "\n", encoding="utf-8")
    print(f"Medians of {arguments.rounds} rounds, {os.cpu_count()} processors, Python {sys.version.split()[0]};", end=" ")
    print(f"load averages {start[0]:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.\n")
    print(table(rounds))


if __name__ == "__main__":
    in_test_environment()
    main()
