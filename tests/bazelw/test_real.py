"""The Bazel that `bazelw` takes on this machine, for real: sandbox, rule sets, server, arguments."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bazelw.machine import REPOSITORY
from e2e.machines import SHORT_LIVED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODULE = """
bazel_dep(name = "bazel_skylib", version = "1.8.1")
bazel_dep(name = "rules_cc", version = "0.2.9")
bazel_dep(name = "rules_python", version = "1.7.0")
"""
BUILD = """
load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_python//python:py_binary.bzl", "py_binary")
genrule(name = "seen", outs = ["seen.txt"], cmd = "ls %s > $@ 2>&1 || true; touch %s/written 2>>$@ || echo kept out >> $@")
cc_binary(name = "compiled", srcs = ["compiled.c"])
py_binary(name = "tell", srcs = ["tell.py"])
genrule(name = "fails", outs = ["fails.txt"], cmd = "exit 1")
"""


def bazelw(workspace: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run bazelw in a workspace, with an output base of the test's own."""
    command = [str(REPOSITORY / "bazelw"), f"--output_user_root={workspace.parent}/out", *SHORT_LIVED, *args]
    return subprocess.run(
        command, cwd=workspace, text=True, capture_output=True, timeout=900, stdin=subprocess.DEVNULL, check=False
    )


def test_build(tmp_path: Path, disk_folder: Callable[[str], Path]) -> None:
    """A C and a Python program build and run in the real sandbox, a second command finds the server of the first."""
    workspace = tmp_path / "ws"
    workspace.mkdir()
    outside = disk_folder("outside")  # actions may write to /dev/shm
    (workspace / "MODULE.bazel").write_text(MODULE)
    (workspace / "BUILD.bazel").write_text(BUILD % (outside, outside))
    (workspace / "compiled.c").write_text("int main(void) { return 0; }\n")
    (workspace / "tell.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(23)\n")
    try:
        built = bazelw(
            workspace, "build", "--spawn_strategy=linux-sandbox", "--disk_cache=", "//:seen", "//:compiled", "//:tell"
        )
        assert built.returncode == 0, built.stderr
        assert not (outside / "written").exists()
        assert "kept out" in (workspace / "bazel-bin/seen.txt").read_text()
        told = bazelw(workspace, "run", "//:tell", "--", "a  b", "q\"u'o", "")
        assert (told.stdout, told.returncode) == (str(["a  b", "q\"u'o", ""]) + "\n", 23)
        failed = bazelw(workspace, "build", "--disk_cache=", "//:fails")
        assert failed.returncode == 1
        servers = [bazelw(workspace, "info", "server_pid").stdout for _ in range(2)]
        assert servers[0] == servers[1] != ""
    finally:
        assert bazelw(workspace, "shutdown").returncode == 0
