"""WORKSPACE files: a workspace without Bzlmod builds and runs with the same BUILD files, and gets the same wheels."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import Machine, Run
from e2e.switching import BEFORE, Consumer, built_wheels, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RULE_SETS = {
    "bazel_skylib": "tools/skylib",
    "platforms": "tools/platforms",
    "rules_cc": "rules/cc",
    "rules_python": "rules/python",
}
PACKAGED = Path("/usr/share/bazel")
# A WORKSPACE file's hub is for one Python.
TARGETS = ("--build_tests_only=false", "//:all", "//app:all")
WORKSPACE = """\
workspace(name = "consumer")

local_repository(name = "rules_reprowheel", path = "{checkout}")

{rule_sets}
load("@rules_reprowheel//python:pip.bzl", "package_override", "pip_parse", "pip_utils")

pip_parse(
    name = "pypi",
    build_requirements_lock = "//:build-lock.json",
    index_url = "{index}",
    overrides = {{pip_utils.normalize_name("Charlie"): package_override(epoch = 1600000000)}},
    python_interpreter = "python3",
    requirements = "//:requirements.txt",
)

load("@pypi//:requirements.bzl", "install_deps")

install_deps()
"""
LEGACY = """
load("@rules_python//python:py_test.bzl", "py_test")

# The labels of spokes before hubs had packages.
py_test(
    name = "words_test",
    srcs = ["//:words_test.py", "//:words.py"],
    main = "//:words_test.py",
    imports = [".."],
    deps = ["@pypi_alpha_data//:pkg", "@pypi_bravo//:pkg"],
)
"""


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, cache: Path, build_wheel: Callable[[str], Path]) -> Iterator[Consumer]:
    """Yield the workspace with a WORKSPACE file, on a machine that has Debian's packaged rule sets."""
    base = tmp_path_factory.mktemp("workspace")
    machine = Machine(base / "checkout", base / "state", cache / "downloads")
    options = ["--noenable_bzlmod", "--enable_workspace", "--disk_cache="]
    consumer = Consumer(machine, base, build_wheel, *options)
    rule_sets = "".join(f'local_repository(name = "{name}", path = "{PACKAGED / path}")\n' for name, path in RULE_SETS.items())
    consumer.file("WORKSPACE", WORKSPACE.format(checkout=machine.checkout, index=consumer.index, rule_sets=rule_sets))
    try:
        yield consumer
    finally:
        consumer.shutdown()
        machine.remove()


@pytest.fixture(scope="module")
def tested(consumer: Consumer) -> Run:
    """Return the run of every test and target."""
    return consumer.bazel("test", *TARGETS)


def test_everything_passes(consumer: Consumer, tested: Run) -> None:
    """Every test of the workspace passes: labels, macros, files, a C extension, other packages."""
    assert tested.code == 0, tested.output
    assert {name.split("-")[0] for name in built_wheels(tested)} == {"bravo", "charlie", "native"}
    assert consumer.changed_files() == []


def test_old_labels(consumer: Consumer) -> None:
    """`@pypi_<name>//:pkg` of older WORKSPACE files works, too."""
    (consumer.workspace / "legacy").mkdir()
    consumer.file("legacy/BUILD.bazel", LEGACY)
    run = consumer.bazel("test", "//legacy:words_test")
    assert run.code == 0, run.output


def test_same_wheels_as_with_modules(consumer: Consumer, tested: Run) -> None:
    """The workspace makes the same bytes when Bzlmod is on."""
    before = BEFORE.format(index=consumer.index, python=".".join(map(str, sys.version_info[:2])))
    consumer.file("MODULE.bazel", switch(before, consumer.machine.checkout))
    modules = consumer.machine.bazel("build", "--disk_cache=", "@pypi//native:whl", workspace=consumer.workspace)
    assert modules.code == 0, modules.output
    (name,) = built_wheels(modules)
    assert built_wheels(modules)[name] == built_wheels(tested)[name]


def test_printed_command_helps(consumer: Consumer) -> None:
    """Without a build lock, the message has a command with all that pip_parse says; run as printed, it writes the lock again."""
    path = consumer.workspace / "build-lock.json"
    before = path.read_text(encoding="utf-8")
    path.unlink()
    failed = consumer.bazel("build", "@pypi//charlie:whl")
    found = re.search(r"^Error in fail: .*build-lock\.json does not exist\. To fix: bazel run (.*)$", failed.output, re.MULTILINE)
    assert found, failed.output
    assert f"--index-url={consumer.index}" in found[1]
    target, dashes, *words = shlex.split(found[1])
    ran = consumer.bazel("run", target, dashes, *words)
    assert (ran.code, set(json.loads(path.read_text(encoding="utf-8"))["sdists"])) == (0, set(json.loads(before)["sdists"])), (
        ran.output
    )
    built = consumer.bazel("build", "@pypi//charlie:whl")
    assert built.code == 0, built.output
    path.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("install_deps()", "install_deps(foo = 1)", "install_deps of @pypi: foo has no effect here; expected no arguments."),
        ("(epoch = 1600000000)", "(epochs = 1)", "package_override: there is no setting 'epochs'; did you mean 'epoch'?"),
        ('"Charlie"', '"Charly"', "overrides: there is no package 'charly' in requirements.txt; did you mean 'charlie'?"),
        ('"python3"', '"python9"', "WORKSPACE: pip_parse(name = \"pypi\"): python_interpreter 'python9' is not there; "),
        ('"python3"', '"/bin/false"', 'WORKSPACE: pip_parse(name = "pypi"): /bin/false does not run'),
        ('python_interpreter = "python3"', 'python_version = "3.8"', "pip_parse(name = \"pypi\"): python_version is '3.8'; "),
    ],
    ids=["install_deps", "setting", "package", "interpreter", "broken interpreter", "old Python"],
)
def test_refusals(consumer: Consumer, old: str, new: str, message: str) -> None:
    """What is wrong in the WORKSPACE file is said in one line."""
    path = consumer.workspace / "WORKSPACE"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    consumer.file("WORKSPACE", text.replace(old, new))
    try:
        run = consumer.bazel("query", "//:words")
        assert run.code != 0
        assert message in run.output
    finally:
        consumer.file("WORKSPACE", text)


def test_example(consumer: Consumer) -> None:
    """The example prints what its README says."""
    folder = consumer.machine.checkout / "examples/workspace_legacy"
    run = consumer.machine.bazel("run", "//:page", workspace=folder)
    consumer.machine.bazel("shutdown", workspace=folder)
    assert run.code == 0, run.output
    expected = (folder / "README.md").read_text(encoding="utf-8").split("```\n")[2]
    assert run.output.endswith(expected)
