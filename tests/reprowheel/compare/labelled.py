"""Differences with the causes that made them: what the causes that `compare` names are measured against.

Each has the set of its true causes and both sides. `content` stands for what no byte of the two sides tells: such a difference
must not get a cause. A third of them are traps, which hold words or numbers that only look like a cause.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import pickle
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LABELLED"]

_FILL = bytes(range(256))
_THEN, _NOW = 1_795_394_109, 1_895_394_109
_WHEN = dt.datetime(2026, 11, 23, 1, 2, 3), dt.datetime(2030, 1, 2, 4, 5, 6)  # noqa: DTZ001 - pickled
_BUILDS = ("/tmp/rwabcdefghij0123456789/src/a.c", "/dev/shm/rv1/rwzzzzzzzzzzzzzzzzzzzz/src/a.c")
_SHA = (
    "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
_OBJECTS = {"left": ["alpha.o", "beta.o", "gamma.o", "delta.o"], "right": ["delta.o", "alpha.o", "gamma.o", "beta.o"]}

_Sides = tuple[bytes, bytes]


def _both(make: Callable[..., bytes], *pairs: tuple[object, object]) -> _Sides:
    """Return what `make` gives for the first of each pair, and for the second."""
    left, right = ([pair[side] for pair in pairs] for side in (0, 1))
    return make(*left), make(*right)


def _text(form: str, *pairs: tuple[object, object]) -> _Sides:
    """Return two texts: a form with the first of each pair, and with the second."""
    return _both(lambda *values: (form.format(*values) + "\n").encode(), *pairs)


def _pyc(seconds: int) -> bytes:
    return b"\xa7\r\r\n" + bytes(4) + seconds.to_bytes(4, "little") + (120).to_bytes(4, "little") + _FILL


def _listing(side: str, built: str) -> bytes:
    return "".join(f"{name} rw {built}\n" for name in _OBJECTS[side]).encode()


LABELLED: dict[str, tuple[set[str], _Sides]] = {
    # Times
    "date in a header": ({"time"}, _text('#define BUILT "{}"', ("2026-11-23", "2030-01-02"))),
    "__DATE__ and __TIME__": ({"time"}, _text('"{}" "{}"', ("Nov 23 2026", "Jan  2 2030"), ("10:11:12", "23:59:01"))),
    "__DATE__ in data": ({"time"}, _both(lambda d: _FILL + d + b"\0" + _FILL, (b"Nov 23 2026", b"Jan  2 2030"))),
    "RFC 2822": ({"time"}, _text("Date: {}", ("Mon, 23 Nov 2026 00:35:09 +0000", "Wed, 23 Jan 2030 10:21:49 +0100"))),
    "ctime": ({"time"}, _text("on {}", ("Mon Nov 23 00:35:09 2026", "Wed Jan 23 10:21:49 2030"))),
    "ISO with T and Z": ({"time"}, _text('"at": "{}"', ("2026-11-23T00:35:09.123Z", "2030-01-23T10:21:49.001Z"))),
    "compact stamp": ({"time"}, _text("build-{}", ("20261123T003509Z", "20300123T102149Z"))),
    "seconds": ({"time"}, _text("EPOCH = {}", (_THEN, _NOW))),
    "seconds as float": ({"time"}, _text("mtime: {}", (f"{_THEN}.25", f"{_NOW}.5"))),
    "nanoseconds": ({"time"}, _text("ns={}", (_THEN * 10**9, _NOW * 10**9))),
    "header of a pyc": ({"time"}, _both(_pyc, (_THEN, _NOW))),
    "header of a gzip file": (
        {"time"},
        _both(lambda t: b"x" * 12 + b"\x1f\x8b\x08\x00" + struct.pack("<I", t) + b"\x02\xff\x01\x02", (_THEN, _NOW)),
    ),
    "eight bytes, little": ({"time"}, _both(lambda t: _FILL + struct.pack("<q", t) + _FILL, (_THEN, _NOW))),
    "eight bytes, big": ({"time"}, _both(lambda t: _FILL + struct.pack(">q", t) + _FILL, (_THEN, _NOW))),
    "pickled datetime": ({"time"}, _both(lambda w: _FILL + pickle.dumps({"at": w}), _WHEN)),
    "pickled float": ({"time"}, _both(lambda w: pickle.dumps({"at": w, "b": b"\0"}), (_THEN + 0.5, _NOW + 0.5))),
    "time, compressed": ({"time"}, _both(lambda d: zlib.compress(b"x" * 90 + d), (b"built 2026-11-23", b"built 2030-01-02"))),
    "time, base64 of gzip": (
        {"time"},
        _both(
            lambda d: b"P = '" + base64.b64encode(gzip.compress(b"x" * 90 + d, mtime=0)) + b"'\n",
            (b"built 2026-11-23 00:35:09", b"built 2030-01-02 10:21:49"),
        ),
    ),
    # Places
    "build directory": ({"build-directory"}, _text('# line 1 "{}"', _BUILDS)),
    "build directory in data": ({"build-directory"}, _both(lambda p: _FILL + p.encode() + b"\0" + _FILL, _BUILDS)),
    "home": ({"path"}, _text("cache={}", ("/home/ann/.cache/x", "/srv/bob/store/x"))),
    "quoted path": ({"path"}, _text('DATA = "{}"', ("/home/ann/src/pkg/data.txt", "/home/carol/w/pkg/data.txt"))),
    "two paths in a line": ({"path"}, _text("-I{} -L{}", ("/opt/a/include", "/opt/b/include"), ("/opt/a/lib", "/opt/b/lib"))),
    "path and time in a line": (
        {"path", "time"},
        _text("{} built {}", ("/home/ann/src/x.c", "/srv/b/src/x.c"), ("2026-11-23", "2030-01-02")),
    ),
    # Order
    "lines": ({"order"}, (b"a.py\nb.py\nc.py\n", b"c.py\na.py\nb.py\n")),
    "words": ({"order"}, (b"names = one, two, three\n", b"names = three, one, two\n")),
    "a set's repr": ({"order"}, (b"{'red', 'green', 'blue'}\n", b"{'blue', 'red', 'green'}\n")),
    "strings in data": ({"order"}, (b"\x01\x00alpha\x00beta\x00", b"\x01\x00beta\x00alpha\x00")),
    "keys of JSON": (
        {"order"},
        tuple(json.dumps(dict.fromkeys(keys, "value of it"), indent=0).encode() for keys in ("abc", "bac")),
    ),
    "order and time": ({"order", "time"}, (_listing("left", "2026-11-23 00:35:09"), _listing("right", "2030-01-02 10:21:49"))),
    "order and time in strings": (
        {"order", "time"},
        tuple(
            _FILL[:8] + b"\0" + _listing(*of).replace(b"\n", b"\0") for of in (("left", "2026-11-23"), ("right", "2030-01-02"))
        ),
    ),
    "order and build directory": (
        {"order", "build-directory"},
        (f"{_BUILDS[0]}\nplain\n".encode(), f"plain\n{_BUILDS[1]}\n".encode()),
    ),
    # Random things, addresses, digests
    "uuid": ({"random"}, _text("id {}", ("c9bf9e57-1685-4c89-bafb-ff5af830be8a", "1b4e28ba-2fa1-41d2-883f-0016d3cca427"))),
    "temporary file": ({"random"}, _text("#line 1 {}", ("tmpab12_xyz", "tmpqq77_abc"))),
    "compiler's temporary": ({"random"}, _both(lambda n: _FILL + n + b"\0" + _FILL, (b"ccT3kQ9a.o", b"ccw8Zb1L.o"))),
    "random token": ({"random"}, _text("seed {}", ("3fa9c1d27be04c55", "a07c44e1b9d23f60"))),
    "repr of an object": ({"address"}, _text("<X object at {}>", ("0x7f1234567890", "0x7fffff567890"))),
    "pointer": ({"address"}, _text("ptr={}", ("0x55d0c9a2b2a0", "0x5615fe1c12a0"))),
    "sha256": ({"digest"}, _text("sha256 {}", _SHA)),
    "row of a RECORD": ({"digest"}, _text("a.py,sha256={},12", ("9f" * 21 + "A", "7c" * 21 + "B"))),
    # Tools and machines
    "GCC's comment": ({"version"}, _both(lambda v: b"GCC: (Debian " + v + b") " + v + b"\0", (b"12.2.0", b"16.1.0"))),
    "Cython": ({"version"}, _text("/* Generated by Cython {} */", ("3.0.11", "3.1.2"))),
    "Generator of a wheel": ({"version"}, _text("Generator: setuptools ({})", ("75.1.0", "80.9.0"))),
    "-march": ({"cpu-features"}, _text("flags: -march={}", ("skylake", "znver4"))),
    "one CPU feature": ({"cpu-features"}, _text("best = {}", ("avx2", "avx512f"))),
    "library": ({"host-library"}, _text("LIBS = {}", ("libssl.so.3", "libssl.so.1.1"))),
    # Nothing tells these
    "small number": ({"content"}, _text("n = {}", (2, 3))),
    "letters": ({"content"}, _text("{}", ("word", "ward"))),
    "other words near a time": ({"content"}, (b"2026-11-23 apples\n", b"2026-11-23 pears\n")),
    "other words near a path": ({"content"}, (b"/usr/lib/python3 is fast\n", b"/usr/lib/python3 is slow\n")),
    "other words near a NUL": ({"content"}, _both(lambda w: _FILL + w + b"\0\0\0\0" + _FILL, (b"Circular", b"Angular_"))),
    "four letters": ({"content"}, _both(lambda w: _FILL + w + bytes(4) + _FILL, (b"text", b"item"))),
    "code": ({"content"}, (_FILL + b"\x78\xf0\xff\xff" + _FILL, _FILL + b"\x60\xf0\xff\xff" + _FILL)),
    "an instruction that reads as a time": (
        {"content"},
        (_FILL + b"\x48\x89\xe5\x6b\x41\x54" + _FILL, _FILL + b"\x48\x8b\x15\x6c\x41\x55" + _FILL),
    ),
    "a longer function": ({"content"}, (_FILL * 2 + b"\x90" * 16 + _FILL, _FILL * 2 + b"\x55\x48\x89\xe5" + _FILL)),
    "a version of its own": ({"content"}, _text('version = "{}"', ("1.2.3", "1.2.4"))),
    "a telephone number": ({"content"}, _text("call {}", ("1234567890", "2345678901"))),
    "a constant of ten digits": ({"content"}, _text("PRIME = {}", ("4294967291", "4294967279"))),
    "hexadecimal constants": ({"content"}, _text("mask = {}", ("0x00ff00ff", "0xff00ff00"))),
    "English words of a-f": ({"content"}, _text("{}", ("effaced", "defaced"))),
    "confidence": ({"content"}, _text("a {} b", ("confidence", "conformity"))),
    "a word that begins with cc": ({"content"}, _text("say {}", ("ccompile", "ccobject"))),
    "relative paths": ({"content"}, _text("include {}", ("src/core/a.h", "src/base/a.h"))),
    "addresses in the net": ({"content"}, _text("see {}", ("https://example.org/a/b", "https://example.org/c/d"))),
    "fractions": ({"content"}, _text("ratio {}", ("1/2/3", "3/2/4"))),
    "a dozen digits": ({"content"}, _text("serial {}", ("314159265358", "271828182845"))),
    "swapped numbers": ({"content"}, _text("({}, {})", (1, 2), (2, 1))),
    "swapped bytes": ({"content"}, (_FILL + b"\x01\x00\x02\x00" + _FILL, _FILL + b"\x02\x00\x01\x00" + _FILL)),
    "a line more, with a time": ({"content"}, (b"one\ntwo\n", b"one\nat 2026-11-23 00:35:09\ntwo\n")),
    "months as names": ({"content"}, _text("class {}:", ("March", "Mayor"))),
    "May and 12": ({"content"}, _text("{} be", ("May", "Might"))),
    "a score": ({"content"}, _text("{} won", ("12:5", "11:7"))),
    "a float": ({"content"}, _both(lambda x: _FILL + struct.pack("<d", x) + _FILL, (0.1, 0.2))),
}
"""Name → (true causes, (left, right))."""
