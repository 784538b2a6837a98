"""Installing large wheels into a folder: `reprowheel install`, `pip install --no-deps --target`, `uv pip install --target`.

argv: `[--rounds N] [--scratch DIR] [--json FILE]`; prints Markdown tables. Reads: wheels of the corpus' lock, fetched by
hash before anything is measured. Writes: a temporary folder.

Each contender is one process per wheel, start included, in turns, into a new folder, without network and caches. They do not do
the same: pip compiles bytecode unless told not to; ours compares every file with RECORD and compiles nothing; uv does neither.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from measuring import (  # noqa: E402 - beside this file
    HERE,
    ROOT,
    Figure,
    in_test_environment,
    locked_wheels,
    measured,
    options,
    plain_environment,
    report,
    scratch_folder,
)
from results import Group, Ratio, Target, of_samples  # noqa: E402

OURS, UV = "reprowheel install", "uv pip install --target"
PIP, PIP_NO_COMPILE = "pip install --target", "pip install --target --no-compile"
LARGE = ("numpy", "cython", "cmake")
MANY = 5000
UV_REQUIREMENTS = HERE / "uv.txt"


def many_small_files(folder: Path) -> Path:
    """Make a wheel of many modules of about 1 KiB in a hundred packages, the same every time."""
    from support.local_index import make_wheel

    chance = random.Random(MANY)
    files = {f"many/p{number:02}/__init__.py": "" for number in range(100)}
    for number in range(MANY):
        lines = (f"def f{line}(x):\n    return x * {chance.random()} + {line}\n" for line in range(20))
        files[f"many/p{number % 100:02}/m{number:04}.py"] = "\n".join(lines)
    return make_wheel(folder, "many", "1.0", files=files)


def commands(wheel: Path, target: Path, uv: Path) -> dict[str, list[str]]:
    """Return the command of each contender."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-cache-dir", f"--target={target}"]
    launcher = [sys.executable, "-I", "-B", str(ROOT / "python" / "reprowheel_launch.py"), "--"]  # as the rule does
    return {
        PIP: [*pip, str(wheel)],
        PIP_NO_COMPILE: [*pip, "--no-compile", str(wheel)],
        OURS: [*launcher, "install", str(wheel), f"--out={target}"],
        UV: [
            *(str(uv), "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-cache", "--offline"),
            *(f"--python={sys.executable}", f"--target={target}", str(wheel)),
        ],
    }


def one_round(wheel: Path, folder: Path, uv: Path) -> dict[str, Figure]:
    """Measure all contenders once."""
    figures, environment = {}, plain_environment(folder) | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    for name in commands(wheel, folder, uv):
        target = folder / "target"
        figures[name] = measured(commands(wheel, target, uv)[name], cwd=folder, environment=environment)
        shutil.rmtree(target)
    return figures


def group(wheel: Path, folder: Path, rounds: int, uv: Path) -> Group:
    """Measure one wheel."""
    from zipfile import ZipFile

    with ZipFile(wheel) as archive:
        members = archive.infolist()
    one_round(wheel, folder, uv)  # what is read for the first time comes from the disk
    figures = [one_round(wheel, folder, uv) for _ in range(rounds)]
    size, unpacked = wheel.stat().st_size / 1e6, sum(member.file_size for member in members) / 1e6
    name = "-".join(wheel.name.split("-")[:2])
    return of_samples(
        {contender: [r[contender].columns() for r in figures] for contender in figures[0]},
        part="install",
        title=f"Install {name}",
        note=f"{len(members)} files, {size:.1f} MB, {unpacked:.1f} MB unpacked.",
        ratios=[
            Ratio(label="wall / pip", column="wall s", baseline=PIP),
            Ratio(label="wall / pip --no-compile", column="wall s", baseline=PIP_NO_COMPILE),
        ],
        targets=[Target(row=OURS, figure="wall / pip", most=1.0)],
    )


def main() -> None:
    """Measure and print."""
    from support.suite import virtual_environment

    arguments = options(__doc__ or "", rounds=5).parse_args()
    start, uv = os.getloadavg()[0], virtual_environment(UV_REQUIREMENTS).with_name("uv")
    wheels = locked_wheels(*LARGE)
    with scratch_folder(arguments) as folder:
        groups = [group(wheel, folder, arguments.rounds, uv) for wheel in [*wheels, many_small_files(folder)]]
    report(groups, arguments, start)


if __name__ == "__main__":
    in_test_environment()
    main()
