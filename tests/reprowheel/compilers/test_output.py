"""What the wrapped compilers write: the same at every place, time and CPU, and right."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.wrapped_compilers import EPOCH, Tools, wrappers

from reprowheel.compilers.describe import find_toolchain
from reprowheel.compilers.toolchain import CcToolchain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def macros(tools: Tools, *flags: str) -> dict[str, str]:
    """Return the predefined macros."""
    (tools.root / "empty.c").touch()
    text = tools.run("cc", *flags, "-dM", "-E", tools.root / "empty.c").stdout
    words = [(line + "  ").split(" ", 2) for line in text.splitlines()]
    return {name: value.strip() for _, name, value in words}


def test_native_gives_the_code_of_the_baseline(real: Callable[[str], Tools]) -> None:
    """By gcc's own macros: `native` through the wrapper is what gcc has without the flag; asking gcc itself is not."""
    tools = real("r")
    assert macros(tools, "-march=native", "-mtune=native") == macros(tools)
    gcc = find_toolchain().tools["cc"]
    own = subprocess.run(
        [gcc, "-march=native", "-dM", "-E", "-xc", os.devnull], check=True, capture_output=True, text=True
    )
    plain = subprocess.run([gcc, "-dM", "-E", "-xc", os.devnull], check=True, capture_output=True, text=True)
    if os.uname().machine == "x86_64" and "avx" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace"):
        assert own.stdout != plain.stdout


def test_the_last_map_wins(short_directory: Path) -> None:
    """Of two maps that fit, the one behind is taken, so the specific goes last: gcc says what `__FILE__` is."""
    source = short_directory / "deep" / "x.c"
    source.parent.mkdir()
    source.write_text("const char *file = __FILE__;\n", encoding="utf-8")
    maps = [(os.fspath(short_directory), "/general"), (os.fspath(source.parent), "/special")]
    toolchain = find_toolchain()
    for index, (order, expected) in enumerate(((maps, "/special/x.c"), (maps[::-1], "/general/deep/x.c"))):
        tools = wrappers(toolchain, short_directory / f"w{index}", order)
        assert f'"{expected}"' in tools.run("cc", "-E", source).stdout


def test_macros_say_the_epoch(real: Callable[[str], Tools]) -> None:
    """All three, `__TIMESTAMP__` too, in the form of C11 6.10.8.1, without a warning even with -Werror."""
    tools = real("r")
    source = tools.root / "t.c"
    source.write_text('const char *t = __DATE__ "|" __TIME__ "|" __TIMESTAMP__;\n', encoding="utf-8")
    text = tools.run("cc", "-Wall", "-Wextra", "-Werror", "-E", "-P", source).stdout
    assert text == 'const char *t = "Sep 13 2020" "|" "12:26:40" "|" "Sun Sep 13 12:26:40 2020";\n'
    env = {"PATH": os.defpath, "SOURCE_DATE_EPOCH": str(EPOCH), "TZ": "UTC"}
    own = subprocess.run(
        [find_toolchain().tools["cc"], "-E", "-P", source], env=env, check=True, capture_output=True, text=True
    )
    assert own.stdout.split("|")[0] == text.split("|")[0], "GCC's own __DATE__ for the epoch"
    assert own.stdout != text, "GCC's own __TIMESTAMP__ ignores the epoch"


SOURCE = """\
#include <assert.h>
#include "part.h"
const char *file = __FILE__, *date = __DATE__, *time_ = __TIME__, *stamp = __TIMESTAMP__;
static int hidden(int x) { assert(x > 3); return x + part(x); }
int f(int x) { return hidden(x) * 2; }
"""
HEADER = "static inline int part(int x) { assert(x != 77); return x * x; }\n"


def compile_at(place: Path, flags: Sequence[str], compiler: Path | str, name: str) -> bytes:
    """Compile the source in `place/src` by absolute path and return the object."""
    source = place / "src" / name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(SOURCE, encoding="utf-8")
    (source.parent / "part.h").write_text(HEADER, encoding="utf-8")
    os.utime(source, (len(str(place)) * 10**7, 10**9))
    target = source.with_suffix(".o")
    command = [compiler, "-c", *flags, source, "-I", source.parent, "-o", target]
    subprocess.run(command, cwd=place, check=True, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"})
    return target.read_bytes()


@pytest.mark.parametrize("name", ["x.c", "x.cc"])
@pytest.mark.parametrize("flags", [["-g", "-O2"], ["-O0"], ["-g3", "-O2"]], ids=" ".join)
def test_objects_are_the_same_at_two_places(
    real: Callable[[str], Tools], short_directory: Path, name: str, flags: list[str]
) -> None:
    """At paths of different length and at different file times: equal through the wrapper, not without (control)."""
    toolchain = find_toolchain()
    mode = "c++" if name.endswith("cc") else "cc"
    places = short_directory / "a", short_directory / "bbbbbbbb"
    ours = [compile_at(place, flags, real(place.name).directory / mode, name) for place in places]
    assert ours[0] == ours[1]
    assert os.fsencode(short_directory) not in ours[0]
    compiler = toolchain.tools["cxx" if mode == "c++" else "cc"]
    own = [compile_at(short_directory / place, flags, compiler, name) for place in ("c", "dddddddd")]
    assert own[0] != own[1]
    assert ours[0] != own[0]


def test_link_time_optimization(real: Callable[[str], Tools], short_directory: Path) -> None:
    """With -flto the linked library is the same at two places, debug information included; without us it is not."""
    compiler = find_toolchain().tools["cc"]

    def linked(place: Path, driver: Path | str) -> bytes:
        compile_at(place, ["-g", "-O2", "-flto", "-fPIC"], driver, "x.c")
        command = [driver, "-shared", "-g", "-O2", "-flto", place / "src" / "x.o", "-o", place / "x.so"]
        subprocess.run(command, cwd=place, check=True)
        return (place / "x.so").read_bytes()

    ours = [linked(p, real(p.name).directory / "cc") for p in (short_directory / "a", short_directory / "bbbbbbbb")]
    assert ours[0] == ours[1]
    assert linked(short_directory / "c", compiler) != linked(short_directory / "dddddddd", compiler)


def test_random_symbols_repeat(real: Callable[[str], Tools], short_directory: Path) -> None:
    """What gcc makes up for an object (here of LTO) is the same the second time; without us it is another (control)."""
    place = short_directory / "a"
    compiler = real("a").directory / "cc"
    ours, own = (
        {compile_at(place, ["-O2", "-flto"], driver, "x.c") for _ in range(2)}
        for driver in (compiler, find_toolchain().tools["cc"])
    )
    assert (len(ours), len(own)) == (1, 2)


def build_id(path: Path) -> str:
    """Return a file's build-id by readelf."""
    text = subprocess.run(["readelf", "-n", path], check=True, capture_output=True, text=True).stdout
    return "".join(re.findall(r"Build ID: (\w+)", text))


def test_links_have_a_build_id(real: Callable[[str], Tools]) -> None:
    """A sha1 one (40 digits) even where the compiler's default is none, unless the caller decides."""
    tools = real("r")
    (tools.root / "x.c").write_text("int f(void) { return 1; }\n", encoding="utf-8")
    for arguments, length in (([], 40), (["-Wl,--build-id=md5"], 32), (["-Wl,--build-id=none"], 0)):
        tools.run("cc", "-shared", "-fPIC", *arguments, "x.c", "-o", "x.so", cwd=tools.root)
        assert len(build_id(tools.root / "x.so")) == length
    tools.run("cc", "-c", "x.c", cwd=tools.root)
    tools.run("cc", "-r", "x.o", "-nostdlib", "-o", "y.o", cwd=tools.root)
    assert build_id(tools.root / "y.o") == ""


THROWS = """\
#include <iostream>
#include <stdexcept>
int main() { try { throw std::runtime_error("caught"); } catch (std::exception &e) { std::cout << e.what(); } }
"""


def test_cxx_through_a_c_only_driver(short_directory: Path) -> None:
    """A toolchain that names only a C driver, with no C++ one beside it, still links C++ programs that run."""
    only = short_directory / "only"
    only.mkdir()
    gcc = os.path.realpath(find_toolchain().tools["cc"])
    (only / "gcc").write_text(f'#!/bin/sh\nexec {gcc} "$@"\n', encoding="utf-8")
    (only / "gcc").chmod(0o755)
    tools = wrappers(
        CcToolchain(compiler="gcc", tools={"cc": str(only / "gcc"), "cxx": str(only / "gcc")}), short_directory / "r"
    )
    source = tools.root / "x.cc"
    source.write_text(THROWS, encoding="utf-8")
    tools.run("c++", "-c", source, "-o", tools.root / "x.o")
    for arguments in ([tools.root / "x.o"], [source], ["-Wl,--as-needed", tools.root / "x.o"]):
        tools.run("c++", *arguments, "-o", tools.root / "x")
        done = subprocess.run([tools.root / "x"], check=True, capture_output=True, text=True)
        assert done.stdout == "caught"
    alone = subprocess.run([only / "gcc", tools.root / "x.o", "-o", tools.root / "y"], check=False, capture_output=True)
    assert alone.returncode != 0, "the C driver alone cannot link it: otherwise this shows nothing"
