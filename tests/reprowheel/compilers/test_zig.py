"""Zig as the toolchain: how it is described, called and kept apart from the host; by a program that prints what it got."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.wrapped_compilers import wrappers

from reprowheel.checks.headers import host_headers
from reprowheel.compilers.describe import find_toolchain, read_toolchain
from reprowheel.compilers.identity import toolchain_identity
from reprowheel.compilers.toolchain import CcToolchain, with_caches, with_cpu_baseline, with_split_headers
from reprowheel.environment.interpreter import probe
from reprowheel.errors import UsageError

FAKE = """\
#!{python} -IS
import json, os, sys
if sys.argv[1:] == ["version"]: print("9.9.9"); raise SystemExit
if "--version" in sys.argv: print("clang version 99"); raise SystemExit
if "-march=pdp_11" in sys.argv: raise SystemExit(1)
folder = os.environ.get("ZIG_LIB_DIR", "")
print(json.dumps({{"argv": sys.argv[1:], "pwd": os.environ.get("PWD", ""), "seen": folder, "real": os.path.realpath(folder)}}))
"""
MACHINE = platform.machine()
TARGET = f"{MACHINE}-linux-gnu.2.28"


@pytest.fixture
def zig(tmp_path: Path) -> Path:
    """A program where an unpacked wheel has it."""
    folder = tmp_path / "unpacked" / "ziglang"
    (folder / "lib").mkdir(parents=True)
    program = folder / "zig"
    program.write_text(FAKE.format(python=os.path.realpath(sys.executable)), encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def toolchain(zig: Path) -> CcToolchain:
    """The toolchain as a description gives it."""
    return CcToolchain(compiler="zig", tools={"cc": str(zig)}, glibc="2.28")


def described(path: Path, zig: Path, **changes: object) -> Path:
    """Write a description."""
    content = {"compiler": "zig", "tools": {"cc": str(zig)}, "glibc": "2.28"} | changes
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def answer(toolchain: CcToolchain, root: Path, name: str, *arguments: str) -> dict[str, Any]:
    """Return what Zig got from a wrapper."""
    result: dict[str, Any] = json.loads(wrappers(toolchain, root).run(name, *arguments).stdout)
    return result


def test_description(tmp_path: Path, zig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented form: one program, the version of glibc, and a cache, which may be given from here."""
    monkeypatch.chdir(tmp_path)
    toolchain = read_toolchain(described(tmp_path / "zig.json", zig, cache="cache"))
    assert (toolchain.compiler, toolchain.glibc, toolchain.cache) == ("zig", "2.28", f"{tmp_path}/cache")
    assert read_toolchain(described(tmp_path / "zig.json", zig)).cache == ""


@pytest.mark.parametrize("glibc", ["", "2", "3.1", "2.28.1", "glibc-2.28", 2.28])
@pytest.mark.parametrize("compiler", ["zig", "gcc"])
def test_glibc_must_be_a_version(tmp_path: Path, zig: Path, glibc: object, compiler: str) -> None:
    """Zig needs one, and what is given must be one; other compilers need none."""
    path = described(tmp_path / "zig.json", zig, glibc=glibc, compiler=compiler)
    if (compiler, glibc) == ("gcc", ""):
        assert read_toolchain(path).glibc == ""
        return
    with pytest.raises(UsageError, match=r"zig\.json: glibc is .*; expected a version that wheels must run with") as caught:
        read_toolchain(path)
    assert '"glibc": "2.28"' in caught.value.tip


def test_program_without_its_folder(tmp_path: Path) -> None:
    """A program that is not Zig's, or was moved away from its files, is refused before the build."""
    with pytest.raises(UsageError, match=r"tool 'cc' is /usr/bin/gcc, which has no folder lib beside it") as caught:
        read_toolchain(described(tmp_path / "zig.json", Path("/usr/bin/gcc")))
    assert "ziglang" in caught.value.tip


@pytest.mark.parametrize(("name", "tool"), [("cc", "cc"), ("gcc", "cc"), ("c++", "c++"), ("g++", "c++")])
def test_driver(toolchain: CcToolchain, tmp_path: Path, name: str, tool: str) -> None:
    """Target and C library stand first; GCC's own flags are left out; Zig's folder is mapped under its one name."""
    argv = answer(toolchain, tmp_path / "root", name, "-c", "x.c", "-o", "x.o")["argv"]
    assert argv[:4] == [tool, "-target", TARGET, "-fno-sanitize=undefined"]
    assert "-ffile-prefix-map=/proc/self/fd/63=/reprowheel/zig/lib" in argv
    assert f"-ffile-prefix-map={tmp_path / 'root'}=/reprowheel" in argv
    assert not any(word.startswith("-frandom-seed") for word in argv)


def test_working_directory_has_one_name_everywhere(toolchain: CcToolchain, tmp_path: Path) -> None:
    """The package's own objects tell where in the workspace they were made, the runtime's nothing."""
    tools = wrappers(toolchain, tmp_path / "root")
    folder = tmp_path / "root" / "src"
    folder.mkdir()
    argv = json.loads(tools.run("cc", "-c", "x.c", cwd=folder).stdout)["argv"]
    assert argv[-1] == "-ffile-prefix-map=/proc/self/cwd=/reprowheel/src"


def test_folder_has_one_name_everywhere(toolchain: CcToolchain, zig: Path, tmp_path: Path) -> None:
    """What Zig compiles of itself names its folder in debug information: the name leads there, and has no part of it."""
    got = answer(toolchain, tmp_path / "root", "cc", "-c", "x.c")
    assert (got["seen"], got["pwd"]) == ("/proc/self/fd/63", "/proc/self/cwd")
    assert got["real"] == str(zig.parent / "lib")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-march=native", {"x86_64": "-march=x86_64", "aarch64": "-march=generic"}.get(MACHINE, "-march=native")),
        ("-march=x86-64-v3", "-march=x86_64_v3"),
        ("-mcpu=cortex-a72+crypto-x", "-mcpu=cortex_a72+crypto-x"),
        ("-mtune=native", None),
        ("-mtune=generic", None),
        ("-Wl,-Bsymbolic-functions", None),
        ("-Wl,-Bsymbolic", "-Wl,-Bsymbolic"),
        ("-Wl,-z,relro", "-Wl,-z,relro"),
    ],
)
def test_flags_in_zigs_words(toolchain: CcToolchain, tmp_path: Path, given: str, expected: str | None) -> None:
    """CPUs have underscores; `-mtune` would choose one; what the linker does not know and only makes faster is dropped."""
    argv = answer(toolchain, tmp_path / "root", "cc", given, "x.o", "-shared")["argv"]
    before = argv[4 : argv.index("x.o")]
    assert before == ([expected] if expected else [])


def test_cpu_baseline(toolchain: CcToolchain, tmp_path: Path) -> None:
    """A declared CPU goes to Zig in its words, for what chooses none and what asks for this machine's; a wrong one is refused."""
    flag = "-mcpu" if MACHINE.startswith("ppc") else "-march"
    chosen = with_cpu_baseline(toolchain, "x86-64-v3")
    argv = answer(chosen, tmp_path / "root", "cc", f"{flag}=native", "-c", "x.c")["argv"]
    assert argv.count(f"{flag}=x86_64_v3") == 2
    with pytest.raises(UsageError, match="CPU baseline 'pdp-11': the compiler does not know it"):
        with_cpu_baseline(toolchain, "pdp-11")


def test_binutils_are_zigs_or_declared(toolchain: CcToolchain, tmp_path: Path) -> None:
    """`ar` and `ranlib` are Zig's. The host's never stand in for the others; declared ones do."""
    tools = wrappers(toolchain, tmp_path / "root")
    for name in ("ar", "ranlib", f"{MACHINE}-linux-gnu-ar"):
        assert json.loads(tools.run(name, "rcs", "x.a").stdout)["argv"] == [name.rpartition("-")[2], "rcs", "x.a"]
    for name in ("ld", "nm", "objcopy", "strip"):
        refused = tools.run(name, "x.o", check=False)
        assert (refused.returncode, refused.stderr) == (127, f"{name}: not in the toolchain\n")
    declared = CcToolchain(compiler="zig", tools={**toolchain.tools, "nm": "/bin/echo"}, glibc="2.28")
    assert wrappers(declared, tmp_path / "other").run("nm", "declared").stdout == "declared\n"


def test_caches(toolchain: CcToolchain, tmp_path: Path) -> None:
    """Both caches are the build's own; the runtime's may be declared; other compilers have none."""
    private = str(tmp_path / "zig-cache")
    assert dict(with_caches(toolchain, tmp_path).env) == {"ZIG_GLOBAL_CACHE_DIR": private, "ZIG_LOCAL_CACHE_DIR": private}
    shared = CcToolchain(compiler="zig", tools=toolchain.tools, glibc="2.28", cache="/shared", env={"A": "1"})
    assert dict(with_caches(shared, tmp_path).env) == {
        "A": "1",
        "ZIG_GLOBAL_CACHE_DIR": "/shared",
        "ZIG_LOCAL_CACHE_DIR": private,
    }
    assert with_caches(find_toolchain(), tmp_path) == find_toolchain()


def test_split_headers_of_the_interpreter(toolchain: CcToolchain, tmp_path: Path) -> None:
    """Debian's second pyconfig.h is found, through a link of its own: nothing else of the shared folder is."""
    include, other = tmp_path / "include" / "python3.99", tmp_path / "include" / "x86_64-linux-gnu"
    include.mkdir(parents=True)
    (other / "python3.99").mkdir(parents=True)
    (other / "luck.h").touch()
    (other / "python3.99" / "pyconfig.h").write_text("#define HALF 2\n", encoding="utf-8")
    (include / "pyconfig.h").write_text("# if A\n#  include <x86_64-linux-gnu/python3.99/pyconfig.h>\n", encoding="utf-8")
    seen = with_split_headers(toolchain, str(include), tmp_path / "work")
    shown = tmp_path / "work" / "zig-include"
    assert seen.c_flags == seen.cxx_flags == ("-idirafter", str(shown))
    assert (shown / "x86_64-linux-gnu" / "python3.99" / "pyconfig.h").read_text(encoding="utf-8") == "#define HALF 2\n"
    assert not (shown / "x86_64-linux-gnu" / "luck.h").exists()
    (include / "pyconfig.h").write_text("#define WHOLE\n", encoding="utf-8")
    assert with_split_headers(toolchain, str(include), tmp_path / "work") == toolchain
    assert with_split_headers(find_toolchain(), str(include), tmp_path / "work") == find_toolchain()


def test_identity_has_no_path(toolchain: CcToolchain, tmp_path: Path) -> None:
    """A report tells Zig's version, clang's and the target; where Zig and its caches lie is no part of it."""
    identity = toolchain_identity(with_caches(toolchain, tmp_path))
    assert identity["version"] == "zig 9.9.9, clang version 99"
    assert (identity["target"], identity["linker"], identity["env"]) == (TARGET, "clang version 99", {})
    assert str(tmp_path) not in json.dumps(identity)


def test_zigs_headers_are_its_own(toolchain: CcToolchain, tmp_path: Path) -> None:
    """What it brings is the toolchain's, under the name it sees; a header of the host is still one."""
    read = {"/proc/self/fd/63/libc/include/generic-glibc/stdio.h", "/usr/include/nobody/luck.h"}
    assert list(host_headers(read, toolchain, probe(sys.executable), tmp_path)) == ["nobody/luck.h"]


def test_wrapper_says_that_zig_is_gone(toolchain: CcToolchain, zig: Path, tmp_path: Path) -> None:
    """A folder that went away during a build is one line on standard error, and the shell's code for it."""
    tools = wrappers(toolchain, tmp_path / "root")
    (zig.parent / "lib").rmdir()
    done: subprocess.CompletedProcess[str] = tools.run("cc", "-c", "x.c", check=False)
    assert done.returncode == 127
    assert done.stderr == f"cc: {zig}: No such file or directory\n"
