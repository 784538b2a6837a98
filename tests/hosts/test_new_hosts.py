"""New hosts by construction: nothing here uses what Bazel 8 or 9 or the newest rules_python removed."""

from __future__ import annotations

import ast
import os
from functools import cache
from pathlib import Path

import pytest
from hosts.scan import LOADS, scan, template

REPOSITORY = Path(__file__).resolve().parents[2]
KINDS = {
    "BUILD": "build",
    "BUILD.bazel": "build",
    "MODULE.bazel": "module",
    "WORKSPACE": "workspace",
    "WORKSPACE.bzlmod": "workspace",
}
# A consumer written for rules_python, as such are, and sdists.
SKIPPED = {"tests/e2e/switch", "tests/sdists", ".git", ".venv", "node_modules"}

# One per removed thing: what a scan of it must say.
REMOVED = {
    "py_library in a BUILD file": ("build", 'py_library(name = "x")', "the name 'py_library' is not loaded"),
    "cc_library in a BUILD file": ("build", 'cc_library(name = "x")', "the name 'cc_library' is not loaded"),
    "sh_test in a BUILD file": ("build", 'sh_test(name = "x")', "the name 'sh_test' is not loaded"),
    "bind": ("workspace", 'bind(name = "x", actual = "//y")', "the name 'bind' is not loaded"),
    "http_archive as a global": ("workspace", 'http_archive(name = "x")', "the name 'http_archive' is not loaded"),
    "PyInfo": ("bzl", "def f(t):\n    return t[PyInfo]", "the name 'PyInfo' is not loaded"),
    "CcInfo": ("bzl", "x = CcInfo", "the name 'CcInfo' is not loaded"),
    "cc_common": ("bzl", "x = cc_common.empty", "the name 'cc_common' is not loaded"),
    "PyRuntimeInfo": ("bzl", "x = PyRuntimeInfo", "the name 'PyRuntimeInfo' is not loaded"),
    "JavaInfo": ("bzl", "x = JavaInfo", "the name 'JavaInfo' is not loaded"),
    "ProtoInfo": ("bzl", "x = ProtoInfo", "the name 'ProtoInfo' is not loaded"),
    "apple_common": ("bzl", "x = apple_common.platform", "the name 'apple_common' is not loaded"),
    "native.py_library": ("bzl", "def f():\n    native.py_library()", "native.py_library"),
    "native.cc_library": ("bzl", "def f():\n    native.cc_library()", "native.cc_library"),
    "native.repository_name": ("bzl", "def f():\n    return native.repository_name()", "native.repository_name"),
    "native.bind": ("bzl", "def f():\n    native.bind()", "native.bind"),
    "struct.to_json": ("bzl", "x = struct(a = 1).to_json()", ".to_json: --incompatible_struct_has_no_methods"),
    "host configuration": ("bzl", "def f(ctx):\n    return ctx.host_configuration", ".host_configuration: "),
    'cfg = "host"': ("bzl", 'x = attr.label(cfg = "host")', "cfg = 'host': --incompatible_disable_starlark_host_transitions"),
    "outputs of a rule": ("bzl", "x = rule(implementation = f, outputs = {})\ndef f(): pass", "rule(outputs = ...)"),
    "toolchain transition": (
        "bzl",
        "x = rule(implementation = None, incompatible_use_toolchain_transition = True)",
        "rule(incompatible_use_toolchain_transition = ...)",
    ),
    "Label.relative": ("bzl", 'x = Label("//a").relative(":b")', ".relative: --noincompatible_enable_deprecated_label_apis"),
    "Label.workspace_name": ("bzl", 'x = Label("//a").workspace_name', ".workspace_name: "),
    "ctx.resolve_tools": ("bzl", "def f(ctx):\n    ctx.resolve_tools()", ".resolve_tools: "),
    "an action without its toolchain": ("bzl", "def f(ctx):\n    ctx.actions.run(outputs = [])", "actions.run without toolchain"),
    "single_file": ("bzl", "x = attr.label(single_file = True)", "label(single_file = ...)"),
    "toolchain of bazel_tools": ("bzl", 'x = "@bazel_tools//tools/python:toolchain_type"', "'@bazel_tools//tools/python': "),
    "load from bazel_tools": (
        "bzl",
        'load("@bazel_tools//tools/python:toolchain.bzl", "x")',
        "load of @bazel_tools//tools/python:",
    ),
    "load of a file that only new ones have": (
        "build",
        'load("@rules_python//python/entry_points:py_console_script_binary.bzl", "py_console_script_binary")',
        "load of @rules_python//python/entry_points:py_console_script_binary.bzl",
    ),
    "load of a name that is gone": (
        "build",
        'load("@rules_python//python:py_info.bzl", "find_requirements")',
        "load of find_requirements from @rules_python//python:py_info.bzl",
    ),
    "a private file of rules_python": ("bzl", 'x = "@rules_python//python/private:x.bzl"', "'@rules_python//python/private': "),
    "a builtin of Python": ("bzl", "x = open(1)", "the name 'open' is not loaded (Python's, not Starlark's)"),
}


@cache
def starlark_files() -> dict[Path, str]:
    """Return every Starlark file of the repository and its dialect."""
    found: dict[Path, str] = {}
    for folder, folders, names in os.walk(REPOSITORY):
        here = Path(folder).relative_to(REPOSITORY)
        folders[:] = sorted(f for f in folders if not f.startswith("bazel-") and {f, str(here / f)}.isdisjoint(SKIPPED))
        kinds = {name: "bzl" if name.endswith(".bzl") else KINDS.get(name, "") for name in names}
        found |= {here / name: kind for name, kind in sorted(kinds.items()) if kind}
    return found


def templates() -> list[tuple[str, str]]:
    """Return place and text of every string in a .bzl file that becomes a file with loads of its own."""
    found = []
    for path, kind in starlark_files().items():
        if kind != "bzl" or not path.is_relative_to("python"):
            continue
        for node in ast.walk(ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\nload(" in node.value:
                text = node.value
                if not ast.get_docstring(ast.Module(body=[ast.Expr(value=node)], type_ignores=[])) or "    load(" not in text:
                    found.append((f"{path}:{node.lineno}", text))
    return found


def test_files_use_only_what_every_host_has() -> None:
    """Every name, load, member and argument of every file is one that all supported versions have."""
    files = starlark_files()
    assert len(files) > 100
    problems = []
    for path, kind in files.items():
        findings = scan((REPOSITORY / path).read_text(encoding="utf-8"), kind)
        problems += [f"{path}:{finding.line}: {finding.what}" for finding in findings]
    assert problems == []


def test_templates_use_only_what_every_host_has() -> None:
    """So do the files that are generated from templates."""
    found = templates()
    assert len(found) >= 3
    problems = []
    for place, text in found:
        kind = "bzl" if "\ndef " in text or text.startswith('"""') else "build"
        problems += [f"{place} + {finding.line}: {finding.what}" for finding in scan(template(text), kind)]
    assert problems == []


@pytest.mark.parametrize("name", REMOVED)
def test_each_removed_thing_is_found(name: str) -> None:
    """The scan says of each what it is; nothing passes because nothing is looked at."""
    kind, text, message = REMOVED[name]
    findings = scan(text, kind)
    assert [finding for finding in findings if finding.what.startswith(message)], findings


def test_real_files_without_their_loads_are_found() -> None:
    """Our own rules, with the loads of rules_python and rules_cc taken out, are what Bazel 9 would refuse."""
    caught = set()
    for path, kind in starlark_files().items():
        tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
        kept = [n for n in tree.body if not ast.unparse(n).startswith(("load('@rules_python//", "load('@rules_cc//"))]
        if len(kept) < len(tree.body):
            assert scan(ast.unparse(ast.Module(body=kept, type_ignores=[])), kind), path
            caught.add(path.name)
    assert {"locked_library.bzl", "cc_toolchain.bzl", "sdist_wheel.bzl"} <= caught


def test_allowed_files_are_in_the_oldest_host() -> None:
    """Each file that may be loaded from rules_python or rules_cc is in the packaged, oldest one, with those names."""
    packaged = Path("/usr/share/bazel/rules")
    roots = {"@rules_python//": packaged / "python", "@rules_cc//": packaged / "cc"}
    if not packaged.is_dir():
        pytest.skip("this host has no packaged rule sets; the Debian root has")
    for label, names in LOADS.items():
        for prefix, root in roots.items():
            if label.startswith(prefix):
                path = root / label.removeprefix(prefix).replace(":", "/")
                assert path.is_file(), label
                text = path.read_text(encoding="utf-8")
                assert [name for name in names or () if name not in text] == [], label
