"""Static archives, compared with what binutils' `ar` writes in its deterministic mode."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest
from support.elf_tools import compile_c, run

from reprowheel.normalize.ar import normalize_ar

if TYPE_CHECKING:
    from pathlib import Path

LONG = "a_member_with_quite_a_long_name"


@pytest.fixture
def objects(tmp_path: Path) -> list[Path]:
    """Return two object files, one with a name too long for an ar header."""
    found = []
    for name in ("one", LONG):
        source = f"int {name}(void) {{ return 1; }}\n"
        found.append(compile_c(tmp_path, f"{name}.o", "-g", "-c", source=source, shared=False))
    found[0].chmod(0o600)
    os.utime(found[0], (1_600_000_000, 1_600_000_000))
    return found


@pytest.mark.parametrize("switches", ["qc", "qcs", "qcS"], ids=["default", "index", "no-index"])
def test_equals_deterministic_mode(tmp_path: Path, objects: list[Path], switches: str) -> None:
    """An archive with times, owners and modes becomes byte for byte what `ar` with D writes."""
    stamped, expected = tmp_path / "stamped.a", tmp_path / "expected.a"
    run("ar", f"{switches}U", stamped, *objects)
    run("ar", f"{switches}D", expected, *objects)
    assert stamped.read_bytes() != expected.read_bytes()
    report = normalize_ar(stamped, "lib.a")
    assert report.action == "zeroed"
    assert stamped.read_bytes() == expected.read_bytes()
    assert normalize_ar(stamped, "lib.a").action == "unchanged"
    assert stamped.read_bytes() == expected.read_bytes()


def test_still_links(tmp_path: Path, objects: list[Path]) -> None:
    """The linker finds symbols through the index, and the objects kept theirs."""
    archive = tmp_path / "libx.a"
    run("ar", "qcsU", archive, *objects)
    normalize_ar(archive, "libx.a")
    source = f"int one(void), {LONG}(void); int main(void) {{ return one() + {LONG}() - 2; }}\n"
    run(compile_c(tmp_path, "a.out", source=source, shared=False, extra=[str(archive)]))


def test_bsd_names_and_odd_sizes(tmp_path: Path) -> None:
    """Names in front of the data (`#1/LENGTH`) and padding of odd members stay where they are."""
    name, data = b"some name.o\0", b"odd"
    member = b"#1/12".ljust(16) + b"1700000000".ljust(12) + b"501".ljust(6) + b"20".ljust(6) + b"100600".ljust(8)
    member += str(len(name + data)).encode().ljust(10) + b"`\n" + name + data + b"\n"
    path = tmp_path / "bsd.a"
    path.write_bytes(b"!<arch>\n" + member * 2)
    assert normalize_ar(path, "bsd.a").action == "zeroed"
    assert run("ar", "tv", path).splitlines() == run("ar", "tv", path).splitlines()
    lines = run("ar", "tvO", path).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("rw-r--r-- 0/0") and "1970" in line for line in lines)
    assert path.read_bytes().count(name + data) == 2


def test_thin_archive_is_kept(tmp_path: Path, objects: list[Path]) -> None:
    """A thin archive only names other files."""
    archive = tmp_path / "thin.a"
    run("ar", "qcsU", "--thin", archive, *objects)
    before = archive.read_bytes()
    assert before.startswith(b"!<thin>")
    report = normalize_ar(archive, "thin.a")
    assert (report.action, "thin" in report.reason) == ("unchanged", True)
    assert archive.read_bytes() == before


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"!<arch>\ngarbage that is long enough to be a member's header, yet is none", "not a member header"),
        (b"!<arch>\nshort", "incomplete"),
        (b"!<arch>\n" + struct.pack("16s12s6s6s8s10s2s", *[b"0".ljust(16)] * 5, b"99".ljust(10), b"`\n"), "beyond"),
        (
            b"!<arch>\n" + b"debian-binary".ljust(16) + b"0".ljust(12) * 2 + b"0".ljust(8) + b"0".ljust(10) + b"`\n",
            "Debian",
        ),
    ],
    ids=["garbage", "short", "overlong", "deb"],
)
def test_what_is_not_understood_is_kept(tmp_path: Path, data: bytes, reason: str) -> None:
    """Damaged archives and other formats of the same family stay byte for byte."""
    path = tmp_path / "x.a"
    path.write_bytes(data)
    report = normalize_ar(path, "x.a")
    assert report.action == "unchanged"
    assert reason in report.reason
    assert path.read_bytes() == data
