"""The C/C++ toolchain: read from its JSON, found on PATH, put in front of a build."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.wrapped_compilers import wrappers

from reprowheel.compilers.describe import find_toolchain, read_toolchain
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.errors import BuildError, UsageError

MINIMAL: dict[str, Any] = {"compiler": "gcc", "tools": {"cc": "/usr/bin/gcc", "cxx": "/usr/bin/g++"}}


def written(path: Path, **changes: object) -> Path:
    """Write a description."""
    path.write_text(json.dumps(MINIMAL | changes), encoding="utf-8")
    return path


def test_reads_the_documented_form(tmp_path: Path) -> None:
    """Every field, with quotes and spaces in flags as they stand."""
    flags = ["-fstack-protector", '-D__DATE__="redacted"', "-DX=a b"]
    path = written(
        tmp_path / "cc.json",
        c_flags=flags,
        cxx_flags=["-std=c++17"],
        link_shared_flags=["-Wl,-z,now"],
        link_executable_flags=["-pie"],
        env={"PWD": "/proc/self/cwd"},
    )
    toolchain = read_toolchain(path)
    assert toolchain.c_flags == tuple(flags)
    assert toolchain.cxx_flags == ("-std=c++17",)
    assert toolchain.link_shared_flags == ("-Wl,-z,now",)
    assert toolchain.link_executable_flags == ("-pie",)
    assert (toolchain.compiler, dict(toolchain.env)) == ("gcc", {"PWD": "/proc/self/cwd"})
    assert toolchain.tools["cc"] == "/usr/bin/gcc"


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools and what exists below the working directory become absolute; what does not exist and names stay."""
    (tmp_path / "tc" / "include").mkdir(parents=True)
    shutil.copy("/bin/true", tmp_path / "tc" / "gcc")
    (tmp_path / "tc" / "crt.o").touch()
    monkeypatch.chdir(tmp_path)
    given = [
        *("-Itc/include", "-isystem", "tc/include", "--sysroot=tc", "-Btc", "-Ltc", "tc/crt.o", "-iquote", "."),
        *("-Inot/there", "-I/usr/include", "-DX=tc/include", "-lm", "tc", "-Wl,-rpath,tc"),
    ]
    at = os.fspath(tmp_path)
    path = written(tmp_path / "cc.json", tools={"cc": "tc/gcc", "ar": ""}, c_flags=given)
    toolchain = read_toolchain(path)
    assert dict(toolchain.tools) == {"cc": f"{at}/tc/gcc"}
    assert list(toolchain.c_flags) == [
        *(f"-I{at}/tc/include", "-isystem", f"{at}/tc/include", f"--sysroot={at}/tc", f"-B{at}/tc", f"-L{at}/tc"),
        *(f"{at}/tc/crt.o", "-iquote", at),
        *("-Inot/there", "-I/usr/include", "-DX=tc/include", "-lm", "tc", "-Wl,-rpath,tc"),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"compiler": "gcc"}', '{"compiler": "gcc", "tools": {}}', '{"compiler": "gcc", "tools": ["cc"]}'],
)
def test_bad_description(tmp_path: Path, text: str) -> None:
    """Another form is an error of use that names the file and shows the shortest one that is right."""
    path = tmp_path / "cc.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"cc\.json.*; expected a description of a C/C") as caught:
        read_toolchain(path)
    assert '{"compiler": "gcc", "tools": {"cc":' in caught.value.tip


def test_missing_file_and_missing_tool(tmp_path: Path) -> None:
    """A file that is not there, and a tool that cannot be run."""
    with pytest.raises(UsageError, match="none.json"):
        read_toolchain(tmp_path / "none.json")
    (tmp_path / "gcc").touch(mode=0o644)
    for tool in (tmp_path / "gcc", tmp_path / "g++"):
        with pytest.raises(UsageError, match=rf"tool 'cc' is {tool}, which cannot be run".replace("+", r"\+")):
            read_toolchain(written(tmp_path / "cc.json", tools={"cc": str(tool)}))


def test_found_on_path() -> None:
    """By default the tools are those that a shell would find."""
    toolchain = find_toolchain()
    for key, name in (("cc", "gcc"), ("cxx", "g++"), ("ar", "ar"), ("ld", "ld"), ("strip", "strip")):
        assert toolchain.tools[key] == shutil.which(name)
    assert toolchain.compiler == "gcc"
    assert toolchain.c_flags == ()


def test_variables_name_the_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CC and CXX win over the names on PATH, by path or by name."""
    for name in ("mycc", "my++"):
        (tmp_path / name).write_text("#!/bin/sh\necho my compiler, based on clang\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{tmp_path}")
    monkeypatch.setenv("CC", "mycc")
    monkeypatch.setenv("CXX", str(tmp_path / "my++"))
    toolchain = find_toolchain()
    assert (toolchain.tools["cc"], toolchain.tools["cxx"]) == (str(tmp_path / "mycc"), str(tmp_path / "my++"))
    assert toolchain.compiler == "clang"


@pytest.mark.parametrize("variable", ["CC", "CXX"])
@pytest.mark.parametrize("value", ["no-such-compiler", "gcc -m64"])
def test_variable_that_names_no_program(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """Another compiler than the one that was asked for is never taken; flags have their own place."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=f"^{variable} is '{value}'; expected one program") as caught:
        find_toolchain()
    assert "--cc-toolchain" in caught.value.tip


def test_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install or set."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(BuildError, match="no C compiler found") as caught:
        find_toolchain()
    assert "--cc-toolchain" in caught.value.tip


def test_compiler_that_does_not_run(tmp_path: Path) -> None:
    """A compiler that fails is an error of the build that names it."""
    (tmp_path / "gcc").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "gcc").chmod(0o755)
    toolchain = CcToolchain(compiler="gcc", tools={"cc": str(tmp_path / "gcc")})
    with pytest.raises(BuildError, match=f"compiler {tmp_path}/gcc -dumpmachine"):
        wrappers(toolchain, tmp_path / "root")


def test_binutils_beside_the_compiler(tmp_path: Path) -> None:
    """A tool that the description does not name is the one beside the compiler, else the system's."""
    beside = tmp_path / "tc"
    beside.mkdir()
    shutil.copy(os.path.realpath("/usr/bin/gcc"), beside / "gcc")
    (beside / "ar").write_text("#!/bin/sh\necho the ar beside\n", encoding="utf-8")
    (beside / "ar").chmod(0o755)
    tools = wrappers(CcToolchain(compiler="gcc", tools={"cc": str(beside / "gcc")}), tmp_path / "root")
    assert tools.run("ar").stdout == "the ar beside\n"
    assert "GNU strip" in tools.run("strip", "--version").stdout


def test_link_flags_of_bazel(tmp_path: Path) -> None:
    """What a driver decides by itself is dropped from Bazel's link flags; the rest is kept, in order."""
    bazel = ("-shared", "-Wl,-S", "-fuse-ld=bfd", "-Wl,-no-as-needed", "-Wl,-z,relro,-z,now", "-pie", "-lstdc++", "-lm")
    toolchain = CcToolchain(
        compiler="gcc", tools={"cc": "/usr/bin/gcc"}, link_shared_flags=bazel, link_executable_flags=bazel
    )
    tools = wrappers(toolchain, tmp_path / "root")
    (tmp_path / "x.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    tools.run("cc", tmp_path / "x.c", "-o", tmp_path / "x")
    assert subprocess.run([tmp_path / "x"], check=False).returncode == 0
    tools.run("cc", "-shared", "-fPIC", tmp_path / "x.c", "-o", tmp_path / "x.so")
    text = subprocess.run(["readelf", "-dW", tmp_path / "x.so"], check=True, capture_output=True, text=True).stdout
    assert "NOW" in text
    assert "libstdc++" not in text


def test_scripts_work_in_any_shell_with_any_python(tmp_path: Path) -> None:
    """The wrappers name their interpreter by its full path."""
    tools = wrappers(find_toolchain(), tmp_path / "root")
    done = subprocess.run([tools.directory / "cc", "--version"], env={}, check=True, capture_output=True, text=True)
    assert "gcc" in done.stdout.lower()
    assert sys.executable in (tools.directory / "cc").read_text(encoding="utf-8")
