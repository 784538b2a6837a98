"""The commands and tests of locking, in a workspace that uses the rules, against an index of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, hub, requirements, workspace
from e2e.machines import BUILD
from e2e.test_consumer import copy_interpreter
from support.local_index import serve, toy_back_end, toy_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from e2e.machines import Run

BUILD_FILE = """\
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load("@rules_reprowheel//python:defs.bzl", "lock")

lock(name = "locked")
lock(name = "frozen", out = "frozen.json")
lock(name = "none", out = "none.json")

py_runtime(
    name = "runtime",
    files = glob(["interpreter/**"]),
    interpreter = "interpreter/bin/{python}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "runtimes",
    py3_runtime = ":runtime",
)

toolchain(
    name = "declared",
    toolchain = ":runtimes",
    toolchain_type = "@rules_python//python:toolchain_type",
)
"""
UPDATE = "To fix: bazel run //pkg:locked.update"


class Locking:
    """A workspace whose user has an index in pip's configuration file; its hub names a build lock that is not there yet."""

    def __init__(self, made: Workspace, files: Path) -> None:
        self.folder, self.package, self.machine = made.folder, made.folder / "pkg", made.machine
        index = write_simple(made.folder.parent / "index", sorted(files.iterdir()))
        locks = {"build_requirements_lock": "//pkg:build-lock.json", "requirements_lock": "//pkg:requirements.txt"}
        hubs = hub("deps", index_url=index, **locks)
        hubs += 'bazel_dep(name = "rules_python", version = "1.7.0")\n'
        python = copy_interpreter(self.package / "interpreter")
        build_file = BUILD_FILE.format(python=python)
        made.write(hubs, {"pkg/BUILD.bazel": build_file, "pkg/frozen.json": "{}", "pkg/requirements.txt": ""})
        (self.package / "frozen.json").chmod(0o444)
        configuration = self.machine.state / "home/.config/pip/pip.conf"
        configuration.parent.mkdir(parents=True)
        configuration.write_text(f"[global]\nno-index = true\nfind-links = {files}\n", encoding="utf-8")
        for name in ("PIP_CONFIG_FILE", "PIP_FIND_LINKS"):
            self.machine.environment.pop(name, None)

    def bazel(self, command: str, *arguments: str, where: Path | None = None) -> Run:
        """Run Bazel in the workspace."""
        return self.machine.bazel(command, "--disk_cache=", *arguments, workspace=where or self.folder)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a back end and two versions of an sdist."""
    folder = tmp_path_factory.mktemp("files")
    toy_back_end(folder)
    for version in ("1.0", "2.0"):
        toy_sdist(folder, "foo", version)
    return folder


@pytest.fixture(scope="module")
def locking(tmp_path_factory: pytest.TempPathFactory, cache: Path, files: Path) -> Iterator[Locking]:
    """Yield the workspace."""
    with workspace(tmp_path_factory.mktemp("locking"), cache / "downloads") as made:
        yield Locking(made, files)


def test_life_of_a_build_lock(locking: Locking, files: Path) -> None:
    """Asked for by the hub, written by the command and by the target, kept, found stale by its test, renewed, and used.

    An interpreter that is a declared file locks the same as the host's.
    """
    lines = locking.package / "requirements.txt"
    lines.write_text(requirements([files / "foo-1.0.tar.gz"]), encoding="utf-8")
    none = locking.bazel("build", "@deps//foo:whl")
    command = "bazel run @deps//:lock.update"
    assert (none.code, f"and pkg/build-lock.json does not exist. To fix: {command}\n" in none.output) == (1, True), none.output
    first = locking.bazel(
        "run", "@rules_reprowheel//tools/lock", "--", lines.name, "--out", "by_command.json", where=locking.package
    )
    assert first.code == 0, first.output
    by_command = (locking.package / "by_command.json").read_bytes()
    assert set(json.loads(by_command)["sdists"]) == {"foo==1.0"}

    out = locking.package / "build-lock.json"
    written = locking.bazel("run", "//pkg:locked.update")
    assert (written.code, out.read_bytes()) == (0, by_command), written.output
    assert "pkg/build-lock.json written: 1 sdists, 1 wheels" in written.output
    before = out.stat()
    again = locking.bazel("run", "//pkg:locked.update")
    assert (again.code, out.read_bytes(), out.stat().st_ino) == (0, by_command, before.st_ino), again.output
    assert "pkg/build-lock.json is up to date" in again.output

    with serve(sorted(files.iterdir()), kind="json") as index:
        tests = ["--test_output=all", "//pkg:locked_test", "//pkg:locked_index_test"]
        locking.machine.environment |= {"PIP_INDEX_URL": index, "PIP_CONFIG_FILE": "/dev/null"}
        fresh = locking.bazel("test", *tests)
        assert fresh.code == 0, fresh.output
        assert "is up to date, as far as can be told without an index" in fresh.output

        lines.write_text(requirements([files / "foo-2.0.tar.gz"]), encoding="utf-8")
        stale = locking.bazel("test", *tests, "//pkg:none_test")
        for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE"):
            del locking.machine.environment[name]
    assert stale.code == 3, stale.output
    assert stale.output.count(f"{UPDATE}\n") == 2, stale.output
    assert "pkg/requirements.txt:1: foo==2.0 is locked; pkg/build-lock.json has foo==1.0 in place of it" in stale.output
    assert "+++ pkg/build-lock.json (what of it is needed)" in stale.output
    assert "+++ pkg/build-lock.json (as it should be)" in stale.output
    assert '+    "foo==2.0": {' in stale.output
    assert "pkg/none.json: does not exist" in stale.output
    assert "To fix: bazel run //pkg:none.update" in stale.output
    assert out.read_bytes() == by_command, "tests write nothing"

    renewed = locking.bazel("run", "//pkg:locked.update")
    assert (renewed.code, set(json.loads(out.read_bytes())["sdists"])) == (0, {"foo==2.0"}), renewed.output
    built = locking.bazel("build", "@deps//foo:whl")
    assert (built.code, len(built.of(BUILD))) == (0, 1), built.output

    before = out.read_bytes()
    declared = locking.bazel("run", "--extra_toolchains=//pkg:declared", "//pkg:locked.update")
    assert (declared.code, out.read_bytes()) == (0, before), declared.output
    assert "pkg/build-lock.json is up to date" in declared.output
    script = next(locking.machine.output_root.glob("*/execroot/_main/bazel-out/*/bin/pkg/locked.update.sh"))
    assert "/pkg/interpreter/bin/python" in script.read_text(encoding="utf-8").splitlines()[-1]
    tested = locking.bazel("test", "--extra_toolchains=//pkg:declared", "--test_output=all", "//pkg:locked_test")
    assert tested.code == 0, f"the copy has no pip, and the test needs none: {tested.output}"


def test_file_that_cannot_be_written(locking: Locking) -> None:
    """One line says so, and the file stays."""
    run = locking.bazel("run", "//pkg:frozen.update")
    assert run.code == 2, run.output
    assert "ERROR pkg/frozen.json: cannot be written (it is read-only)\nTIP   name a file" in run.output
    assert (locking.package / "frozen.json").read_text(encoding="utf-8") == "{}"
