"""Another module that uses the ruleset: its own hub, library and test, with an interpreter that is a declared file."""

from __future__ import annotations

import json
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, BYTECODE, REPOSITORY, Machine, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = """\
module(name = "consumer")

bazel_dep(name = "rules_reprowheel", version = "0.1.0")
bazel_dep(name = "rules_python", version = "1.7.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")

pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(
    hub_name = "deps",
    build_requirements_lock = "//:build-lock.json",
    requirements_lock = "//:requirements.txt",
)
use_repo(pip, "deps")
"""

BUILD_FILE = """\
load("@deps//:requirements.bzl", "all_whl_requirements", "requirement")
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load("@rules_python//python:py_test.bzl", "py_test")

py_test(
    name = "uses_jinja_test",
    srcs = ["uses_jinja_test.py"],
    deps = [requirement("Jinja2")],  # its own edge brings MarkupSafe
)

filegroup(
    name = "wheels",
    srcs = all_whl_requirements,
)

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

PROGRAM = """\
import jinja2
import markupsafe
from markupsafe import _speedups

assert "site-packages" in _speedups.__file__, _speedups.__file__
assert jinja2.Template("{{ x }}", autoescape=True).render(x="<") == "&lt;"
"""


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[tuple[Machine, Path]]:
    """Yield a machine and a workspace on it that depends on its checkout."""
    base = tmp_path_factory.mktemp("consumer")
    machine = Machine(base / "checkout", base / "state", cache / "downloads")
    workspace = base / "workspace"
    workspace.mkdir()
    write_workspace(workspace, machine.checkout)
    try:
        yield machine, workspace
    finally:
        machine.bazel("shutdown", workspace=workspace)
        machine.remove()


def write_workspace(workspace: Path, checkout: Path) -> None:
    """Write the consumer: two packages of the example's locks, a test, and a copy of the interpreter."""
    example = REPOSITORY / "examples/hello"
    lines = (example / "requirements.txt").read_text(encoding="utf-8").splitlines()
    kept = [i for i, line in enumerate(lines) if line.startswith(("jinja2==", "markupsafe=="))]
    (workspace / "requirements.txt").write_text("".join(f"{lines[i]}\n{lines[i + 1]}\n" for i in kept), encoding="utf-8")
    shutil.copyfile(example / "build-lock.json", workspace / "build-lock.json")
    (workspace / "MODULE.bazel").write_text(MODULE.format(checkout=checkout), encoding="utf-8")
    (workspace / "uses_jinja_test.py").write_text(PROGRAM, encoding="utf-8")
    python = copy_interpreter(workspace / "interpreter")
    (workspace / "BUILD.bazel").write_text(BUILD_FILE.format(python=python), encoding="utf-8")


def copy_interpreter(prefix: Path) -> str:
    """Copy the running interpreter's base to another prefix and return the executable's name."""
    stdlib, include = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("include"))
    leave_out = shutil.ignore_patterns("test", "__pycache__", "idlelib", "site-packages", "dist-packages", "config-*")
    shutil.copytree(stdlib, prefix / "lib" / stdlib.name, ignore=leave_out, ignore_dangling_symlinks=True)
    shutil.copytree(include, prefix / "include" / include.name)
    (prefix / "bin").mkdir()
    executable = Path(sysconfig.get_config_var("BINDIR")) / stdlib.name
    shutil.copyfile(executable, prefix / "bin" / stdlib.name)
    (prefix / "bin" / stdlib.name).chmod(0o755)
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython3*.so*"):
        shutil.copyfile(library, prefix / "lib" / library.name)
    return stdlib.name


def wheel_digests(run: Run) -> dict[str, str]:
    """Return wheel file name → digest of what build actions made."""
    return {Path(p).name: d for s in run.of(BUILD) for p, d in s.outputs.items() if p.endswith(".whl")}


def test_library_works_in_a_test_of_another_module(consumer: tuple[Machine, Path]) -> None:
    """`requirement()` brings the package, its extension and its dependencies."""
    machine, workspace = consumer
    run = machine.bazel("test", "--disk_cache=", "//:uses_jinja_test", workspace=workspace)
    assert run.code == 0, run.output
    assert list(wheel_digests(run)) == [name for name in wheel_digests(run) if name.startswith("markupsafe-")]
    assert len(wheel_digests(run)) == 1


def test_declared_interpreter_gives_the_same_wheel_as_the_hosts(consumer: tuple[Machine, Path]) -> None:
    """An interpreter that is an input, at another prefix, builds the same bytes as the one in /usr."""
    machine, workspace = consumer
    host = machine.bazel("build", "--disk_cache=", "//:wheels", workspace=workspace)
    declared = machine.bazel("build", "--disk_cache=", "--extra_toolchains=//:declared", "//:wheels", workspace=workspace)
    assert host.code == declared.code == 0, host.output + declared.output
    programs = {s.command[0] for s in declared.of(BUILD)}
    assert programs, "the second build must run again"
    assert all("interpreter/bin/" in program for program in programs), programs
    built = wheel_digests(machine.bazel("build", "--disk_cache=", "--nouse_action_cache", "//:wheels", workspace=workspace))
    assert built
    assert wheel_digests(declared) == built


def test_helper_has_an_interpreter_of_its_own(consumer: tuple[Machine, Path]) -> None:
    """The helper runs in the interpreter that the build setting names, the back end in the toolchain's, for the same bytes."""
    machine, workspace = consumer
    named = "--@rules_reprowheel//python/config_settings:helper_python=//:runtimes"
    run = machine.bazel("build", "--disk_cache=", named, "--nouse_action_cache", "//:wheels", workspace=workspace)
    assert run.code == 0, run.output
    [build] = run.of(BUILD)
    assert "interpreter/bin/" in build.command[0], build.command
    assert {s.command[0] for s in run.of(BYTECODE)} == {build.command[0]}
    built = machine.bazel("build", "--disk_cache=", "--nouse_action_cache", "//:wheels", workspace=workspace)
    [plain] = built.of(BUILD)
    assert not plain.command[0].startswith(build.command[0])
    assert wheel_digests(run) == wheel_digests(built)


def test_unlocked_sdist_says_how_to_lock_it(consumer: tuple[Machine, Path]) -> None:
    """Without an entry in the build lock the build stops with the command that writes one; others still work."""
    machine, workspace = consumer
    path = workspace / "build-lock.json"
    text = path.read_text(encoding="utf-8")
    lock = json.loads(text)
    lock["sdists"] = {key: value for key, value in lock["sdists"].items() if not key.startswith("markupsafe==")}
    path.write_text(json.dumps(lock), encoding="utf-8")
    try:
        run = machine.bazel("build", "@deps//markupsafe:whl", workspace=workspace)
        assert run.code != 0
        assert "markupsafe==" in run.output
        assert "build-lock.json has no entry for it. To fix: bazel run @deps//:lock.update\n" in run.output
        # what does not need the other: `:whl` would, with the wheels that it needs
        assert machine.bazel("build", "@deps//jinja2:dist_info", workspace=workspace).code == 0
    finally:
        path.write_text(text, encoding="utf-8")
