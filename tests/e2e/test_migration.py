"""A workspace written for rules_python's labels builds and passes with only MODULE.bazel changed."""

from __future__ import annotations

import difflib
import json
import sys
from typing import TYPE_CHECKING

import pytest
from e2e.machines import Machine, Run
from e2e.switching import BEFORE, SOURCE, Consumer, built_wheels, switch
from hosts.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TESTS = {
    "//:cycle_test",
    "//:everything_test",
    "//:files_test",
    "//:words_test",
    "//app:main_test",
    "//multi:newer_test",
}
OLDER = "--@rules_python//python/config_settings:python_version=3.11.1"


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, cache: Path, build_wheel: Callable[[str], Path]) -> Iterator[Consumer]:
    """Yield the workspace with its MODULE.bazel switched, on a machine that leaves the toolchains alone."""
    base = tmp_path_factory.mktemp("migration")
    machine = Machine(base / "checkout", base / "state", cache / "downloads", BAZELW_HOST_TOOLCHAIN="0")
    consumer = Consumer(machine, base, build_wheel, "--disk_cache=")
    consumer.file("MODULE.bazel", switch(before(consumer), machine.checkout))
    try:
        yield consumer
    finally:
        consumer.shutdown()
        machine.remove()


@pytest.fixture(scope="module")
def tested(consumer: Consumer) -> Run:
    """Return the run of every test and target."""
    return consumer.bazel("test", "--build_tests_only=false", "--keep_going", "//...")


def before(consumer: Consumer) -> str:
    """Return the MODULE.bazel before the switch."""
    return BEFORE.format(index=consumer.index, python=".".join(map(str, sys.version_info[:2])))


def test_only_the_load_path_and_the_build_lock_differ(consumer: Consumer) -> None:
    """Two lines of MODULE.bazel change, two say where the rule set is, and no other file changes."""
    old, new = before(consumer), (consumer.workspace / "MODULE.bazel").read_text(encoding="utf-8")
    lines = [line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-" and line[2:]]
    path = str(consumer.machine.checkout)
    assert lines == [
        '- pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")',
        '+ pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")',
        '+     build_requirements_lock = "//:build-lock.json",',
        '+ bazel_dep(name = "rules_reprowheel", version = "0.1.0")',
        f'+ local_path_override(module_name = "rules_reprowheel", path = "{path}")',
    ]
    assert consumer.changed_files() == []
    assert not [path for path in SOURCE.rglob("*") if path.is_file() and "reprowheel" in path.read_text(encoding="utf-8")]


def test_everything_passes(tested: Run) -> None:
    """Every test passes: macros, labels, extras, markers, data, namespace packages, a cycle."""
    assert tested.code == 0, tested.output
    results = [line.split() for line in tested.output.splitlines() if line.startswith("//")]
    assert {line[0]: line[1] for line in results} == dict.fromkeys(TESTS, "PASSED")
    assert {name.split("-")[0] for name in built_wheels(tested)} == {"bravo", "charlie", "native"}


def test_other_python(consumer: Consumer) -> None:
    """With rules_python's flag for another version, the same labels are that version's packages."""
    run = consumer.bazel("test", OLDER, "//multi:older_test")
    assert run.code == 0, run.output
    run = consumer.bazel("test", "//multi:older_test")
    assert run.code != 0
    assert "@multi//backport: no variant of backport fits this configuration; it has one for Python 3.11." in run.output


def test_entry_point_runs(consumer: Consumer, tested: Run) -> None:
    """`entry_point()` is a program, for `bazel run` and as a tool of another action."""
    assert tested.code == 0, tested.output
    run = consumer.bazel("run", "//:alpha_words")
    assert run.output.endswith("one two\n"), run.output
    assert (output_folder(consumer) / "spoken.txt").read_text(encoding="utf-8") == "one two\n"


def test_generators_of_build_files_find_the_wheels(consumer: Consumer, tested: Run) -> None:
    """One action per file of `all_whl_requirements`, each a `.whl`, gives the modules of every wheel for this platform."""
    assert tested.code == 0, tested.output
    maps = [json.loads(p.read_text(encoding="utf-8")) for p in output_folder(consumer).glob("modules_map.*.json")]
    assert all(entry["wheel"].endswith(".whl") for entry in maps)
    assert {entry["wheel"].split("-")[0]: entry["modules"] for entry in maps} == {
        "alpha_data": ["alpha_data"],
        "bravo": ["bravo"],
        "charlie": ["charlie"],
        "delta": ["delta"],
        "native": native_modules(maps),
        "ns_one": ["shared_namespace"],
        "ns_two": ["shared_namespace"],
        "ring_one": ["ring_one"],
        "ring_two": ["ring_two"],
    }


def native_modules(maps: list[dict[str, list[str]]]) -> list[str]:
    """Return the modules of the C extension's wheel: one shared object, named after the interpreter."""
    (modules,) = [entry["modules"] for entry in maps if str(entry["wheel"]).startswith("native-")]
    assert len(modules) == 1
    assert modules[0].startswith("native.cpython-")
    return modules


def output_folder(consumer: Consumer) -> Path:
    """Return the folder of the workspace's outputs."""
    return next(consumer.machine.output_root.glob("*/execroot/_main/bazel-out/k8-fastbuild/bin"))


def test_tags(consumer: Consumer) -> None:
    """The libraries have the tags that generators and packagers read."""
    run = consumer.bazel("query", "--output=build", "@pypi//bravo:pkg", "--noimplicit_deps")
    assert run.code == 0, run.output
    run = consumer.bazel("query", 'attr(tags, "pypi_version=2.0", deps(@pypi//bravo:pkg, 2))', "--noimplicit_deps")
    assert run.code == 0, run.output
    assert ":pkg" in run.output


def test_generated_files_are_for_every_host(consumer: Consumer, tested: Run) -> None:
    """The generated BUILD and .bzl files use nothing that Bazel 8 or 9 or the newest rules_python removed."""
    assert tested.code == 0, tested.output
    folders = [
        p for p in consumer.machine.output_root.glob("*/external/*") if any(n in p.name for n in ("pypi", "multi", "reprowheel_"))
    ]
    found = {path: "bzl" if path.suffix == ".bzl" else "build" for f in folders for path in f.rglob("*") if is_starlark(path)}
    assert len(found) > 20
    problems = {
        f"{path.parent.name}/{path.name}: {x.what}"
        for path, kind in found.items()
        for x in scan(path.read_text(encoding="utf-8"), kind)
    }
    assert problems == set()


def is_starlark(path: Path) -> bool:
    """Say whether a generated file is Starlark."""
    return path.is_file() and (path.suffix == ".bzl" or path.name == "BUILD.bazel")
