"""What changed between two builds of wheels by Bazel is named in words, from their logs alone, and as one root cause."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, build_lock, hub, override, requirements, workspace
from execlog.analysis import Analysis
from execlog.cli import main
from execlog.explain.contents import Contents
from execlog.model import Store
from execlog.read import read_log
from support.local_index import BACK_END, make_sdist, toy_back_end, toy_sdist, write_simple
from support.parallel import shared_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPILER = '#!/bin/sh\n[ "$1" = --version ] && echo "gcc (made up) {version}" && exit\nexec {real} "$@"\n'
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[tool.toy]
name = "tiny"
version = "1.0"
"""
COMPILE = 'import subprocess; subprocess.check_call([os.environ.get("CC", "cc"), "-c", "t.c", "-o", "t.o"])'
COMPILING = BACK_END.replace("def _files():", f"def _files():\n    {COMPILE}")
BUILD_FILE = """\
genrule(
    name = "wheels",
    srcs = ["@pypi//one:whl", "@pypi//two:whl", "@pypi//tiny:whl"],
    outs = ["wheels.txt"],
    cmd = "wc -c $(SRCS) > $@",
)
"""


class Builds:
    """Builds of three wheels, each with something of its own."""

    def __init__(self, space: Workspace, tools: Path, base: Path) -> None:
        """Make sdists, their index, the host's compiler and header."""
        self.space, self.tools, self.base = space, tools, base
        self.logs: dict[str, str] = {}
        self.header, self.compiler = tools / "mine.h", tools / "bin" / "gcc"
        dist = base / "dist"
        dist.mkdir()
        self.toys = [toy_back_end(dist, version) for version in ("1.0", "1.1")]
        self.sdists = [toy_sdist(dist, name) for name in ("one", "two")]
        files = {"pyproject.toml": PROJECT, "backend.py": COMPILING, "t.c": f'#include "{self.header}"\n'}
        self.tiny = make_sdist(dist, "tiny", "1.0", files)
        self.index = write_simple(base / "simple", [*self.toys, *self.sdists, self.tiny])
        for folder in ("bin", "other"):
            (tools / folder).mkdir()

    def build(
        self,
        name: str,
        *options: str,
        version: str = "14.2.0",
        folder: str = "bin",
        header: str = "",
        toy: int = 0,
        **settings: object,
    ) -> None:
        """Build everything once, and keep the log."""
        compiler = self.tools / folder / "gcc"
        compiler.write_text(COMPILER.format(version=version, real=shutil.which("gcc")), encoding="utf-8")
        compiler.chmod(0o755)
        self.header.write_text(header, encoding="utf-8")
        hubs = hub("pypi", requirements_lock="//:r.txt", build_requirements_lock="//:lock.json", index_url=self.index)
        hubs += override("pypi", "tiny", host_headers=[str(self.header)])
        hubs += override("pypi", "two", **settings) if settings else ""
        lock = build_lock({**{sdist: [self.toys[toy]] for sdist in self.sdists}, self.tiny: []})
        self.space.write(hubs, {"BUILD.bazel": BUILD_FILE, "r.txt": requirements([*self.sdists, self.tiny]), "lock.json": lock})
        self.logs[name] = str(self.base / f"{name}.log")
        host = [f"--repo_env=CC={compiler}", f"--repo_env=REPROWHEEL_HOST_TOOLS={compiler}"]
        cache = [
            f"--execution_log_json_file={self.logs[name]}",
            f"--disk_cache={self.base / 'disk'}",
            "--nouse_action_cache",
            "--incompatible_strict_action_env",
        ]
        run = self.space.machine.bazel("build", *host, *cache, *options, "//:wheels", workspace=self.space.folder)
        assert run.code == 0, run.output
        self.space.machine.forget_outputs()


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builds]:
    """Yield the logs of builds that differ in one thing each from the first."""
    base = tmp_path_factory.mktemp("ours")
    tools = Path(tempfile.mkdtemp(prefix="execlog-tools-", dir="/var/tmp"))  # not below /tmp, which an action has for itself
    with workspace(base, shared_folder(tmp_path_factory) / "downloads") as space:
        made = Builds(space, tools, base)
        try:
            made.build("base")
            made.build("again")
            made.build("flag", "--copt=-O1")
            mixed = {"build_env": {"COLOUR": "red"}, "deep": True}
            made.build("mixed", "--linkopt=-Wl,-z,now2", version="15.1.0", header="int x;\n", toy=1, **mixed)
            made.build("compiler", folder="other")
            yield made
        finally:
            shutil.rmtree(tools)


def found(builds: Builds, name: str, *, cut: bool = False, contents: Contents | None = None) -> Analysis:
    """Compare a build with the first; `cut`: as logs of older versions, which had the options in a file."""
    store = Store()
    logs = [read_log(builds.logs[side], store) for side in ("base", name)]
    for log in logs if cut else ():
        for spawn in log.spawns:
            if "--facts" in spawn.args:
                place = spawn.args.index("--facts")
                spawn.args = (*spawn.args[:place], *spawn.args[place + 2 :])
    return Analysis(logs[0], logs[1], store, contents)


def causes(analysis: Analysis) -> list[tuple[str, str, str | None, str | None, int]]:
    """Return kind, subject, both sides, and in how many actions each root cause is."""
    return [(r.kind, r.subject, r.left, r.right, r.here) for r in (analysis.roots[n] for n in analysis.ordered())]


def test_same_build_has_no_cause(builds: Builds) -> None:
    """The same build again, from the cache, is equal."""
    assert found(builds, "again").equal


def test_flag_is_one_cause(builds: Builds) -> None:
    """A flag is one root cause for all wheels that it touches, from the logs alone."""
    assert causes(found(builds, "flag")) == [("flag", "-O1 added to C and C++ flags", None, "-O1", 3)]


def test_each_change_is_named(builds: Builds) -> None:
    """Six changes at once stay six root causes, each named, with the number of actions that it touches."""
    told = causes(found(builds, "mixed"))
    header = next(cause for cause in told if cause[0] == "header")
    told.remove(header)
    assert (header[1], header[4]) == (str(builds.header), 1)
    assert header[2] and header[3] and header[2] != header[3]
    assert sorted(told) == [
        ("compiler", str(builds.compiler), "14.2.0", "15.1.0", 3),
        ("flag", "-Wl,-z,now2 added to link (shared) and link (executable) flags", None, "-Wl,-z,now2", 3),
        ("requirement", "toy", "1.0", "1.1", 2),
        ("setting", "build_env", None, "COLOUR=red", 1),
        ("setting", "deep", "false", "true", 1),
    ]


def test_compiler_at_another_place(builds: Builds) -> None:
    """Another compiler brings its own programs and flags, and is one root cause."""
    ((kind, subject, left, right, here),) = causes(found(builds, "compiler"))
    assert (kind, subject, here) == ("compiler", "C/C++ compiler", 3)
    assert f"{builds.tools}/bin/gcc" in str(left)
    assert f"{builds.tools}/other/gcc" in str(right)


def test_contents_of_a_disk_cache(builds: Builds) -> None:
    """Logs without these facts need the reports in a disk cache; without it one line says what to pass."""
    ((kind, subject, *_),) = causes(found(builds, "flag", cut=True, contents=Contents([str(builds.base / "disk")])))
    assert (kind, subject) == ("flag", "-O1 added to C and C++ flags")
    roots = found(builds, "flag", cut=True).roots
    assert [(r.kind, r.unread, r.here) for r in roots] == [("written", True, 3)]


def test_report_of_a_flag(builds: Builds, capsys: pytest.CaptureFixture[str]) -> None:
    """The text has statistics of caches first, then the flag, and packages as users name them; JSON has full names."""
    logs = [builds.logs["base"], builds.logs["flag"]]
    assert main(logs) == 1
    text = capsys.readouterr().out
    assert text.index("From caches") < text.index("COMPILER FLAG  -O1 added to C and C++ flags")
    assert "in ReprowheelBuild @pypi//" in text
    assert main([*logs, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    (root,) = told["root_causes"]
    assert (root["kind"], root["b"], root["actions"]["count"]) == ("flag", "-O1", 3)
    assert all("pypi_t" in a["label"] or "pypi_one" in a["label"] for a in root["actions"]["first"])
    assert told["caches"]["a"]["by_mnemonic"]["ReprowheelBuild"] == {"ran": 3}
