"""Damaged and hostile files (Hypothesis): a clean report or error, bounded effort, and never a changed meaning."""

from __future__ import annotations

import functools
import io
import tempfile
import zipfile
from pathlib import Path

from elftools.elf.elffile import ELFFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.elf_tools import compile_c, run

from reprowheel.errors import NormalizeError
from reprowheel.normalize import FileReport, normalize_tree, unpack_wheel

EFFORT = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
HEADER_OF_SECTIONS = {*range(40, 48), *range(60, 64)}


@functools.cache
def sample(kind: str) -> bytes:
    """Return a real file to damage."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "ar":
            member = compile_c(Path(folder), "a_member_with_a_long_name.o", "-g", "-c", shared=False)
            run("ar", "qcsU", Path(folder, "x.a"), member)
            return Path(folder, "x.a").read_bytes()
        path = compile_c(Path(folder), "x.so", "-g", "-Wl,--build-id=sha1")
        if kind == "patched":
            run("patchelf", "--set-rpath", "/x" * 400, path)
        return path.read_bytes()


def normalize(data: bytes) -> tuple[FileReport | None, bytes]:
    """Normalize one file of these bytes and return the report and the result."""
    with tempfile.TemporaryDirectory() as folder:
        tree, debug = Path(folder, "tree"), Path(folder, "debug")
        tree.mkdir()
        (tree / "x").write_bytes(data)
        reports = normalize_tree(tree, debug_dir=debug)
        assert [path.name for path in tree.iterdir()] == ["x"]
        assert all(path.stat().st_size <= 4 * len(data) + 4096 for path in debug.rglob("*.debug"))
        assert not reports or "self-check" not in reports[0].reason, reports
        return (reports[0] if reports else None), (tree / "x").read_bytes()


def segment_ranges(data: bytes) -> list[tuple[int, int]]:
    """Return pyelftools' view of the bytes that get loaded."""
    elf = ELFFile(io.BytesIO(data))
    return [
        (segment["p_offset"], segment["p_offset"] + segment["p_filesz"])
        for segment in elf.iter_segments()
        if segment["p_type"] == "PT_LOAD"
    ]


def check_elf(before: bytes) -> None:
    """Normalize and check that no loaded byte changed but the build-id, and that a second run changes nothing."""
    report, after = normalize(before)
    assert report is None or report.kind == "elf"
    if report is None or report.action == "unchanged":
        assert after == before
        return
    ids = bytes.fromhex(report.build_id or "")
    allowed = set(HEADER_OF_SECTIONS)
    at = after.find(ids) if ids else -1
    while at != -1:
        allowed.update(range(at, at + len(ids)))
        at = after.find(ids, at + 1)
    for start, end in segment_ranges(before):
        if before[start:end] != after[start:end]:
            assert all(before[i] == after[i] or i in allowed for i in range(start, end))
    assert segment_ranges(after) == segment_ranges(before)
    again, unchanged = normalize(after)
    assert again is not None
    assert (again.action, unchanged) == ("unchanged", after)


FLIPS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=4)


def damaged(data: bytes, flips: list[tuple[int, int]], window: int | None = None) -> bytes:
    """Return `data` with some bytes changed, in its first `window` bytes if given."""
    result = bytearray(data)
    for place, change in flips:
        result[place % (window or len(result))] ^= change
    return bytes(result)


@EFFORT
@given(flips=FLIPS, kind=st.sampled_from(["elf", "patched"]))
def test_flipped_headers(flips: list[tuple[int, int]], kind: str) -> None:
    """Changes in the ELF header and the program headers."""
    check_elf(damaged(sample(kind), flips, window=64 + 56 * 12))


@EFFORT
@given(flips=FLIPS, kind=st.sampled_from(["elf", "patched"]))
def test_flipped_section_headers(flips: list[tuple[int, int]], kind: str) -> None:
    """Changes in the section header table."""
    data = sample(kind)
    start = int.from_bytes(data[40:48], "little")
    count = int.from_bytes(data[60:62], "little")
    check_elf(data[:start] + damaged(data[start:], flips, window=64 * count))


@EFFORT
@given(flips=FLIPS)
def test_flipped_anywhere(flips: list[tuple[int, int]]) -> None:
    """Changes in any byte of the file."""
    check_elf(damaged(sample("elf"), flips))


@EFFORT
@given(length=st.integers(0, 20_000), tail=st.binary(max_size=200))
def test_cut_and_continued(length: int, tail: bytes) -> None:
    """A file that ends early and goes on with something else."""
    check_elf(sample("elf")[:length] + tail)


@EFFORT
@given(
    fields=st.lists(st.sampled_from([0, 1, 2, 0x40, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 1 << 63]), min_size=1),
    places=st.lists(st.integers(0, 80)),
)
def test_absurd_numbers(fields: list[int], places: list[int]) -> None:
    """Extreme values at aligned places of the headers: huge counts, offsets that wrap around."""
    data = bytearray(sample("elf"))
    for value, place in zip(fields, places, strict=False):
        at = 16 + place * 8
        data[at : at + 8] = value.to_bytes(8, "little")
    check_elf(bytes(data))


@EFFORT
@given(flips=FLIPS, length=st.integers(0, 1 << 20))
def test_archives(flips: list[tuple[int, int]], length: int) -> None:
    """Damaged static archives: untouched, or changed in member headers only."""
    before = damaged(sample("ar"), flips, window=400)[:length]
    report, after = normalize(before)
    assert len(after) == len(before)
    if report is None or report.action == "unchanged":
        assert after == before
    else:
        changed = [i for i in range(len(before)) if before[i] != after[i]]
        assert len(changed) <= 32 * int(report.reason.split()[2])


@EFFORT
@given(
    data=st.binary(max_size=400), magic=st.sampled_from([b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x02\x01", b"!<arch>\n"])
)
def test_noise_behind_a_magic_number(data: bytes, magic: bytes) -> None:
    """Random bytes that start like a file that we know."""
    report, after = normalize(magic + data)
    assert report is not None
    assert after == magic + data or report.action != "unchanged"


@functools.cache
def wheel_bytes() -> bytes:
    """Return a small wheel."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("foo/__init__.py", "foo-1.0.dist-info/METADATA", "foo-1.0.dist-info/RECORD"):
            archive.writestr(name, name * 20)
    return stream.getvalue()


@EFFORT
@given(flips=FLIPS, length=st.integers(0, 1 << 20))
def test_wheels(flips: list[tuple[int, int]], length: int) -> None:
    """A damaged wheel is unpacked below its folder or refused with one line, and then leaves nothing."""
    with tempfile.TemporaryDirectory() as folder:
        wheel, tree = Path(folder, "foo-1.0-py3-none-any.whl"), Path(folder, "tree")
        wheel.write_bytes(damaged(wheel_bytes(), flips)[: length if length % 4 == 0 else None])
        try:
            unpack_wheel(wheel, tree)
        except NormalizeError as error:
            assert "\n" not in error.message
            assert not tree.exists()
        assert {path.name for path in Path(folder).iterdir()} <= {wheel.name, "tree"}
