"""Damaged and huge data: `compare` explains what it can, in bounded time and memory, and never breaks off."""

from __future__ import annotations

import base64
import gzip
import io
import pickle
import random
import subprocess
import time
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from support.trees import only_difference, trees

from reprowheel.compare import KnownValues
from reprowheel.compare.data import compare_data, differing_ranges
from reprowheel.compare.engine import compare_bytes

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 400
SECONDS = 5
TEXT = b"one line\nanother line\n" * 40


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A shared object, an object file, archives, compressed data, a pickle, text."""
    directory = tmp_path_factory.mktemp("samples")
    for name, flags in (("n.so", ["-shared", "-fPIC", "-g"]), ("n.o", ["-c", "-g"])):
        source = 'const char a[] = "some text"; int f(int x) { return x * a[0]; }\n'
        command = ["gcc", *flags, "-x", "c", "-", "-o", str(directory / name)]
        subprocess.run(command, input=source, text=True, check=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", TEXT)
        archive.writestr("x-1.dist-info/RECORD", "a,b,c\n")
    packed = zlib.compress(TEXT)
    return [
        *((directory / name).read_bytes() for name in ("n.so", "n.o")),
        *(buffer.getvalue(), packed, gzip.compress(TEXT, mtime=0), bytes(range(256)) + packed + b"end"),
        *(b"x = '" + base64.b64encode(packed) + b"'\n", pickle.dumps({"a": [1.5, "x" * 50, TEXT]}), TEXT),
    ]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return the data with some bytes changed, overwritten, inserted or cut off."""
    result = bytearray(data)
    for _ in range(chance.choice([1, 3, 20])):
        at = chance.randrange(min(64, len(result)) if chance.random() < 0.3 else len(result))
        kind = chance.randrange(4)
        if kind == 0:
            result[at] = chance.randrange(256)
        elif kind == 1:
            result[at : at + 8] = bytes([chance.choice([0, 255])]) * 8
        elif kind == 2:
            result[at:at] = b"more"
        elif at > len(result) // 2:
            del result[at:]
    return bytes(result)


def test_damaged_files(samples: list[bytes]) -> None:
    """Whatever differs is explained with at least one difference, quickly."""
    chance = random.Random(20261123)
    for number in range(ROUNDS):
        left = samples[number % len(samples)]
        right = damaged(left, chance)
        if left == right:
            continue
        started = time.monotonic()
        found = compare_bytes("f", left, right, KnownValues())
        assert found, (number, left[:8])
        assert time.monotonic() - started < SECONDS


def test_everything_differs() -> None:
    """Two large files without a common byte: a few places, and a count, in seconds."""
    left, right = b"\x01" * (40 << 20), b"\x02" * (40 << 20)
    started = time.monotonic()
    found = compare_data("f", left, right, KnownValues())
    assert 1 <= len(found) <= 3
    assert time.monotonic() - started < 4 * SECONDS


def test_every_difference_is_in_a_range() -> None:
    """The ranges cover all bytes that differ, also behind what is looked at one by one."""
    chance = random.Random(7)
    left = bytearray(chance.randbytes(6 << 20))
    right = bytearray(left)
    places = sorted(chance.sample(range(len(left)), 3000))
    for place in places:
        right[place] ^= 0xFF
    ranges = [ours for ours, _ in differing_ranges(bytes(left), bytes(right))]
    assert all(any(start <= place < end for start, end in ranges) for place in places)
    assert ranges == sorted(ranges)


def test_bomb(tmp_path: Path) -> None:
    """Compressed data that unpacks to 256 MiB is compared as far as the limit goes."""
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(256)) + packer.flush()
    started = time.monotonic()
    comparison = trees(tmp_path, {"f": bomb}, {"f": bomb[:-9] + b"somethin" + bomb[-1:]})
    assert comparison.differences
    assert time.monotonic() - started < 6 * SECONDS


def test_too_large_to_explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit equality is still judged by the bytes, and the difference only named."""
    monkeypatch.setattr("reprowheel.compare.engine._MAX_EXPLAINED", 100)
    assert trees(tmp_path / "equal", {"f": b"x" * 101}, {"f": b"x" * 101}).equal
    difference = only_difference(trees(tmp_path / "other", {"f": b"x" * 101}, {"f": b"x" * 100 + b"y"}))
    assert difference.note == "101 bytes on the left, 101 on the right; too large to be explained"
