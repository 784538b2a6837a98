"""Fetching and building with sixty wheels: the hub, one leaf, a program that needs all; then a new server, where nothing changed.

argv: `[--before CHECKOUT] [--other-python PROGRAM --other-wheels DIR] [--wheels N] [--files N] [--rounds N] [--scratch DIR]
[--json FILE]`; prints Markdown tables. Reads: the checkout, and an older one to compare with. Writes: a temporary folder.

rules_python 0.22.1 installs wheels with pip 22.3.1, which runs on Python up to 3.11: `--other-python` names one. DIR has the
wheels that it downloads (`_RULE_DEPS` in its pip_install/repositories.bzl); they are put into Bazel's repository cache. Without
these two it is left out. Every round starts from an empty output base, with a server that already runs. Nothing comes from the
network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from loading import Figure, Server  # noqa: E402 - beside this file
from measuring import ROOT, in_test_environment, options, report, scratch_folder  # noqa: E402
from results import Group, Ratio, of_samples  # noqa: E402
from support.local_index import make_wheel, sha256, write_simple  # noqa: E402 - the tests'

if TYPE_CHECKING:
    import argparse

OURS, BEFORE, OTHER = "rules_reprowheel", "rules_reprowheel before", "rules_python 0.22.1"
BUILD = """\
load("@pypi//:requirements.bzl", "all_requirements")
load("@rules_python//python:py_binary.bzl", "py_binary")

py_binary(
    name = "program",
    srcs = ["program.py"],
    deps = all_requirements,
)
"""
HEAD = 'module(name = "bench")\nbazel_dep(name = "rules_python", version = "1.7.0")\n'
DOOR = """\
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")
pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(hub_name = "pypi", index_url = "{index}", requirements_lock = "//:requirements.txt")
"""
OTHER_DOOR = """\
pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(
    name = "pypi",
    extra_pip_args = ["--no-index", "--find-links={archives}"],
    incompatible_generate_aliases = True,
    python_interpreter = "{python}",
    requirements_lock = "//:requirements.txt",
)
"""
STEPS = {
    "Hub: query @pypi//:requirements.bzl": ("query", "@pypi//:requirements.bzl"),
    "One leaf: build @pypi//leaf:pkg": ("build", "@pypi//d0000:pkg"),
    "All: build a program with every wheel": ("build", "//:program"),
    "The same, nothing changed, a new server": ("build", "//:program"),
}
LAST = list(STEPS)[-1]
NOTE = "One server for the first three steps: each pays what the steps before it did not need."


def make_wheels(folder: Path, count: int, files: int) -> str:
    """Make wheels of modules and data, and return the address of an index of them."""
    archives = folder / "archives"
    archives.mkdir(parents=True)
    for number in range(count):
        name = f"d{number:04}"
        content = {f"{name}/m{part:03}.py": f"def f{part}(x):\n    return x + {part}\n" * 15 for part in range(files)}
        content |= {f"{name}/__init__.py": "", f"{name}/data.txt": "x" * 4096}
        make_wheel(archives, name, "1.0", files=content)
    return write_simple(folder / "index", sorted(archives.iterdir()))


def fill_cache(cache: Path, wheels: Path) -> None:
    """Put wheels into a repository cache."""
    for wheel in wheels.glob("*.whl"):
        folder = cache / "content_addressable/sha256" / hashlib.sha256(wheel.read_bytes()).hexdigest()
        folder.mkdir(parents=True)
        shutil.copyfile(wheel, folder / "file")


def write_workspace(folder: Path, base: Path, door: str) -> None:
    """Write a consumer of all wheels."""
    folder.mkdir(parents=True)
    archives = sorted((base / "archives").iterdir())
    lines = [f"{archive.name.partition('-')[0]}==1.0 --hash=sha256:{sha256(archive)}\n" for archive in archives]
    (folder / "requirements.txt").write_text("".join(lines), encoding="utf-8")
    (folder / "BUILD.bazel").write_text(BUILD, encoding="utf-8")
    (folder / "program.py").write_text("", encoding="utf-8")
    (folder / "MODULE.bazel").write_text(HEAD + door + 'use_repo(pip, "pypi")\n', encoding="utf-8")
    rc = f"common --disk_cache= --lockfile_mode=off --repository_cache={folder.parent / 'cache'}\n"
    (folder / ".bazelrc").write_text(rc, encoding="utf-8")


def one_round(base: Path, door: str, arguments: argparse.Namespace) -> dict[str, Figure]:
    """Measure all steps with one rule set, from nothing."""
    folder = base / "round"
    write_workspace(folder / "workspace", base, door)
    if arguments.other_wheels:
        fill_cache(folder / "cache", arguments.other_wheels)
    server = Server(folder / "workspace", folder / "state")
    figures: dict[str, Figure] = {}
    try:
        for name, words in STEPS.items():
            if name == LAST:
                server.run("shutdown")
                server.run("info", "release")
            figure = server.measure(*words)
            if not isinstance(figure, Figure):
                message = f"{' '.join(words)} failed:\n{figure[-3000:]}"
                raise SystemExit(message)
            figures[name] = figure
            print(f"  {name}: {figure.wall:.1f} s, CPU of the server {figure.cpu:.1f} s", file=sys.stderr, flush=True)
    finally:
        server.run("shutdown")
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def groups(rounds: dict[str, list[dict[str, Figure]]], title: str) -> list[Group]:
    """Return a group for each step."""
    ratios = [Ratio(label=f"wall / {OURS}", column="wall s", baseline=OURS)]
    return [
        of_samples(
            {door: [figures[step].columns() for figures in taken] for door, taken in rounds.items()},
            part="wheels",
            title=f"{title}: {step}",
            note=NOTE,
            ratios=ratios,
        )
        for step in STEPS
    ]


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=3)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", help="an older checkout to compare with")
    parser.add_argument("--other-python", metavar="PROGRAM", help="an interpreter for rules_python 0.22.1: 3.11 or older")
    parser.add_argument("--other-wheels", type=Path, metavar="DIR", help="the wheels that rules_python 0.22.1 downloads")
    parser.add_argument("--wheels", type=int, default=60, help="how many (%(default)s)")
    parser.add_argument("--files", type=int, default=60, help="modules of each (%(default)s)")
    arguments = parser.parse_args()
    start = os.getloadavg()[0]
    rounds: dict[str, list[dict[str, Figure]]] = {}
    with scratch_folder(arguments) as base:
        index = make_wheels(base, arguments.wheels, arguments.files)
        doors = {OURS: DOOR.format(checkout=ROOT, index=index)}
        if arguments.before:
            doors[BEFORE] = DOOR.format(checkout=arguments.before.resolve(), index=index)
        if arguments.other_python and arguments.other_wheels:
            doors[OTHER] = OTHER_DOOR.format(archives=base / "archives", python=arguments.other_python)
        for _ in range(arguments.rounds):
            for name, door in doors.items():
                print(f"{name} …", file=sys.stderr, flush=True)
                rounds.setdefault(name, []).append(one_round(base, door, arguments))
    report(groups(rounds, f"{arguments.wheels} wheels of {arguments.files} modules"), arguments, start)


if __name__ == "__main__":
    in_test_environment()
    main()
