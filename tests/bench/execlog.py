"""Time and memory of tools/execlog for logs of a large build.

argv: --spawns N, --folder DIR (for the logs; a temporary one), --json (JSON logs as well, with a tenth of the spawns and
without the tool chain).
Writes two logs of N C++-like spawns: 60 arguments each, a tool chain of 400 files in nested sets, the headers of 20 others,
a header that a spawn makes from a source. In B one source file is another, one spawn in a thousand is not deterministic,
and every spawn depends on one of them. Prints a Markdown table: size of a log, wall clock and peak memory of the program.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from compression import zstd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from support.execution_logs import BIN, Compact, Made, json_log  # noqa: E402 - needs the path


def spawns(count: int, side: str) -> list[Made]:
    """Return the spawns of one build, without the tool chain."""
    made = []
    flags = [f"-I{BIN}include/{n}" for n in range(30)] + [f"-Wsome-warning-{n}" for n in range(26)]
    for n in range(count):
        random = side if n % 1000 == 7 else ""
        needed = [max(0, n - 1 - 37 * k) for k in range(20)] if n else []
        inputs = {f"pkg{n // 50}/source{n}.cc": f"{n}{side if n == 0 else ''}"}
        inputs |= {f"{BIN}pkg{m // 50}/header{m}.h": made[m].outputs[f"{BIN}pkg{m // 50}/header{m}.h"] for m in needed}
        before = made[-1].outputs[f"{BIN}pkg{(n - 1) // 50}/header{n - 1}.h"][-9:] if made else side
        content = f"{n} {random} {before}"
        outputs = {f"{BIN}pkg{n // 50}/header{n}.h": content, f"{BIN}pkg{n // 50}/object{n}.o": content + "o"}
        args = ["/usr/bin/gcc", "-c", f"pkg{n // 50}/source{n}.cc", "-o", f"{BIN}pkg{n // 50}/object{n}.o", *flags]
        made.append(Made(f"//pkg{n // 50}:t{n}", inputs, outputs, "CppCompile", args))
    return made


def write_compact(path: Path, made: list[Made]) -> None:
    """Write a compact log, with the tool chain as nested sets."""
    log = Compact()
    parts = [log.input_set([log.file(f"external/toolchain/{k}/{n}", f"{n}") for n in range(40)]) for k in range(10)]
    tools = log.input_set([], parts)
    with zstd.open(path, "wb") as stream:
        for spawn in made:
            inputs = log.input_set([log.file(p, c) for p, c in spawn.inputs.items()], [tools])
            log.spawn(spawn, inputs, tools=tools)
            stream.write(bytes(log.data))
            log.data.clear()


def measured(paths: list[Path]) -> tuple[float, float, float]:
    """Return seconds, seconds of processor time and MiB of one run of the program."""
    begin = time.monotonic()
    with subprocess.Popen([sys.executable, str(ROOT / "tools" / "execlog"), *map(str, paths)], stdout=subprocess.DEVNULL) as run:
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 1:
        sys.exit(f"the program ended with {run.returncode}, not with 1 for different logs")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def make(path: Path, count: int) -> None:
    """Write the log that a path stands for."""
    made = spawns(count, path.stem)
    write_compact(path, made) if path.suffix == ".compact" else path.write_bytes(json_log(made))


def main() -> int:
    """Make the logs, run the program, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spawns", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:  # a process of its own: what starts the program counts as the program's memory
        make(options.make, options.spawns)
        return 0
    with tempfile.TemporaryDirectory(prefix="execlog-bench-", dir=options.folder) as folder:
        print("| format | spawns | one log, MiB | seconds | CPU seconds | peak MiB |\n|---|---:|---:|---:|---:|---:|")
        for form, count in [("compact", options.spawns)] + ([("json", options.spawns // 10)] if options.json else []):
            paths = [Path(folder, f"{side}.{form}") for side in "ab"]
            for path in paths:
                subprocess.run([sys.executable, __file__, f"--spawns={count}", f"--make={path}"], check=True)
            seconds, cpu, peak = measured(paths)
            size = paths[0].stat().st_size / (1 << 20)
            print(f"| {form} | {count:,} | {size:.1f} | {seconds:.1f} | {cpu:.1f} | {peak:.0f} |", flush=True)
    print(f"\nPython {sys.version.split()[0]}, {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
