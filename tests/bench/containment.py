"""What containment costs: milliseconds of a build's two hooks that do nothing, contained and as plain processes.

argv: `[--rounds N] [--scratch DIR] [--json FILE]`; prints Markdown tables. env: PATH. Writes: a temporary folder.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from measuring import in_test_environment, options, report, scratch_folder  # noqa: E402 - beside this file
from results import Group, Ratio, Target, of_samples  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN, CONTAINED = "plain processes", "contained"
COMMAND = ["/bin/true"]
HOOKS = 2
"""Hooks of a build: one asks for build requirements, one builds the wheel."""


def used() -> float:
    """Return the seconds of processor time of this process and of all that it has started."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def turn(run: Callable[[], object]) -> dict[str, float]:
    """Run the hooks of one build."""
    before, start = used(), time.perf_counter()
    for _ in range(HOOKS):
        run()
    return {"wall ms": (time.perf_counter() - start) * 1000, "cpu ms": (used() - before) * 1000}


def contenders(folder: Path) -> dict[str, Callable[[], object]]:
    """Return what runs a hook in each of the two ways."""
    import reprowheel.build  # noqa: F401 - then this process is as large as the helper when it runs a hook
    from reprowheel.containment import Containment, run_contained

    root = folder / "workspace"
    root.mkdir()
    containment, variables = Containment(root=root), {"PATH": os.defpath}

    def contained() -> None:
        run_contained(COMMAND, cwd=str(root), variables=variables, log=folder / "log", containment=containment)

    def plain() -> None:
        subprocess.run(COMMAND, check=True, cwd=root, env=variables, stdin=subprocess.DEVNULL)

    return {PLAIN: plain, CONTAINED: contained}


def one_round(ways: dict[str, Callable[[], object]]) -> dict[str, dict[str, float]]:
    """Measure both ways, one after the other."""
    figures = {name: turn(run) for name, run in ways.items()}
    figures[CONTAINED]["overhead ms"] = figures[CONTAINED]["wall ms"] - figures[PLAIN]["wall ms"]
    return figures


def main() -> None:
    """Measure and print."""
    arguments = options(__doc__ or "", rounds=50).parse_args()
    start = os.getloadavg()[0]
    with scratch_folder(arguments) as folder:
        ways = contenders(folder)
        one_round(ways)  # the first finds out which means this machine has
        rounds = [one_round(ways) for _ in range(arguments.rounds)]
    report([group(rounds)], arguments, start)


def group(rounds: list[dict[str, dict[str, float]]]) -> Group:
    """Return the figures."""
    return of_samples(
        {name: [figures[name] for figures in rounds] for name in (PLAIN, CONTAINED)},
        part="containment",
        title="Containment of a build's hooks",
        note=f"Milliseconds of {HOOKS} hooks that do nothing, by a process as large as the helper.",
        ratios=[Ratio(label="wall / plain", column="wall ms", baseline=PLAIN)],
        targets=[Target(row=CONTAINED, figure="overhead ms", most=30.0)],
    )


if __name__ == "__main__":
    in_test_environment()
    main()
