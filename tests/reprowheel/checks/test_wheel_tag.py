"""The tag for a declared glibc: symbol versions as readelf has them, verdicts as auditwheel has them."""

from __future__ import annotations

import json
import platform
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from reprowheel.checks.wheel_tag import needed_versions, tag_for_glibc
from reprowheel.errors import RefusedError
from reprowheel.normalize import write_wheel

MACHINE = platform.machine()
NAME = f"foo-1.0-cp311-cp311-linux_{MACHINE}.whl"
OLD = '#include <stdio.h>\nint f(void) { return printf("%d", 1); }'
NEW = "unsigned arc4random(void); unsigned f(void) { return arc4random(); }"  # since glibc 2.36


def wheel_tree(path: Path, source: str, *flags: str | Path, tag: str = f"linux_{MACHINE}") -> Path:
    """Write an unpacked wheel with one shared library."""
    (path / "p").mkdir(parents=True)
    (path / "foo-1.0.dist-info").mkdir()
    tags = f"Tag: cp311-cp311-{tag}\nTag: cp311-abi3-{tag}\n"
    (path / "foo-1.0.dist-info" / "WHEEL").write_text(f"Wheel-Version: 1.0\nX-linux: {tag}\n{tags}", encoding="utf-8")
    (path / "foo-1.0.dist-info" / "METADATA").write_text("Name: foo\nVersion: 1.0\n", encoding="utf-8")
    command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", path / "p" / "ext.so", "-x", "none", *flags]
    subprocess.run(command, input=source.encode(), check=True)
    return path


def readelf_versions(path: Path) -> set[str]:
    """Return the needed versions as readelf prints them."""
    text = subprocess.run(["readelf", "-VW", path], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"Name: (\S+)  Flags: .*Version: \d+", text.partition(".gnu.version_r")[2]))


def auditwheel_says(wheel: Path) -> tuple[str, str]:
    """Return the platform that auditwheel finds the wheel fit for, and the one that its symbols alone are fit for."""
    command = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return str(found["overall_tag"]), str(found["sym_tag"])


def minor(tag: str) -> int:
    """Return N of `manylinux_2_N_…`."""
    found = re.match(r"manylinux_2_(\d+)_", tag)
    assert found, tag
    return int(found[1])


@pytest.mark.parametrize("source", [OLD, NEW], ids=["old", "new"])
def test_versions_are_what_readelf_says(tmp_path: Path, source: str) -> None:
    """All needed versions, and each with a symbol that has it; also where section headers are gone."""
    path = wheel_tree(tmp_path / "tree", source) / "p" / "ext.so"
    found = needed_versions(path)
    assert {n.version for n in found} == readelf_versions(path) != set()
    assert ("arc4random" in {n.symbol for n in found if n.version == "GLIBC_2.36"}) == (source == NEW)
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q", data, 0x28, 0)
    struct.pack_into("<HHH", data, 0x3A, 0, 0, 0)
    path.write_bytes(bytes(data))
    assert needed_versions(path) == found


def test_old_symbols_get_the_tag(tmp_path: Path) -> None:
    """File name and every Tag line say the declared version, nothing else moves, and auditwheel finds that it may be said."""
    tree = wheel_tree(tmp_path / "tree", OLD)
    name = tag_for_glibc("foo==1.0", tree, NAME, "2.28")
    assert name == f"foo-1.0-cp311-cp311-manylinux_2_28_{MACHINE}.whl"
    assert (tree / "foo-1.0.dist-info" / "WHEEL").read_text(encoding="utf-8").splitlines() == [
        "Wheel-Version: 1.0",
        f"X-linux: linux_{MACHINE}",
        f"Tag: cp311-cp311-manylinux_2_28_{MACHINE}",
        f"Tag: cp311-abi3-manylinux_2_28_{MACHINE}",
    ]
    assert minor(auditwheel_says(write_wheel(tree, tmp_path / "wheel", filename=name))[0]) <= 28


def test_newer_symbol_is_refused(tmp_path: Path) -> None:
    """The message has package, file, symbol and version; auditwheel agrees; with that version declared it passes."""
    tree = wheel_tree(tmp_path / "tree", NEW)
    with pytest.raises(RefusedError) as caught:
        tag_for_glibc("foo==1.0", tree, NAME, "2.28")
    assert caught.value.message == (
        "foo==1.0: p/ext.so needs arc4random of GLIBC_2.36; expected glibc 2.28 or older, which its toolchain declares"
    )
    assert "declare a newer glibc" in caught.value.tip
    assert f"Tag: cp311-cp311-linux_{MACHINE}" in (tree / "foo-1.0.dist-info" / "WHEEL").read_text(encoding="utf-8")
    assert minor(auditwheel_says(write_wheel(tree, tmp_path / "wheel", filename=NAME))[1]) == 36
    assert "manylinux_2_36" in tag_for_glibc("foo==1.0", tree, NAME, "2.36")
    with pytest.raises(RefusedError):
        tag_for_glibc("foo==1.0", tree, NAME, "2.9")


def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    """The linker's mark for packed relocations, which loaders before glibc 2.36 do not understand, is none of a number."""
    tree = wheel_tree(tmp_path / "tree", OLD + "int x; int *p = &x;", "-Wl,-z,pack-relative-relocs")
    assert "GLIBC_ABI_DT_RELR" in readelf_versions(tree / "p" / "ext.so")
    with pytest.raises(RefusedError, match=r"p/ext\.so needs a symbol of GLIBC_ABI_DT_RELR; expected glibc 2\.28"):
        tag_for_glibc("foo==1.0", tree, NAME, "2.28")


def test_other_library_is_refused(tmp_path: Path) -> None:
    """A library that is neither glibc's nor in the wheel keeps the tag away, declared or not; auditwheel agrees."""
    luck = tmp_path / "libluck.so.1"
    subprocess.run(["gcc", "-shared", "-x", "c", "/dev/null", "-o", luck, "-Wl,-soname,libluck.so.1"], check=True)
    tree = wheel_tree(tmp_path / "tree", OLD, "-Wl,--no-as-needed", luck)
    with pytest.raises(RefusedError, match=r"^foo==1\.0: p/ext\.so needs libluck\.so\.1, which not every system"):
        tag_for_glibc("foo==1.0", tree, NAME, "2.28")
    assert auditwheel_says(write_wheel(tree, tmp_path / "wheel", filename=NAME))[0] == f"linux_{MACHINE}"
    (tree / "p" / "libluck.so.1").write_bytes(luck.read_bytes())
    assert "manylinux_2_28" in tag_for_glibc("foo==1.0", tree, NAME, "2.28")


@pytest.mark.parametrize(
    ("filename", "glibc"),
    [("foo-1.0-py3-none-any.whl", "2.28"), (f"foo-1.0-cp311-cp311-musllinux_1_2_{MACHINE}.whl", "2.28"), (NAME, "")],
)
def test_stays_as_it_is(tmp_path: Path, filename: str, glibc: str) -> None:
    """Wheels for any platform, tags that the back end chose, and toolchains without a declared glibc."""
    tree = wheel_tree(tmp_path / "tree", NEW)
    before = (tree / "foo-1.0.dist-info" / "WHEEL").read_bytes()
    assert tag_for_glibc("foo==1.0", tree, filename, glibc) == filename
    assert (tree / "foo-1.0.dist-info" / "WHEEL").read_bytes() == before


def test_damaged_binary_is_refused(tmp_path: Path) -> None:
    """What cannot be read is not vouched for."""
    tree = wheel_tree(tmp_path / "tree", OLD)
    (tree / "p" / "ext.so").write_bytes((tree / "p" / "ext.so").read_bytes()[:70])
    with pytest.raises(RefusedError, match=r"ext\.so: which symbol versions it needs cannot be read: it is damaged"):
        tag_for_glibc("foo==1.0", tree, NAME, "2.28")


def test_address_outside_the_file_is_refused(tmp_path: Path) -> None:
    """A string table at an address that no segment has cannot be read, either."""
    tree = wheel_tree(tmp_path / "tree", OLD)
    path = tree / "p" / "ext.so"
    with path.open("r+b") as file:
        elf = ELFFile(file)
        (dynamic,) = (segment for segment in elf.iter_segments() if segment["p_type"] == "PT_DYNAMIC")
        number = next(n for n, tag in enumerate(dynamic.iter_tags()) if tag.entry.d_tag == "DT_STRTAB")
        file.seek(dynamic["p_offset"] + 16 * number + 8)
        file.write(b"\xff" * 7)
    with pytest.raises(RefusedError, match=r"ext\.so: which symbol versions it needs cannot be read: it is damaged"):
        tag_for_glibc("foo==1.0", tree, NAME, "2.28")
