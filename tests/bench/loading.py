"""Evaluating the extension, loading the hub and building one leaf, for locks of several sizes, beside rules_python's extension.

argv: `[--distributions N…] [--rounds N] [--scratch DIR] [--json FILE]`; prints Markdown tables. Reads: the checkout. Writes: a
temporary folder. Every measurement starts from an empty output base, with a server that already runs; nothing comes from the
network: the lock's files are on disk, those that nothing needs do not exist at all. rules_python is compared where Bazel finds
it; its leaf is not built: its repository rule downloads pip.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from measuring import ROOT, in_test_environment, options, report, scratch_folder  # noqa: E402 - beside this file
from results import Group, Ratio, of_samples  # noqa: E402
from support.local_index import make_wheel, sha256, write_simple  # noqa: E402 - the tests'

SIZES = (10, 100, 1000, 2000)
NEEDED = ("d0005", "d0006", "d0007")
LEAF = NEEDED[0]
OURS, OTHER = "rules_reprowheel", "rules_python 0.22.1"
BUILD = """\
load("@pypi//:requirements.bzl", "all_whl_requirements")

filegroup(
    name = "all",
    srcs = all_whl_requirements,
)
"""
DOORS = {
    OURS: """\
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")
pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(hub_name = "pypi", index_url = "{index}", requirements_lock = "//:requirements.txt")
""",
    OTHER: """\
pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(name = "pypi", incompatible_generate_aliases = True, requirements_lock = "//:requirements.txt")
""",
}
EXTENSIONS = {OURS: ("rules_reprowheel", "python:extensions.bzl"), OTHER: ("rules_python", "python/extensions:pip.bzl")}
# What is measured, in order, on one server; each step also pays what the steps before it did not need.
STEPS = {
    "Extension: mod show_extension": ("mod", "show_extension", "@{rules}//{extension}%pip"),
    "Hub: query @pypi//:requirements.bzl": ("query", "@pypi//:requirements.bzl"),
    "Every macro: query //:all": ("query", "//:all"),
    "One leaf, its targets: query deps(leaf)": ("query", f"deps(@pypi//{LEAF}:whl)"),
    "One leaf: build @pypi//leaf:pkg": ("build", f"@pypi//{LEAF}:pkg"),
    "Every package of the hub: query @pypi//...": ("query", "@pypi//..."),
}
NOTE = "One server for all steps, in this order: each pays what the steps before it did not need."
NOT_WITH_OTHER = frozenset(name for name in STEPS if name.startswith("One leaf"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What one step took: seconds, seconds of the server's processor time, MB of its heap, repositories of distributions."""

    wall: float
    cpu: float
    heap: float
    fetched: int

    def columns(self) -> dict[str, float]:
        """Return it as a row of a table."""
        return {"wall s": self.wall, "server cpu s": self.cpu, "heap MB": self.heap, "repositories": self.fetched}


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

    def measure(self, *command: str) -> Figure | str:
        """Run one step; return what it took, or what Bazel said where it failed."""
        before, start = self.cpu(), time.monotonic()
        code, output = self.run(*command)
        if code:
            return output
        wall, cpu = time.monotonic() - start, self.cpu() - before
        heap = self.run("info", "used-heap-size-after-gc")[1].split()[-1].removesuffix("MB")
        return Figure(wall=wall, cpu=cpu, heap=float(heap), fetched=self.fetched())


def one_round(base: Path, index: str, door: str, count: int) -> dict[str, Figure]:
    """Measure all steps on a new server; nothing where rules_python is not there."""
    folder = base / "round"
    write_workspace(folder / "workspace", index, base / "archives", door, count)
    server = Server(folder / "workspace", folder / "state")
    figures: dict[str, Figure] = {}
    try:
        rules, extension = EXTENSIONS[door]
        for name, words in STEPS.items():
            command = [word.format(rules=rules, extension=extension) for word in words]
            if door == OTHER and name in NOT_WITH_OTHER:
                continue
            figure = server.measure(*command)
            if isinstance(figure, Figure):
                figures[name] = figure
            elif door == OURS:
                message = f"{' '.join(command)} failed:\n{figure[-3000:]}"
                raise SystemExit(message)
            else:
                print(f"{OTHER} is left out: {' '.join(command)} failed", file=sys.stderr)
                return {}
    finally:
        server.run("shutdown")
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def groups(rounds: dict[tuple[str, int], list[dict[str, Figure]]]) -> list[Group]:
    """Return a group for each step: how it grows with the lock, and what rules_python takes for the same."""
    made, smallest = [], min(count for _, count in rounds)
    for step in STEPS:
        samples: dict[str, list[dict[str, float]]] = {}
        for (door, count), taken in rounds.items():
            rows = [
                figures[step].columns() | further(step, figures, least, count - smallest)
                for figures, least in zip(taken, rounds[door, smallest], strict=True)
                if step in figures
            ]
            samples |= {f"{count} distributions{f', {OTHER}' if door == OTHER else ''}": rows} if rows else {}
        baseline = f"{smallest} distributions"
        ratios = [Ratio(label=f"wall / {baseline}", column="wall s", baseline=baseline)]
        made.append(of_samples(samples, part="loading", title=step, note=NOTE, ratios=ratios))
    return made


def further(step: str, figures: dict[str, Figure], least: dict[str, Figure], count: int) -> dict[str, float]:
    """Return the processor time of each distribution that the smallest lock does not have."""
    more = figures[step].cpu - least[step].cpu
    return {"cpu ms / further distribution": more * 1000 / count} if count else {}


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=3)
    parser.add_argument("--distributions", type=int, nargs="+", default=list(SIZES), metavar="N", help="at least 10")
    arguments = parser.parse_args()
    start = os.getloadavg()[0]
    rounds: dict[tuple[str, int], list[dict[str, Figure]]] = {}
    with scratch_folder(arguments) as base:
        index, doors = make_leaf(base), [OURS, OTHER]
        for _ in range(arguments.rounds):
            for count in arguments.distributions:
                for door in list(doors):
                    print(f"{count} distributions, {door} …", file=sys.stderr, flush=True)
                    figures = one_round(base, index, door, count)
                    if figures:
                        rounds.setdefault((door, count), []).append(figures)
                    else:
                        doors.remove(door)
    report(groups(rounds), arguments, start)


if __name__ == "__main__":
    in_test_environment()
    main()
