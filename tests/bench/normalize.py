"""The normalize stage and its memory next to binutils and strip-nondeterminism, on the same files, in turns.

argv: `[--elf FILE…] [--wheel FILE…] [--large MIB] [--rounds N] [--scratch DIR] [--json FILE]`; prints Markdown tables. Without
`--elf` and `--wheel`: sdists of the corpus, fetched by hash and built here once with debug information, and a large locked wheel.
env: PATH (strip, objcopy, gcc; strip-nondeterminism where it is there). Writes: a temporary folder, the tests' cache.
Exit codes: 0 done, 2 a tool is not there, 1 a command failed.

Each contender runs in processes of its own on fresh copies; copying is not timed. Ours is one process for all files that times
its work itself: a build pays its start (a row of its own) once. The start of binutils, once per file, is in their figures.
MB/s are millions of bytes of what was there before: of the ELF file with its debug information, of the unpacked wheel.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from measuring import (  # noqa: E402 - beside this file
    ROOT,
    Figure,
    cache,
    in_test_environment,
    locked_wheels,
    one_after_the_other,
    options,
    plain_environment,
    report,
    scratch_folder,
)
from results import Group, Ratio, Target, of_samples  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT = ("annoy", "bitarray", "hnswlib", "msgpack", "pyyaml")
START = (
    f"import json, sys, time; sys.path.insert(0, {str(ROOT / 'python')!r}); from pathlib import Path\n"
    "def prepare(f): pass\n"
)
WORK = (
    "files = list(map(Path, sys.argv[2:]))\n"
    "for f in files: prepare(f)\n"
    "wall, cpu = time.perf_counter(), time.process_time()\n"
    "for f in files: work(f)\n"
    "Path(sys.argv[1]).write_text(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))\n"
)
ELF = (
    "from reprowheel.normalize.elf.rewrite import normalize_elf\n"
    "def work(f): normalize_elf(f, f.name, debug_dir=f.parent / 'debug')\n"
)
WHEEL = (
    "from reprowheel.normalize import normalize_tree, unpack_wheel, write_wheel\n"
    "def work(f):\n"
    "    tree = f.parent / (f.name + '.tree')\n"
    "    unpack_wheel(f, tree)\n"
    "    normalize_tree(tree)\n"
    "    write_wheel(tree, f.parent / 'out', filename=f.name)\n"
)
ARCHIVE = WHEEL.replace("    normalize_tree(tree)\n", "")
TREE = (
    "from reprowheel.normalize import normalize_tree, unpack_wheel\n"
    "def prepare(f): unpack_wheel(f, f.parent / (f.name + '.tree'))\n"
    "def work(f): normalize_tree(f.parent / (f.name + '.tree'))\n"
)
NOTHING = "import reprowheel.normalize.elf.rewrite, reprowheel.normalize\ndef work(f): pass\n"
BINUTILS, OURS_ELF = "objcopy --only-keep-debug, strip --strip-all", "normalize_elf"
REWRITE, OURS_ARCHIVE, OURS_TREE = "strip-nondeterminism", "unpack_wheel, write_wheel", "normalize_tree alone"
OURS_WHEEL = "unpack_wheel, normalize_tree, write_wheel"
OURS_START = "start of our process"
LEAST = 300.0  # MB/s


class Contenders:
    """Ways to do the same, by name; each takes copies of the files and a folder."""

    def __init__(self, environment: dict[str, str]) -> None:
        """Remember what programs see."""
        self.environment = environment

    def ours(self, program: str, *, start: bool = False) -> Callable[[list[Path], Path], Figure]:
        """Return the way that runs a program of ours once on all files, and takes the times that it tells."""

        def run(files: list[Path], folder: Path) -> Figure:
            times = folder / "times.json"
            command = [sys.executable, "-B", "-c", START + program + WORK, str(times), *map(str, files)]
            whole = one_after_the_other([command], cwd=folder, environment=self.environment)
            wall, cpu = json.loads(times.read_text(encoding="utf-8"))
            return whole if start else Figure(wall=wall, cpu=cpu, peak=whole.peak)

        return run

    def binutils(self, files: list[Path], folder: Path) -> Figure:
        """Split and strip as distributions do."""
        commands = []
        for file in files:
            commands += [["objcopy", "--only-keep-debug", str(file), f"{file}.debug"], ["strip", "--strip-all", str(file)]]
        return one_after_the_other(commands, cwd=folder, environment=self.environment)

    def strip_nondeterminism(self, files: list[Path], folder: Path) -> Figure:
        """Run it once on all files, in place, as ZIP archives."""
        command = ["strip-nondeterminism", "--type", "zip", *map(str, files)]
        return one_after_the_other([command], cwd=folder, environment=self.environment)

    def of_elf(self) -> dict[str, Callable[[list[Path], Path], Figure]]:
        """Return what is compared on ELF files."""
        return {BINUTILS: self.binutils, OURS_ELF: self.ours(ELF), OURS_START: self.ours(NOTHING, start=True)}

    def of_wheels(self) -> dict[str, Callable[[list[Path], Path], Figure]]:
        """Return what is compared on wheels."""
        rewrite = {REWRITE: self.strip_nondeterminism} if shutil.which("strip-nondeterminism") else {}
        ours = {OURS_ARCHIVE: self.ours(ARCHIVE), OURS_TREE: self.ours(TREE), OURS_WHEEL: self.ours(WHEEL)}
        return {**rewrite, **ours, OURS_START: self.ours(NOTHING, start=True)}


def measure(title: str, files: list[Path], *, wheels: bool, rounds: int, scratch: Path) -> Group:
    """Run all contenders in turn, `rounds` times after one round that does not count."""
    contenders = Contenders(plain_environment(scratch))
    ways = contenders.of_wheels() if wheels else contenders.of_elf()
    size = sum(unpacked(file) if wheels else file.stat().st_size for file in files)
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            folder = scratch / "run"
            folder.mkdir()
            figure = way([Path(shutil.copy(file, folder / file.name)) for file in files], folder)
            shutil.rmtree(folder)
            if number:
                throughput = {} if name == OURS_START else {"MB/s": size / 1e6 / figure.wall}
                samples[name].append(figure.columns() | throughput)
    baseline = next(iter(ways))
    return of_samples(
        samples,
        part="normalize",
        title=f"Normalize {title}",
        note=f"{len(files)} of them, {size / 1e6:.1f} MB{' unpacked' if wheels else ''}.",
        ratios=[Ratio(label=f"wall / {baseline.split()[0].rstrip(',')}", column="wall s", baseline=baseline)],
        targets=[Target(row=OURS_TREE if wheels else OURS_ELF, figure="MB/s", least=LEAST)],
    )


def unpacked(wheel: Path) -> int:
    """Return the bytes of a wheel's files."""
    with ZipFile(wheel) as archive:
        return sum(member.file_size for member in archive.infolist())


def built_wheels(scratch: Path) -> list[Path]:
    """Return wheels of the corpus with debug information, built on first use and kept: they are input, not measured."""
    from corpus import Corpus

    corpus = Corpus(list(BUILT), [])
    compiler = subprocess.run(["gcc", "--version"], check=True, capture_output=True, text=True).stdout
    key = hashlib.sha256(json.dumps([corpus.requirements, compiler, sys.version]).encode()).hexdigest()
    folder = cache() / "bench" / f"debug-{key[:16]}"
    if not folder.is_dir():
        out = scratch / "built"
        for name, sdist in corpus.sdists.items():
            print(f"building {name} with debug information …", file=sys.stderr, flush=True)
            links = corpus.links(name, scratch / f"links-{name}")
            pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", f"--find-links={links}"]
            environment = plain_environment(scratch) | {"CFLAGS": "-g"}
            subprocess.run([*pip, "-w", str(out), str(sdist)], check=True, env=environment)
        shutil.copytree(out, folder.with_suffix(".partial"), dirs_exist_ok=True)
        folder.with_suffix(".partial").rename(folder)
    return sorted(folder.glob("*.whl"))


def shared_objects(wheels: list[Path], folder: Path) -> list[Path]:
    """Unpack the extension modules of wheels, all of them into one folder."""
    found = []
    folder.mkdir()
    for wheel in wheels:
        with ZipFile(wheel) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".so"):
                    found.append(folder / f"{len(found)}-{Path(member.filename).name}")
                    found[-1].write_bytes(archive.read(member))
    return found


def make_large(path: Path, size: int) -> Path:
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
    return path


def main() -> int:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=5)
    parser.add_argument("--elf", type=Path, nargs="+", default=[])
    parser.add_argument("--wheel", type=Path, nargs="+", default=[])
    parser.add_argument("--large", type=int, default=200, metavar="MIB")
    arguments = parser.parse_args()
    missing = [tool for tool in ("objcopy", "strip", "gcc") if not shutil.which(tool)]
    if missing:
        print(f"ERROR: not found on PATH: {', '.join(missing)}; install them and run again", file=sys.stderr)
        return 2
    start, groups, elf, wheels = os.getloadavg()[0], [], arguments.elf, arguments.wheel
    with scratch_folder(arguments) as scratch:
        if not elf and not wheels:
            built = built_wheels(scratch)
            elf, wheels = shared_objects(built, scratch / "elf"), [*built, *locked_wheels("numpy")]
        large = [make_large(scratch / "large.so", arguments.large << 20)] if arguments.large else []
        for title, files in (("one large ELF file", large), ("ELF files", elf), ("wheels", wheels)):
            if files:
                groups.append(measure(title, files, wheels=files is wheels, rounds=arguments.rounds, scratch=scratch))
    report(groups, arguments, start)
    return 0


if __name__ == "__main__":
    in_test_environment()
    sys.exit(main())
