"""What a wrapped compiler costs on top of the compiler: milliseconds per call, by the kind of call.

argv: `[--rounds N] [--calls N] [--scratch DIR] [--json FILE]`; prints Markdown tables. Needs gcc, which makes the compiler
that does nothing: it is called directly and through the wrapper of a build, in turns. env: PATH. Writes: a temporary folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from measuring import in_test_environment, options, report, scratch_folder  # noqa: E402 - beside this file
from results import Group, Ratio, Target, of_samples  # noqa: E402

NOTHING = """\
#include <stdio.h>
#include <string.h>
/* Writes the rules that it is asked for, as a compiler does, and nothing else. */
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-dumpmachine")) puts("x86_64-linux-gnu");
        if (!strcmp(argv[i], "-MF") && i + 1 < argc) {
            FILE *rules = fopen(argv[i + 1], "w");
            if (!rules) return 1;
            fputs("module.o: module.c /usr/include/stdio.h\\n", rules);
            fclose(rules);
        }
    }
    return 0;
}
"""
FLAGS = (
    "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O2 -Wall -Wextra -fPIC -fstack-protector-strong -Wformat "
    "-Werror=format-security -fwrapv -D_FORTIFY_SOURCE=2 -DVERSION=1.0 -Iinclude -Isrc/include -I/usr/include/python3 "
    "-fvisibility=hidden -std=c11"
).split()
OBJECTS = [f"build/module{number}.o" for number in range(10)]
CALLS = {
    "compile: -c": [*FLAGS, "-c", "module.c", "-o", "module.o"],
    "compile with rules: -MD -MF": [*FLAGS, "-MD", "-MF", "module.d", "-c", "module.c", "-o", "module.o"],
    "link: -shared": ["-shared", "-Wl,-O1", "-Wl,-z,relro", *OBJECTS, "-Lbuild", "-lm", "-o", "module.so"],
    "what needs Python: -march=native": [*FLAGS, "-march=native", "-c", "module.c", "-o", "module.o"],
}
DIRECTLY, WRAPPED, TURN = "compiler that does nothing", "the same, wrapped", 10


def prepare(folder: Path) -> dict[str, str]:
    """Write the compiler and the wrappers; return the command of each contender."""
    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.compilers.wrappers import write_wrappers

    source, compiler = folder / "nothing.c", folder / "real" / "gcc"
    compiler.parent.mkdir()
    source.write_text(NOTHING, encoding="utf-8")
    subprocess.run(["gcc", "-O2", "-o", str(compiler), str(source)], check=True)
    tools, headers = folder / "root" / "tools", folder / "root" / "headers"
    for path in (tools, headers, folder / "root" / "src"):
        path.mkdir(parents=True)
    maps = [(str(folder / "root" / name), f"/reprowheel/{name}") for name in ("tools", "src", "env")]
    toolchain = CcToolchain(compiler="gcc", tools={"cc": str(compiler)})
    python = Path(os.path.realpath(sys.executable))
    write_wrappers(toolchain, tools, python=python, root=folder / "root", maps=maps, epoch=1_600_000_000, headers=headers)
    return {DIRECTLY: str(compiler), WRAPPED: str(tools / "gcc")}


def turn(command: list[str], calls: int) -> tuple[float, float]:
    """Call it some times; return seconds and seconds of processor time of all calls."""
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    cpu, start = 0.0, time.perf_counter()
    for _ in range(calls):
        _, status, usage = os.wait4(os.posix_spawn(command[0], command, environment), 0)
        if status:
            message = f"{command} failed"
            raise SystemExit(message)
        cpu += usage.ru_utime + usage.ru_stime
    return time.perf_counter() - start, cpu


def one_round(programs: dict[str, str], arguments: list[str], calls: int) -> dict[str, dict[str, float]]:
    """Measure one kind of call, all contenders in turns."""
    sums = {name: [0.0, 0.0] for name in programs}
    for _ in range(max(1, calls // TURN)):
        for name, program in programs.items():
            wall, cpu = turn([program, *arguments], TURN)
            sums[name] = [sums[name][0] + wall, sums[name][1] + cpu]
    made = max(1, calls // TURN) * TURN
    figures = {name: {"wall ms": wall * 1000 / made, "cpu ms": cpu * 1000 / made} for name, (wall, cpu) in sums.items()}
    least = figures[DIRECTLY]["wall ms"]
    figures[WRAPPED]["overhead ms"] = figures[WRAPPED]["wall ms"] - least
    return figures


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=5)
    parser.add_argument("--calls", type=int, default=200, help="calls of each kind and contender in a round (%(default)s)")
    arguments = parser.parse_args()
    start, groups = os.getloadavg()[0], []
    with scratch_folder(arguments) as folder:
        programs = prepare(folder)
        os.chdir(folder / "root" / "src")
        for title, call in CALLS.items():
            one_round(programs, call, TURN)
            rounds = [one_round(programs, call, arguments.calls) for _ in range(arguments.rounds)]
            groups.append(group(title, len(call), rounds))
    report(groups, arguments, start)


def group(title: str, words: int, rounds: list[dict[str, dict[str, float]]]) -> Group:
    """Return the figures of one kind of call."""
    return of_samples(
        {name: [figures[name] for figures in rounds] for name in (DIRECTLY, WRAPPED)},
        part="wrapper",
        title=f"Compiler wrapper, {title}",
        note=f"Milliseconds of one call with {words} arguments.",
        ratios=[Ratio(label="wall / directly", column="wall ms", baseline=DIRECTLY)],
        targets=[Target(row=WRAPPED, figure="overhead ms", most=3.0)],
    )


if __name__ == "__main__":
    in_test_environment()
    main()
