"""Times the normalize stage and its memory next to binutils and strip-nondeterminism, on the same files, in one run.

argv: `--elf FILE…` shared objects with debug information; `--wheel FILE…` wheels; `--large MB` size of a shared object
made for the occasion (0: none); `--rounds N`; `--scratch DIR`. Prints Markdown tables.
env: PATH (strip, objcopy, gcc; strip-nondeterminism where there are wheels). Writes: a temporary folder in DIR.
Exit codes: 0 done, 2 wrong use or a tool that is not there, 1 a command failed.

Commands take turns, so that a load from outside meets all of them. Each runs in processes of its own on fresh copies;
copying is not timed. Time is wall clock and processor time, start of the processes included; memory is the largest
resident set of any of them (wait4).
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

HELPER = Path(__file__).resolve().parent.parent.parent / "python"
_START = f"import sys; sys.path.insert(0, {str(HELPER)!r}); from pathlib import Path; "
OURS_ELF = _START + (
    "from reprowheel.normalize.elf import normalize_elf\n"
    "for f in map(Path, sys.argv[1:]): normalize_elf(f, f.name, debug_dir=f.parent / 'debug')"
)
OURS_WHEEL = _START + (
    "from reprowheel.normalize import normalize_tree, unpack_wheel, write_wheel\n"
    "for f in map(Path, sys.argv[1:]):\n"
    "    tree = f.parent / (f.name + '.tree')\n"
    "    unpack_wheel(f, tree)\n"
    "    normalize_tree(tree)\n"
    "    write_wheel(tree, f.parent / 'out', filename=f.name)"
)
OURS_ARCHIVE = OURS_WHEEL.replace("    normalize_tree(tree)\n", "")
NOTHING = _START + "import reprowheel.normalize"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    memory: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way to do the work."""

    name: str
    commands: Callable[[Sequence[Path]], list[list[str]]]
    """From the copies of the files to the commands, which run one after the other."""
    samples: list[Sample] = field(default_factory=list)


def python(program: str) -> Callable[[Sequence[Path]], list[list[str]]]:
    """Return the way that runs a program of ours once on all files."""
    return lambda files: [[sys.executable, "-B", "-c", program, *map(str, files)]]


def binutils(files: Sequence[Path]) -> list[list[str]]:
    """Split and strip as distributions do."""
    commands = []
    for file in files:
        commands += [["objcopy", "--only-keep-debug", str(file), f"{file}.debug"], ["strip", "--strip-all", str(file)]]
    return commands


def strip_nondeterminism(files: Sequence[Path]) -> list[list[str]]:
    """Run it once on all files, in place, as ZIP archives."""
    return [["strip-nondeterminism", "--type", "zip", *map(str, files)]]


def main(argv: list[str]) -> int:
    """Run the benchmark; see the module's docstring."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0], fromfile_prefix_chars="@")
    parser.add_argument("--elf", type=Path, nargs="+", default=[])
    parser.add_argument("--wheel", type=Path, nargs="+", default=[])
    parser.add_argument("--large", type=int, default=200, metavar="MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    arguments = parser.parse_args(argv)
    needed = ["objcopy", "strip", *(["gcc"] if arguments.large else [])]
    needed += ["strip-nondeterminism"] if arguments.wheel else []
    missing = [tool for tool in needed if not shutil.which(tool)]
    if missing:
        print(f"ERROR: not found on PATH: {', '.join(missing)}; install them and run again", file=sys.stderr)
        return 2
    print(state(needed))
    with tempfile.TemporaryDirectory(dir=arguments.scratch, prefix="bench-") as scratch:
        run_all(arguments.elf, arguments.wheel, arguments.large, arguments.rounds, Path(scratch))
    print(f"Load averages at the end: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return 0


def run_all(elf: list[Path], wheels: list[Path], large: int, rounds: int, scratch: Path) -> None:
    """Measure each set of files and print a table for it."""
    if elf:
        measure("ELF files", elf, elf_ways(), rounds, scratch)
    if large:
        made = scratch / "large.so"
        make_large(made, large << 20)
        measure("One large ELF file", [made], elf_ways(), rounds, scratch)
    if wheels:
        measure("Wheels", wheels, wheel_ways(), rounds, scratch)


def elf_ways() -> list[Way]:
    """Return what is compared on ELF files; the first one is the one that ratios are relative to."""
    return [
        Way(name="objcopy --only-keep-debug, strip --strip-all", commands=binutils),
        Way(name="normalize_elf", commands=python(OURS_ELF)),
        Way(name="start of our process alone", commands=python(NOTHING)),
    ]


def wheel_ways() -> list[Way]:
    """Return what is compared on wheels."""
    return [
        Way(name="strip-nondeterminism", commands=strip_nondeterminism),
        Way(name="unpack_wheel, write_wheel", commands=python(OURS_ARCHIVE)),
        Way(name="unpack_wheel, normalize_tree, write_wheel", commands=python(OURS_WHEEL)),
        Way(name="start of our process alone", commands=python(NOTHING)),
    ]


def measure(title: str, files: list[Path], ways: list[Way], rounds: int, scratch: Path) -> None:
    """Run all ways in turn, `rounds` times after one round that does not count, and print the medians."""
    for number in range(rounds + 1):
        for way in ways:
            folder = scratch / "run"
            folder.mkdir()
            copies = [Path(shutil.copy(file, folder / file.name)) for file in files]
            sample = run(way.commands(copies))
            if number:
                way.samples.append(sample)
            shutil.rmtree(folder)
    print(table(title, files, ways, rounds))


def run(commands: list[list[str]]) -> Sample:
    """Run the commands one after the other."""
    wall = cpu = 0.0
    memory = 0
    for command in commands:
        start = time.perf_counter()
        pid = os.posix_spawnp(command[0], command, os.environ)
        _, status, usage = os.wait4(pid, 0)
        wall += time.perf_counter() - start
        if status:
            raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss * 1024)
    return Sample(wall=wall, cpu=cpu, memory=memory)


def table(title: str, files: list[Path], ways: list[Way], rounds: int) -> str:
    """Return the medians as a Markdown table."""
    sizes = [file.stat().st_size for file in files]
    total, largest = sum(sizes) / (1 << 20), max(sizes) / (1 << 20)
    lines = [
        f"\n### {title}\n",
        f"{len(files)} of them, {total:.1f} MiB, the largest {largest:.1f} MiB; medians of {rounds} rounds.\n",
        "| | wall s | cpu s | wall ratio | cpu ratio | peak MiB | peak / largest file |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    first = ways[0].samples
    for way in ways:
        wall, cpu = (statistics.median(getattr(s, name) for s in way.samples) for name in ("wall", "cpu"))
        wall_ratio = statistics.median(s.wall / f.wall for s, f in zip(way.samples, first, strict=True))
        cpu_ratio = statistics.median(s.cpu / f.cpu for s, f in zip(way.samples, first, strict=True))
        peak = max(s.memory for s in way.samples) / (1 << 20)
        numbers = f"{wall:.2f} | {cpu:.2f} | {wall_ratio:.2f} | {cpu_ratio:.2f} | {peak:.0f} | {peak / largest:.2f}"
        lines.append(f"| {way.name} | {numbers} |")
    return "\n".join(lines) + "\n"


def make_large(path: Path, size: int) -> None:
    """Link a shared object of about `size` bytes, half of them loaded, half debug information; the same every time."""
    source, blob = path.with_suffix(".c"), path.with_suffix(".bin")
    chance = random.Random(size)
    with blob.open("wb") as out:
        for _ in range(size // 2 >> 20):
            out.write(chance.randbytes(1 << 20))
    source.write_text(
        f'asm(".section .rodata.blob,\\"a\\"\\n.incbin \\"{blob}\\"\\n'
        f'.section .debug_blob,\\"\\",@progbits\\n.incbin \\"{blob}\\"\\n.text");\nint f(void) {{ return 1; }}\n',
        encoding="utf-8",
    )
    command = ["gcc", "-shared", "-fPIC", "-g", "-Wl,--build-id=sha1", "-o", str(path), str(source)]
    subprocess.run(command, check=True)
    blob.unlink()


def state(tools: list[str]) -> str:
    """Return what has to be known about the machine."""
    versions = []
    for tool in tools:
        output = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
        versions.append(output.splitlines()[0] if output else tool)
    load = " ".join(f"{load:.1f}" for load in os.getloadavg())
    parts = [f"Python {platform.python_version()}", *versions, f"{os.cpu_count()} processors", f"load averages {load}"]
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
