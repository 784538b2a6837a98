"""Which libraries a wheel needs from its host: as readelf says, and only declared ones."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import pytest

from reprowheel.checks.after_build import refuse_undeclared
from reprowheel.checks.libraries import check_idle_libraries, needed_libraries, undeclared_libraries
from reprowheel.errors import RefusedError
from reprowheel.output.declare import declare


def check_host_libraries(package: str, tree: Path, declared: list[str]) -> tuple[str, ...]:
    """Check the libraries of a tree as after a build."""
    needed = needed_libraries(tree)
    refuse_undeclared(package, undeclared_libraries(needed, declared), [], lambda missing: declare(package, "", {}, missing))
    return check_idle_libraries(package, needed, declared)


def library(path: Path, *flags: str | Path, source: str = "int f(void) { return 1; }", driver: str = "gcc") -> Path:
    """Compile a shared library."""
    path.parent.mkdir(parents=True, exist_ok=True)
    language = "c++" if driver == "g++" else "c"
    command = [driver, "-shared", "-fPIC", "-x", language, "-", "-o", path, "-x", "none", *flags]
    subprocess.run(command, input=source.encode(), check=True)
    return path


def readelf_needed(path: Path) -> set[str]:
    """Return the DT_NEEDED entries as readelf prints them."""
    text = subprocess.run(["readelf", "-dW", path], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", text))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An unpacked wheel with an extension that needs `libluck.so.1`."""
    luck = library(tmp_path / "host" / "libluck.so", "-Wl,-soname,libluck.so.1")
    library(tmp_path / "tree" / "p" / "ext.so", "-Wl,--no-as-needed", luck, "-lm")
    return tmp_path / "tree"


def test_needed_is_what_readelf_says(tree: Path) -> None:
    """Names and files of all DT_NEEDED entries."""
    found = needed_libraries(tree)
    assert set(found) == readelf_needed(tree / "p" / "ext.so") >= {"libluck.so.1", "libm.so.6"}
    assert found["libluck.so.1"] == ["p/ext.so"]


def test_without_section_headers(tree: Path) -> None:
    """What the loader reads counts: a file whose section headers are gone still needs its libraries."""
    path = tree / "p" / "ext.so"
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q", data, 0x28, 0)
    struct.pack_into("<HHH", data, 0x3A, 0, 0, 0)
    path.write_bytes(bytes(data))
    assert "libluck.so.1" in readelf_needed(path)
    assert "libluck.so.1" in needed_libraries(tree)


def test_undeclared_is_refused(tree: Path) -> None:
    """The message names package, file and library, and how to declare it."""
    with pytest.raises(RefusedError, match=r"^foo==1\.0: p/ext\.so needs the host library libluck\.so\.1,") as caught:
        check_host_libraries("foo==1.0", tree, [])
    line = 'pip.override(hub_name = "pypi", name = "foo", host_libraries = ["libluck.so.1"]), or --host-library libluck.so.1;'
    assert line in caught.value.tip


def test_declared_is_returned(tree: Path) -> None:
    """A declared library is fine."""
    assert check_host_libraries("foo==1.0", tree, ["libluck.so.1"]) == ("libluck.so.1",)


def test_idle_declaration_is_refused(tree: Path) -> None:
    """One that nothing needs would hide that the build did not find it here."""
    with pytest.raises(RefusedError, match=r"declared host library libother\.so\.2 is needed by no file"):
        check_host_libraries("foo==1.0", tree, ["libluck.so.1", "libother.so.2"])


@pytest.mark.parametrize("by", ["name", "soname"])
def test_library_in_the_wheel_is_no_host_library(tree: Path, tmp_path: Path, by: str) -> None:
    """A library that the wheel brings, under its file name or its SONAME."""
    host = tmp_path / "host" / "libluck.so"
    inside = tree / "foo.libs" / ("libluck.so.1" if by == "name" else "libluck-1234.so")
    inside.parent.mkdir()
    inside.write_bytes(host.read_bytes())
    assert "libluck.so.1" not in needed_libraries(tree)
    assert check_host_libraries("foo==1.0", tree, []) == ()


def test_platform_libraries_need_no_declaration(tmp_path: Path) -> None:
    """The C library and the compilers' runtimes are what the fingerprints stand for: here all that C++ needs."""
    source = '#include <string>\nstd::string f() { return std::string("x") + "y"; }\n'
    flags = ["-Wl,--no-as-needed", "-lpthread", "-ldl", "-lrt", "-lm", "-latomic", "-lgomp"]
    path = library(tmp_path / "ext.so", *flags, source=source, driver="g++")
    assert {"libstdc++.so.6", "libgomp.so.1"} <= readelf_needed(path)
    assert check_host_libraries("foo==1.0", tmp_path, []) == ()


@pytest.mark.parametrize("name", ["libcrypto.so.3", "libz.so.1", "libcrypt-other.so.1", "xlibc.so.6", "libm.so.6.evil"])
def test_similar_names_are_not_platform_libraries(tmp_path: Path, name: str) -> None:
    """Only those, by their whole name."""
    host = library(tmp_path / "host" / "lib.so", f"-Wl,-soname,{name}")
    library(tmp_path / "tree" / "ext.so", "-Wl,--no-as-needed", host)
    with pytest.raises(RefusedError, match=re.escape(name)):
        check_host_libraries("foo==1.0", tmp_path / "tree", [])


def test_other_files_are_ignored(tmp_path: Path) -> None:
    """Text, an empty file, a damaged ELF file, a static archive."""
    (tmp_path / "a.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "empty").touch()
    (tmp_path / "broken.so").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(40))
    (tmp_path / "lib.a").write_bytes(b"!<arch>\n")
    assert needed_libraries(tmp_path) == {}
