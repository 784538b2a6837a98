"""What compilers read is written down whatever they are asked for, changes no output, and only declared headers pass."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import Conditions, build, c_module, extension_sdist, helper
from support.wrapped_compilers import Tools, wrappers

from reprowheel.checks.headers import host_headers
from reprowheel.checks.system_headers import is_system_header
from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.records import read_headers
from reprowheel.compilers.toolchain import CcToolchain
from reprowheel.environment.interpreter import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SOURCE = '#include <stdio.h>\n#include <chance.h>\n#include "with space.h"\nint number(void) { return CHANCE; }\n'
CXX_SOURCE = "#include <vector>\n" + SOURCE


@pytest.fixture
def project(short_directory: Path) -> Path:
    """A folder with sources, and beside it one of a library's headers."""
    sources, headers = short_directory / "w" / "src", short_directory / "host" / "chance"
    sources.mkdir(parents=True)
    headers.mkdir(parents=True)
    for name, text in (("a.c", SOURCE), ("a.cpp", CXX_SOURCE), ("with space.h", '#include "inner.h"\n'), ("inner.h", "")):
        (sources / name).write_text(text, encoding="utf-8")
    (headers.parent / "chance.h").write_text("#include <chance/more.h>\n#define CHANCE 7\n", encoding="utf-8")
    (headers / "more.h").write_text("", encoding="utf-8")
    (sources / "arguments").write_text(f'-MMD -MF "x.d" -I"{headers.parent}" -c a.c', encoding="utf-8")
    return sources


def recorded(project: Path, name: str, arguments: Sequence[str], *, records: bool = True) -> tuple[set[str], dict[str, bytes]]:
    """Run a wrapped compiler; return the headers that were written down, and all files it wrote."""
    folder = project.parent / "headers"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    before = set(project.iterdir())
    tools = wrappers(find_toolchain(), project.parent, headers=folder if records else None)
    run = tools.run(name, *arguments, cwd=project)
    made = {"": run.stdout.encode() + run.stderr.encode()}
    for path in sorted(set(project.iterdir()) - before):
        made[path.name] = path.read_bytes()
        path.unlink()
    subprocess.run(["rm", "-r", tools.directory], check=True)
    return {os.path.normpath(path) for path in read_headers(folder)}, made


def reference(project: Path, name: str, source: str) -> set[str]:
    """Return what GCC itself says it depends on."""
    command = [name, "-M", "-MF", project.parent / "reference", f"-I{project.parents[1] / 'host'}", source]
    subprocess.run(command, cwd=project, check=True)
    text = (project.parent / "reference").read_text(encoding="utf-8").partition(":")[2]
    words = text.replace("\\\n", " ").replace("\\ ", "\0").split()
    return {os.path.normpath(project / word.replace("\0", " ")) for word in words} - {str(project / source)}


@pytest.mark.parametrize(
    "wanted",
    [
        "-c -o x.o",
        "-S",
        "-E",
        "-shared -fPIC -g -flto",
        "-c -MD -MF x.d",
        "-c -MD -MP -MT foo -MF x.d -o x.o",
        "-c -MD",
        "-c -MMD",
        "-c -MMD -MP -MFx.d -o x.o",
        "-c -Wp,-MMD,x.d",
        "-c -Wp,-MD,x.d",
        "-c --coverage",
    ],
)
def test_all_that_was_read_is_written_down(project: Path, wanted: str) -> None:
    """As GCC's own list has it; what the compiler prints and writes is the same as without."""
    name, source = ("g++", "a.cpp") if "-MD -MP" in wanted or wanted == "-c -MMD" else ("gcc", "a.c")
    arguments = [*wanted.split(), f"-I{project.parents[1] / 'host'}", source]
    found, made = recorded(project, name, arguments)
    nothing, plain = recorded(project, name, arguments, records=False)
    expected = reference(project, name, source)
    assert found - {str(project / source)} == expected
    assert {"chance.h", "more.h", "with space.h", "inner.h", "stdio.h"} <= {os.path.basename(path) for path in found}
    assert nothing == set()
    assert made == plain
    assert len(made) > 1 or wanted == "-E"


def test_arguments_in_a_file_and_standard_input(project: Path) -> None:
    """Neither hides what is read."""
    found, made = recorded(project, "gcc", ["@arguments"])
    assert found - {str(project / "a.c")} == reference(project, "gcc", "a.c")
    assert sorted(made) == ["", "a.o", "x.d"]
    folder = project.parent / "headers"
    tools = wrappers(find_toolchain(), project.parent / "other", headers=folder)
    command = [tools.directory / "cc", "-x", "c", "-fsyntax-only", "-"]
    subprocess.run(command, input=b"#include <yonder.h>\n#include <chance.h>\n", check=False, cwd=project, capture_output=True)
    text = b"#include <stddef.h>\n"
    subprocess.run(command, input=text, check=True, cwd=project, env={"PATH": os.defpath})
    assert any(path.endswith("/stddef.h") for path in read_headers(folder))


def test_failed_compiler_fails(project: Path) -> None:
    """Its exit code and message arrive, also where the wrapper waits for it; a signal that ends it is told."""
    folder = project.parent / "headers"
    folder.mkdir()
    tools = wrappers(find_toolchain(), project.parent, headers=folder)
    (project / "bad.c").write_text("#error not today\n", encoding="utf-8")
    for wanted in ("-c", "-c -MD -MF x.d", "-c -MMD"):
        run = tools.run("gcc", *wanted.split(), "bad.c", cwd=project, check=False)
        assert run.returncode == 1
        assert run.stderr.count("not today") == 2, "the message and the line it shows, once"
    only = tools.run("gcc", "-M", "inner.h", "a.c", f"-I{project.parents[1] / 'host'}", cwd=project)
    assert "stdio.h" in only.stdout


FAKE = Path(__file__).with_name("telling_clang.sh")


@pytest.fixture
def clang(tmp_path: Path) -> tuple[Tools, Path]:
    """Wrappers around a program that tells how it is asked, as clang, for what it reads."""
    program, folder = tmp_path / "clang", tmp_path / "headers"
    shutil.copyfile(FAKE, program)
    program.chmod(0o755)
    folder.mkdir()
    toolchain = CcToolchain(compiler="clang", tools={"cc": str(program)})
    return wrappers(toolchain, tmp_path / "root", headers=folder), folder


def test_clang_is_asked_in_its_own_way(clang: tuple[Tools, Path], tmp_path: Path) -> None:
    """By variables that clang's driver knows; a list of paths, relative to where it ran."""
    tools, folder = clang
    asked, file, other = tools.run("cc", "-c", "-MD", "a.c", cwd=tmp_path).stdout.strip().split(",")
    assert (asked, Path(file).parent, other) == ("1", folder, "")
    assert read_headers(folder) == {"/host/a b.h", str(tmp_path / "sub/c.h")}
    tools.run("cc", "-c", "-MMD", "a.c", cwd=tmp_path)
    assert read_headers(folder) >= {"/host/scanned.h", str(tmp_path / "sub/ d.h"), "/host/a b.h"}
    for without in (["a.o"], ["-M", "a.c"], ["--version"]):
        assert tools.run("cc", *without, cwd=tmp_path).stdout.strip() == ",,"


def test_signal_ends_the_wrapper_too(clang: tuple[Tools, Path], tmp_path: Path) -> None:
    """Whoever started the compiler learns how it ended."""
    tools, _ = clang
    text = (tools.directory / ".compiler_wrapper.py").read_text(encoding="utf-8").replace("'gnu': False", "'gnu': True")
    (tools.directory / ".compiler_wrapper.py").write_text(text, encoding="utf-8")
    run = tools.run("cc", "-c", "-MD", "-MF", "x.d", "signal.c", cwd=tmp_path, check=False)
    assert run.returncode == -9


def test_names() -> None:
    """The toolchain's, C library's, kernel's and interpreter's headers are nobody's; others have the name that sources use."""
    toolchain, interpreter = find_toolchain(), probe(sys.executable)
    own = subprocess.run(
        ["g++", "-M", "-x", "c++", "-"],
        input=b"#include <vector>\n#include <Python.h>\n#include <linux/if.h>\n#include <sys/epoll.h>\n#include <omp.h>\n",
        env={"PATH": os.environ["PATH"], "CPATH": interpreter.include},
        check=True,
        capture_output=True,
    )
    read = {word for word in own.stdout.decode().split() if word.startswith("/")}
    assert len(read) > 200
    assert host_headers(read, toolchain, interpreter, Path("/tmp/none")) == {}
    strange = {
        "/usr/include/zzz.h": "zzz.h",
        "/usr/include/zzz/a.h": "zzz/a.h",
        "/usr/include/x/../sys/zzz.h": "sys/zzz.h",
        "/usr/local/include/stdio.h": "stdio.h",
        "/opt/zzz/a.h": "/opt/zzz/a.h",
        f"{os.getcwd()}/declared.h": "",
        "/tmp/none/src/x.h": "",
    }
    for path, name in strange.items():
        assert list(host_headers({path}, toolchain, interpreter, Path("/tmp/none"))) == [name] * bool(name), path
    platform = ("stdio.h", "sys/stat.h", "linux/x/y.h")
    others = ("sys/capability.h", "yaml.h", "net/x.h", "zlib.h", "linux.h")
    assert [name for name in (*platform, *others) if is_system_header(name)] == list(platform)


def test_header_behind_a_link(project: Path) -> None:
    """GCC names the file a link leads to where that path is shorter; its name is the link's."""
    source, command = b"#include <asm/errno.h>\n", ["gcc", "-M", "-fno-canonical-system-headers", "-x", "c", "-"]
    listed = subprocess.run(command, input=source, check=True, capture_output=True, text=False).stdout.decode()
    paths = {os.path.realpath(word) for word in listed.split() if word.startswith("/")}
    assert any(path.endswith("/asm/errno.h") for path in paths)
    assert host_headers(paths, find_toolchain(), probe(sys.executable), project) == {}


@pytest.fixture
def chance(tmp_path: Path) -> tuple[Path, list[str | Path]]:
    """An sdist that takes a header where there is one, and the arguments with which there is."""
    host = tmp_path / "include" / "chance"
    host.mkdir(parents=True)
    (host.parent / "chance.h").write_text("#include <chance/a.h>\n", encoding="utf-8")
    for name in ("a.h", "b.h"):
        (host / name).write_text("#define CHANCE 1\n", encoding="utf-8")
    head = "#if __has_include(<chance.h>)\n#include <chance.h>\n#include <chance/b.h>\n#endif"
    sdist = extension_sdist(tmp_path, c_module(head=head))
    return sdist, ["--env", f"CPATH={host.parent}"]


def test_undeclared_header_is_refused(
    tmp_path: Path, chance: tuple[Path, list[str | Path]], build_wheel: Callable[[str], Path]
) -> None:
    """Package, headers and how to declare them, and no wheel; declared, it is built, and reported with its digest."""
    sdist, arguments = chance
    wheels, conditions = [build_wheel("setuptools")], Conditions(cwd=tmp_path / "x")
    conditions.cwd.mkdir()
    common = ["build", sdist, "--build-wheel", wheels[0], *arguments]
    run = helper([*common, "--out", tmp_path / "refused"], conditions)
    place = tmp_path / "include"
    assert run.returncode == 4
    error, tip = run.stderr.splitlines()
    names = [f"{place}/chance.h", f"{place}/chance/a.h", f"{place}/chance/b.h"]
    assert error == f"ERROR tiny==1.0: a compiler read the host headers {', '.join(names)}, which are not declared"
    patterns = [f"{place}/*", f"{place}/chance/*"]
    words = " ".join(f"--host-header '{pattern}'" for pattern in patterns)
    assert f'pip.override(hub_name = "pypi", name = "tiny", host_headers = {json.dumps(patterns)}), or {words};' in tip
    assert not (tmp_path / "refused").exists()

    declared = build(sdist, wheels, tmp_path / "declared", conditions, *map(str, arguments), f"--host-header={place}/*")
    assert [header["path"] for header in declared.report["host_headers"]] == names
    some = helper([*common, "--out", tmp_path / "some", f"--host-header={place}/chance/*"], conditions)
    assert some.stderr.splitlines()[0] == f"ERROR tiny==1.0: a compiler read the host header {names[0]}, which is not declared"
    without = build(sdist, wheels, tmp_path / "without", conditions)
    assert without.report["host_headers"] == []


def test_idle_declaration(tmp_path: Path, chance: tuple[Path, list[str | Path]], build_wheel: Callable[[str], Path]) -> None:
    """Where none of what was declared is read, the build is another one than was meant; one pattern of two may be idle."""
    sdist, arguments = chance
    common = ["build", sdist, "--build-wheel", build_wheel("setuptools")]
    run = helper([*common, "--out", tmp_path / "idle", "--host-header=yaml.h"])
    assert run.returncode == 4
    assert run.stderr.splitlines()[0] == "ERROR tiny==1.0: no compiler read a declared host header (yaml.h)"
    assert not (tmp_path / "idle").exists()
    given = [*arguments, "--host-header=yaml.h", f"--host-header={tmp_path}/include/*"]
    assert helper([*common, "--out", tmp_path / "out", *given]).returncode == 0
