"""What the benchmarks share: options, scratch folder, inputs fetched by hash, a process measured to its end.

env: TMPDIR and XDG_CACHE_HOME. Writes: the tests' cache folder, where inputs stay.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CORPUS = ROOT / "tools" / "dev" / "corpus"
sys.path[:0] = [str(HERE), str(CORPUS), str(ROOT / "tests"), str(ROOT / "python")]

from results import markdown, write  # noqa: E402 - beside this file
from support.suite import cache, test_python  # noqa: E402 - the tests' own environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results import Group

MEMORY = Path("/dev/shm")
ROOM = 8 << 30
_MEASURE = (
    "import json, resource, subprocess, sys, time\n"
    "start = time.monotonic()\n"
    "code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode\n"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(json.dumps([code, time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))\n"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What one run took.

    :param wall: seconds.
    :param cpu: seconds, user and system.
    :param peak: MiB of the largest process.
    """

    wall: float
    cpu: float
    peak: float

    def columns(self) -> dict[str, float]:
        """Return it as a row of a table."""
        return dict(zip(("wall s", "cpu s", "peak MiB"), asdict(self).values(), strict=True))


def measured(command: list[str], *, cwd: Path, environment: dict[str, str]) -> Figure:
    """Run a command to its end, in a process whose children's use is its own."""
    log = cwd / "output.log"
    with log.open("ab") as errors:
        whole = [sys.executable, "-c", _MEASURE, *command]
        run = subprocess.run(whole, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=errors, check=False)
    code, wall, cpu, peak = json.loads(run.stdout)
    if code:
        message = f"{command[:4]} failed:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
        raise SystemExit(message)
    return Figure(wall=wall, cpu=cpu, peak=peak)


def one_after_the_other(commands: list[list[str]], *, cwd: Path, environment: dict[str, str]) -> Figure:
    """Measure several commands as one."""
    figures = [measured(command, cwd=cwd, environment=environment) for command in commands]
    return Figure(wall=sum(f.wall for f in figures), cpu=sum(f.cpu for f in figures), peak=max(f.peak for f in figures))


def plain_environment(folder: Path) -> dict[str, str]:
    """Return an environment without indexes and caches of the user's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    (folder / "home").mkdir(parents=True, exist_ok=True)
    return kept | {"HOME": str(folder / "home"), "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def installed_helper(folder: Path) -> Path:
    """Return a folder for PYTHONPATH, made in `folder`, with the helper and its bytecode, as pip installs it."""
    target = folder / "helper"
    if not target.exists():
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "python" / "reprowheel", target / "reprowheel", ignore=left_out)
        compileall.compile_dir(target, quiet=1)
    return target


def fetched(files: dict[str, str]) -> dict[str, Path]:
    """Return archives of the index, fetched into the tests' cache where they are not there yet.

    :param files: `name==version` → SHA-256.
    """
    from reprowheel.fetch.by_hash import fetch_file
    from reprowheel.fetch.index import Index

    found = {}
    with Index() as index:
        for key, sha256 in files.items():
            folder = cache() / "bench" / sha256
            if not folder.is_dir():
                name, _, version = key.partition("==")
                partial = Path(tempfile.mkdtemp(dir=cache()))
                fetch_file(index=index, name=name, version=version, sha256s=(sha256,), directory=partial)
                folder.parent.mkdir(exist_ok=True)
                partial.rename(folder)
            found[key] = next(folder.iterdir())
    return found


def locked_wheels(*names: str) -> list[Path]:
    """Return the wheels of the corpus' lock that have these names, one each."""
    wheels = json.loads((CORPUS / "build-lock.json").read_text(encoding="utf-8"))["wheels"]
    keys = {key.partition("==")[0]: key for key in wheels}
    return list(fetched({keys[name]: wheels[keys[name]]["sha256"] for name in names}).values())


def default_scratch() -> Path:
    """Return a folder in memory where the machine has one with room, else the platform's.

    Creating files on a disk that others use takes another time in each run. TMPDIR wins.
    """
    if "TMPDIR" in os.environ:
        return Path(os.environ["TMPDIR"])
    kind = ""
    if sys.platform == "linux" and MEMORY.is_dir():
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()]
        kind = next((m[2] for m in mounts if m[1] == str(MEMORY) and "noexec" not in m[3].split(",")), "")
    if kind == "tmpfs" and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return Path(tempfile.gettempdir())


def file_system(folder: Path) -> str:
    """Return the type of a folder's file system."""
    run = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False)
    return run.stdout.strip() or "unknown"


def options(doc: str, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds, help="how often everything is measured (%(default)s)")
    parser.add_argument("--scratch", type=Path, help="where files are made; default: /dev/shm if it is in memory and has room")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


@contextmanager
def scratch_folder(arguments: argparse.Namespace) -> Iterator[Path]:
    """Make a folder for everything that is written while it is measured, temporary files of the contenders included."""
    arguments.scratch = (arguments.scratch or default_scratch()).resolve()
    with tempfile.TemporaryDirectory(prefix="reprowheel-bench-", dir=arguments.scratch) as folder:
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
        yield Path(folder)


def report(groups: list[Group], arguments: argparse.Namespace, start: float) -> None:
    """Print tables and write the file that was asked for.

    :param start: the load average before.
    """
    where = arguments.scratch
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}; medians of {arguments.rounds} rounds;", end=" ")
    print(f"files in {where} ({file_system(where)});", end=" ")
    print(f"load averages {start:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.\n")
    print("\n".join(markdown(group) for group in groups), flush=True)
    if arguments.json:
        write(arguments.json, groups)


def in_test_environment() -> None:
    """Start this program again in the environment of the tests, if it does not run there."""
    if find_spec("pyproject_hooks") is None:
        os.execv(test_python(), [str(test_python()), "-B", *sys.argv])  # noqa: S606 - this program
