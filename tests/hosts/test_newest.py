"""Tests of what newest.py makes of other modules' files and of Bazel's output; the runs themselves are by name only."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
from hosts import newest_consumers as consumers
from hosts.layouts import LAYOUTS, write_layouts
from hosts.newest_consumers import CONSUMERS, build_lock, failures, switch
from hosts.newest_modules import NewestError, adapt, bazelrc, copy_modules, module_name

if TYPE_CHECKING:
    from pathlib import Path

PARSE = """\
pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(
    hub_name = "pypi",
    requirements_lock = "//:requirements_lock_3_9.txt",
)
pip.parse(
    hub_name = "pypi",
    requirements_by_platform = {
        "//:linux.txt": "linux_*,osx_*",
        "//:windows.txt": "windows_x86_64",
    },
)
"""
OUTPUT = """\
ERROR: /w/output/1f/external/rules~~pip~pypi_foo/BUILD.bazel:15:15: Installing @@rules~~pip~pypi_foo//:pkg.site failed: (Exit 1)
ERROR: /w/output/1f/external/rules~~pip~pypi_bar/BUILD.bazel:15:15: Installing @@rules~~pip~pypi_bar//:pkg.site failed: (Exit 1)
Error in fail: pip.default: platform cannot be honoured
ERROR: Build did NOT complete successfully
//:good_test                                      (cached) PASSED in 0.4s
//app:bad_test                                             FAILED in 2.0s
//:unbuilt_test                                            FAILED TO BUILD
"""


def test_switch_is_what_the_page_says() -> None:
    """The load path changes, each tag names the build lock beside its lock, and two lines say where the rules are."""
    switched = switch(PARSE, "/rules")
    changed = [line for line in switched.splitlines() if line not in PARSE.splitlines() and line]
    assert changed == [
        'pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")',
        '    build_requirements_lock = "//:build-lock-requirements_lock_3_9.json",',
        '    build_requirements_lock = "//:build-lock-linux.json",',
        'bazel_dep(name = "rules_reprowheel", version = "0.1.0")',
        'local_path_override(module_name = "rules_reprowheel", path = "/rules")',
    ]
    assert [line for line in PARSE.splitlines() if line not in switched.splitlines()] == PARSE.splitlines()[:1]
    assert switched.count(f'"//:{build_lock("requirements_lock_3_9.txt")}"') == 1
    ast.parse(switched)


def test_output_is_read() -> None:
    """Each test has its result, and causes that differ in labels alone are one line."""
    assert consumers.tested(OUTPUT) == {
        "//:good_test": "PASSED",
        "//app:bad_test": "FAILED",
        "//:unbuilt_test": "FAILED TO BUILD",
    }
    first, second = failures(OUTPUT)
    assert first.endswith("failed: (Exit 1) (2 times)")
    assert "/w/output" not in first
    assert second == "Error in fail: pip.default: platform cannot be honoured"


def test_copies_are_told_the_version_of_bazel(tmp_path: Path) -> None:
    """In the copy the version is a text; the checkout is as it was; the graph has every module that is overridden."""
    checkout = tmp_path / "checkout"
    (checkout / "python/private").mkdir(parents=True)
    (checkout / "MODULE.bazel").write_text('module(\n    name = "rules_python",\n)\n', encoding="utf-8")
    config = checkout / "python/private/config.bzl"
    config.write_text('if native.bazel_version:\n    x = native.bazel_version.split(".")\n', encoding="utf-8")
    before = config.read_text(encoding="utf-8")
    modules = copy_modules([checkout], tmp_path / "work", {})
    text = (modules["rules_python"] / "python/private/config.bzl").read_text(encoding="utf-8")
    assert re.findall(r'"(\d+\.\d+\.\d+)"', text) == ["7.7.1", "7.7.1"]
    assert "native" not in text
    assert config.read_text(encoding="utf-8") == before
    overridden = set(re.findall(r"--override_module=([^=]+)=", bazelrc(modules)))
    graph = (modules["rules_python"] / "MODULE.bazel").read_text(encoding="utf-8")
    assert overridden == {"rules_python", *re.findall(r'bazel_dep\(name = "([^"]+)"', graph)}


def test_downloaded_interpreters_are_replaced() -> None:
    """The repository of an interpreter copies a local one, and says which is missing."""
    path = "python/private/python_repository.bzl"
    text = adapt("rules_python", path, "def _impl(rctx):\n    rctx.download_and_extract(url = 1)\n", {"3.13": "/python"})
    assert "_take_local(rctx, url = 1)" in text
    assert '_LOCAL_INTERPRETERS = {"3.13": "/python"}' in text
    assert "no interpreter of Python {} was named" in text
    ast.parse(text)


def test_what_is_no_module(tmp_path: Path) -> None:
    """A folder without MODULE.bazel, and a MODULE.bazel without a name, are errors that name it."""
    with pytest.raises(NewestError, match=re.escape(f"{tmp_path} has no MODULE.bazel; expected the root of a module.")):
        module_name(tmp_path)
    (tmp_path / "MODULE.bazel").write_text('bazel_dep(name = "x")\n', encoding="utf-8")
    with pytest.raises(NewestError, match=r"says no module name; expected module\(name = …\)\."):
        module_name(tmp_path)


def test_consumers_are_told_apart(tmp_path: Path) -> None:
    """Each consumer has a name of its own; the workspaces of layouts name nothing of ours before the switch."""
    layouts = write_layouts(tmp_path, "3.14")
    names = [consumer.name for consumer in [*CONSUMERS, *layouts]]
    assert len(set(names)) == len(names)
    assert [consumer.name for consumer in layouts if consumer.stock] == ["layouts from stock"]
    for consumer in layouts:
        workspace = tmp_path / consumer.folder
        texts = [path.read_text(encoding="utf-8") for path in workspace.iterdir()]
        assert not [text for text in texts if "reprowheel" in text]
        assert (workspace / "requirements.txt").read_text(encoding="utf-8").count("--hash=sha256:") == len(LAYOUTS)
