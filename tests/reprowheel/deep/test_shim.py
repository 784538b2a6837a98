"""Deep mode's library: how it is compiled, what happens where it cannot be, and what it cannot reach."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deep_machines import EPOCH, compile_program, make_machine

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.deep.preload import compile_shim, deep_variables
from reprowheel.errors import BuildError
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from support.deep_machines import Machine


def test_compiles_without_a_warning(tmp_path: Path) -> None:
    """The library's source is free of what compilers warn of, and the same compiler makes the same bytes of it."""
    toolchain = find_toolchain()
    strict = CcToolchain(
        compiler="gcc", tools=toolchain.tools, c_flags=("-D_FILE_OFFSET_BITS=64", "-D_FORTIFY_SOURCE=2")
    )
    results = []
    for name in ("one", "another"):
        (tmp_path / name).mkdir()
        compile_shim(strict, tmp_path / name / "shim.so")
        results.append((tmp_path / name / "shim.so").read_bytes())
    assert results[0] == results[1]
    source = Path(compile_shim.__code__.co_filename).with_name("shim.c")
    warnings = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    compilers = [compiler for compiler in ("gcc", "clang", "musl-gcc") if shutil.which(compiler)]
    assert compilers
    for compiler in compilers:
        command = [compiler, *warnings, "-o", str(tmp_path / "strict.so"), str(source), "-ldl"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), compiler


def test_adds_no_function(tmp_path: Path) -> None:
    """Each function of the library exists without it: programs look which ones there are, and then call them."""
    compile_shim(find_toolchain(), tmp_path / "shim.so")
    command = ["nm", "-D", "--defined-only", str(tmp_path / "shim.so")]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    hooks = [line.split()[-1] for line in lines if " T " in line]
    assert len(hooks) > 100
    libc = ctypes.CDLL(None)
    assert [name for name in hooks if not hasattr(libc, name)] == []


def test_a_compiler_that_fails(tmp_path: Path) -> None:
    """A compiler that refuses the source, or makes something that programs cannot load, is an error that says so."""
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho 'x.c:1: error: no such machine' >&2\nexit 1\n", encoding="utf-8")
    compiler.chmod(0o755)
    toolchain = CcToolchain(compiler="gcc", tools={"cc": str(compiler)})
    with create_workspace() as workspace, pytest.raises(BuildError, match="does not compile .*error: no such machine$"):
        deep_variables(workspace, toolchain, epoch=EPOCH)
    compiler.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho nothing >"$2"\n', encoding="utf-8")
    with (
        create_workspace() as workspace,
        pytest.raises(BuildError, match="do not load the preloaded library: uname -r says"),
    ):
        deep_variables(workspace, toolchain, epoch=EPOCH)


def test_static_programs_are_out_of_reach(machine: Machine, tmp_path: Path) -> None:
    """A static program sees the real machine (docs/deep-mode.md says so); what it starts is preloaded again."""
    program = compile_program("exec", tmp_path, "-static")
    assert machine.run([program, "execv", "/bin/uname", "-r"], plain=True) != "0\n"
    source = tmp_path / "static.c"
    source.write_text(
        "#include <stdio.h>\n#include <time.h>\n#include <unistd.h>\n"
        'int main(void) { printf("%d ", time(0) > 1700000000); fflush(stdout);'
        ' return execl("/bin/uname", "uname", "-r", (char *)0); }\n',
        encoding="utf-8",
    )
    subprocess.run(["gcc", "-static", "-o", tmp_path / "static", source], check=True)
    assert machine.run([tmp_path / "static"]) == "1 0\n"


def test_an_epoch_in_the_future() -> None:
    """Where the sdist claims to be from tomorrow, what the build makes is newer all the same, and no file's time moves."""
    epoch = int(time.time()) + 86400
    with create_workspace() as workspace:
        machine = make_machine(workspace, epoch=epoch)
        machine.run("test entries/new -nt entries/a && cp -p entries/new copy && touch later")
        machine.run("! test copy -nt entries/new && ! test entries/new -nt copy && test later -nt copy")
        assert (
            machine.run("stat -c %Y entries/a entries/new later; date +%s").split()
            == [str(epoch - 1000)] + [str(epoch)] * 3
        )
