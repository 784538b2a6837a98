"""Actions that build wheels, in execution logs made by hand."""

from __future__ import annotations

import json
from typing import Any

from support.execution_logs import BIN, Made

SPOKE = BIN + "external/rules_reprowheel++pip+pypi_foo_1_0/"
GCC = {"cc": "/usr/bin/gcc", "cxx": "/usr/bin/g++"}
A, B = "a" * 64, "b" * 64  # digests


def build(*options: str, name: str = "foo", facts: dict[str, Any] | None = None, params: str = "", **files: str) -> Made:
    """Return an action as `sdist_wheel` declares it; `files`: suffix of an input → content."""
    folder = SPOKE.replace("foo", name)
    given = [f"@{folder}whl-0.params"] if params else [f"external/{name}.tar.gz", f"--name={name}", "--hub=pypi", *options]
    told = ["--facts", json.dumps(facts)] if facts else []
    inputs = {f"{folder}whl.{suffix}.json": text for suffix, text in files.items()}
    inputs |= {f"{folder}whl-0.params": params} if params else {}
    label = f"@@rules_reprowheel++pip+pypi_{name}_1_0//:whl"
    args = ["/usr/bin/python3", "reprowheel_launch.py", *told, "--", "build", *given]
    return Made(label, inputs, {f"{folder}whl.dist": "".join(inputs.values()) + "".join(options)}, "ReprowheelBuild", args=args)


def answer(text: str, *argv: str) -> list[dict[str, Any]]:
    """Return what a fingerprint has of a command."""
    return [{"argv": list(argv or ["--version"]), "stdout": text}]
