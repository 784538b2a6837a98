"""What a report says of the toolchain: the driver's own answers, about the tools that it really uses, and no path."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from support.builds import c_module

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.identity import toolchain_identity
from reprowheel.compilers.toolchain import CcToolchain

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def first_line(*command: str) -> str:
    """Return the first line that a command prints."""
    run = subprocess.run(command, check=True, capture_output=True, text=True, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"})
    return run.stdout.splitlines()[0]


def test_identity_is_the_tools_own_answer(tmp_path: Path) -> None:
    """Compiler, target, assembler, linker and C library, as the tools themselves and a compiled program tell; no path."""
    identity = toolchain_identity(find_toolchain())
    assert identity["version"] == first_line("gcc", "--version")
    assert identity["cxx_version"] == first_line("g++", "--version")
    assert identity["target"] == first_line("gcc", "-dumpmachine")
    assert identity["assembler"] == first_line("as", "--version")
    assert identity["linker"] == first_line("ld", "--version")
    (tmp_path / "libc.c").write_text(
        '#include <stdio.h>\nint main(void) { printf("glibc %d.%d\\n", __GLIBC__, __GLIBC_MINOR__); }\n', encoding="utf-8"
    )
    subprocess.run(["gcc", tmp_path / "libc.c", "-o", tmp_path / "libc"], check=True)
    assert identity["libc"] == first_line(str(tmp_path / "libc"))
    assert "/" not in json.dumps(identity)


def test_linker_is_the_one_that_links(tmp_path: Path) -> None:
    """`-B` chooses another linker than the one on PATH: its version is reported."""
    linker = tmp_path / "tools" / "ld"
    linker.parent.mkdir()
    linker.write_text("#!/bin/sh\necho other linker 1.0\n", encoding="utf-8")
    linker.chmod(0o755)
    host = find_toolchain()
    assert toolchain_identity(replace(host, link_shared_flags=(f"-B{linker.parent}",)))["linker"] == "other linker 1.0"
    assert toolchain_identity(host)["linker"] == first_line("ld", "--version")


def test_flags_and_variables_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags as the description has them: a path below the working directory is written without it."""
    monkeypatch.chdir(tmp_path)
    toolchain = replace(
        find_toolchain(),
        c_flags=("-O2", f"-isystem{tmp_path}/external/headers"),
        cxx_flags=("-O3",),
        link_shared_flags=("-Wl,-z,now",),
        link_executable_flags=("-pie",),
        env={"B": "2", "A": "1"},
    )
    identity = toolchain_identity(toolchain)
    assert identity["c_flags"] == ["-O2", "-isystemexternal/headers"]
    assert (identity["cxx_flags"], identity["link_shared_flags"]) == (["-O3"], ["-Wl,-z,now"])
    assert (identity["link_executable_flags"], list(identity["env"].items())) == (["-pie"], [("A", "1"), ("B", "2")])


def test_another_c_library_has_no_glibc(tmp_path: Path) -> None:
    """Headers that define no glibc are not taken for one."""
    (tmp_path / "features.h").write_text("", encoding="utf-8")
    other = replace(find_toolchain(), c_flags=("-nostdinc", f"-I{tmp_path}"))
    assert toolchain_identity(other)["libc"] == ""
    assert re.fullmatch(r"glibc 2\.\d+", toolchain_identity(find_toolchain())["libc"])


def test_tool_that_does_not_answer_has_an_empty_text(tmp_path: Path) -> None:
    """The build itself says what is wrong with a compiler; its report does not fail in its place."""
    (tmp_path / "gcc").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "gcc").chmod(0o755)
    broken = toolchain_identity(CcToolchain(compiler="gcc", tools={"cc": str(tmp_path / "gcc")}))
    assert {broken[name] for name in ("version", "target", "assembler", "linker", "libc")} == {""}
    missing = toolchain_identity(CcToolchain(compiler="gcc", tools={"cc": str(tmp_path / "missing")}))
    assert missing == broken


def test_asking_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A linker that is asked for its version writes no program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.c").write_text(c_module(), encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    toolchain_identity(find_toolchain())
    assert sorted(path.name for path in tmp_path.iterdir()) == before
