"""The order of the folders of python/private, and what breaks it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The only place that says the order: a folder may load from itself and from the folders of the layers above its own, not from
# one beside it. The table in python/private/README.md has the same order.
LAYERS = (
    ("spec",),
    ("host",),
    ("helper",),
    ("wheel", "pins", "install"),
    ("lock", "fetch"),
    ("crates", "choice"),
    ("hub",),
    ("library", "verify", "wheelhouse", "shared"),
)
ORDER = tuple(folder for layer in LAYERS for folder in layer)
PRIVATE = "python/private"
# What private files may load of the public ones: providers are constants, and load nothing.
PUBLIC = "//python:providers.bzl"


def allowed(folder: str) -> set[str]:
    """Return the folders that a folder may load from."""
    above: set[str] = set()
    for layer in LAYERS:
        if folder in layer:
            break
        above.update(layer)
    return {folder, *above}


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield the calls of one function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def loads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and label of each load of a file of this repository, from another folder than its own."""
    for call in calls(tree, "load"):
        label = ast.literal_eval(call.args[0])
        if label.startswith("//"):
            yield call.lineno, label


def folder_of(label: str) -> str:
    """Return the folder of python/private that a label or package names; empty for another place."""
    package = label.partition(":")[0]
    return package.removeprefix(f"//{PRIVATE}/") if package.startswith(f"//{PRIVATE}/") else ""


def file_findings(folder: str, name: str, tree: ast.AST) -> Iterator[str]:
    """Yield the loads of one file that the order forbids."""
    for line, label in loads(tree):
        if label == PUBLIC or folder_of(label) in allowed(folder):
            continue
        expected = ", ".join([PUBLIC, *sorted(allowed(folder))])
        yield f"{PRIVATE}/{folder}/{name}:{line}: loads {label}; expected one of: {expected}"


def library_findings(folder: str, build: ast.AST, used: set[str]) -> Iterator[str]:
    """Yield what the folder's bzl_library says of its dependencies that its files do not bear out."""
    for call in calls(build, "bzl_library"):
        arguments = {argument.arg: argument.value for argument in call.keywords}
        deps = ast.literal_eval(arguments["deps"]) if "deps" in arguments else []
        expected = [f"//{PRIVATE}/{other}" for other in sorted(used)]
        if deps != expected:
            yield f"{PRIVATE}/{folder}/BUILD.bazel:{call.lineno}: deps = {deps}; its files load from {expected}"


def folder_findings(folder: Path) -> Iterator[str]:
    """Yield what is wrong in one folder."""
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir())}
    used = set()
    for name, tree in trees.items():
        yield from file_findings(folder.name, name, tree)
        if name != "BUILD.bazel":
            used |= {folder_of(label) for _, label in loads(tree)} - {"", folder.name}
    yield from library_findings(folder.name, trees["BUILD.bazel"], used)


def findings(repository: Path) -> list[str]:
    """Return all that breaks the order, each as `file:line: what`."""
    private = repository / PRIVATE
    folders = sorted(path for path in private.iterdir() if path.is_dir())
    found = [f"{PRIVATE}/{folder}: is in LAYERS, and not there" for folder in ORDER if not (private / folder).is_dir()]
    for folder in folders:
        if folder.name in ORDER:
            found += folder_findings(folder)
        else:
            found.append(f"{PRIVATE}/{folder.name}: is in no layer; expected a place in LAYERS of tests/lint/loads.py")
    return found + readme_findings((private / "README.md").read_text(encoding="utf-8"))


def readme_findings(text: str) -> list[str]:
    """Return what the table of folders says that the layers do not."""
    rows = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    return [] if tuple(rows) == ORDER else [f"{PRIVATE}/README.md: the table has {rows}; expected {list(ORDER)}"]
