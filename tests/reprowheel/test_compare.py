"""What `compare` says of things that differ in one known way; readelf, nm and zlib are the judges of places and content."""

from __future__ import annotations

import base64
import datetime
import gzip
import os
import pickle
import re
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builds import c_module

from reprowheel.compare import Facts, compare_paths
from reprowheel.compare.render import comparison_text
from reprowheel.determinism import zip_member
from reprowheel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprowheel.compare import Comparison, Difference

INFO = "tiny-1.0.dist-info"


def wheel(directory: Path, files: Mapping[str, bytes], *, order: int = 1, mode: int = 0o644, method: int = 0) -> Path:
    """Write a wheel with a RECORD of what is in it; `order` -1 turns RECORD's rows around."""
    content = {"tiny/__init__.py": b"", f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: tiny\n", **files}
    rows = [f"{name},sha256={zlib.crc32(data)},{len(data)}" for name, data in content.items()]
    record = "\n".join([*rows[::order], f"{INFO}/RECORD,,"]) + "\n"
    directory.mkdir(parents=True)
    path = directory / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**content, f"{INFO}/RECORD": record.encode()}.items():
            info = zip_member(name, mode if name in files else 0o644)
            info.compress_type = method
            archive.writestr(info, data)
    return path


def trees(directory: Path, left: Mapping[str, bytes], right: Mapping[str, bytes]) -> Comparison:
    """Write two trees and compare them."""
    for side, files in (("left", left), ("right", right)):
        for name, data in files.items():
            path = directory / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return compare_paths(directory / "left", directory / "right")


def only(comparison: Comparison) -> Difference:
    """Return the one difference that follows from no other."""
    (difference,) = [d for d in comparison.differences if not d.follows]
    return difference


def test_equal_wheels(tmp_path: Path) -> None:
    """Equal bytes are equal, and it says how much was compared."""
    one, two = (wheel(tmp_path / name, {"tiny/a.py": b"A = 1\n"}) for name in ("one", "two"))
    comparison = compare_paths(one, two)
    assert comparison.equal
    assert (comparison.files, comparison.differences) == (4, ())
    assert comparison_text(comparison).startswith("EQUAL 4 files, ")


def test_text_by_line(tmp_path: Path) -> None:
    """Line, offset in the file, and both texts; RECORD follows from it."""
    one, two = (wheel(tmp_path / v, {"tiny/a.py": f"A = 1\n\nV = '{v}'\n".encode()}) for v in ("left", "right"))
    comparison = compare_paths(one, two)
    difference = only(comparison)
    assert (difference.path, difference.place) == ("tiny/a.py", "line 3")
    assert difference.left
    assert difference.right
    assert (difference.left.text, difference.right.text) == ("V = 'left'", "V = 'right'")
    assert difference.left.offset + difference.left.start == len("A = 1\n\nV = '")
    assert [d.path for d in comparison.differences if d.follows] == [f"{INFO}/RECORD"]
    text = comparison_text(comparison)
    assert "DIFFERENT 1 of 4 files differs" in text
    assert f"follows from this: {INFO}/RECORD" in text


def test_record_order(tmp_path: Path) -> None:
    """The same rows in another order are told from rows that differ."""
    one = wheel(tmp_path / "one", {"tiny/a.py": b""})
    difference = only(compare_paths(one, wheel(tmp_path / "two", {"tiny/a.py": b""}, order=-1)))
    assert (difference.path, difference.kind, difference.cause.name) == (f"{INFO}/RECORD", "order", "order")
    assert difference.note.startswith("the same rows in another order, from row 1 on")


def test_record_that_lies(tmp_path: Path) -> None:
    """A row that differs although its file does not is a difference of its own."""
    one, two = (wheel(tmp_path / name, {"tiny/a.py": b"A = 1\n"}) for name in ("one", "two"))
    raw = two.read_bytes()
    digest = f"sha256={zlib.crc32(b'A = 1' + bytes([10]))}".encode()
    with zipfile.ZipFile(two) as archive:
        content = {info: archive.read(info) for info in archive.infolist()}
    assert digest in raw
    with zipfile.ZipFile(two, "w") as archive:
        for info, data in content.items():
            archive.writestr(info, data.replace(digest, digest[::-1][:-7] + b"sha256="[::-1]))
    difference = only(compare_paths(one, two))
    assert difference.path == f"{INFO}/RECORD"
    assert difference.note.startswith("row of tiny/a.py: ")


def test_mode_and_storage(tmp_path: Path) -> None:
    """A mode and a compression method are differences, of the member and of the archive."""
    one = wheel(tmp_path / "one", {"tiny/a.py": b""})
    mode = only(compare_paths(one, wheel(tmp_path / "two", {"tiny/a.py": b""}, mode=0o755)))
    assert (mode.path, mode.kind, mode.note) == ("tiny/a.py", "mode", "mode 0644 on the left, 0755 on the right")
    stored = only(compare_paths(one, wheel(tmp_path / "three", {"tiny/a.py": b""}, method=zipfile.ZIP_DEFLATED)))
    assert (stored.kind, stored.count, stored.cause.name) == ("archive", 4, "compression")


def test_member_order_and_missing(tmp_path: Path) -> None:
    """Members in another order, and members of one side only."""
    one = wheel(tmp_path / "one", {"tiny/a.py": b"", "tiny/b.py": b""})
    two = wheel(tmp_path / "two", {"tiny/b.py": b"", "tiny/a.py": b""})
    kinds = {(d.path, d.kind) for d in compare_paths(one, two).differences}
    assert kinds == {("", "order"), (f"{INFO}/RECORD", "order")}
    three = wheel(tmp_path / "three", {"tiny/a.py": b""})
    missing = only(compare_paths(one, three))
    assert (missing.path, missing.kind, missing.note) == ("tiny/b.py", "missing", "only on the left")


def compiled(path: Path, head: str, *flags: str) -> Path:
    """Compile an extension; its object `fact` is in `.rodata`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    include = subprocess.run(
        ["python3", "-c", "import sysconfig; print(sysconfig.get_path('include'))"], check=True, capture_output=True, text=True
    ).stdout.strip()
    source = c_module("return PyUnicode_FromString(fact);", head=head)
    command = ["gcc", "-shared", "-fPIC", "-g", f"-I{include}", "-Wl,--build-id=sha1", *flags, "-x", "c", "-", "-o", path]
    subprocess.run(command, input=source, text=True, check=True)
    return path


def test_elf_section_symbol_and_offset(tmp_path: Path) -> None:
    """Section, symbol and offset are those of readelf and nm; the build-id follows."""
    one, two = (compiled(tmp_path / n / "n.so", f'const char fact[] = "made by {n}";') for n in ("alpha", "gamma"))
    comparison = compare_paths(one, two)
    difference = comparison.differences[0]
    assert (difference.place, difference.symbol) == ("section .rodata", "fact")
    assert difference.left
    assert difference.left.text == "made by alpha"
    sections = subprocess.run(["readelf", "-SW", one], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\.rodata +PROGBITS +(\w+) (\w+)", sections)
    assert found
    address, offset = (int(text, 16) for text in found.groups())
    symbols = subprocess.run(["nm", one], check=True, capture_output=True, text=True).stdout
    fact = re.search(r"^(\w+) R fact$", symbols, re.MULTILINE)
    assert fact
    place = difference.left.offset + difference.left.start
    assert place == int(fact[1], 16) - address + offset + len("made by ")
    assert one.read_bytes()[place : place + 5] == b"alpha"
    follows = {d.place for d in comparison.differences if d.follows}
    assert "section .note.gnu.build-id" in follows


def test_elf_needed_library(tmp_path: Path) -> None:
    """A library that only one of the two needs is named."""
    subprocess.run(["gcc", "-shared", "-x", "c", "/dev/null", "-Wl,-soname,libluck.so.1", "-o", tmp_path / "libluck.so"], check=True)
    head = 'const char fact[] = "x";'
    one = compiled(tmp_path / "one" / "n.so", head)
    two = compiled(tmp_path / "two" / "n.so", head, "-Wl,--no-as-needed", f"-L{tmp_path}", "-lluck")
    found = [d for d in compare_paths(one, two).differences if d.cause.name == "host-library"]
    assert found
    assert "DT_NEEDED libluck.so.1" in found[0].note


PATH = ("/tmp/rwabcdefghij0123456789/src/a.c", "/dev/shm/rv1/rwzzzzzzzzzzzzzzzzzzzz/src/a.c")
FILL = bytes(range(256))
WHEN = datetime.datetime(2026, 11, 23, 1, 2, 3), datetime.datetime(2030, 1, 2, 4, 5, 6)  # noqa: DTZ001

CASES = {
    "build path": ("build-directory", *(f"in {p}\n".encode() for p in PATH)),
    "home path": ("path", b"cache=/home/ann/.cache/x\n", b"cache=/srv/bob/store/x\n"),
    "iso time": ("time", b"built 2026-11-23 00:35:09\n", b"built 2030-01-23 10:21:49\n"),
    "ctime": ("time", b"on Mon Nov 23 00:35:09 2026\n", b"on Wed Jan 23 10:21:49 2030\n"),
    "seconds": ("time", b"t = 1795394109\n", b"t = 1895394109\n"),
    "pickled time": ("time", *(FILL + pickle.dumps({"at": w}) for w in WHEN)),
    "binary time": ("time", *(FILL + w.to_bytes(8, "little") + FILL for w in (1795394109, 1895394109))),
    "pickled float": ("time", *(pickle.dumps({"at": w, "b": b"\0"}) for w in (1795394109.5, 1895394109.5))),
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
    assert only(trees(tmp_path, {"f": left}, {"f": right})).cause.name == cause


@pytest.mark.parametrize(
    ("pack", "place"),
    [
        (lambda d: zlib.compress(b"x" * 90 + d), "unpacked (zlib), line 1"),
        (lambda d: gzip.compress(b"x" * 90 + d, mtime=0), "unpacked (gzip), line 1"),
        (lambda d: FILL + zlib.compress(b"x" * 90 + d) + b"END", "compressed data at offset 0x100, line 1"),
        (lambda d: FILL + gzip.compress(b"x" * 90 + d, mtime=0), "compressed data at offset 0x100, line 1"),
        (lambda d: b"P = '" + base64.b64encode(zlib.compress(d)) + b"'\n", "base64 at offset 0x5, unpacked (zlib), line 1"),
    ],
    ids=["zlib", "gzip", "zlib inside", "gzip inside", "base64"],
)
def test_packed_data(pack: object, place: str, tmp_path: Path) -> None:
    """What is packed is compared unpacked, also in the middle of a file."""
    assert callable(pack)
    difference = only(trees(tmp_path, {"f": pack(PATH[0].encode())}, {"f": pack(PATH[1].encode())}))
    assert (difference.place, difference.cause.name) == (place, "build-directory")
    assert difference.left
    assert PATH[0] in difference.left.text


def test_equal_data_packed_otherwise(tmp_path: Path) -> None:
    """Streams of two levels hold the same: it is the compressor."""
    data = FILL * 50
    difference = only(trees(tmp_path, {"f": zlib.compress(data, 1)}, {"f": zlib.compress(data, 9)}))
    assert difference.cause.name == "compression"


def test_zip_inside(tmp_path: Path) -> None:
    """A member of a zip inside is named with both names."""
    one, two = (wheel(tmp_path / v, {"tiny/a.py": f"V = '{v}'\n".encode()}) for v in ("left", "right"))
    comparison = trees(tmp_path / "t", {"x.zip": one.read_bytes()}, {"x.zip": two.read_bytes()})
    assert comparison.differences[0].path.startswith("x.zip!")
    assert "x.zip!tiny/a.py" in comparison.paths


def test_facts_come_first(tmp_path: Path) -> None:
    """What is known of the two sides is recognised where no pattern would; a part of a word is not."""
    for side, text in (("l", "on vm at 2\n"), ("r", "on zz9 at 2\n")):
        (tmp_path / side).write_text(text, encoding="utf-8")
    facts = Facts(values=(("cpus", "2", "1"), ("host-name", "vm", "zz9")))
    assert only(compare_paths(tmp_path / "l", tmp_path / "r", facts)).cause.name == "host-name"
    other = Facts(values=(("host-name", "v", "z"),))
    assert only(compare_paths(tmp_path / "l", tmp_path / "r", other)).cause.name == "content"


def test_links_are_compared_by_target(tmp_path: Path) -> None:
    """Links are not followed."""
    for side in ("left", "right"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "link").symlink_to(f"/nowhere/{side}")
    difference = only(compare_paths(tmp_path / "left", tmp_path / "right"))
    assert difference.left
    assert "/nowhere/left" in difference.left.text


@pytest.mark.parametrize("case", ["empty", "kinds", "absent", "damaged"])
def test_what_cannot_be_compared(case: str, tmp_path: Path) -> None:
    """Nothing to compare is an error and not `equal`; so are two kinds, an absent and a damaged one."""
    good = wheel(tmp_path / "good", {})
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "damaged.whl").write_bytes(good.read_bytes()[:200])
    left, right, message = {
        "empty": (tmp_path / "one", tmp_path / "two", "are both empty: there is nothing to compare"),
        "kinds": (tmp_path / "one", good, "expected two of a kind"),
        "absent": (tmp_path / "absent", good, "no such file or directory"),
        "damaged": (tmp_path / "damaged.whl", good, "cannot be compared: "),
    }[case]
    with pytest.raises(UsageError, match=message):
        compare_paths(Path(left), Path(right))


def test_terminal_is_safe(tmp_path: Path) -> None:
    """Names and content with escape sequences reach the terminal written out."""
    name = "a\x1b[31mb"
    text = comparison_text(trees(tmp_path, {name: b"x\x1b[0m\n"}, {name: b"y\x1b[0m\n"}))
    assert "\x1b" not in text
    assert os.linesep.join(("a\\x1b[31mb",)) in text
