"""A cold build of the corpus, and what comes after it: ours through Bazel, `pip wheel`, `uv build`, `build --no-isolation`.

argv: `[NAME…] [--rounds N] [--leave-out NAME]… [--scratch DIR] [--json FILE]`; prints Markdown. Reads: the checkout, the index
(archives are fetched once, before anything is measured). Writes: a temporary folder.

All build the same sdists with the same locked build requirements, on one machine, in one run, in turns; none reaches an index
while it is measured. Not part of what is measured: fetching, and for `build --no-isolation` making its environments, which is
what the others do besides. Ours runs `bazel --batch`, so that its own start and its processor time are in the figures.

cold: nothing built yet. warm cache: another checkout and output, a cache over HTTP that the first one filled. unchanged: the same
command again, with the server running.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("tests/bench", "tools/dev/corpus", "tests", "python")]

from checks import HOST_HEADERS, HOST_LIBRARIES  # noqa: E402 - the corpus's
from measuring import (  # noqa: E402 - beside this file
    CORPUS,
    HERE,
    Figure,
    cache,
    fetched,
    in_test_environment,
    measured,
    one_after_the_other,
    options,
    plain_environment,
    report,
    scratch_folder,
    test_python,
)
from results import Group, Ratio, Target, of_samples  # noqa: E402
from support.suite import virtual_environment  # noqa: E402 - the tests' own environment

LEFT_OUT = ("numpy", "rapidfuzz")
UV = HERE / "uv.txt"
MODULE = """\
module(name = "bench")
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")
pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(
    hub_name = "pypi",
    build_requirements_lock = "//:build-lock.json",
    requirements_lock = "//:requirements.txt",
)
"""
OURS = "rules_reprowheel"
BUILD = ("-m", "build", "--no-isolation", "--wheel")


class Corpus:
    """Sdists and their build requirements as files, fetched by hash."""

    def __init__(self, names: list[str], left_out: list[str], folder: Path = CORPUS) -> None:
        """Fetch what is not there yet."""
        self.folder = folder
        self.lock = json.loads((folder / "build-lock.json").read_text(encoding="utf-8"))
        lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines(keepends=True)
        keys = {line.split()[0]: line for line in lines if "==" in line and not line.startswith("#")}
        chosen = {key: line for key, line in keys.items() if key.partition("==")[0] not in left_out}
        chosen = {key: line for key, line in chosen.items() if not names or key.partition("==")[0] in names}
        self.requirements = "".join(chosen.values())
        sdists = {key: self.lock["sdists"][key]["sha256"] for key in sorted(chosen)}
        required = {r for key in chosen for r in self.lock["sdists"][key]["build_requirements"]}
        self.sdists = fetched(sdists)
        self.wheels = fetched({key: self.lock["wheels"][key]["sha256"] for key in sorted(required)})

    def links(self, key: str, folder: Path) -> Path:
        """Make a folder with the wheels that one sdist is built with."""
        folder.mkdir(parents=True)
        for requirement in self.lock["sdists"][key]["build_requirements"]:
            (folder / self.wheels[requirement].name).symlink_to(self.wheels[requirement])
        return folder


def run_pip(corpus: Corpus, folder: Path, more: dict[str, str] | None = None) -> Figure:
    """`pip wheel`, isolated, as its users have it."""
    environment = plain_environment(folder) | (more or {})
    start = [str(test_python()), "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-cache-dir", "--no-index"]
    commands = [
        [*start, f"--find-links={corpus.links(key, folder / key)}", "-w", str(folder / "out"), str(sdist)]
        for key, sdist in corpus.sdists.items()
    ]
    return one_after_the_other(commands, cwd=folder, environment=environment)


def run_uv(corpus: Corpus, folder: Path) -> Figure:
    """`uv build --wheel`, isolated."""
    uv = virtual_environment(UV).with_name("uv")
    environment = plain_environment(folder) | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    start = [str(uv), "build", "--quiet", "--wheel", "--no-cache", "--no-index", f"--python={sys.executable}"]
    commands = [
        [*start, f"--find-links={corpus.links(key, folder / key)}", f"--out-dir={folder / 'out'}", str(sdist)]
        for key, sdist in corpus.sdists.items()
    ]
    return one_after_the_other(commands, cwd=folder, environment=environment)


def run_build(corpus: Corpus, folder: Path) -> Figure:
    """`python -m build --no-isolation`, in an environment that has what it needs; the least that a build can take."""
    environment = plain_environment(folder)
    commands = []
    for key, sdist in corpus.sdists.items():
        venv = folder / "venvs" / key.replace("==", "-")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        python = str(venv / "bin" / "python")
        wheels = [str(corpus.wheels[r]) for r in corpus.lock["sdists"][key]["build_requirements"]]
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", *wheels]
        subprocess.run(install if wheels else [python, "-c", ""], check=True, env=environment)
        site = next((test_python().parent.parent / "lib").glob("python3*")) / "site-packages"
        target = next((venv / "lib").glob("python3*")) / "site-packages"
        for name in ("build", "pyproject_hooks", "packaging"):
            if not (target / name).exists():
                (target / name).symlink_to(site / name)
        source = folder / "src" / key
        source.mkdir(parents=True)
        shutil.unpack_archive(sdist, source, filter="data")
        tree = str(next(source.iterdir()))
        commands.append(
            ["env", f"PATH={venv}/bin:{os.environ['PATH']}", python, *BUILD, f"--outdir={folder / 'out'}", tree],
        )
    return one_after_the_other(commands, cwd=folder, environment=environment)


class Ours:
    """A consumer of the rules with the whole corpus in its hub."""

    def __init__(self, corpus: Corpus, folder: Path, downloads: Path, *options: str) -> None:
        """Write the workspace and fetch everything."""
        self.folder, self.workspace, self.options = folder, folder / "workspace", [f"--repository_cache={downloads}", *options]
        self.workspace.mkdir(parents=True)
        text = MODULE.format(checkout=ROOT)
        names = {key.partition("==")[0] for key in corpus.sdists}
        for name in sorted(names & (HOST_LIBRARIES.keys() | HOST_HEADERS.keys())):
            libraries, headers = json.dumps(HOST_LIBRARIES.get(name, [])), json.dumps(HOST_HEADERS.get(name, []))
            text += f'pip.override(hub_name = "pypi", name = "{name}", host_libraries = {libraries}, host_headers = {headers})\n'
        (self.workspace / "MODULE.bazel").write_text(text + 'use_repo(pip, "pypi")\n', encoding="utf-8")
        (self.workspace / "requirements.txt").write_text(corpus.requirements, encoding="utf-8")
        shutil.copyfile(corpus.folder / "build-lock.json", self.workspace / "build-lock.json")
        targets = ",\n".join(f'        "@pypi//{name.replace("-", "_")}:whl"' for name in sorted(names))
        (self.workspace / "BUILD.bazel").write_text(
            f'filegroup(\n    name = "all",\n    srcs = [\n{targets},\n    ],\n)\n', encoding="utf-8"
        )
        self.bazel("build", "--nobuild", "//:all")
        self.bazel("shutdown")

    def command(self, *arguments: str, batch: bool = False) -> list[str]:
        """Return a command line."""
        startup = [f"--output_user_root={self.folder / 'output'}", *(["--batch"] if batch else [])]
        options = self.options if arguments[0] == "build" else []
        return [str(ROOT / "bazelw"), *startup, arguments[0], *options, *arguments[1:]]

    def bazel(self, *arguments: str) -> None:
        """Run a command that is not measured."""
        subprocess.run(self.command(*arguments), cwd=self.workspace, check=True, stdout=sys.stderr)

    def build(self, *, batch: bool) -> Figure:
        """Measure a build of everything."""
        return measured(self.command("build", "//:all", batch=batch), cwd=self.workspace, environment=dict(os.environ))

    def remove(self) -> None:
        """Stop the server and delete everything."""
        self.bazel("shutdown")
        subprocess.run(["chmod", "-R", "u+rwX", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def run_ours(corpus: Corpus, folder: Path) -> dict[str, Figure]:
    """Our builds: cold, on a second machine with a warm cache, and with nothing changed."""
    from e2e.servers import nginx

    figures, downloads = {}, cache() / "bench" / "downloads"
    (folder / "server").mkdir(parents=True)
    with ExitStack() as stack:
        server = stack.enter_context(nginx(folder / "server"))
        remote = ["--disk_cache=", f"--remote_cache={server.address}"]
        first = Ours(corpus, folder / "first", downloads, *remote)
        stack.callback(first.remove)
        figures[f"{OURS}, cold"] = first.build(batch=True)
        second = Ours(corpus, folder / "a-second-machine", downloads, *remote)
        stack.callback(second.remove)
        figures[f"{OURS}, warm cache"] = second.build(batch=True)
        second.bazel("build", "//:all")
        figures[f"{OURS}, unchanged"] = second.build(batch=False)
    return figures


def one_round(corpus: Corpus, folder: Path) -> dict[str, Figure]:
    """Measure everything once."""
    figures = {}
    for name, run in (("pip wheel", run_pip), ("uv build", run_uv), ("build --no-isolation", run_build)):
        print(f"{name} …", file=sys.stderr, flush=True)
        figures[name] = run(corpus, folder / name.replace(" ", "-"))
        print(f"{name}: {figures[name]}", file=sys.stderr, flush=True)
    print(f"{OURS} …", file=sys.stderr, flush=True)
    return figures | run_ours(corpus, folder / "ours")


def groups(rounds: list[dict[str, Figure]], sdists: int) -> list[Group]:
    """Return the figures: of all that builds, and of ours after the first build."""
    cold, note = f"{OURS}, cold", f"{sdists} sdists."
    samples = {name: [figures[name].columns() for figures in rounds] for name in rounds[0]}
    later = {name: taken for name, taken in samples.items() if name.startswith(OURS)}
    build = {name: taken for name, taken in samples.items() if name == cold or name not in later}
    ratios = [
        Ratio(label="wall / pip", column="wall s", baseline="pip wheel"),
        Ratio(label="wall / uv", column="wall s", baseline="uv build"),
        Ratio(label="cpu / no-isolation", column="cpu s", baseline="build --no-isolation"),
    ]
    first = [Ratio(label="wall / cold", column="wall s", baseline=cold)]
    most = (("wall / pip", 0.5), ("wall / uv", 0.65), ("cpu / no-isolation", 1.05))
    wanted = [Target(row=cold, figure=figure, most=value) for figure, value in most]
    soon = [
        Target(row=f"{OURS}, warm cache", figure="wall / cold", most=0.05),
        Target(row=f"{OURS}, unchanged", figure="wall s", most=2),
    ]
    return [
        of_samples(build, part="corpus", title="Cold build of the corpus", note=note, ratios=ratios, targets=wanted),
        of_samples(later, part="corpus", title="After the first build", note=note, ratios=first, targets=soon),
    ]


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", rounds=1)
    parser.add_argument("name", nargs="*")
    parser.add_argument("--leave-out", action="append", default=list(LEFT_OUT))
    arguments = parser.parse_args()
    corpus = Corpus(arguments.name, [] if arguments.name else arguments.leave_out)
    start, rounds = os.getloadavg()[0], []
    for _ in range(arguments.rounds):
        with scratch_folder(arguments) as scratch:
            rounds.append(one_round(corpus, scratch))
    report(groups(rounds, len(corpus.sdists)), arguments, start)


if __name__ == "__main__":
    in_test_environment()
    main()
