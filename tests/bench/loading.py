"""Time and memory of evaluating the extension and loading the hub for a large lock, beside rules_python's own extension.

argv: `--distributions N --rounds N`; prints Markdown. Reads: the checkout. Writes: a temporary folder.
Every round starts from an empty output base, with a server that already runs; nothing comes from the network: the lock's files
are on disk, those that nothing needs do not exist at all.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from local_index import make_wheel, sha256, write_simple  # noqa: E402

LEAF, NEEDED = "d0500", ("d0500", "d0501", "d0502")
BUILD = """\
load("@pypi//:requirements.bzl", "all_whl_requirements")

filegroup(
    name = "all",
    srcs = all_whl_requirements,
)
"""
DOORS = {
    "rules_reprowheel": """\
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")
pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(hub_name = "pypi", index_url = "{index}", requirements_lock = "//:requirements.txt")
""",
    "rules_python 0.22.1": """\
pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(name = "pypi", incompatible_generate_aliases = True, requirements_lock = "//:requirements.txt")
""",
}
# What is measured, in order, on one server; each step also pays what the steps before it did not need.
STEPS = {
    "extension and hub: `query @pypi//:requirements.bzl`": ("query", "@pypi//:requirements.bzl"),
    "every macro: `query //:all`": ("query", "//:all"),
    "one leaf, its targets: `query deps(leaf)`": ("query", f"deps(@pypi//{LEAF}:whl)"),
    "one leaf: `build @pypi//leaf:pkg`": ("build", f"@pypi//{LEAF}:pkg"),
}
ALL_HUB = ("query", "@pypi//...")


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What one step took, or None in place of numbers where it does not run."""

    wall: float
    cpu: float
    heap: float
    fetched: int
    code: int


def make_leaf(folder: Path) -> str:
    """Make the leaf and the two that it needs, and return the address of an index of them."""
    archives = folder / "archives"
    archives.mkdir(parents=True)
    for name in NEEDED:
        make_wheel(archives, name, "1.0", files={f"{name}.py": ""}, requires=NEEDED[1:] if name == LEAF else ())
    return write_simple(folder / "index", sorted(archives.iterdir()))


def write_workspace(folder: Path, index: str, archives: Path, door: str, count: int, checkout: Path = ROOT) -> None:
    """Write a consumer with a lock of `count` distributions, of which the leaf and what it needs exist."""
    folder.mkdir(parents=True)
    lines = []
    for number in range(count):
        name = f"d{number:04}"
        wheel = archives / f"{name}-1.0-py3-none-any.whl"
        digest = sha256(wheel) if wheel.exists() else hashlib.sha256(name.encode()).hexdigest()
        lines.append(f"{name}==1.0 --hash=sha256:{digest}\n")
    (folder / "requirements.txt").write_text("".join(lines), encoding="utf-8")
    (folder / "BUILD.bazel").write_text(BUILD, encoding="utf-8")
    head = 'module(name = "bench")\nbazel_dep(name = "rules_python", version = "1.7.0")\n'
    text = head + DOORS[door].format(checkout=checkout, index=index) + 'use_repo(pip, "pypi")\n'
    (folder / "MODULE.bazel").write_text(text, encoding="utf-8")


class Server:
    """A Bazel server with an output base of its own."""

    def __init__(self, workspace: Path, state: Path) -> None:
        """Start it, so that its start is not measured."""
        self.workspace, self.state = workspace, state
        self.run("info", "release")

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run one command; return its exit code and output."""
        command = [str(ROOT / "bazelw"), f"--output_user_root={self.state}", *arguments]
        run = subprocess.run(
            command, cwd=self.workspace, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return run.returncode, run.stdout

    def cpu(self) -> float:
        """Return the seconds of processor time that the server has used."""
        pid = next(self.state.glob("*/server/server.pid.txt")).read_text(encoding="ascii").strip()
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def fetched(self) -> int:
        """Return how many distributions' repositories are there."""
        folders = {path.name for path in self.state.glob("*/external/*pypi_d*") if path.is_dir()}
        return len(folders)

    def measure(self, *command: str) -> Figure:
        """Run one step."""
        before, start = self.cpu(), time.monotonic()
        code, _ = self.run(*command)
        wall, cpu = time.monotonic() - start, self.cpu() - before
        heap = self.run("info", "used-heap-size-after-gc")[1].split()[-1].removesuffix("MB")
        return Figure(wall=wall, cpu=cpu, heap=float(heap), fetched=self.fetched(), code=code)


def one_round(base: Path, index: str, archives: Path, door: str, count: int) -> dict[str, Figure]:
    """Measure all steps on a new server."""
    folder = base / "round"
    write_workspace(folder / "workspace", index, archives, door, count)
    server = Server(folder / "workspace", folder / "state")
    figures = {}
    try:
        steps = STEPS if door == "rules_reprowheel" else dict(list(STEPS.items())[:2])
        for name, command in steps.items():
            figures[name] = server.measure(*command)
        figures["every package of the hub: `query @pypi//...`"] = server.measure(*ALL_HUB)
    finally:
        server.run("shutdown")
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def table(rounds: dict[str, list[dict[str, Figure]]]) -> str:
    """Return a Markdown table of medians, and ratios to rules_python where both ran."""
    lines = ["| step | by | wall s | server cpu s | cpu ratio | heap MB | repositories |", "|---|---|---:|---:|---:|---:|---:|"]
    other = "rules_python 0.22.1"
    for step in rounds["rules_reprowheel"][0]:
        base = [figures[step].cpu for figures in rounds[other] if step in figures]
        for door, runs in rounds.items():
            found = [figures[step] for figures in runs if step in figures]
            if not found:
                lines.append(f"| {step} | {door} | not run | | | | |")
                continue
            cpu = statistics.median(f.cpu for f in found)
            failed = " (failed)" if any(f.code for f in found) else ""
            ratio = f"{cpu / statistics.median(base):.2f}" if base else ""
            wall, heap = statistics.median(f.wall for f in found), statistics.median(f.heap for f in found)
            fetched = max(f.fetched for f in found)
            lines.append(f"| {step} | {door}{failed} | {wall:.1f} | {cpu:.1f} | {ratio} | {heap:.0f} | {fetched} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distributions", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rounds: dict[str, list[dict[str, Figure]]] = {door: [] for door in DOORS}
    start = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="reprowheel-bench-") as scratch:
        base = Path(scratch)
        index = make_leaf(base)
        for _ in range(arguments.rounds):
            for door in DOORS:
                rounds[door].append(one_round(base, index, base / "archives", door, arguments.distributions))
    print(f"{arguments.distributions} distributions, medians of {arguments.rounds} rounds, {os.cpu_count()} processors.")
    print(f"Load averages {start[0]:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.\n")
    print(table(rounds))


if __name__ == "__main__":
    main()
