"""All benchmarks in one run: tables, a file of results and a plot.

argv: `[PART…] [--rounds N] [--out FOLDER] [--scratch DIR] [--corpus NAME]…`; prints Markdown. Writes: FOLDER/results.json,
results.md, plot.svg, after each part; what the parts write is theirs. Exit code: 1 if a part failed; the others run, and what
they measured is written.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from measuring import HERE, ROOT, default_scratch, file_system, in_test_environment, test_python  # noqa: E402 - beside this file
from plot import svg  # noqa: E402
from results import Group, markdown, read, targets_table, write  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = {
    "containment": "overhead of containment per build",
    "wrapper": "overhead of the compiler wrapper per call",
    "install": "installing large wheels",
    "normalize": "normalizing throughput",
    "loading": "extension, hub and one leaf of locks with 10 to 2,000 distributions",
    "corpus": "cold build of the corpus, a second machine with a warm cache, nothing changed",
}


def first_line(*command: str) -> str:
    """Return the first line that a program prints, or that it is not there."""
    if not shutil.which(command[0]):
        return "not there"
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return (run.stdout.splitlines() or [f"exit code {run.returncode}"])[0]


def machine() -> dict[str, Any]:
    """Return what has to be known about the machine."""
    from importlib.metadata import version

    from support.suite import virtual_environment

    model = next((line.partition(":")[2].strip() for line in lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) >> 20 for line in lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "processors": os.cpu_count(),
        "processor": model or platform.processor() or platform.machine(),
        "memory GiB": memory,
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Bazel": first_line(str(ROOT / "bazelw"), "--version"),
        "gcc": first_line("gcc", "--version"),
        "binutils": first_line("strip", "--version"),
        "pip": version("pip"),
        "build": version("build"),
        "uv": first_line(str(virtual_environment(HERE / "uv.txt").with_name("uv")), "--version"),
    }


def lines(path: str) -> list[str]:
    """Return the lines of a file, or none."""
    return Path(path).read_text(encoding="utf-8", errors="replace").splitlines() if os.path.exists(path) else []


def summary(about: dict[str, Any], groups: Sequence[Group]) -> str:
    """Return everything as Markdown."""
    facts = "; ".join(f"{name}: {value}" for name, value in about["machine"].items())
    loads = "; ".join(f"{part} {load[0]:.1f} to {load[1]:.1f}" for part, load in about["load averages"].items())
    head = [f"`{about['command']}`, {about['date']}, commit {about['commit']}.", f"{facts}."]
    head += [f"Files of all contenders in {about['scratch']}. Load averages: {loads}."]
    failed = [f"**Failed: {', '.join(about['failed'])}.**"] if about["failed"] else []
    return "\n\n".join([*head, *failed, targets_table(groups), *(markdown(group) for group in groups)])


def run_part(part: str, options: argparse.Namespace, scratch: Path, result: Path) -> bool:
    """Run one benchmark, whose tables go where ours go."""
    command = [str(test_python()), "-B", str(HERE / f"{part}.py"), f"--json={result}", f"--scratch={scratch}"]
    command += [f"--rounds={options.rounds}"] if options.rounds else []
    command += options.corpus if part == "corpus" else []
    return subprocess.run(command, check=False).returncode == 0


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="tests/bench/run", description="Runs benchmarks; see tests/bench/README.md.")
    parser.add_argument("part", nargs="*", help=f"which; all of them if none is named: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, help="how often everything is measured; default: each part's own")
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="where results go (%(default)s)")
    parser.add_argument("--scratch", type=Path, help="where files are made; default: /dev/shm if it is in memory and has room")
    parser.add_argument("--corpus", action="append", default=[], metavar="NAME", help="only this sdist of the corpus")
    options = parser.parse_args()
    if unknown := [part for part in options.part if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}; expected some of: {', '.join(PARTS)}")
    scratch = (options.scratch or default_scratch()).resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    about: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join(["tests/bench/run", *sys.argv[1:]]),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "machine": machine(),
        "scratch": f"{scratch} ({file_system(scratch)})",
        "load averages": {},
        "failed": [],
    }
    groups: list[Group] = []
    with tempfile.TemporaryDirectory(prefix="reprowheel-bench-results-") as folder:
        for part in options.part or PARTS:
            print(f"\n## {PARTS[part]}\n", flush=True)
            result, load = Path(folder) / f"{part}.json", os.getloadavg()[0]
            done = run_part(part, options, scratch, result)
            about["load averages"][part] = [load, os.getloadavg()[0]]
            about["failed"] += [] if done else [part]
            groups += read(result) if done else []
            write(options.out / "results.json", groups, about)
            (options.out / "results.md").write_text(summary(about, groups), encoding="utf-8")
            (options.out / "plot.svg").write_text(svg(groups), encoding="utf-8")
    print(f"\n## Targets\n\n{targets_table(groups)}\nWritten: results.json, results.md and plot.svg in {options.out}")
    return 1 if about["failed"] else 0


if __name__ == "__main__":
    in_test_environment()
    sys.exit(main())
