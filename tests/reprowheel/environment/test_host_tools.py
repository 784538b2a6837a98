"""Which programs of the host hooks and builds see."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from reprowheel.environment.host_tools import describe_tools, find_host_tools, link_programs, used_tools
from reprowheel.errors import UsageError


def program(path: Path, mode: int = 0o755, *, text: str = "#!/bin/sh\n") -> Path:
    """Write a script and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "sh",
        "gcc",
        "g++",
        "cc",
        "x86_64-linux-gnu-gcc-16",
        "aarch64-linux-gnu-g++",
        "clang-19",
        "gcc-ar",
        "ld.lld",
        "make",
        "awk",
        "xz",
        "sha256sum",
    ],
)
def test_shell_utilities_and_compilers_are_there(tmp_path: Path, name: str) -> None:
    """A POSIX system, make and the toolchain are linked, under their own names."""
    source = program(tmp_path / "bin" / name)
    tools = link_programs(tmp_path / "tools", search=str(tmp_path / "bin"))
    assert os.readlink(tools / name) == str(source)


@pytest.mark.parametrize(
    "name",
    ["cmake", "ctest", "ninja", "ninja-build", "meson", "swig", "cython", "patchelf", "git", "pip", "python3", "ccache",
     "gcc-wrapper.sh", "uv", "f2py", "hg", "perl", "pkg-config", "pg_config", "cargo", "rustc", "yacc", "msgfmt", "curl"],
)  # fmt: skip
def test_all_else_is_not(tmp_path: Path, name: str) -> None:
    """Tools that exist as wheels, version control, other Pythons, what knows libraries of the host: out of sight."""
    program(tmp_path / "bin" / name)
    assert os.listdir(link_programs(tmp_path / "tools", search=str(tmp_path / "bin"))) == []


def test_first_on_path_wins(tmp_path: Path) -> None:
    """The order is that of PATH; a missing folder, a folder with the name and a file without x are passed over."""
    (tmp_path / "a" / "ar").mkdir(parents=True)
    program(tmp_path / "b" / "ar", 0o644)
    wanted = program(tmp_path / "c" / "ar")
    program(tmp_path / "d" / "ar")
    path = os.pathsep.join(str(tmp_path / name) for name in ("missing", "a", "b", "c", "d"))
    assert os.readlink(link_programs(tmp_path / "tools", search=path) / "ar") == str(wanted)


@pytest.mark.parametrize(("present", "alias"), [("gcc", "cc"), ("clang", "cc"), ("g++", "c++"), ("clang++", "c++")])
def test_generic_names_of_compilers(tmp_path: Path, present: str, alias: str) -> None:
    """A build is told to use `cc` and `c++`: where the host has none, the compiler that is there answers to it."""
    program(tmp_path / "bin" / present)
    tools = link_programs(tmp_path / "tools", search=str(tmp_path / "bin"))
    assert sorted(os.listdir(tools)) == sorted([present, alias])
    assert os.path.realpath(tools / alias) == str(tmp_path / "bin" / present)


def test_programs_of_this_host_work_from_their_links(tmp_path: Path) -> None:
    """Also where a program finds its parts by its own path: compilers, and a shell that finds other programs."""
    tools = link_programs(tmp_path / "programs")
    source = tmp_path / "a.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("works"); }\n', encoding="utf-8")
    script = "cc a.c -o a && ./a && expr 2 + 3 && printf abc | sha256sum && awk 'BEGIN { print 7 }' && make --version | head -n 1"
    run = subprocess.run(
        ["sh", "-euc", script], env={"PATH": str(tools)}, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert run.stdout.splitlines()[:4] == ["works", "5", f"{hashlib.sha256(b'abc').hexdigest()}  -", "7"]
    assert "GNU Make" in run.stdout


def test_declared_tool_sees_its_own_path(tmp_path: Path) -> None:
    """It runs as if it had been called where it is, and its use is noted; what is not used is not noted."""
    script = '#!/bin/sh\necho "$0" "$@"\nexit 3\n'
    real = program(tmp_path / "opt" / "bin" / "acme-config", text=script)
    other = program(tmp_path / "opt" / "bin" / "other")
    link_programs(tmp_path / "work" / "programs", find_host_tools([str(real), str(other)]))
    run = subprocess.run(
        [tmp_path / "work" / "programs" / "acme-config", "--libs", "a b"], check=False, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (3, f"{real} --libs a b\n")
    assert used_tools(tmp_path / "work") == {str(real)}
    assert used_tools(tmp_path) == frozenset()


def test_digests_of_what_scripts_run(tmp_path: Path) -> None:
    """A script is told with the programs that it names, and those that they name; a program that changes is another one."""
    inner = program(tmp_path / "bin" / "inner", text="#!/bin/sh\necho 1\n")
    middle = program(tmp_path / "bin" / "middle", text=f'#!/bin/sh\nexec {inner} "$@".\n')
    outer = program(tmp_path / "bin" / "outer", text=f"#!/bin/sh\n# see {middle}, /nowhere/at/all and {tmp_path}\n")
    (tool,) = find_host_tools([str(outer)])
    assert tool.runs == tuple(sorted(["/bin/sh", str(inner), str(middle)]))
    before = describe_tools([tool])
    assert {entry["path"] for entry in before} == {"outer", "outer: sh", "outer: inner", "outer: middle"}
    assert before[0] == {"path": "outer", "sha256": hashlib.sha256(outer.read_bytes()).hexdigest()}
    inner.write_text("#!/bin/sh\necho 2\n", encoding="utf-8")
    after = describe_tools(find_host_tools([str(outer)]))
    assert [a["path"] for a, b in zip(after, before, strict=True) if a != b] == ["outer: inner"]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            ["no-such-program-here"],
            "host tool no-such-program-here: this host has no such program in /usr/local/bin, /usr/bin, /bin",
        ),
        (["/no/such/program"], "host tool /no/such/program: is no program on this host"),
        (["bin/tool"], "host tool 'bin/tool': expected the name of a program, such as pg_config, or an absolute path"),
        ([""], "host tool '': expected the name of a program, such as pg_config, or an absolute path"),
        (["sh", "/bin/sh"], "host tools sh and /bin/sh have the same name; expected one of them"),
    ],
)
def test_declarations_that_name_nothing(declared: list[str], message: str) -> None:
    """They are errors in one line."""
    with pytest.raises(UsageError) as caught:
        find_host_tools(declared)
    assert caught.value.message == message


def test_proxy_of_rustup(tmp_path: Path) -> None:
    """A link to rustup stands for the program of the toolchain that rustup chooses for its own home."""
    rustc = program(tmp_path / "home" / ".rustup" / "toolchains" / "stable" / "bin" / "rustc")
    answers = f'#!/bin/sh\ncase "$1 $2 $HOME" in "which rustc {tmp_path}/home") echo {rustc} ;; *) exit 1 ;; esac\n'
    rustup = program(tmp_path / "home" / ".cargo" / "bin" / "rustup", text=answers)
    (rustup.parent / "rustc").symlink_to("rustup")
    (tool,) = find_host_tools([str(rustup.parent / "rustc")])
    assert (tool.name, tool.path, tool.real_paths[0]) == ("rustc", str(rustc), str(rustc))


def test_folders_of_a_tools_own_data(tmp_path: Path) -> None:
    """Those that have the tool's name, with or without a version, beside the folder of the program."""
    tool = program(tmp_path / "bin" / "cmake")
    own = ["share/cmake-3.31", "share/cmake", "lib/cmake3", "lib/x86_64-linux-gnu/cmake"]
    for name in [*own, "share/cmakefoo", "share/cmake-extras", "include/cmake", "lib/x86_64-linux-gnu/cmakes", "share/xcmake"]:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "share" / "cmake-4").touch()
    (found,) = find_host_tools([str(tool)])
    assert set(found.data_folders) == {str(tmp_path / name) for name in own}
