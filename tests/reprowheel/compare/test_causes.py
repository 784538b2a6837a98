"""The likely cause of a difference, from its bytes, from what they unpack to, and from what is known of both sides."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import pickle
import zlib
from typing import TYPE_CHECKING

import pytest
from support.trees import only_difference, trees

from reprowheel.compare import KnownValues, compare_paths

if TYPE_CHECKING:
    from pathlib import Path

PATH = ("/tmp/rwabcdefghij0123456789/src/a.c", "/dev/shm/rv1/rwzzzzzzzzzzzzzzzzzzzz/src/a.c")
FILL = bytes(range(256))
WHEN = dt.datetime(2026, 11, 23, 1, 2, 3), dt.datetime(2030, 1, 2, 4, 5, 6)  # noqa: DTZ001 - pickled

def case(cause: str, *sides: bytes) -> tuple[str, bytes, bytes]:
    """Return a cause with both sides."""
    left, right = sides
    return cause, left, right


CASES: dict[str, tuple[str, bytes, bytes]] = {
    "build path": case("build-directory", *(f"in {p}\n".encode() for p in PATH)),
    "home path": ("path", b"cache=/home/ann/.cache/x\n", b"cache=/srv/bob/store/x\n"),
    "iso time": ("time", b"built 2026-11-23 00:35:09\n", b"built 2030-01-23 10:21:49\n"),
    "ctime": ("time", b"on Mon Nov 23 00:35:09 2026\n", b"on Wed Jan 23 10:21:49 2030\n"),
    "seconds": ("time", b"t = 1795394109\n", b"t = 1895394109\n"),
    "pickled time": case("time", *(FILL + pickle.dumps({"at": w}) for w in WHEN)),
    "binary time": case("time", *(FILL + w.to_bytes(8, "little") + FILL for w in (1795394109, 1895394109))),
    "pickled float": case("time", *(pickle.dumps({"at": w, "b": b"\0"}) for w in (1795394109.5, 1895394109.5))),
    "lines": ("order", b"a\nb\nc\n", b"c\na\nb\n"),
    "words": ("order", b"names = one, two, three\n", b"names = three, one, two\n"),
    "strings": ("order", b"\x01\x00alpha\x00beta\x00", b"\x01\x00beta\x00alpha\x00"),
    "uuid": ("random", b"id c9bf9e57-1685-4c89-bafb-ff5af830be8a\n", b"id 1b4e28ba-2fa1-41d2-883f-0016d3cca427\n"),
    "temporary name": ("random", b"#line 1 tmpab12_xyz\n", b"#line 1 tmpqq77_abc\n"),
    "digest": ("digest", b"sum 0123456789abcdef0123456789abcdef\n", b"sum ff23456789abcdef0123456789abcde1\n"),
    "address": ("address", b"<X object at 0x7f1234567890>\n", b"<X object at 0x7fffff567890>\n"),
    "cpu": ("cpu-features", b"flags: -march=skylake\n", b"flags: -march=znver4\n"),
    "compiler": ("version", b"GCC: (Debian 12.2.0) 12.2.0\n", b"GCC: (Debian 12.2.0) 16.1.0\n"),
    "small number": ("content", b"n = 2\n", b"n = 3\n"),
    "letters": ("content", b"word\n", b"ward\n"),
    "code bytes": ("content", FILL + b"\x78\xf0\xff\xff" + FILL, FILL + b"\x60\xf0\xff\xff" + FILL),
}


@pytest.mark.parametrize("name", CASES)
def test_causes(name: str, tmp_path: Path) -> None:
    """The cause is told by the bytes, and not guessed where they tell nothing."""
    cause, left, right = CASES[name]
    assert only_difference(trees(tmp_path, {"f": left}, {"f": right})).cause.name == cause


@pytest.mark.parametrize(
    ("pack", "place"),
    [
        (lambda d: zlib.compress(b"x" * 90 + d), "unpacked (zlib), line 1"),
        (lambda d: gzip.compress(b"x" * 90 + d, mtime=0), "unpacked (gzip), line 1"),
        (lambda d: FILL + zlib.compress(b"x" * 90 + d) + b"END", "compressed data at offset 0x100, line 1"),
        (lambda d: FILL + gzip.compress(b"x" * 90 + d, mtime=0), "compressed data at offset 0x100, line 1"),
        (
            lambda d: b"P = '" + base64.b64encode(zlib.compress(d)) + b"'\n",
            "base64 at offset 0x5, unpacked (zlib), line 1",
        ),
    ],
    ids=["zlib", "gzip", "zlib inside", "gzip inside", "base64"],
)
def test_packed_data(pack: object, place: str, tmp_path: Path) -> None:
    """What is packed is compared unpacked, also in the middle of a file."""
    assert callable(pack)
    difference = only_difference(trees(tmp_path, {"f": pack(PATH[0].encode())}, {"f": pack(PATH[1].encode())}))
    assert (difference.place, difference.cause.name) == (place, "build-directory")
    assert difference.left
    assert PATH[0] in difference.left.text


def test_equal_data_packed_otherwise(tmp_path: Path) -> None:
    """Streams of two levels hold the same: it is the compressor."""
    data = FILL * 50
    difference = only_difference(trees(tmp_path, {"f": zlib.compress(data, 1)}, {"f": zlib.compress(data, 9)}))
    assert difference.cause.name == "compression"


def test_facts_come_first(tmp_path: Path) -> None:
    """What is known of the two sides is recognised where no pattern would; a part of a word is not."""
    for side, text in (("l", "on vm at 2\n"), ("r", "on zz9 at 2\n")):
        (tmp_path / side).write_text(text, encoding="utf-8")
    known = KnownValues(values=(("cpus", "2", "1"), ("host-name", "vm", "zz9")))
    assert only_difference(compare_paths(tmp_path / "l", tmp_path / "r", known)).cause.name == "host-name"
    other = KnownValues(values=(("host-name", "v", "z"),))
    assert only_difference(compare_paths(tmp_path / "l", tmp_path / "r", other)).cause.name == "content"
